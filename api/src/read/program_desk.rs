//! Programs as those see them who may change them: versions, drafts, what drafts would change.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// `/staff/programs`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramsView {
    /// Those that one may change.
    pub programs: Vec<ProgramRow>,
    /// Drafts of programs that there are not yet.
    pub new: Vec<NewProgramRow>,
}

/// A program that is being written for the first time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NewProgramRow {
    /// Its id.
    pub program: String,
    pub draft: DraftRow,
}

/// `/staff/new-program`: the first text of a program.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NewProgramView {
    pub yaml: String,
    /// Why it cannot be kept as it is.
    pub findings: Vec<FindingView>,
}

/// One program.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramRow {
    pub id: String,
    pub title: Words,
    /// The version that new cases begin on today; none where it takes none.
    pub in_force: Option<u32>,
    /// Drafts that are written or wait for a second person.
    pub drafts: u64,
}

/// `/staff/programs/{id}`: its versions and drafts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramDeskView {
    pub id: String,
    pub title: Words,
    pub in_force: Option<u32>,
    /// The newest first.
    pub versions: Vec<VersionRow>,
    /// The newest first.
    pub drafts: Vec<DraftRow>,
}

/// One published version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VersionRow {
    pub number: i32,
    /// SHA-256 of its canonical form.
    pub hash: String,
    pub published_at: DateTime<Utc>,
    /// The first day on which new cases begin on it; from ever where there is none.
    pub effective_on: Option<NaiveDate>,
    pub retired_on: Option<NaiveDate>,
    pub reason: Option<String>,
    /// The draft that it was.
    #[schema(value_type = Option<String>)]
    pub draft: Option<String>,
    /// Cases under way that stand on it.
    pub live: u64,
}

/// One draft.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DraftRow {
    pub id: String,
    pub number: i32,
    /// The end of the program, not a version.
    pub retires: bool,
    /// `open`, `proposed`, `published`, `discarded`.
    pub state: String,
    pub state_title: Words,
    pub changed_at: DateTime<Utc>,
    pub written_by: Vec<String>,
}

/// One draft, whole.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "what it is, and what may be done with it")]
pub struct DraftView {
    pub program: String,
    /// There is no version of the program yet, and so no case that a replay could look at.
    pub is_new: bool,
    pub title: Words,
    pub draft: DraftRow,
    /// Counts the changes.
    pub version: i32,
    pub yaml: String,
    pub effective_on: Option<NaiveDate>,
    pub reason: Option<String>,
    pub findings: Vec<FindingView>,
    pub errors: usize,
    /// What it changes of the newest version, in words.
    pub changes: Vec<Words>,
    /// Whether it can be drawn.
    pub drawn: bool,
    /// Whether it can be written, or given up.
    pub may_write: bool,
    /// Whether the reader is the second person.
    pub may_confirm: bool,
    /// Which day `today` is.
    pub today: NaiveDate,
    /// The newest look at what it would have changed.
    pub replay: Option<ReplayView>,
}

/// One thing that is wrong, or doubtful, in a draft.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FindingView {
    /// From 1; 0 when it concerns the whole text.
    pub line: u64,
    pub column: u64,
    pub code: String,
    /// Does not keep it from being published.
    pub warning: bool,
    pub message: Words,
    /// The line itself.
    pub text: String,
}

/// A look at what a draft would have changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReplayView {
    pub id: String,
    pub since: NaiveDate,
    /// `running`, `done`, `failed`.
    pub state: String,
    pub total: i32,
    pub done: i32,
    /// Whether the draft's text is another one by now.
    pub outdated: bool,
    pub same: u32,
    pub gain: u32,
    pub lose: u32,
    pub refused: u32,
    pub waiting: u32,
    pub untold: u32,
    pub red: u32,
    pub green: u32,
    pub payers: Vec<PayerRow>,
    pub units: Vec<LoadRow>,
    /// Cases that would be different, or of which that cannot be said; two hundred at most.
    pub cases: Vec<ReplayRow>,
}

/// Whose money it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PayerRow {
    pub payer: Words,
    /// Fen.
    pub before: i64,
    pub after: i64,
    pub change: i64,
}

/// How many steps a unit had, and would have had.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LoadRow {
    pub unit: String,
    pub before: u32,
    pub after: u32,
}

/// One case of a look.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReplayRow {
    pub number: String,
    /// What would be different, sentence by sentence.
    pub said: Vec<Words>,
    /// It cannot be said; why stands there.
    pub untold: bool,
    /// Fen; none where it would be the same or cannot be said.
    pub before: Option<i64>,
    pub after: Option<i64>,
}

/// What going over to another version changes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RebaseView {
    pub program: String,
    pub title: Words,
    pub to: u32,
    /// The numbers that were named, with spaces; empty for all.
    pub chosen: String,
    pub cases: Vec<RebaseRow>,
    pub movable: usize,
}

/// One case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RebaseRow {
    pub number: String,
    pub from: i32,
    /// Its open steps.
    pub open: Vec<Words>,
    /// Due instants that move, sentence by sentence.
    pub said: Vec<Words>,
    /// Why it stays where it is.
    pub unmoved: Option<Words>,
}
