//! `/api/v1/cases/{id}/voices`: complaints, appeals and ratings of a case of one's own.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use entities::{Grade, VoiceKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::commands::{RaiseVoice, raise_voice};

use super::{
    act::{Acted, Seen, act},
    cases::own,
};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::voices::VoicesView,
    show::{self, Reader},
};

/// What is said, in words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WordsAsk {
    /// 5 to 1000 characters.
    text: String,
    #[serde(default)]
    version: Option<i32>,
}

/// One of five grades, with words or without.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RatingAsk {
    /// `very_satisfied`, `satisfied`, `fair`, `dissatisfied`, `very_dissatisfied`.
    #[schema(value_type = String)]
    grade: Grade,
    /// At most 1000 characters.
    #[serde(default)]
    text: String,
    #[serde(default)]
    version: Option<i32>,
}

/// It was recorded; what becomes of it stands at `/api/v1/cases/{id}/voices`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoiceDone {
    /// The case that it is about.
    number: Option<String>,
    /// Its version afterwards.
    version: i32,
}

/// What was said of a case of one's own, what became of it, and what may be said now.
#[utoipa::path(get, path = "/api/v1/cases/{id}/voices", tag = "cases",
    params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = VoicesView), (status = 404, description = "not-found")))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::voices(&r, actor.who(), &id).await?))
}

/// Complains of how a case is dealt with: a case is opened at the supervising unit above the one
/// that has it.
#[utoipa::path(post, path = "/api/v1/cases/{id}/complaint", tag = "cases",
    request_body = WordsAsk, params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = VoiceDone), (status = 404, description = "not-found"),
        (status = 409, description = "under-way, not-now, stale-version"),
        (status = 422, description = "invalid-fields")))]
pub(crate) async fn complain(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    (id, key, seen): (web::Path<String>, IdempotencyKey, Seen),
    ask: Json<WordsAsk>,
) -> Result<HttpResponse, Problem> {
    let (kind, hash) = (VoiceKind::Complaint, ask.hash);
    let WordsAsk { text, version } = ask.value;
    let said = (kind, text, None, seen.or(version));
    raise(&services, &request, &actor, (&id, key, hash), said).await
}

/// Appeals against a refusal, or against a cut while it has not been paid.
#[utoipa::path(post, path = "/api/v1/cases/{id}/appeal", tag = "cases",
    request_body = WordsAsk, params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = VoiceDone), (status = 404, description = "not-found"),
        (status = 409, description = "appeal-over, under-way, not-now, stale-version"),
        (status = 422, description = "invalid-fields")))]
pub(crate) async fn appeal(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    (id, key, seen): (web::Path<String>, IdempotencyKey, Seen),
    ask: Json<WordsAsk>,
) -> Result<HttpResponse, Problem> {
    let (kind, hash) = (VoiceKind::Appeal, ask.hash);
    let WordsAsk { text, version } = ask.value;
    let said = (kind, text, None, seen.or(version));
    raise(&services, &request, &actor, (&id, key, hash), said).await
}

/// Rates a case that has ended, once. One of the two bad grades leads to a call back.
#[utoipa::path(post, path = "/api/v1/cases/{id}/rating", tag = "cases",
    request_body = RatingAsk, params(("id" = String, Path, description = "Id or number")),
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = VoiceDone), (status = 404, description = "not-found"),
        (status = 409, description = "rated-already, not-now, stale-version"),
        (status = 422, description = "invalid-fields")))]
pub(crate) async fn rate(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    (id, key, seen): (web::Path<String>, IdempotencyKey, Seen),
    ask: Json<RatingAsk>,
) -> Result<HttpResponse, Problem> {
    let (kind, hash) = (VoiceKind::Rating, ask.hash);
    let RatingAsk { grade, text, version } = ask.value;
    let said = (kind, text, Some(grade), seen.or(version));
    raise(&services, &request, &actor, (&id, key, hash), said).await
}

/// Records one thing that is said, once for each key.
async fn raise(
    services: &Services,
    request: &HttpRequest,
    actor: &Actor,
    (id, key, hash): (&str, IdempotencyKey, [u8; 32]),
    (kind, words, grade, seen): (VoiceKind, String, Option<Grade>, Option<i32>),
) -> Result<HttpResponse, Problem> {
    let case = own(services, request, actor, id).await?;
    let once = Once { operation: "raise-voice", key: key.0, hash };
    let (workflow, who) = (&services.workflow, actor.who());
    let ask = RaiseVoice { case, kind, words, grade, seen };
    act(services, actor, &once, async |tx| {
        let done = raise_voice(tx, workflow, who, ask.clone()).await?;
        let location = Some(format!("/api/v1/cases/{case}/voices"));
        let body = VoiceDone { number: done.number, version: done.recorded.version };
        Ok(Acted { status: StatusCode::CREATED, location, body, jobs: done.recorded.jobs })
    })
    .await
}
