//! The applicant's own room: what is asked, the cases, the programs, the profile.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CaseStatus, DueView, ErrorView, FieldView, Words, home::ProgramCard};

/// `/me`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApplicantHomeView {
    /// Whom the signed-in person may act for; the first screen names the one acted for.
    pub subjects: Vec<SubjectView>,
    /// What is asked of the applicant now, most urgent first.
    pub asks: Vec<AskView>,
    pub cases: Vec<CaseCard>,
    pub programs: Vec<ProgramCard>,
    /// The profile lacks something that an application needs.
    pub profile_incomplete: bool,
}

/// Somebody one may act for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubjectView {
    pub id: String,
    pub name: String,
    /// "本人", "女儿", …
    pub relation: Words,
    pub id_number_masked: String,
    pub acting: bool,
}

/// Something the applicant has to do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AskView {
    pub what: Ask,
    pub title: Words,
    pub number: Option<String>,
    pub due: Option<DueView>,
    pub href: String,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    FinishDraft,
    Supplement,
    Change,
    Confirm,
    Fill,
}

/// A case on a card.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseCard {
    pub href: String,
    /// A draft has none yet.
    pub number: Option<String>,
    pub title: Words,
    pub subject: String,
    pub status: CaseStatus,
    /// The unit that holds it now.
    pub holder: Option<String>,
    pub due: Option<DueView>,
    /// Asked for, or granted when decided.
    pub fen: Option<i64>,
    pub changed_at: DateTime<Utc>,
}

/// `/me/profile`: facts about one person, in groups. Posts all fields.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProfileView {
    pub subjects: Vec<SubjectView>,
    /// The one shown; nothing for a new one.
    pub subject: Option<String>,
    pub groups: Vec<FieldGroup>,
    pub errors: Vec<ErrorView>,
}

/// Fields under one heading.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldGroup {
    pub title: Words,
    pub fields: Vec<FieldView>,
}
