//! `/api/v1/batches`: like cases, approved in one act after opening a sample.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use entities::{BatchId, TaskId};
use serde::Deserialize;
use utoipa::ToSchema;
use workflow::batches;

use super::act::{Acted, act};
use crate::{
    Problem, Services,
    actor::Actor,
    batches::sign as sign_batch,
    idempotency::{IdempotencyKey, Once, json_answer, respond},
    json_body::Json,
    language,
    read::{
        batch::{BatchDone, BatchView, BatchesView},
        staff_case::StaffCaseView,
    },
    show::{self, Open, Reader},
};

/// What a batch is put together of.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchAsk {
    /// A task of one's queue: whatever is like it.
    #[schema(value_type = String, format = Uuid)]
    like: TaskId,
}

/// Which case of the sample.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenAsk {
    #[schema(value_type = String, format = Uuid)]
    task: TaskId,
}

/// The signature.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SignAsk {
    /// Tasks that are taken off the list.
    #[schema(value_type = Vec<String>)]
    leave_out: Vec<TaskId>,
}

/// A batch that was put together.
#[derive(Debug, serde::Serialize, ToSchema)]
pub(crate) struct BatchMade {
    #[schema(value_type = String, format = Uuid)]
    id: BatchId,
}

/// What can be approved together, and one's own batches.
#[utoipa::path(get, path = "/api/v1/batches", tag = "tasks",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = BatchesView), (status = 404, description = "not-found")))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::batches(&r, actor.who()).await?))
}

/// Puts a batch together of what is like one task, and draws the sample. As long as one of that
/// kind waits for its signature, it is that one.
#[utoipa::path(post, path = "/api/v1/batches", tag = "tasks", request_body = BatchAsk,
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = BatchMade), (status = 404, description = "not-found"),
        (status = 422, description = "batch")))]
pub(crate) async fn prepare(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<BatchAsk>,
) -> Result<HttpResponse, Problem> {
    let once = Once { operation: "prepare-batch", key: key.0, hash: ask.hash };
    let (workflow, who, like) = (&services.workflow, actor.who(), ask.value.like);
    act(&services, &actor, &once, async |tx| {
        let id = batches::prepare_batch(tx, workflow, who, like).await?;
        let location = Some(format!("/api/v1/batches/{id}"));
        Ok(Acted {
            status: StatusCode::CREATED,
            location,
            body: BatchMade { id },
            jobs: Vec::new(),
        })
    })
    .await
}

/// One's own batch, row by row.
#[utoipa::path(get, path = "/api/v1/batches/{batch}", tag = "tasks",
    params(("batch" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = BatchView), (status = 404, description = "not-found")))]
pub(crate) async fn one(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<BatchId>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::batch(&r, actor.who(), *id).await?))
}

/// Opens a case of the batch. Of one of the sample it is noted down that its signer has.
#[utoipa::path(post, path = "/api/v1/batches/{batch}/open", tag = "tasks", request_body = OpenAsk,
    params(("batch" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = StaffCaseView), (status = 404, description = "not-found")))]
pub(crate) async fn open(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<BatchId>,
    ask: Json<OpenAsk>,
) -> Result<HttpResponse, Problem> {
    let (workflow, who, task) = (&services.workflow, actor.who(), ask.value.task);
    let r = Reader::of(&services, language::of(&request));
    // What could not be shown was not opened.
    let view = show::staff_case(&r, who, task, &Open::default()).await?;
    workflow::tx::write_patiently(&workflow.store, async |tx| {
        batches::open_row(tx, workflow, who, (*id, task)).await
    })
    .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Signs the batch: one act, and a result for each case. Each case is signed in a transaction of
/// its own; after a 5xx the same request with the same key goes on where it stopped.
#[utoipa::path(post, path = "/api/v1/batches/{batch}/sign", tag = "tasks", request_body = SignAsk,
    params(("batch" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = BatchDone), (status = 404, description = "not-found"),
        (status = 422, description = "batch, invalid-fields, key-reused")))]
pub(crate) async fn sign(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<BatchId>,
    key: IdempotencyKey,
    ask: Json<SignAsk>,
) -> Result<HttpResponse, Problem> {
    let once = Once { operation: "sign-batch", key: key.0, hash: ask.hash };
    let leave_out = ask.value.leave_out;
    let answer = sign_batch(&services, &actor, &once, (*id, leave_out), async |tx, done| {
        json_answer(StatusCode::OK, None, &show::done_rows(tx, &done).await?)
    })
    .await?;
    Ok(respond(answer))
}
