//! A list of people needs a step that makes it, before anybody signs it.

use crate::program::{
    finding::Finding,
    model::Program,
    step_words::{Edit, StepKind},
};

pub(super) fn lint(program: &Program, found: &mut Vec<Finding>) {
    let Some(rows) = program.rows.as_ref().filter(|rows| rows.of == *"person") else { return };
    let steps = program.steps();
    let first = steps.first();
    let makes =
        first.is_some_and(|step| step.kind == StepKind::Fill && step.may.contains(&Edit::Add));
    if !makes {
        let zh = "名册（rows: of: person）须由第一个环节编制：kind: fill，may: [add]".to_owned();
        let en = "a list of people is expected to be made by the first step: `kind: fill` with \
                  `may: [add]`";
        found.push(Finding::error(rows.of.at, "list-of-nobody", zh, en.to_owned()));
    }
}
