//! What became of a file's rows.

use workflow::{
    CommandError, Refusal, RowFault, Said, Workflow, commands,
    organise::{Report, RowKind},
};

use crate::{
    Problem,
    read::{
        Words,
        organisation::{ImportFault, ImportRow, ImportView},
    },
};

fn words(said: Said) -> Words {
    Words::new(said.zh, said.en)
}

/// A file that was taken, or looked at.
pub fn import_view(report: Report) -> ImportView {
    let row = |row: workflow::organise::Taken| ImportRow {
        line: row.line,
        name: row.name,
        said: words(row.said),
    };
    ImportView {
        kind: report.kind.word().to_owned(),
        dry: report.dry,
        made: report.made,
        known: report.known,
        rows: report.rows.into_iter().map(row).collect(),
        faults: Vec::new(),
        done: true,
        columns: columns(report.kind),
    }
}

/// A file that was not taken; the problem itself where it is not of rows.
///
/// # Errors
/// `problem`.
pub fn import_refused(kind: RowKind, problem: Problem) -> Result<ImportView, Problem> {
    let Problem::Command(CommandError::Refused(Refusal::Rows(faults))) = problem else {
        return Err(problem);
    };
    let fault = |fault: RowFault| ImportFault {
        line: fault.line,
        column: fault.column,
        said: words(fault.said),
    };
    let faults = faults.into_iter().map(fault).collect();
    Ok(ImportView { faults, done: true, ..import_form(kind) })
}

/// The page before a file is sent.
pub fn import_form(kind: RowKind) -> ImportView {
    let (kind, columns) = (kind.word().to_owned(), columns(kind));
    ImportView { kind, columns, ..ImportView::default() }
}

fn columns(kind: RowKind) -> String {
    let (needed, optional) = kind.columns();
    let optional = optional.iter().map(|column| format!("[{column}]"));
    let all: Vec<String> = needed.iter().map(ToString::to_string).chain(optional).collect();
    all.join(", ")
}

/// What somebody who has left had goes back to their unit, at once; what fails now, the worker
/// does.
pub async fn settle(workflow: &Workflow) {
    if let Err(error) = commands::settle_slots(workflow).await {
        tracing::warn!(%error, "what lies with nobody is left to the worker");
    }
}
