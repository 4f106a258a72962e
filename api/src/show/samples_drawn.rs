//! How samples of the lines of a case were drawn: with the seed and the keys anybody can do it again.

use entities::{RunKind, RunState, step_run};
use serde_json::Value as Json;

use super::{case::Case, reader::words_or};
use crate::read::roster::SampleView;

/// The samples that were drawn, in their order.
pub(super) fn of(case: &Case) -> Vec<SampleView> {
    let runs = case.state.runs.iter();
    let sampled = runs.filter(|run| run.kind == RunKind::Select && run.state == RunState::Closed);
    sampled.filter_map(|run| view(case, run)).collect()
}

fn view(case: &Case, run: &step_run::Model) -> Option<SampleView> {
    let step = case.program.step(&run.path)?;
    step.mark.as_ref()?;
    let said = |name: &str| {
        let text = run.said.get(name).and_then(|said| said.get("text")).and_then(Json::as_str);
        text.map(str::to_owned)
    };
    let title = words_or(step.title.as_ref(), &step.id);
    Some(SampleView { step: title, seed: said("seed")?, keys: said("keys")? })
}
