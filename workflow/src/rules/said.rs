//! What the steps of a case have said, seen from one of its runs.

use std::collections::BTreeMap;

use entities::{RunState, StepRunId, Verdict};

use crate::{
    calendar::local_date,
    program::expression::{StepFacts, Value},
    state::CaseState,
};

/// What the steps have said.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// Of each step the round that stands nearest, as `step.x`.
    pub(super) steps: BTreeMap<String, StepFacts>,
    /// Of each step in a block all its rounds, the oldest first, as `rounds("x")`.
    pub(super) rounds: BTreeMap<String, Vec<Value>>,
}

/// What the steps say, seen from the run `within`: of a step with several rounds the one that
/// shares the innermost block with it, and of those the latest. Rounds are those that are over; one
/// that was missed has said nothing, one that was skipped is none.
pub(super) fn said_in(state: &CaseState, within: Option<StepRunId>) -> Said {
    let around: Vec<StepRunId> = up_from(state, within).collect();
    let mut nearest: BTreeMap<&str, usize> = BTreeMap::new();
    let mut said = Said::default();
    for run in state.runs.iter().filter(|run| run.state != RunState::Void) {
        let Some(verdict) = run.verdict else { continue };
        // What another thread says is read by `threads()` alone.
        let mut threads = up_from(state, Some(run.id)).filter_map(|run| state.run(run));
        if !threads.all(|run| !CaseState::is_thread(run) || around.contains(&run.id)) {
            continue;
        }
        let values: BTreeMap<String, Value> =
            serde_json::from_value(run.said.clone()).unwrap_or_default();
        if run.parent_id.is_some() && verdict != Verdict::Skipped {
            let rounds = said.rounds.entry(run.path.clone()).or_default();
            rounds.push(Value::Map(values.clone()));
        }
        let shared = up_from(state, run.parent_id).filter(|block| around.contains(block)).count();
        let before = nearest.entry(&run.path).or_insert(shared);
        if shared < *before {
            continue;
        }
        *before = shared;
        let closed_on = run.closed_at.map(local_date);
        let facts = StepFacts { verdict: Some(verdict.word()), closed_on, values };
        said.steps.insert(run.path.clone(), facts);
    }
    said
}

/// A run and the blocks around it, from within outwards.
fn up_from(state: &CaseState, run: Option<StepRunId>) -> impl Iterator<Item = StepRunId> {
    std::iter::successors(run, |run| state.run(*run)?.parent_id)
}
