//! A step that asks something of lines, and comes again: each round asks it anew.

use entities::{RunState, StepRunId, Verdict, step_run};

use super::engine::Engine;
use crate::{event::Event, program::Step};

impl Engine<'_> {
    /// A further round of `step` has opened: what the round before said of the lines is set aside,
    /// so that nobody hands in an old answer. What the list itself asks for stays, it is corrected
    /// and not asked anew; and so does what was sent back within a round.
    pub(super) fn begin_line_round(&mut self, step: &Step, run: StepRunId) {
        if step.row_form.is_empty() || !self.comes_again(step) {
            return;
        }
        let Some(now) = self.state.run(run) else { return };
        let earlier = |other: &&step_run::Model| {
            other.id != run && other.path == now.path && other.thread == now.thread
        };
        let mut runs = self.state.runs.iter().filter(earlier);
        if runs.clone().any(|other| other.state == RunState::Open) {
            // The round before is still asked: what it says is not set aside half said.
            return;
        }
        let same_round = |other: &step_run::Model| other.parent_id == now.parent_id;
        let is_over = |other: &step_run::Model| {
            let said = |verdict| !matches!(verdict, Verdict::Skipped | Verdict::Returned);
            other.state != RunState::Void && other.verdict.is_some_and(said)
        };
        if runs.clone().any(same_round) || !runs.any(is_over) {
            return;
        }
        let own = self.facts.program.rows.iter().flat_map(|rows| &rows.form);
        let own: Vec<&str> = own.map(|field| field.id.as_str()).collect();
        let asked = step.row_form.iter().map(|field| field.id.as_str());
        let fields: Vec<String> =
            asked.filter(|id| !own.contains(id)).map(ToOwned::to_owned).collect();
        if !fields.is_empty() {
            self.emit(Event::LinesAskedAgain { run, fields });
        }
    }

    /// Whether a step repeats, by itself or with a block around it.
    fn comes_again(&self, step: &Step) -> bool {
        let all = self.facts.program.steps_and_blocks();
        let around = all.into_iter().find(|(other, _)| other.id == step.id);
        step.repeat.is_some()
            || around.is_some_and(|(_, around)| around.iter().any(|block| block.repeat.is_some()))
    }
}
