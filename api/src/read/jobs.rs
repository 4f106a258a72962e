//! What happens unasked, for whoever runs the service: what waits, what fails, what needs a
//! person.

use chrono::{DateTime, Utc};
use entities::{OutboxId, outbox::JobState};
use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// `/staff/jobs?state=&after=`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobsView {
    /// How many jobs that are not done are in each state, the worst first.
    pub states: Vec<StateView>,
    /// Whose rows follow: a state's name.
    pub state: &'static str,
    /// The jobs of that state, the oldest first.
    pub rows: Vec<JobRow>,
    /// The key of the next page.
    pub next: Option<String>,
}

/// Jobs of one state.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StateView {
    /// `quarantined`, `failing`, `late`, `in_hand`, `waiting`.
    pub state: &'static str,
    #[serde(skip)]
    pub is: JobState,
    pub jobs: i64,
    /// When the oldest was written.
    pub oldest_at: Option<DateTime<Utc>>,
}

/// One job. All its moments are machine time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobRow {
    #[schema(value_type = String, format = Uuid)]
    pub id: OutboxId,
    /// The stored name.
    pub kind: String,
    #[serde(skip)]
    pub title: Words,
    /// Which letter, of a letter.
    pub letter: Option<String>,
    /// The case it is about.
    pub number: Option<String>,
    /// Starts without an outcome; five are too many.
    pub attempts: i32,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub next_attempt_at: DateTime<Utc>,
    /// Whether it can be tried again at once: it is in nobody's hands.
    pub can_retry: bool,
}
