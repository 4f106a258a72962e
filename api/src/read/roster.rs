//! Lines with a page of their own: people, or cases; what is entered for each, what each comes to.

use serde::Serialize;
use utoipa::ToSchema;

use super::{FieldView, PaperView, Words, organisation::ImportFault};

/// `/staff/tasks/{task}/rows`. A line is posted there, a list to `/staff/tasks/{task}/rows/file`.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct RosterView {
    pub task: String,
    /// Posted with every line, so that what is entered on a stale page is refused.
    pub version: i64,
    pub number: String,
    pub title: Words,
    pub step: Words,
    /// Whether its lines are cases; else they are people.
    pub of_cases: bool,
    /// What is shown of each line.
    pub columns: Vec<Words>,
    pub lines: Vec<RosterLine>,
    /// How many count.
    pub counted: usize,
    /// What they come to in all, by line of the program and payer.
    pub sums: Vec<RosterSum>,
    pub total_fen: i64,
    /// Whether lines may be filled in here now.
    pub fills: bool,
    /// Whether lines may be struck here now.
    pub strikes: bool,
    /// The fields of somebody who is added; none where nobody is.
    pub add: Vec<FieldView>,
    /// The columns of a list that is taken here.
    pub file_columns: String,
    /// The line that stands open.
    pub open: Option<OpenLine>,
    /// How samples of its lines were drawn.
    pub samples: Vec<SampleView>,
    /// What could not be taken, line by line.
    pub faults: Vec<ImportFault>,
}

/// One person of the list, or one case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RosterLine {
    pub id: String,
    /// Its place in the list, from 1.
    pub number: i32,
    /// Of a case: its number.
    pub name: String,
    /// Of a case: its program and unit.
    pub class: String,
    /// What earlier steps said of it.
    pub kept: Vec<KeptLine>,
    /// Whether it counts.
    pub counts: bool,
    /// Why it was struck.
    pub reason: Option<Words>,
    /// As the columns; what is private is masked.
    pub cells: Vec<String>,
    pub fen: i64,
    /// Its papers: those that it is asked for here, and those that are there.
    pub papers: Vec<PaperView>,
    /// Whether it may be opened here.
    pub may_open: bool,
}

/// How a sample was drawn.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SampleView {
    pub step: Words,
    /// Hex: with it anybody can draw again.
    pub seed: String,
    /// The hash of the keys of the lines that were drawn from.
    pub keys: String,
}

/// What an earlier step said of a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeptLine {
    pub step: Words,
    /// As the columns.
    pub cells: Vec<String>,
}

/// What the lines come to of one line of the program by one payer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RosterSum {
    pub title: Words,
    pub payer: Words,
    pub payee: Words,
    pub fen: i64,
}

/// A line that is filled in or struck.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpenLine {
    pub id: String,
    pub name: String,
    pub fields: Vec<FieldView>,
    /// The reasons for which it may be struck; none where it may not.
    pub strike: Option<FieldView>,
    /// What it comes to, line by line and payer by payer.
    pub award: Vec<RosterSum>,
    /// Its papers, which may be put in and taken out here; posted to
    /// `/staff/tasks/{task}/rows/{row}/papers/{paper}`.
    pub papers: Vec<PaperView>,
}

impl RosterView {
    /// How many columns of the table come after the number of a line.
    pub fn wide(&self) -> usize {
        self.columns.len() + if self.of_cases { 2 } else { 3 }
    }
}
