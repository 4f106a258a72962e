//! `/api/v1/oversight`: lights by unit, and the documents about late units.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::{
    Problem, Services,
    actor::Actor,
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
