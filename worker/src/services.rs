//! What the worker works with.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use workflow::{Workflow, health::Health};

use crate::{
    Part,
    jobs::Desk,
    pace::Clocks,
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
    /// How the process is. A process that is more than the worker puts its own here.
    pub health: Arc<Health>,
    /// Where jobs meet that share transactions.
    pub(crate) desk: Desk,
    /// What the wall clock and the monotonic one said when they were last compared.
    pub(crate) clocks: Arc<Mutex<Option<Clocks>>>,
}

impl Services {
    /// The services of one process.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn new(workflow: Workflow, settings: Settings) -> Result<Self, NotSettings> {
        let hands =
            [("worker.concurrency", settings.concurrency), ("worker.letters", settings.letters)];
        for (key, hands) in hands {
            if hands == 0 {
                let expected = "at least one job at a time";
                return Err(NotSettings { key, found: "0".to_owned(), expected });
            }
        }
        let post = Arc::new(Post::new(&settings)?);
        let (settings, health) = (Arc::new(settings), Arc::default());
        let (desk, clocks) = (Desk::default(), Arc::default());
        Ok(Self { workflow, settings, post, health, desk, clocks })
    }

    /// The same for a process that does only `parts`, and that says in `health` how it is.
    #[must_use]
    pub fn with(mut self, parts: &[Part], health: &Arc<Health>) -> Self {
        let settings = Settings { parts: parts.to_vec(), ..Settings::clone(&self.settings) };
        self.settings = Arc::new(settings);
        self.health = Arc::clone(health);
        self
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
