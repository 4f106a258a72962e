//! `/api/v1/cases`: one's own applications, from the draft to the decision.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use entities::{CaseId, PersonId, TaskId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::{
    commands::{self, EditCase, StartCase, SubmitCase},
    rules::form::Given,
};

use super::act::{Acted, CaseDone, Seen, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::{
        applicant::CaseCard, case::CaseView, decision::DecisionView, document::DocumentView,
        held::HeldView, progress::OwnStepView, why::WhyView,
    },
    show::{self, Reader, Wrong},
};

/// What to apply for, and for whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartAsk {
    /// A program's id.
    program: String,
    #[schema(value_type = String, format = Uuid)]
    subject: PersonId,
    /// `self`, `guardian`, `school` or `township`.
    filed_as: String,
}

/// A draft, after a change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftDone {
    #[schema(value_type = String, format = Uuid)]
    id: CaseId,
    version: i32,
}

/// Fields by id: money in fen, days as `2018-09-10`; `null` takes a value out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldsAsk {
    pub(super) version: Option<i32>,
    #[schema(value_type = Object)]
    fields: BTreeMap<String, serde_json::Value>,
}

/// The declaration that all is true, and the consent to checks and publication.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitAsk {
    pub(super) version: Option<i32>,
    declared: bool,
}

/// Only the version that was seen.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VersionAsk {
    pub(super) version: Option<i32>,
}

/// The cases of all whom one acts for, and those one filed, newest first.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Vec<CaseCard>)))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::my_cases(&r, actor.who()).await?))
}

/// One case, by its id or its number.
#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "cases",
    params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CaseView), (status = 404, description = "not-found")))]
pub(crate) async fn one(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let view = show::case(&r, actor.who(), &id).await?;
    let etag = format!("\"{}\"", view.version);
    Ok(HttpResponse::Ok().insert_header(("etag", etag)).json(view))
}

/// The decision, with its amount, reasons and remedies.
#[utoipa::path(get, path = "/api/v1/cases/{id}/decision", tag = "cases",
    params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = DecisionView), (status = 404, description = "not-found")))]
pub(crate) async fn decision(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::decision(&r, actor.who(), &id).await?))
}

/// Who held the days of a case: its applicant's side and staff read the same numbers.
#[utoipa::path(get, path = "/api/v1/cases/{id}/held", tag = "cases",
    params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = HeldView), (status = 404, description = "not-found")))]
pub(crate) async fn held(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::held(&r, actor.who(), &id).await?))
}

/// Which of the letters of a case.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PartAsk {
    part: Option<String>,
}

/// A case about late work as a letter: what it says, to whom, its document number. For staff.
#[utoipa::path(get, path = "/api/v1/cases/{id}/document", tag = "cases",
    params(("id" = String, Path, description = "Id or number"),
        ("part" = Option<String>, Query, description = "A step whose letter is meant")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = DocumentView), (status = 404, description = "not-found")))]
pub(crate) async fn document(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<String>,
    which: web::Query<PartAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let address = services.settings.public_url.clone().unwrap_or_default();
    let part = which.part.as_deref();
    Ok(HttpResponse::Ok().json(show::document(&r, actor.who(), (&id, part), &address).await?))
}

/// Why a case is where it is: who must do what, by when and under which rule, what comes next, what
/// the reader can do now, and what not.
#[utoipa::path(get, path = "/api/v1/cases/{id}/why", tag = "cases",
    params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = WhyView), (status = 404, description = "not-found")))]
pub(crate) async fn why(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::why(&r, actor.who(), &id).await?))
}

/// A step of the applicant's own: what to hand in, and until when. It is done at
/// `/api/v1/tasks/{task}/{verb}`, its documents are put in at `/api/v1/tasks/{task}/papers/{paper}`.
#[utoipa::path(get, path = "/api/v1/cases/{id}/steps/{task}", tag = "cases",
    params(("id" = String, Path, description = "Id or number"),
        ("task" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = OwnStepView), (status = 404, description = "not-found")))]
pub(crate) async fn own_step(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    at: web::Path<(String, TaskId)>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let (id, task) = at.into_inner();
    let view = show::own_step(&r, actor.who(), (&id, task), &Wrong::default()).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Begins a draft.
#[utoipa::path(post, path = "/api/v1/cases", tag = "cases", request_body = StartAsk,
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = DraftDone), (status = 403, description = "not-yours"),
        (status = 422, description = "unknown-program, profile-incomplete")))]
pub(crate) async fn start(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<StartAsk>,
) -> Result<HttpResponse, Problem> {
    let once = Once { operation: "start-case", key: key.0, hash: ask.hash };
    let (workflow, who) = (&services.workflow, actor.who());
    let StartAsk { program, subject, filed_as } = ask.value;
    let ask = StartCase { program, subject, filed_as };
    act(&services, &actor, &once, async |tx| {
        let id = commands::start_case(tx, workflow, who, ask.clone()).await?;
        let (status, location) = (StatusCode::CREATED, Some(format!("/api/v1/cases/{id}")));
        Ok(Acted { status, location, body: DraftDone { id, version: 1 }, jobs: Vec::new() })
    })
    .await
}

/// Fills in fields of a draft, or of a case that waits for supplements.
#[utoipa::path(patch, path = "/api/v1/cases/{id}", tag = "cases", request_body = FieldsAsk,
    params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = DraftDone), (status = 404, description = "not-found"),
        (status = 409, description = "stale-version, not-now"),
        (status = 422, description = "invalid-fields")))]
pub(crate) async fn edit(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    (id, key, seen): (web::Path<String>, IdempotencyKey, Seen),
    ask: Json<FieldsAsk>,
) -> Result<HttpResponse, Problem> {
    let case = own(&services, &request, &actor, &id).await?;
    let once = Once { operation: "edit-case", key: key.0, hash: ask.hash };
    let (workflow, who) = (&services.workflow, actor.who());
    let fields = ask.value.fields.into_iter().map(|(id, value)| (id, Given::Json(value)));
    let seen = seen.or(ask.value.version);
    let ask = EditCase { case, seen, fields: fields.collect(), keep_right: false };
    act(&services, &actor, &once, async |tx| {
        let done = commands::edit_case(tx, workflow, who, ask.clone()).await?;
        let body = DraftDone { id: case, version: done.version };
        Ok(Acted { status: StatusCode::OK, location: None, body, jobs: Vec::new() })
    })
    .await
}

/// Hands a draft in: it gets its number.
#[utoipa::path(post, path = "/api/v1/cases/{id}/submit", tag = "cases", request_body = SubmitAsk,
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CaseDone), (status = 404, description = "not-found"),
        (status = 409, description = "stale-version, not-now, applied-already"),
        (status = 422, description = "invalid-fields, not-eligible, no-consent")))]
pub(crate) async fn submit(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    (id, key, seen): (web::Path<String>, IdempotencyKey, Seen),
    ask: Json<SubmitAsk>,
) -> Result<HttpResponse, Problem> {
    let case = own(&services, &request, &actor, &id).await?;
    let once = Once { operation: "submit-case", key: key.0, hash: ask.hash };
    let (workflow, who) = (&services.workflow, actor.who());
    // Numbers may have gaps: one is taken even if nothing comes of it.
    let sequence = workflow.numbers.next(workflow, case).await?;
    let seen = seen.or(ask.value.version);
    let ask = SubmitCase { case, seen, sequence, declared: ask.value.declared };
    act(&services, &actor, &once, async |tx| {
        Ok(Acted::of(commands::submit_case(tx, workflow, who, ask).await?))
    })
    .await
}

/// Hands in what was asked for: the clocks count again.
#[utoipa::path(post, path = "/api/v1/cases/{id}/resubmit", tag = "cases",
    request_body = VersionAsk, params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CaseDone), (status = 404, description = "not-found"),
        (status = 409, description = "stale-version, not-now"),
        (status = 422, description = "invalid-fields")))]
pub(crate) async fn resubmit(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    (id, key, seen): (web::Path<String>, IdempotencyKey, Seen),
    ask: Json<VersionAsk>,
) -> Result<HttpResponse, Problem> {
    let case = own(&services, &request, &actor, &id).await?;
    let once = Once { operation: "resubmit-case", key: key.0, hash: ask.hash };
    let (workflow, who) = (&services.workflow, actor.who());
    let seen = seen.or(ask.value.version);
    act(&services, &actor, &once, async |tx| {
        Ok(Acted::of(commands::resubmit_case(tx, workflow, who, case, seen).await?))
    })
    .await
}

/// Asks those who have the case to hurry: the applicant's side once in two working days, and whoever
/// heads or supervises those who have it.
#[utoipa::path(post, path = "/api/v1/cases/{id}/urge", tag = "cases", request_body = VersionAsk,
    params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CaseDone), (status = 404, description = "not-found"),
        (status = 403, description = "not-yours"),
        (status = 409, description = "stale-version, urged-already, not-now")))]
pub(crate) async fn urge(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    (id, key, seen): (web::Path<String>, IdempotencyKey, Seen),
    ask: Json<VersionAsk>,
) -> Result<HttpResponse, Problem> {
    let once = Once { operation: "urge-case", key: key.0, hash: ask.hash };
    let seen = seen.or(ask.value.version);
    let (workflow, who) = (&services.workflow, actor.who());
    let r = Reader::of(&services, language::of(&request));
    let case = show::scope::seen(&r, who, &id).await?.id;
    act(&services, &actor, &once, async |tx| {
        Ok(Acted::of(commands::urge_case_seen(tx, workflow, who, (case, seen)).await?))
    })
    .await
}

/// Takes a case back before it came out.
#[utoipa::path(post, path = "/api/v1/cases/{id}/withdraw", tag = "cases",
    request_body = VersionAsk, params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CaseDone), (status = 404, description = "not-found"),
        (status = 409, description = "stale-version, not-now")))]
pub(crate) async fn withdraw(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    (id, key, seen): (web::Path<String>, IdempotencyKey, Seen),
    ask: Json<VersionAsk>,
) -> Result<HttpResponse, Problem> {
    let case = own(&services, &request, &actor, &id).await?;
    let once = Once { operation: "withdraw-case", key: key.0, hash: ask.hash };
    let (workflow, who) = (&services.workflow, actor.who());
    let seen = seen.or(ask.value.version);
    act(&services, &actor, &once, async |tx| {
        Ok(Acted::of(commands::withdraw_case(tx, workflow, who, case, seen).await?))
    })
    .await
}

/// The case, if this caller may know of it.
pub(super) async fn own(
    services: &Services,
    request: &HttpRequest,
    actor: &Actor,
    key: &str,
) -> Result<CaseId, Problem> {
    let r = Reader::of(services, language::of(request));
    Ok(show::scope::mine(&r, actor.who(), key).await?.id)
}
