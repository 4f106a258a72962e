//! `/api/v1/demo`: the clock that can be moved, the drawer of letters. Only in a demonstration.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::notices::After;
use crate::{
    Problem, Services,
    json_body::Json,
    language,
    read::demo::{ClockView, LetterView, LettersView},
    show::{self, Reader},
};

/// How far.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveAsk {
    /// 1 to 120.
    working_days: u32,
}

/// Where business time will be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Moving {
    moving_to: DateTime<Utc>,
}

/// What time it is, where it is being moved to, and what falls due next.
#[utoipa::path(get, path = "/api/v1/demo/clock", tag = "demo",
    responses((status = 200, body = ClockView), (status = 404, description = "No demonstration")))]
pub(crate) async fn clock(
    services: web::Data<Services>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    if !services.settings.demo {
        return Err(Problem::NotFound);
    }
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::clock(&r).await?))
}

/// Moves business time on by working days. It walks there: ask `GET /api/v1/demo/clock` until
/// `moving_to` is gone.
#[utoipa::path(post, path = "/api/v1/demo/clock", tag = "demo", request_body = MoveAsk,
    responses((status = 202, body = Moving), (status = 404, description = "No demonstration"),
        (status = 422, description = "time-not-moved")))]
pub(crate) async fn move_clock(
    services: web::Data<Services>,
    ask: Json<MoveAsk>,
) -> Result<HttpResponse, Problem> {
    let moving_to = show::move_clock(&services, ask.value.working_days).await?;
    let poll = ("location", "/api/v1/demo/clock");
    Ok(HttpResponse::Accepted().insert_header(poll).json(Moving { moving_to }))
}

/// The drawer, newest first.
#[utoipa::path(get, path = "/api/v1/demo/letters", tag = "demo",
    params(("after" = Option<String>, Query)),
    responses((status = 200, body = LettersView), (status = 404, description = "No demonstration")))]
pub(crate) async fn letters(
    services: web::Data<Services>,
    ask: web::Query<After>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(show::letters(&services, ask.after.as_deref()).await?))
}

/// One letter.
#[utoipa::path(get, path = "/api/v1/demo/letters/{id}", tag = "demo",
    params(("id" = String, Path)),
    responses((status = 200, body = LetterView), (status = 404, description = "not-found")))]
pub(crate) async fn letter(
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(show::letter(&services, &id).await?))
}
