//! What a handler needs to answer.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use sea_orm::DatabaseTransaction;
use workflow::{
    Ticket, Workflow,
    code_letter::tell_code,
    drawer::Drawer,
    health::Health,
    sign_in::{CodeToSend, Passwords},
};

use crate::{
    MetricsText, Problem, Settings,
    limits::{Buckets, Rate},
    problem_answer::ErrorPage,
};

/// Hands a code to whoever sends messages, inside the transaction that made it; says which jobs
/// that left, for the fast path.
pub type DeliverCode = Arc<
    dyn for<'a> Fn(
            &'a DatabaseTransaction,
            DateTime<Utc>,
            CodeToSend,
        ) -> LocalBoxFuture<'a, Result<Vec<Ticket>, Problem>>
        + Send
        + Sync,
>;

/// What a handler needs to answer.
#[derive(Clone)]
pub struct Services {
    /// The opened service. Sessions, codes and lock-outs go by its clock's machine time.
    pub workflow: Workflow,
    /// What the operator has set.
    pub settings: Arc<Settings>,
    /// The slow hash, two at a time.
    pub passwords: Passwords,
    /// Sends sign-in codes.
    pub deliver_code: DeliverCode,
    /// How many requests each network and account has left.
    pub buckets: Arc<Buckets>,
    /// Draws an error for a browser; without it errors are JSON everywhere.
    pub error_page: Option<ErrorPage>,
    /// What was measured; none where nothing is.
    pub metrics: Option<MetricsText>,
    /// Where a demonstration's letters lie.
    pub drawer: Option<Drawer>,
    /// How the process is, for readiness.
    pub health: Arc<Health>,
}

impl Services {
    /// Counts one request of `caller`, by a clock that nobody can set.
    ///
    /// # Errors
    /// [`Problem::TooManyRequests`].
    pub fn count(&self, caller: &str, rate: Rate) -> Result<(), Problem> {
        let taken = self.buckets.take(caller, rate, self.workflow.clock.monotonic());
        taken.map_err(|wait| {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            Problem::TooManyRequests { retry_after: i64::try_from(seconds).unwrap_or(i64::MAX) }
        })
    }
}

/// Sends codes as all other messages go: as a notice, whose job the worker does.
pub fn codes_by_notice(workflow: Workflow) -> DeliverCode {
    Arc::new(move |tx, now, code| {
        let workflow = workflow.clone();
        Box::pin(async move { Ok(tell_code(tx, &workflow, now, &code).await?) })
    })
}
