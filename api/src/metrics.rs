//! `/metrics`, for Prometheus: with its own token, or as an administrator.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use entities::Sensitive;
use sha2::{Digest, Sha256};
use workflow::{Bar, CommandError, Refusal, commands::administers, measures};

use crate::{Problem, Services, actor::look_up};

/// The content type of Prometheus' text.
pub const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes out what was measured, as Prometheus reads it.
pub type MetricsText = Arc<dyn Fn() -> String + Send + Sync>;

/// What is measured, after a look at what stands in the database.
pub(crate) async fn show(
    services: web::Data<Services>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let text = services.metrics.as_ref().ok_or(Problem::NotFound)?;
    let token = services.settings.metrics_token.as_ref();
    if !token.is_some_and(|token| carries_token(&request, token)) {
        let actor = look_up(&request).await?.ok_or(Problem::Unauthenticated)?;
        let (db, now) = (services.workflow.store.read(), services.workflow.clock.now());
        if !administers(db, actor.who(), now).await? {
            let barred = Refusal::NotYours(Bar::NotAdministrator);
            return Err(CommandError::Refused(barred).into());
        }
    }
    measures::look(&services.workflow).await;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, METRICS_TYPE))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text()))
}

/// Whether the request carries `token` as its bearer token.
pub fn carries_token(request: &HttpRequest, token: &Sensitive) -> bool {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    // Hashes take the same time to compare, wherever they differ.
    Sha256::digest(given.trim()) == Sha256::digest(token.expose())
}
