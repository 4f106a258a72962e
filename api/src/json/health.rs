//! Whether the process lives, and whether it can work.

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::{Problem, Services};

/// The process answers.
#[utoipa::path(get, path = "/api/v1/health/live", tag = "health",
    responses((status = 200, description = "The process answers")))]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// The database answers too.
#[utoipa::path(get, path = "/api/v1/health/ready", tag = "health",
    responses((status = 200, description = "It can work"), (status = 503, description = "unavailable")))]
pub(crate) async fn ready(services: web::Data<Services>) -> Result<HttpResponse, Problem> {
    let answered = services.workflow.store.read().ping().await;
    answered.map_err(|e| Problem::NotReady(e.to_string()))?;
    Ok(HttpResponse::Ok().json(json!({ "status": "ready" })))
}
