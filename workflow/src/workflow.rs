//! What every command needs besides its transaction.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::mpsc::Sender;

use crate::{
    Ticket, calendar::SharedCalendar, clock::Clock, numbers::Numbers, program::Programs,
    seal::KeyRing, tx::Store,
};

/// The opened service: where things are, what time it is, what the customer has configured.
/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// Where cases are.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// The programs, their shared rules and tables.
    pub programs: Programs,
    /// Working days.
    pub calendar: SharedCalendar,
    /// The keys of personal data.
    pub keys: Arc<KeyRing>,
    /// Where documents lie, encrypted.
    pub papers: PathBuf,
    /// Blocks of case numbers.
    pub numbers: Numbers,
    /// The fast path to the executor.
    pub wake: Wake,
}

/// Hands jobs to the executor right after their commit. What it misses, the relay finds.
#[derive(Clone, Debug, Default)]
pub struct Wake(Option<Sender<Ticket>>);

impl Wake {
    /// A fast path into `executor`.
    pub fn to(executor: Sender<Ticket>) -> Self {
        Self(Some(executor))
    }

    /// Hands over what a commit has left in the outbox. Never waits, never fails: when the path
    /// is full, or its end is gone, the rows are left to the relay.
    pub fn hand(&self, jobs: &[Ticket]) {
        if let Some(executor) = &self.0 {
            for job in jobs {
                if executor.try_send(*job).is_err() {
                    return;
                }
            }
        }
    }
}
