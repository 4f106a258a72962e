//! `/api/v1/organisation`: units, people and their duties, for whoever administers them.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use chrono::NaiveDate;
use entities::{Level, PersonId, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::{
    calendar::local_date,
    commands::{self, CloseUnit},
    organise::{self, AddUnit, ChangeMark, Rename},
};

use super::act::{Acted, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::organisation::{ClosingView, UnitView},
    show::{self, ClosingAsk, Reader, Wrong},
};

/// What was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Made {
    pub(super) id: String,
}

/// Nothing more is to be said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changed {
    pub(super) done: bool,
}

pub(super) fn made(id: &impl ToString) -> Acted<Made> {
    let (status, jobs) = (StatusCode::CREATED, Vec::new());
    Acted { status, location: None, body: Made { id: id.to_string() }, jobs }
}

pub(super) fn changed() -> Acted<Changed> {
    Acted { status: StatusCode::OK, location: None, body: Changed { done: true }, jobs: Vec::new() }
}

/// The unit at which one begins to look: the region, or of a head their own place.
#[utoipa::path(get, path = "/api/v1/organisation", tag = "organisation",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = UnitView), (status = 403, description = "not-yours")))]
pub(crate) async fn top(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let id = show::organisation_top(&r, actor.who()).await?;
    let view = show::organisation_unit(&r, actor.who(), id, ("", &Wrong::default())).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// One unit: its names with their days, its people, what stands below it.
#[utoipa::path(get, path = "/api/v1/organisation/units/{id}", tag = "organisation",
    params(("id" = String, Path, format = Uuid)), security(("session" = []), ("token" = [])),
    responses((status = 200, body = UnitView), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found")))]
pub(crate) async fn unit(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<UnitId>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let view = show::organisation_unit(&r, actor.who(), *id, ("", &Wrong::default())).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// A unit that shall be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenUnitAsk {
    /// Of an office: the place it stands in.
    #[schema(value_type = Option<String>, format = Uuid)]
    #[serde(default)]
    seat: Option<UnitId>,
    /// Of a place: the place above.
    #[schema(value_type = Option<String>, format = Uuid)]
    #[serde(default)]
    above: Option<UnitId>,
    /// Of a place: `school`, `township`, `outside`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    level: Option<Level>,
    /// Of a place: its code, 6 or 9 digits.
    #[serde(default)]
    division: String,
    /// `education`, `aid_office` …; of a place `school`, `township`.
    office: String,
    name_zh: String,
    #[serde(default)]
    name_en: String,
}

/// Makes a unit, from today on. System administrators only.
#[utoipa::path(post, path = "/api/v1/organisation/units", tag = "organisation",
    request_body = OpenUnitAsk, security(("session" = []), ("token" = [])),
    responses((status = 201, body = Made), (status = 403, description = "not-yours"),
        (status = 422, description = "organisation")))]
pub(crate) async fn open(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<OpenUnitAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "open-unit", key: key.0, hash: ask.hash };
    let ask = ask.value;
    let new = AddUnit {
        level: ask.level.unwrap_or(Level::School),
        division: ask.division,
        office: ask.office,
        seat: ask.seat,
        above: ask.above,
        code: None,
        name_zh: ask.name_zh,
        name_en: ask.name_en,
        from_on: local_date(workflow.clock.now()),
    };
    act(&services, &actor, &once, async |tx| {
        Ok(made(&organise::add_unit(tx, workflow, Some(who), new.clone()).await?))
    })
    .await
}

/// Another name.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenameAsk {
    name_zh: String,
    #[serde(default)]
    name_en: String,
    /// Its first day, as `2026-12-01`; may lie ahead.
    from_on: NaiveDate,
}

/// Renames a unit from a day on; what was written before keeps the old name. System
/// administrators only.
#[utoipa::path(post, path = "/api/v1/organisation/units/{id}/rename", tag = "organisation",
    request_body = RenameAsk, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Changed), (status = 403, description = "not-yours"),
        (status = 422, description = "organisation")))]
pub(crate) async fn rename(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<UnitId>,
    key: IdempotencyKey,
    ask: Json<RenameAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "rename-unit", key: key.0, hash: ask.hash };
    let RenameAsk { name_zh, name_en, from_on } = ask.value;
    let ask = Rename { unit: *id, name_zh, name_en, from_on };
    act(&services, &actor, &once, async |tx| {
        organise::rename_unit(tx, workflow, Some(who), ask.clone()).await?;
        Ok(changed())
    })
    .await
}

/// Another mark.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MarkAsk {
    /// One to six Chinese characters, such as `宁教`.
    mark: String,
    /// Its first day, as `2026-12-01`; today or later.
    from_on: NaiveDate,
}

/// Lets the numbers of a unit's documents begin with another word (机关代字) from a day on; what
/// was numbered before keeps its number. System administrators only.
#[utoipa::path(post, path = "/api/v1/organisation/units/{id}/mark", tag = "organisation",
    request_body = MarkAsk, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Changed), (status = 403, description = "not-yours"),
        (status = 422, description = "organisation")))]
pub(crate) async fn mark(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<UnitId>,
    key: IdempotencyKey,
    ask: Json<MarkAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "change-mark", key: key.0, hash: ask.hash };
    let MarkAsk { mark, from_on } = ask.value;
    let ask = ChangeMark { unit: *id, mark, from_on };
    act(&services, &actor, &once, async |tx| {
        organise::change_mark(tx, workflow, Some(who), ask.clone()).await?;
        Ok(changed())
    })
    .await
}

/// What would move if the unit were closed, and why it cannot be. System administrators only.
#[utoipa::path(get, path = "/api/v1/organisation/units/{id}/closing", tag = "organisation",
    params(("id" = String, Path, format = Uuid),
        ("successor" = Option<String>, Query, description = "an id, a code or a name")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = ClosingView), (status = 403, description = "not-yours")))]
pub(crate) async fn closing(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<UnitId>,
    ask: web::Query<ClosingAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let successor = show::successor(&r, ask.successor.as_deref()).await?;
    Ok(HttpResponse::Ok().json(show::closing(&r, actor.who(), *id, successor).await?))
}

/// How it is closed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CloseAsk {
    /// The unit that takes over; none only where nothing is left.
    #[schema(value_type = Option<String>, format = Uuid)]
    successor: Option<UnitId>,
    /// Who goes along with the same duty; left out: all.
    #[schema(value_type = Option<Vec<String>>)]
    people: Option<Vec<PersonId>>,
}

/// What has moved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClosedUnit {
    tasks: usize,
    cases: usize,
    /// Appointments that go on at the successor.
    along: usize,
    /// Appointments that ended.
    ended: usize,
}

/// Closes a unit; the successor has all that lies there, in one transaction. System administrators
/// only.
#[utoipa::path(post, path = "/api/v1/organisation/units/{id}/close", tag = "organisation",
    request_body = CloseAsk, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = ClosedUnit), (status = 403, description = "not-yours"),
        (status = 422, description = "organisation")))]
pub(crate) async fn close(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<UnitId>,
    key: IdempotencyKey,
    ask: Json<CloseAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "close-unit", key: key.0, hash: ask.hash };
    let CloseAsk { successor, people } = ask.value;
    let ask = CloseUnit { unit: *id, successor, along: people };
    let answer = act(&services, &actor, &once, async |tx| {
        let done = Box::pin(commands::close_unit(tx, workflow, Some(who), ask.clone())).await?;
        let (tasks, cases) = (done.tasks, done.cases);
        let body = ClosedUnit { tasks, cases, along: done.along, ended: done.ended };
        Ok(Acted { status: StatusCode::OK, location: None, body, jobs: done.jobs })
    })
    .await?;
    show::settle(workflow).await;
    Ok(answer)
}
