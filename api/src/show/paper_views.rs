//! Documents as pages list them: what is asked for, what is there.

use entities::{StepRunId, paper};
use workflow::{
    program::{Paper, Program, Step, expression::Scope},
    rules::papers::{self, NeededPaper, Why},
};

use super::{
    case::Case,
    reader::{words, words_or},
};
use crate::read::{FileKind, FileView, PaperView, Words};

/// The papers of the application. Those that a condition makes needless are left out, unless
/// something was put in for them.
pub(super) fn of_case(case: &Case, scope: &Scope) -> Vec<PaperView> {
    let needed = match papers::of_case(&case.program, scope) {
        Ok(needed) => needed,
        // A condition lacks a field that is not filled in yet: ask for what the file names.
        Err(_) => as_written(&case.program),
    };
    let rows: Vec<&paper::Model> = case.papers.iter().filter(|row| row.run_id.is_none()).collect();
    views(|id| case.program.paper(id), &needed, &rows)
}

/// The papers of one step's run.
pub(super) fn of_step(case: &Case, step: &Step, run: StepRunId, scope: &Scope) -> Vec<PaperView> {
    let needed = papers::of_step(&case.program, step, scope).unwrap_or_default();
    let rows: Vec<&paper::Model> =
        case.papers.iter().filter(|row| row.run_id == Some(run)).collect();
    views(|id| case.program.paper(id), &needed, &rows)
}

/// The papers of one line of a list: those that it is asked for, and what else is there.
pub(super) fn of_line(
    papers: &[Paper],
    needed: &[NeededPaper],
    rows: &[&paper::Model],
) -> Vec<PaperView> {
    let known = |id: &str| papers.iter().find(|paper| paper.id == *id);
    let mut found = views(known, needed, rows);
    for row in rows {
        if found.iter().all(|view| view.id != row.paper) {
            let own: Vec<&paper::Model> =
                rows.iter().copied().filter(|other| other.paper == row.paper).collect();
            found.push(view(known(&row.paper), &row.paper, false, &own));
        }
    }
    found
}

/// Everything that was put in at steps, for those who read the case.
pub(super) fn of_steps(case: &Case) -> Vec<PaperView> {
    let mut found: Vec<PaperView> = Vec::new();
    for row in case.papers.iter().filter(|row| row.run_id.is_some()) {
        match found.iter_mut().find(|view| view.id == row.paper) {
            Some(view) => view.files.push(file(row)),
            None => found.push(one(&case.program, &row.paper, false, &[row])),
        }
    }
    found
}

fn as_written(program: &Program) -> Vec<NeededPaper> {
    let paper = |paper: &Paper| NeededPaper {
        id: paper.id.to_string(),
        required: paper.required,
        waived: false,
        why: if paper.required { Why::Asked } else { Why::Optional },
    };
    program.papers.iter().map(paper).collect()
}

fn views<'p>(
    known: impl Fn(&str) -> Option<&'p Paper>,
    needed: &[NeededPaper],
    rows: &[&paper::Model],
) -> Vec<PaperView> {
    let mut views = Vec::new();
    for paper in needed {
        let own: Vec<&paper::Model> =
            rows.iter().copied().filter(|row| row.paper == paper.id).collect();
        if own.is_empty() && matches!(paper.why, Why::NotHere(_)) {
            continue;
        }
        let mut view = view(known(&paper.id), &paper.id, paper.required, &own);
        view.waived = paper.waived.then(|| match &paper.why {
            Why::Proven(_) | Why::Waived(_) => {
                Words::new("已在名单中核实，无需提交。", "Found in the records; not needed.")
            }
            _ => Words::new("无需提交。", "Not needed."),
        });
        views.push(view);
    }
    views
}

pub(super) fn one(
    program: &Program,
    id: &str,
    required: bool,
    rows: &[&paper::Model],
) -> PaperView {
    view(program.paper(id), id, required, rows)
}

fn view(known: Option<&Paper>, id: &str, required: bool, rows: &[&paper::Model]) -> PaperView {
    PaperView {
        id: id.to_owned(),
        title: words_or(known.and_then(|paper| paper.title.as_ref()), id),
        hint: known.and_then(|paper| paper.hint.as_ref()).map(words),
        required,
        waived: None,
        files: rows.iter().map(|row| file(row)).collect(),
        error: None,
    }
}

/// A file is called by its paper and when it came: the name it had may tell of a person.
pub(super) fn file(row: &paper::Model) -> FileView {
    let kind = if row.media_type == "application/pdf" { FileKind::Pdf } else { FileKind::Image };
    let ending = match row.media_type.as_str() {
        "application/pdf" => "pdf",
        "image/png" => "png",
        _ => "jpg",
    };
    FileView {
        id: row.id.to_string(),
        name: format!("{}.{ending}", row.paper),
        bytes: row.size,
        kind,
        added_at: row.uploaded_at,
    }
}
