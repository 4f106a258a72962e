//! How this process is: each part says it of itself in words, readiness puts them together.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Serialize;

use crate::measures::{self, HintOutcome};

/// How one part of the process is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "why", rename_all = "snake_case")]
pub enum Condition {
    /// As it should be.
    Well,
    /// Something is missing or late, but all work is done: a person should look at it.
    Degraded(String),
    /// It cannot work now; ask again later.
    NotReady(String),
}

/// One part and how it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Which: `database`, `schema`, `redis`, `executor`, `jobs`, `time`, `calendar`, `process`.
    pub part: &'static str,
    /// How it is.
    #[serde(flatten)]
    pub condition: Condition,
}

/// How this process is. One for all that runs in it.
#[derive(Debug, Default)]
pub struct Health {
    parts: Mutex<BTreeMap<&'static str, Condition>>,
    restarts: AtomicU64,
    dropped: AtomicU64,
}

impl Health {
    /// A part says how it is. Logged when it changes for better or worse.
    pub fn say(&self, part: &'static str, condition: Condition) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        match (&condition, parts.get(part).unwrap_or(&Condition::Well)) {
            (Condition::Well, Condition::Well) => {}
            (Condition::Well, _) => tracing::info!(part, "it is well again"),
            (Condition::Degraded(why), Condition::Well | Condition::NotReady(_)) => {
                tracing::warn!(part, %why, "not all is as it should be");
            }
            (Condition::NotReady(why), Condition::Well | Condition::Degraded(_)) => {
                tracing::error!(part, %why, "not ready");
            }
            _ => {}
        }
        parts.insert(part, condition);
    }

    /// What each part has said, by name.
    pub fn parts(&self) -> Vec<Report> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts
            .iter()
            .map(|(part, condition)| Report { part, condition: condition.clone() })
            .collect()
    }

    /// How often an executor of this process died and was rebuilt.
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// An executor died and is rebuilt.
    pub fn count_restart(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
        measures::executor_restarted();
    }

    /// How many hints did not get into Redis: those rows were left to the relay.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Redis has taken hints.
    pub fn count_pushed(&self, hints: usize) {
        measures::redis_hints(HintOutcome::Pushed, u64::try_from(hints).unwrap_or(u64::MAX));
    }

    /// Hints did not get into Redis.
    pub fn count_dropped(&self, hints: usize) {
        let hints = u64::try_from(hints).unwrap_or(u64::MAX);
        self.dropped.fetch_add(hints, Ordering::Relaxed);
        measures::redis_hints(HintOutcome::Dropped, hints);
    }
}

/// Whether a process of which this is said can work.
pub fn is_ready(parts: &[Report]) -> bool {
    !parts.iter().any(|part| matches!(part.condition, Condition::NotReady(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_degraded_is_ready_and_what_is_missing_is_not() {
        let health = Health::default();
        assert!(is_ready(&health.parts()));
        health.say("redis", Condition::Degraded("it does not answer".to_owned()));
        assert!(is_ready(&health.parts()));
        health.say("schema", Condition::NotReady("2 steps behind".to_owned()));
        assert!(!is_ready(&health.parts()));
        health.say("schema", Condition::Well);
        assert!(is_ready(&health.parts()));
        let shown = serde_json::to_value(health.parts()).unwrap();
        let expected = serde_json::json!([
            { "part": "redis", "state": "degraded", "why": "it does not answer" },
            { "part": "schema", "state": "well" },
        ]);
        assert_eq!(shown, expected);
    }
}
