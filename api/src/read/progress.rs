//! How far a case has come, for the applicant and for whoever knows its number and phone.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CaseStatus, DueView, ErrorView, FieldView, PaperView, StepState, Words, field, paper};

/// `/cases/{number}`, and the result of a look-up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgressView {
    pub number: String,
    pub title: Words,
    /// Masked in a look-up.
    pub subject: String,
    pub status: CaseStatus,
    pub submitted_at: Option<DateTime<Utc>>,
    pub asked_fen: Option<i64>,
    pub awarded_fen: Option<i64>,
    /// Who holds it now; several when they sign together.
    pub holders: Vec<HolderView>,
    pub late: Option<LateView>,
    /// The promise for the whole case.
    pub total: Option<DueView>,
    pub steps: Vec<StepView>,
    /// What the reader may do.
    pub actions: Vec<Action>,
    /// A decision can be read.
    pub decided: bool,
    /// Seen by number and phone, without an account.
    pub looked_up: bool,
}

/// Who holds a case, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HolderView {
    pub unit: String,
    pub duty: Words,
    /// Why it is they.
    pub why: Words,
    pub since: DateTime<Utc>,
    pub due: Option<DueView>,
}

/// An apology for being late.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LateView {
    pub unit: String,
    pub days: i64,
    pub reason: Option<Words>,
    pub new_day: Option<NaiveDate>,
}

/// One step of the way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepView {
    pub title: Words,
    pub unit: String,
    pub state: StepState,
    /// What came of it.
    pub outcome: Option<Words>,
    pub at: Option<DateTime<Utc>>,
    pub due: Option<DueView>,
    /// What was written to the applicant.
    pub note: Option<String>,
}

/// What an applicant may do with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Supplement,
    Change,
    Withdraw,
    Complain,
}

/// `/cases/{number}/supplement`: all that is missing, told at once. Fields are posted together;
/// each file to `/cases/{number}/papers/{paper}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SupplementView {
    pub number: String,
    pub title: Words,
    pub unit: String,
    pub told_at: DateTime<Utc>,
    pub due: DueView,
    pub text: Option<String>,
    pub fields: Vec<DefectField>,
    pub papers: Vec<DefectPaper>,
}

/// A field to be completed, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DefectField {
    pub why: String,
    pub field: FieldView,
}

/// A paper to be handed in again, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DefectPaper {
    pub why: String,
    pub paper: PaperView,
}

impl SupplementView {
    /// The summary of what is wrong with it.
    pub fn errors(&self) -> Vec<ErrorView> {
        let fields: Vec<_> = self.fields.iter().map(|defect| defect.field.clone()).collect();
        let mut errors = paper::errors(self.papers.iter().map(|defect| &defect.paper));
        errors.extend(field::errors(&fields));
        errors
    }

    /// How many things are missing.
    pub fn missing(&self) -> usize {
        self.fields.len() + self.papers.len()
    }
}
