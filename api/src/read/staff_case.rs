//! A case on an approver's desk, and filing for somebody else.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    CaseStatus, DueView, FactGroup, FieldView, PaperView, Words, applicant::SubjectView,
    apply::AwardView, bounces::SentView, held::HeldView, progress::StepView,
};

/// `/staff/tasks/{task}`, and a decided case read again.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StaffCaseView {
    /// Nothing when it is only read.
    pub task: Option<String>,
    /// Posted with every verb, so that a decision on a stale page is refused.
    pub version: i64,
    pub number: String,
    pub title: Words,
    pub step: Words,
    pub unit: String,
    pub subject: String,
    pub status: CaseStatus,
    pub urgent: bool,
    pub due: Option<DueView>,
    pub claimed_by: Option<String>,
    pub mine: bool,
    /// Whom it is offered to first, where nobody has taken it.
    pub offered_to: Option<String>,
    pub offered_to_me: bool,
    /// Why it comes next, where one was led here.
    pub because: Option<Words>,
    /// The batch out of which it was opened.
    pub batch: Option<String>,
    /// Others who have it open.
    pub watching: Vec<String>,
    pub award: Option<AwardView>,
    pub facts: Vec<FactGroup>,
    /// 文号, once the document is signed.
    pub document_number: Option<String>,
    /// Where it can be read as a letter, where it is one.
    pub letter: Option<String>,
    /// What the case is about, where it is about late work.
    pub rows: Vec<RowView>,
    /// What a selection proposes, or what was signed, the best first.
    pub list: Option<ListView>,
    /// Where its list of people stands, where it is one.
    pub roster: Option<String>,
    /// What it grants, line by line and payer by payer, where it is a list of people.
    pub payers: Vec<super::roster::RosterSum>,
    pub papers: Vec<PaperView>,
    /// Papers of this step, given by the desk; posted to `/staff/tasks/{task}/papers/{paper}`.
    pub own_papers: Vec<PaperView>,
    pub steps: Vec<StepView>,
    /// Who held the days so far.
    pub held: HeldView,
    pub history: Vec<EventView>,
    /// How the messages about it went, newest first.
    pub sent: Vec<SentView>,
    /// What the public said against its notices.
    pub objections: Vec<ObjectionView>,
    /// The words with which somebody who is not staff has opened the case; for those alone who deal
    /// with it.
    pub voices: Vec<ObjectionView>,
    /// Only what may be done by this person now; the first is the ordinary one.
    pub verbs: Vec<VerbView>,
}

impl StaffCaseView {
    /// Whether there are rarer verbs.
    pub fn has_rare(&self) -> bool {
        self.verbs.iter().any(|verb| verb.rare)
    }

    /// Whether one of the rarer verbs stands open.
    pub fn rare_open(&self) -> bool {
        self.verbs.iter().any(|verb| verb.rare && verb.open)
    }

    /// Where a masked fact is asked for; empty when the case is only read.
    pub fn show_at(&self) -> String {
        self.task.as_ref().map(|task| format!("/staff/tasks/{task}/show")).unwrap_or_default()
    }
}

/// One line: a late task of a unit. It names nobody.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RowView {
    pub id: String,
    pub unit: Words,
    /// The number of the case that is late.
    pub number: String,
    pub program: Words,
    pub step: Words,
    pub due_on: Option<NaiveDate>,
    pub state: RowMark,
    /// The reason's code, of one that was struck.
    pub reason: Option<String>,
}

/// A ranked list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ListView {
    /// Whether seats are given, or only proposed.
    pub signed: bool,
    /// The hash of the keys of its lines.
    pub keys: Option<String>,
    /// The seed of its draw, hex: with it anybody can draw again.
    pub seed: Option<String>,
    /// How many seats there are.
    pub pools: Vec<PoolView>,
    pub rows: Vec<ListRow>,
}

impl ListView {
    /// Whether its lines are given more than a place: a school, a course.
    pub fn gives(&self) -> bool {
        self.rows.iter().any(|row| !row.has.zh.is_empty())
    }

    /// Whether seats have numbers yet.
    pub fn seated(&self) -> bool {
        self.rows.iter().any(|row| row.seat.is_some())
    }
}

/// The seats of one key.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PoolView {
    pub title: Words,
    pub seats: i64,
    /// Those that this list has, or proposes to give.
    pub given: i64,
}

/// One line of a ranked list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ListRow {
    pub id: String,
    /// From 1; none of one that was struck before.
    pub rank: Option<i32>,
    /// The number of the case that is the line.
    pub number: String,
    pub unit: Words,
    /// What it was ranked by.
    pub points: Vec<String>,
    /// The first digits of what it drew.
    pub draw: Option<String>,
    /// What it has, or would have.
    pub has: Words,
    /// The number of its seat, once the list is signed.
    pub seat: Option<i32>,
    pub state: ListState,
    /// Its number on the waiting list.
    pub waiting: Option<i32>,
    /// Put there by hand, or struck: why.
    pub reason: Option<Words>,
}

/// Where a line of a list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListState {
    In,
    Waiting,
    Out,
    Struck,
}

/// Whether a line counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowMark {
    /// It is still late.
    In,
    /// It is done, though late.
    Done,
    /// Somebody struck it.
    Struck,
}

/// An objection to the case's public notice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ObjectionView {
    pub at: DateTime<Utc>,
    pub text: String,
    /// Empty when they did not say how to reach them.
    pub contact: String,
}

/// One line of the history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventView {
    pub number: i64,
    pub at: DateTime<Utc>,
    /// Nobody: the service itself.
    pub who: Option<String>,
    pub unit: Option<String>,
    pub what: Words,
    pub note: Option<String>,
}

/// Something that can be done now: posts its fields to `/staff/tasks/{task}/{name}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VerbView {
    /// As in the address: `approve`, `return`, `supplement`, …
    pub name: String,
    pub title: Words,
    pub tone: Tone,
    /// What follows from it, before one does it.
    pub hint: Option<Words>,
    /// `a`, `r`, `s`: the key that opens it.
    pub key: Option<String>,
    /// Amount, reason, text, target, defects: whatever it asks.
    pub fields: Vec<FieldView>,
    /// Why it cannot be done now, though it belongs to this step.
    pub blocked: Option<String>,
    /// Errors were found in it: shown open.
    pub open: bool,
    /// The step is decided with it: one may go on with like cases.
    pub ends: bool,
    /// Not every day's: it stands under "more".
    pub rare: bool,
}

/// How a verb looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Primary,
    Plain,
    Grave,
}

/// `/staff/file`: for whom, and what. Posts `id_number`, `program`; then `subject`, `program`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OnBehalfView {
    pub id_number: FieldView,
    pub program: FieldView,
    /// The person found, to be confirmed.
    pub found: Option<SubjectView>,
    /// Nobody was found: who it is must be written down first, at this address.
    pub unknown: Option<String>,
    /// What one's own unit may open of itself, for nobody.
    pub openable: Vec<super::oversight::Openable>,
}
