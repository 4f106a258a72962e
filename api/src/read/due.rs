//! When something is due, and how that looks: the light, in a shape and a word.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// The light of a task or case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// In time.
    Green,
    /// Four fifths of the time are used.
    Amber,
    /// Due or over.
    Red,
    /// The clock stands: for the applicant, or for a public notice.
    Stopped,
}

/// In what a remaining time is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    WorkingDays,
    Hours,
}

/// A due moment as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DueView {
    pub at: DateTime<Utc>,
    pub counted_in: Term,
    /// Working days or hours left; 0 is "today" or "this hour"; negative is over.
    pub left: i64,
    pub light: Light,
    /// 暂定: the working days of its year are not published yet.
    pub provisional: bool,
}
