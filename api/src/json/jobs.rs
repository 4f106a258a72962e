//! `/api/v1/jobs`: what happens unasked, for whoever runs the service.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use entities::{OutboxId, outbox::JobState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::commands::{retry_job, retry_jobs};

use super::act::{Acted, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::jobs::JobsView,
    show::{self, JobsAsk, Reader},
};

/// Nothing comes with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryAsk {}

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryAllAsk {
    /// `quarantined`, `failing`, `late` or `waiting`.
    state: String,
}

/// What was set going again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Retried {
    /// Jobs; those that are done or in hand do not count.
    retried: usize,
}

/// How many jobs are not done, by state, and those of one state, fifty a page. Administrators
/// only.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "operating",
    params(("state" = Option<String>, Query,
            description = "`quarantined`, `failing`, `late`, `in_hand`, `waiting`"),
        ("after" = Option<String>, Query, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = JobsView), (status = 403, description = "not-yours")))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    ask: web::Query<JobsAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::jobs(&r, actor.who(), &ask).await?))
}

/// Has a job tried again at once. It is noted down who did. Administrators only.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/retry", tag = "operating",
    request_body = RetryAsk, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Retried), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found")))]
pub(crate) async fn retry(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<OutboxId>,
    key: IdempotencyKey,
    ask: Json<RetryAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "retry-job", key: key.0, hash: ask.hash };
    act(&services, &actor, &once, async |tx| {
        let jobs = retry_job(tx, workflow, who, *id).await?;
        let body = Retried { retried: jobs.len() };
        Ok(Acted { status: StatusCode::OK, location: None, body, jobs })
    })
    .await
}

/// Has all jobs of a state tried again at once, a thousand at most. It is noted down who did.
/// Administrators only.
#[utoipa::path(post, path = "/api/v1/jobs/retry", tag = "operating", request_body = RetryAllAsk,
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Retried), (status = 403, description = "not-yours")))]
pub(crate) async fn retry_all(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<RetryAllAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let state = JobState::of_word(&ask.value.state).ok_or(Problem::MalformedRequest)?;
    let once = Once { operation: "retry-jobs", key: key.0, hash: ask.hash };
    act(&services, &actor, &once, async |tx| {
        let jobs = retry_jobs(tx, workflow, who, state).await?;
        let body = Retried { retried: jobs.len() };
        Ok(Acted { status: StatusCode::OK, location: None, body, jobs })
    })
    .await
}
