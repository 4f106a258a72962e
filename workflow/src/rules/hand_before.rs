//! Two steps in a row are not one hand's: it is merged with its trace where the program says so, or
//! a colleague signs, or where there is none somebody above.
//!
//! Source: step 6 of entering a step.

use std::collections::BTreeSet;

use entities::{PersonId, RunKind, RunState, StepRunId, Verdict, step_run};

use super::{engine::Engine, passing_on::is_vote, pools::Pools};
use crate::program::{Step, StepKind};

/// Why somebody is kept from a step: they signed the one just before.
pub(super) const CONSECUTIVE: &str = "consecutive";

impl Engine<'_> {
    /// The step with which this one is merged: the only one left has just signed it, it asks for
    /// nothing, and the program merges such steps.
    pub(super) fn merges(
        &self,
        step: &Step,
        pools: &Pools,
        parent: Option<StepRunId>,
    ) -> Option<(StepRunId, Verdict)> {
        if !self.facts.program.merge || !is_bare(step) {
            return None;
        }
        let (_, with, verdict) = self.same_hand(pools, parent)?;
        Some((with, verdict))
    }

    /// Who must leave this step to others, having signed the one just before: the only one left;
    /// and where there are several, whoever of them it was, unless the program merges such steps or
    /// it is the same one in its next round. In a vote each has a voice of their own, which is no
    /// second signature.
    pub(super) fn hands_off(
        &self,
        step: &Step,
        pools: &Pools,
        parent: Option<StepRunId>,
    ) -> BTreeSet<PersonId> {
        if let Some((person, ..)) = self.same_hand(pools, parent) {
            return BTreeSet::from([person]);
        }
        let asked = step.kind == StepKind::Decide && !is_vote(step) && !pools.held;
        if !asked || self.facts.program.merge {
            return BTreeSet::new();
        }
        // Another round of the same step is no second one.
        let before = self.decided_before(parent).filter(|run| step.id != *run.path);
        let before = before.map(|run| run.id);
        let slots = before.into_iter().flat_map(|run| self.state.slots(run));
        let signed: BTreeSet<PersonId> = slots.filter_map(|slot| slot.signed_by).collect();
        let here = pools.people();
        signed.intersection(&here).copied().collect()
    }

    /// The only one left, if it is the one who signed the step just before.
    fn same_hand(
        &self,
        pools: &Pools,
        parent: Option<StepRunId>,
    ) -> Option<(PersonId, StepRunId, Verdict)> {
        let people = pools.people();
        if people.len() != 1 || pools.held {
            return None;
        }
        let only = *people.first()?;
        let before = self.decided_before(parent)?;
        let signed = self.state.slots(before.id).any(|slot| slot.signed_by == Some(only));
        signed.then_some((only, before.id, before.verdict?))
    }

    /// The step that was closed just before in this thread, if somebody decided it.
    fn decided_before(&self, parent: Option<StepRunId>) -> Option<&step_run::Model> {
        let thread = self.state.thread_in(parent);
        let before = self.state.runs.iter().rev().find(|run| {
            run.state == RunState::Closed && run.kind != RunKind::Block && run.thread == thread
        });
        before.filter(|run| run.kind == RunKind::Decide)
    }
}

/// A step without form, papers, limit or money can be merged.
fn is_bare(step: &Step) -> bool {
    step.kind == StepKind::Decide
        && step.form.is_empty()
        && step.papers.is_empty()
        && step.rows.is_none()
        && step.most.is_none()
}
