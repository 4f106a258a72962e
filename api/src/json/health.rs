//! Whether the process lives, and whether it can work.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;
use workflow::health::{Condition, Report, is_ready};

use crate::Services;

/// So long may the database take to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// The process answers.
#[utoipa::path(get, path = "/api/v1/health/live", tag = "health",
    responses((status = 200, description = "The process answers")))]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// It can work: the database answers, and no part says otherwise. What is degraded is told.
#[utoipa::path(get, path = "/api/v1/health/ready", tag = "health",
    responses((status = 200, description = "It can work; `parts` tells what is not as it should be"),
        (status = 503, description = "It cannot; `parts` tells why")))]
pub(crate) async fn ready(services: web::Data<Services>) -> HttpResponse {
    let ping = services.workflow.store.read().ping();
    let answers = match tokio::time::timeout(ANSWER, ping).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database did not answer readiness");
            false
        }
        Err(_) => false,
    };
    let mut parts = services.health.parts();
    if !answers {
        // Anybody may ask, and errors name users and hosts: they go into the log alone.
        let why = "the database does not answer".to_owned();
        parts.retain(|part| part.part != "database");
        parts.push(Report { part: "database", condition: Condition::NotReady(why) });
    }
    readiness(&parts)
}

/// What a process of which `parts` are said answers to whoever asks whether it is ready.
pub fn readiness(parts: &[Report]) -> HttpResponse {
    if is_ready(parts) {
        return HttpResponse::Ok().json(json!({ "status": "ready", "parts": parts }));
    }
    let body = json!({ "status": "not ready", "parts": parts });
    HttpResponse::ServiceUnavailable().insert_header(("retry-after", "2")).json(body)
}
