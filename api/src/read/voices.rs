//! What those who are not staff say of a case, and what became of it.

use chrono::{DateTime, NaiveDate, Utc};
use entities::{Grade, VoiceKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ErrorView, FieldView, Words, field};

/// `GET /api/v1/cases/{id}/voices`: what was said of a case, and what may be said now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VoicesView {
    pub number: String,
    /// Oldest first.
    pub said: Vec<VoiceView>,
    pub may: Vec<MayView>,
}

/// Whether something may be said now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MayView {
    #[schema(value_type = String)]
    pub kind: VoiceKind,
    pub may: bool,
    /// In the language of the request; none where it may.
    pub why_not: Option<String>,
    /// The last day for an appeal.
    pub until: Option<NaiveDate>,
}

/// One complaint, appeal or rating.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VoiceView {
    #[schema(value_type = String)]
    pub kind: VoiceKind,
    pub said_at: DateTime<Utc>,
    #[schema(value_type = Option<String>)]
    pub grade: Option<Grade>,
    /// Of the case in which it is dealt with.
    pub number: Option<String>,
    pub state: VoiceState,
    /// Why an appeal was not upheld.
    pub reason: Option<Words>,
    /// What was answered.
    pub reply: Option<String>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoiceState {
    /// Noted, and nothing follows from it.
    Noted,
    UnderWay,
    Answered,
    /// The case goes on at the step that decided.
    Upheld,
    NotUpheld,
}

impl VoiceState {
    /// The class of its tag in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Noted | Self::Answered | Self::Upheld => "good",
            Self::UnderWay => "busy",
            Self::NotUpheld => "bad",
        }
    }
}

/// `/cases/{number}/complaint`, `…/appeal`, `…/rating`: posts `text`, and `grade` of a rating.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SayView {
    pub number: String,
    pub title: Words,
    #[schema(value_type = String)]
    pub kind: VoiceKind,
    /// What was said of the kind before.
    pub said: Vec<VoiceView>,
    /// None where nothing may be said now.
    pub fields: Vec<FieldView>,
    pub why_not: Option<String>,
    pub until: Option<NaiveDate>,
    /// An appeal against a cut: the award waits for it.
    pub holds: bool,
}

impl SayView {
    /// Where it is posted.
    pub fn to(&self) -> String {
        format!("/cases/{}/{}", self.number, self.kind.word())
    }

    /// The summary of what is wrong with it.
    pub fn errors(&self) -> Vec<ErrorView> {
        field::errors(&self.fields)
    }
}

/// `/tip-offs`: posts `place`, `name`, `text`, `contact`; asks for an answer at
/// `/tip-offs/answer` with `number` and `code`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TipOffView {
    pub fields: Vec<FieldView>,
    /// What one comes back with, once it was recorded.
    pub recorded: Option<TippedView>,
    /// Number and code.
    pub ask: Vec<FieldView>,
    pub found: Option<TipOffFound>,
    /// A wrong number or a wrong code: which of the two is not said.
    pub error: Option<String>,
}

impl TipOffView {
    /// The summary of what is wrong with what is pointed out.
    pub fn errors(&self) -> Vec<ErrorView> {
        field::errors(&self.fields)
    }
}

/// Number and code of something that was pointed out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TippedView {
    pub number: String,
    pub code: String,
}

/// How far it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TipOffFound {
    pub number: String,
    pub state: VoiceState,
    pub reply: Option<String>,
}
