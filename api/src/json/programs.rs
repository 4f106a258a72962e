//! `/api/v1/programs`: what can be applied for; `/api/v1/units`: where people learn and live.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::{
    Problem, Services,
    actor::Actor,
    language,
    read::{
        case::{ProgramView, UnitView},
        home::ProgramCard,
    },
    show::{self, Reader},
};

/// The programs that take applications today.
#[utoipa::path(get, path = "/api/v1/programs", tag = "programs",
    responses((status = 200, body = Vec<ProgramCard>)))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::cards(&r, None, None).await?))
}

/// One program: form, papers, steps.
#[utoipa::path(get, path = "/api/v1/programs/{id}", tag = "programs",
    params(("id" = String, Path)),
    responses((status = 200, body = ProgramView), (status = 422, description = "unknown-program")))]
pub(crate) async fn one(
    services: web::Data<Services>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::program(&r, &id).await?))
}

/// Which units.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitsAsk {
    level: String,
    #[serde(default)]
    search: String,
}

/// Schools or townships by a part of their name, for pickers.
#[utoipa::path(get, path = "/api/v1/units", tag = "people",
    params(("level" = String, Query, description = "`school` or `township`"),
        ("search" = Option<String>, Query)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Vec<UnitView>)))]
pub(crate) async fn units(
    services: web::Data<Services>,
    request: HttpRequest,
    _: Actor,
    ask: web::Query<UnitsAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::units(&r, &ask.level, &ask.search).await?))
}
