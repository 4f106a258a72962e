//! Keys of the language that this version reads but does not run yet: a program that needs one
//! is refused rather than run as if the key were not there.

use crate::program::{entry::Step, finding::Finding, model::Program, step_words::Edit, word::At};

pub(super) fn lint(program: &Program, found: &mut Vec<Finding>) {
    let rows = program.rows.as_ref();
    let roster = rows.is_some_and(|rows| rows.of == *"person");
    for step in program.steps() {
        found.extend(of_step(step, (rows.is_some(), roster)).map(|key| later(step.id.at, key)));
    }
}

fn of_step(step: &Step, (rows, roster): (bool, bool)) -> impl Iterator<Item = &'static str> {
    let keys = [
        (step.may.contains(&Edit::Add) && !roster, "may: add"),
        ((step.rows.is_some() || !step.row_form.is_empty()) && !rows, "rows"),
    ];
    keys.into_iter().filter(|(used, _)| *used).map(|(_, key)| key)
}

fn later(at: At, key: &str) -> Finding {
    let zh = format!("本版本尚不能运行 {key}");
    Finding::error(at, "not-run-yet", zh, format!("this version does not run `{key}` yet"))
}
