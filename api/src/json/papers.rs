//! Documents of a case and of a step: raw bodies in, attachments out.

use actix_web::{HttpRequest, HttpResponse, dev::Payload, http::StatusCode, http::header, web};
use entities::{CaseId, CaseRowId, PaperId, TaskId};
use serde::Serialize;
use utoipa::ToSchema;
use workflow::{
    commands::{self, AttachPaper},
    rules::media::MOST_BYTES,
};

use super::{
    act::{Acted, act},
    cases::own,
};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body, language, paper_in,
    show::{self, Reader},
};

/// A document that was put in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaperDone {
    #[schema(value_type = String, format = Uuid)]
    id: PaperId,
    /// Which paper of the program.
    paper: String,
}

/// Puts a document in: the body is the file itself, at most 10 MiB, JPEG, PNG or PDF. Images are
/// kept without anything but the picture.
#[utoipa::path(put, path = "/api/v1/cases/{id}/papers/{paper}", tag = "papers",
    params(("id" = String, Path, description = "Id or number"), ("paper" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = PaperDone), (status = 404, description = "not-found"),
        (status = 413, description = "body-too-large"),
        (status = 422, description = "paper-refused")))]
pub(crate) async fn put(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    at: web::Path<(String, String)>,
    key: IdempotencyKey,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (id, paper) = at.into_inner();
    let case = own(&services, &request, &actor, &id).await?;
    let to = To { case, task: None, row: None, paper };
    attach(&services, &request, &actor, to, key, body.into_inner()).await
}

/// Puts a document of a step in.
#[utoipa::path(put, path = "/api/v1/tasks/{id}/papers/{paper}", tag = "tasks",
    params(("id" = String, Path, format = Uuid), ("paper" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = PaperDone), (status = 404, description = "not-found"),
        (status = 413, description = "body-too-large"),
        (status = 422, description = "paper-refused")))]
pub(crate) async fn put_at_step(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    at: web::Path<(TaskId, String)>,
    key: IdempotencyKey,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (task, paper) = at.into_inner();
    let r = Reader::of(&services, language::of(&request));
    let (_, case) = show::slot_case(&r, actor.who(), task).await?;
    let to = To { case: case.id, task: Some(task), row: None, paper };
    attach(&services, &request, &actor, to, key, body.into_inner()).await
}

/// Puts a document of one line of a list in, at the step that fills the line in; at most 10 of a
/// line.
#[utoipa::path(put, path = "/api/v1/tasks/{id}/rows/{row}/papers/{paper}", tag = "tasks",
    params(("id" = String, Path, format = Uuid), ("row" = String, Path, format = Uuid),
        ("paper" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = PaperDone), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found"),
        (status = 409, description = "settled-already, not-now"),
        (status = 413, description = "body-too-large"),
        (status = 422, description = "paper-refused, rows-refused")))]
pub(crate) async fn put_at_line(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    at: web::Path<(TaskId, CaseRowId, String)>,
    key: IdempotencyKey,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (task, row, paper) = at.into_inner();
    let r = Reader::of(&services, language::of(&request));
    let (_, case) = show::task_case(&r, actor.who(), task).await?;
    let to = To { case: case.id, task: Some(task), row: Some(row), paper };
    attach(&services, &request, &actor, to, key, body.into_inner()).await
}

/// Where a document is put in.
struct To {
    case: CaseId,
    task: Option<TaskId>,
    row: Option<CaseRowId>,
    paper: String,
}

async fn attach(
    services: &Services,
    request: &HttpRequest,
    actor: &Actor,
    to: To,
    key: IdempotencyKey,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    let To { case, task, row, paper } = to;
    let bytes = json_body::read(request, body, MOST_BYTES).await?;
    let once =
        Once { operation: "attach-paper", key: key.0, hash: json_body::hash(request, &bytes) };
    let declared = request.headers().get(header::CONTENT_TYPE);
    let declared = declared.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let declared = declared.filter(|kind| kind != "application/octet-stream");
    let (kind, bytes) = paper_in::cleaned(bytes, declared, None).await?;
    let (workflow, who) = (&services.workflow, actor.who());
    let ask = AttachPaper { case, task, row, paper, kind, bytes };
    act(services, actor, &once, async |tx| {
        let id = commands::attach_paper(tx, workflow, who, ask.clone()).await?;
        let paper = ask.paper.clone();
        let (status, location) = (StatusCode::CREATED, Some(format!("/api/v1/papers/{id}")));
        Ok(Acted { status, location, body: PaperDone { id, paper }, jobs: Vec::new() })
    })
    .await
}

/// The document itself, as an attachment.
#[utoipa::path(get, path = "/api/v1/papers/{id}", tag = "papers",
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, description = "The file"), (status = 404, description = "not-found")))]
pub(crate) async fn get(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<PaperId>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let row = show::scope::paper(&r, actor.who(), *id).await?;
    paper_in::download(&services, &row, false).await
}

/// Takes a document out.
#[utoipa::path(delete, path = "/api/v1/papers/{id}", tag = "papers",
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 404, description = "not-found"),
        (status = 409, description = "not-now")))]
pub(crate) async fn remove(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<PaperId>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let row = show::scope::paper(&r, actor.who(), *id).await?;
    let task = show::slot_of_paper(&r, actor.who(), &row).await?;
    let (workflow, who) = (&services.workflow, actor.who());
    workflow::tx::write(&workflow.store, async |tx| {
        commands::remove_paper(tx, workflow, who, (row.case_id, row.id, task)).await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
