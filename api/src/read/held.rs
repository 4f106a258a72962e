//! Who held the days of a case: the same numbers for the applicant and the supervisor.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// `GET /api/v1/cases/{id}/held`, and a table on the case's pages. The parts sum to the whole.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct HeldView {
    pub number: String,
    /// When it was handed in.
    pub from: Option<DateTime<Utc>>,
    /// Its end, or now.
    pub to: Option<DateTime<Utc>>,
    pub seconds: i64,
    pub working_days: u32,
    /// The longest first.
    pub parts: Vec<HeldPart>,
}

/// What one holder had in all.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HeldPart {
    pub holder: Words,
    /// `applicant`, `unit`, `stop` or `calendar`.
    pub kind: String,
    /// The unit that held it, or that let the clock stand.
    pub unit: Option<String>,
    pub seconds: i64,
    pub working_days: u32,
    /// Hundredths of the whole, rounded.
    pub percent: i64,
}
