//! The way of an application: task list, form pages, papers, check, confirmation.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{DueView, ErrorView, FactGroup, FieldView, PaperView, Words, paper};

/// `/drafts/{draft}`: the task list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TaskListView {
    pub draft: String,
    pub title: Words,
    pub subject: String,
    /// In the order of the work; the last leads to the check.
    pub rows: Vec<TaskRow>,
}

/// One row of the task list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TaskRow {
    pub title: Words,
    pub href: String,
    pub state: TaskState,
}

/// How far a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    NotStarted,
    Started,
    Done,
    /// Needs the others first: shown without a link.
    NotYet,
}

impl TaskListView {
    /// How many rows are done.
    pub fn done(&self) -> usize {
        self.rows.iter().filter(|row| row.state == TaskState::Done).count()
    }
}

/// `/drafts/{draft}/pages/{page}`: three to five fields. Posts them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FormPageView {
    pub draft: String,
    pub program: Words,
    pub title: Words,
    /// From 1.
    pub page: u32,
    pub pages: u32,
    pub fields: Vec<FieldView>,
    /// Where "back" leads.
    pub back: String,
}

impl FormPageView {
    /// Whether one of its fields is a list of rows.
    pub fn has_rows(&self) -> bool {
        self.fields.iter().any(|field| field.rows().is_some())
    }
}

/// `/drafts/{draft}/papers`. Posts each file to `/drafts/{draft}/papers/{paper}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PapersView {
    pub draft: String,
    pub program: Words,
    pub papers: Vec<PaperView>,
    pub back: String,
    /// The page after this one.
    pub next: String,
}

impl PapersView {
    /// The summary of what is wrong with the files.
    pub fn errors(&self) -> Vec<ErrorView> {
        paper::errors(&self.papers)
    }
}

/// `/drafts/{draft}/check`: everything read back. Posts `truth`, `consent` to
/// `/drafts/{draft}/submit`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckView {
    pub draft: String,
    pub program: Words,
    pub groups: Vec<FactGroup>,
    pub papers: Vec<PaperView>,
    pub award: Option<AwardView>,
    pub errors: Vec<ErrorView>,
    /// The version of the declaration that is agreed to; posted as `declaration`.
    pub declaration: String,
    /// Staff file for somebody: the applicant confirms by a code.
    pub on_behalf: Option<OnBehalfConfirm>,
}

/// The applicant's confirmation of what staff filed. Posts `code`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OnBehalfConfirm {
    pub name: String,
    pub phone_masked: String,
    pub code: FieldView,
}

/// What would be paid, as computed now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AwardView {
    pub asked_fen: Option<i64>,
    pub fen: i64,
    /// The ceiling that cut what was asked; nothing when it was not cut.
    pub ceiling_fen: Option<i64>,
    /// The table or rule it was computed by.
    pub basis: Option<Words>,
}

/// `/cases/{number}/submitted`: to keep.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubmittedView {
    pub number: String,
    pub program: Words,
    pub subject: String,
    pub submitted_at: DateTime<Utc>,
    /// The unit that has it now, and until when it answers.
    pub unit: String,
    pub due: Option<DueView>,
    pub asked_fen: Option<i64>,
    pub phone_masked: String,
    pub papers: Vec<PaperView>,
    /// An inline `<svg>` of the look-up address, made by this service.
    pub qr_svg: String,
}
