//! An application that nobody answers counts as accepted.
//!
//! 行政许可法 art. 32: who does not name the defects within five days has accepted on the day of
//! receipt.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Budget, due};
use crate::calendar::Days;

/// How long the first step may be silent.
pub const SILENCE: Budget = Budget::WorkingDays(5);

/// Whether and by whom a case is accepted, and from when its total clock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Acceptance {
    /// Nobody has said anything; `until` silence is not yet acceptance.
    Pending {
        until: DateTime<Utc>,
    },
    Person {
        as_of: DateTime<Utc>,
    },
    /// The total counts from the day of receipt, as if it had been accepted at once.
    Silence {
        as_of: DateTime<Utc>,
    },
}

impl Acceptance {
    /// From when the total clock counts.
    pub fn as_of(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Pending { .. } => None,
            Self::Person { as_of } | Self::Silence { as_of } => Some(as_of),
        }
    }
}

/// Judges an application received at `filed_at` that a person accepted at `accepted_at`, or has
/// not. What a person does after the silence has spoken changes nothing any more.
pub fn acceptance(
    filed_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    days: &Days,
) -> Acceptance {
    let until = due(filed_at, SILENCE, days);
    match accepted_at {
        Some(as_of) if as_of < until => Acceptance::Person { as_of },
        _ if now >= until => Acceptance::Silence { as_of: filed_at },
        _ => Acceptance::Pending { until },
    }
}
