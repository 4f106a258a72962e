//! Doing something for a caller: once for each key, with the jobs handed over after the commit.

use std::{
    cell::Cell,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, http::StatusCode};
use entities::{CaseId, Phase};
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use utoipa::ToSchema;
use workflow::{Ticket, commands::Done};

use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{Once, answer_once, json_answer, respond},
};

/// What was done, as it is answered.
pub(super) struct Acted<T> {
    pub(super) status: StatusCode,
    pub(super) location: Option<String>,
    pub(super) body: T,
    /// For the fast path.
    pub(super) jobs: Vec<Ticket>,
}

/// Where a case stands after a verb.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseDone {
    #[schema(value_type = String, format = Uuid)]
    case: CaseId,
    /// Once it has one.
    number: Option<String>,
    /// `draft`, `filed`, `running`, `after`, `ended`.
    #[schema(value_type = String)]
    phase: Phase,
    /// The case's version afterwards.
    version: i32,
}

impl Acted<CaseDone> {
    /// A verb that was done.
    pub(super) fn of(done: Done) -> Self {
        let Done { case, number, phase, recorded } = done;
        let body = CaseDone { case, number, phase, version: recorded.version };
        Self { status: StatusCode::OK, location: None, body, jobs: recorded.jobs }
    }
}

/// Runs `work` in one transaction, once for each key, and wakes the executor afterwards.
///
/// # Errors
/// As [`answer_once`].
pub(super) async fn act<T, F>(
    services: &Services,
    actor: &Actor,
    once: &Once,
    work: F,
) -> Result<HttpResponse, Problem>
where
    T: Serialize,
    F: for<'c> AsyncFn(&'c DatabaseTransaction) -> Result<Acted<T>, Problem>,
{
    let jobs = Cell::new(Vec::new());
    let answer = answer_once(services, actor, once, async |tx| {
        let done = work(tx).await?;
        jobs.set(done.jobs);
        json_answer(done.status, done.location, &done.body)
    })
    .await?;
    services.workflow.wake.hand(&jobs.take());
    Ok(respond(answer))
}

/// The version in `If-Match: "7"` (RFC 9110 §13.1.1); `*` and none at all mean any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen(Option<i32>);

impl Seen {
    /// The version that was seen: of the header, else of the body.
    pub(super) fn or(self, body: Option<i32>) -> Option<i32> {
        self.0.or(body)
    }
}

impl FromRequest for Seen {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("if-match") else { return ready(Ok(Self(None))) };
        let text = value.to_str().unwrap_or_default().trim();
        let bare = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
        ready(match bare {
            "*" => Ok(Self(None)),
            bare => {
                bare.parse().map(|seen| Self(Some(seen))).map_err(|_| Problem::MalformedRequest)
            }
        })
    }
}
