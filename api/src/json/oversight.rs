//! `/api/v1/oversight`: lights by unit, and the documents about late units.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use entities::{CaseId, UnitId};
use serde::Deserialize;
use utoipa::ToSchema;
use workflow::commands::{self, OpenCase};

use super::{
    act::{Acted, CaseDone, act},
    cases::VersionAsk,
};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::oversight::{BoardsView, OversightView},
    show::{self, BoardsAsk, OversightAsk, Reader},
};

/// The lights of a unit and of all that stand below it, on-time share, median working days and who
/// held the days; of a single unit also its open steps. Whoever supervises, and downwards only.
/// Never an applicant's name.
#[utoipa::path(get, path = "/api/v1/oversight/units", tag = "oversight",
    params(("unit" = Option<String>, Query, format = Uuid,
            description = "without one, the highest that you supervise"),
        ("own" = Option<bool>, Query, description = "only what the unit holds itself"),
        ("span" = Option<String>, Query, description = "`month`, `quarter`, `year`"),
        ("sort" = Option<String>, Query,
            description = "`unit`, `open`, `green`, `amber`, `red`, `stopped`, `closed`, \
                `on_time`, `median`, `stops`; the worst first"),
        ("after" = Option<String>, Query, description = "`next` of the page before")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = OversightView), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found")))]
pub(crate) async fn units(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    ask: web::Query<OversightAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let view = show::oversight(&r, actor.who(), &ask, services.settings.stop_share).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// The documents about late units, by where they stand. Whoever supervises, and downwards only.
#[utoipa::path(get, path = "/api/v1/oversight/boards", tag = "oversight",
    params(("unit" = Option<String>, Query, format = Uuid,
            description = "without one, the highest that you supervise"),
        ("kind" = Option<String>, Query, description = "a program's id; without one, the first")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = BoardsView), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found")))]
pub(crate) async fn boards(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    ask: web::Query<BoardsAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::boards(&r, actor.who(), &ask).await?))
}

/// A case about no applicant that somebody opens.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenAsk {
    /// The program's id.
    program: String,
    /// The place whose case it becomes.
    #[schema(value_type = String, format = Uuid)]
    at: UnitId,
    /// The number of the case that must have gone before, where the program asks for one.
    #[serde(default)]
    parent: Option<String>,
}

/// Opens a case that is about no applicant: a notice, an interview, a complaint. Whoever the
/// program names as its opener.
#[utoipa::path(post, path = "/api/v1/oversight/cases", tag = "oversight", request_body = OpenAsk,
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = CaseDone), (status = 403, description = "not-yours"),
        (status = 422, description = "unknown-program, not-open")))]
pub(crate) async fn open(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<OpenAsk>,
) -> Result<HttpResponse, Problem> {
    let once = Once { operation: "open-case", key: key.0, hash: ask.hash };
    let (workflow, who) = (&services.workflow, actor.who());
    let OpenAsk { program, at, parent } = ask.value;
    let ask = OpenCase { parent, ..OpenCase::numbered(workflow, program, at).await? };
    act(&services, &actor, &once, async |tx| {
        let done = commands::open_case(tx, workflow, who, ask.clone()).await?;
        let location = Some(format!("/api/v1/cases/{}", done.case));
        Ok(Acted { status: StatusCode::CREATED, location, ..Acted::of(done) })
    })
    .await
}

/// Reopens a case that was closed and, as a spot check has found, is not in order. Whoever the
/// program names, for as long as it says.
#[utoipa::path(post, path = "/api/v1/oversight/cases/{id}/reopen", tag = "oversight",
    request_body = VersionAsk, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CaseDone), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found"),
        (status = 409, description = "stale-version, not-now")))]
pub(crate) async fn reopen(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<CaseId>,
    key: IdempotencyKey,
    ask: Json<VersionAsk>,
) -> Result<HttpResponse, Problem> {
    let once = Once { operation: "reopen-case", key: key.0, hash: ask.hash };
    let (workflow, who, seen) = (&services.workflow, actor.who(), ask.value.version);
    // Whose business it is not learns nothing: not even that there is such a case.
    let r = Reader::of(&services, language::of(&request));
    show::scope::seen(&r, who, &id.to_string()).await?;
    act(&services, &actor, &once, async |tx| {
        Ok(Acted::of(commands::reopen_case(tx, workflow, who, *id, seen).await?))
    })
    .await
}
