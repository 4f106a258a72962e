//! Whether the store is sound, for whoever runs the service.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// `/staff/soundness`: what `banjie doctor` sees, of the cases that are under way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SoundnessView {
    /// Business time of the look.
    pub at: DateTime<Utc>,
    pub sound: bool,
    /// How many cases were looked at.
    pub cases: u64,
    /// Whether these were all.
    pub whole: bool,
    pub checks: Vec<SoundCheck>,
}

/// What one check has seen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SoundCheck {
    /// What must hold.
    pub title: Words,
    pub looked: u64,
    pub found: u64,
    /// The first findings.
    pub first: Vec<SoundFinding>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SoundFinding {
    /// The number of its case.
    pub number: Option<String>,
    /// A step with its round, a kind, an id.
    pub about: String,
    pub why: Words,
}
