//! The words for where a case and a step stand.

use serde::Serialize;
use utoipa::ToSchema;

/// Where a case stands, as an applicant is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    Draft,
    /// Papers handed in, not yet accepted.
    Received,
    InProgress,
    /// The applicant has to complete papers or fields; the clock stands.
    Supplement,
    /// Sent back to the applicant to be changed.
    Returned,
    PublicNotice,
    Approved,
    /// Approved, the money is under way.
    Paying,
    NotApproved,
    NotAccepted,
    Withdrawn,
    Terminated,
    Closed,
}

/// How much a status asks for attention: the shape and tint of its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Quiet,
    Busy,
    Asking,
    Good,
    Bad,
}

impl CaseStatus {
    /// The tag's mood.
    pub fn mood(self) -> Mood {
        match self {
            Self::Draft | Self::Withdrawn | Self::Terminated | Self::Closed => Mood::Quiet,
            Self::Received | Self::InProgress | Self::PublicNotice => Mood::Busy,
            Self::Supplement | Self::Returned => Mood::Asking,
            Self::Approved | Self::Paying => Mood::Good,
            Self::NotApproved | Self::NotAccepted => Mood::Bad,
        }
    }
}

impl Mood {
    /// The class of the tag in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Busy => "busy",
            Self::Asking => "asking",
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}

/// Where one step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Done,
    Now,
    /// Entered, but its clock stands.
    Stopped,
    Waiting,
    /// The route passed it by.
    Skipped,
    Returned,
    Refused,
}

impl StepState {
    /// The class of the step in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::Stopped => "stopped",
            Self::Waiting => "waiting",
            Self::Skipped => "skipped",
            Self::Returned => "returned",
            Self::Refused => "refused",
        }
    }
}
