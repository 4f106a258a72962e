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

use crate::{MetricsText, Problem, Settings, limits::Buckets, problem_answer::ErrorPage};

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

/// Sends codes as all other messages go: as a notice, whose job the worker does.
pub fn codes_by_notice(workflow: Workflow) -> DeliverCode {
    Arc::new(move |tx, now, code| {
        let workflow = workflow.clone();
        Box::pin(async move { Ok(tell_code(tx, &workflow, now, &code).await?) })
    })
}
