//! What the worker works with.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};
use workflow::{Workflow, measures};

use crate::{
    post::Post,
    settings::{NotSettings, Settings},
};

/// What a job, the relay and the sweep need. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Services {
    /// The opened service.
    pub workflow: Workflow,
    /// What the operator has chosen.
    pub settings: Arc<Settings>,
    /// How people are reached.
    pub post: Arc<Post>,
    /// How the worker is.
    pub health: Arc<Health>,
}

impl Services {
    /// The services of one process.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn new(workflow: Workflow, settings: Settings) -> Result<Self, NotSettings> {
        if settings.concurrency == 0 {
            let expected = "at least one job at a time";
            let found = "0".to_owned();
            return Err(NotSettings { key: "worker.concurrency", found, expected });
        }
        let post = Arc::new(Post::new(&settings)?);
        Ok(Self { workflow, settings: Arc::new(settings), post, health: Arc::default() })
    }

    /// Machine time: leases and retries.
    pub(crate) fn machine(&self) -> DateTime<Utc> {
        self.workflow.clock.machine()
    }

    /// Business time: cases and timers.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.workflow.clock.now()
    }
}

/// What readiness shows of the worker.
#[derive(Debug, Default)]
pub struct Health {
    restarts: AtomicU64,
    quarantined: AtomicU64,
}

impl Health {
    /// How often the executor died and was rebuilt since the start.
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// How many jobs this process has put into quarantine: a person must look at them.
    pub fn quarantined(&self) -> u64 {
        self.quarantined.load(Ordering::Relaxed)
    }

    pub(crate) fn count_restart(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
        measures::executor_restarted();
    }

    pub(crate) fn count_quarantine(&self) {
        self.quarantined.fetch_add(1, Ordering::Relaxed);
    }
}
