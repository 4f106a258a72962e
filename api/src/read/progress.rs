//! How far a case has come, for the applicant and for whoever knows its number and phone.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    CaseStatus, DueView, ErrorView, FieldView, PaperView, StepState, Words, field, held::HeldView,
    paper, voices::VoiceView,
};

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
    /// Who held the days so far; nothing in a look-up or a draft.
    pub held: Option<HeldView>,
    /// What the applicant is asked to hand in now.
    pub todo: Vec<TodoView>,
    /// What the reader may do.
    pub actions: Vec<Action>,
    /// What the applicant's side has said of it; nothing in a look-up.
    pub voices: Vec<VoiceView>,
    /// The last day for an appeal, where there may be one.
    pub appeal_until: Option<NaiveDate>,
    /// A message to whoever it is for did not arrive.
    pub undelivered: bool,
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
    /// The day on which it opens, while that has not come.
    pub opens_on: Option<NaiveDate>,
    /// What its form says, as far as it may be read.
    pub said: Vec<SaidView>,
    /// What was written to the applicant.
    pub note: Option<String>,
}

/// One answer of a step's form.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SaidView {
    pub title: Words,
    /// In the language of the page.
    pub text: String,
}

/// What an applicant may do with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Supplement,
    Change,
    Withdraw,
    Urge,
    Complain,
    Appeal,
    Rate,
}

/// Something the applicant has to hand in after the decision; at `/cases/{number}/steps/{task}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TodoView {
    pub task: String,
    pub title: Words,
    pub hint: Option<Words>,
    pub due: Option<DueView>,
}

/// `/cases/{number}/steps/{task}`: a step of the applicant's own. Posts its fields as `form.…`,
/// and each file to `/cases/{number}/steps/{task}/papers/{paper}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnStepView {
    pub number: String,
    pub program: Words,
    pub task: String,
    /// Posted with the form, so that a stale page is refused.
    pub version: i32,
    pub title: Words,
    pub hint: Option<Words>,
    /// `hand-in` or `receive`.
    pub verb: String,
    pub due: Option<DueView>,
    pub fields: Vec<FieldView>,
    pub papers: Vec<PaperView>,
}

impl OwnStepView {
    /// Where its files are put in.
    pub fn papers_at(&self) -> String {
        format!("/cases/{}/steps/{}/papers", self.number, self.task)
    }

    /// The summary of what is wrong with it.
    pub fn errors(&self) -> Vec<ErrorView> {
        let mut errors = paper::errors(&self.papers);
        errors.extend(field::errors(&self.fields));
        errors
    }
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
