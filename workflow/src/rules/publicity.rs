//! 公示: the public sees a few fields for some days; the sweep takes them down.

use std::collections::BTreeMap;

use entities::{CaseRowId, Fen, RowState, RunKind, RunState, StepRunId, Verdict};

use super::{
    clock,
    engine::{Engine, budget},
    facts::Stuck,
    rosters::{self, RowAward},
};
use crate::{
    event::{Event, Opening, ShownRow},
    program::{Step, shared::TakeDown},
};

/// The ground for which the total clock stands while the public is told.
pub const PUBLICITY: &str = "publicity";

impl Engine<'_> {
    /// Opens the public notice of `step`.
    pub(super) fn publish(&mut self, step: &Step, mut opening: Opening) -> Result<(), Stuck> {
        let stuck = |why: &str| Stuck::new(step.id.to_string(), why.to_owned());
        let name = step.rule.as_ref().ok_or_else(|| stuck("no publicity rule"))?;
        let rule = self
            .facts
            .shared()
            .publicities
            .get(name.as_str())
            .ok_or_else(|| stuck("no such publicity rule"))?;
        let anchor = self.anchor(step)?.ok_or_else(|| stuck("the case has no such place"))?;
        let at = step.at.as_ref().ok_or_else(|| stuck("no place"))?;
        opening.unit = self.place(at, anchor)?;
        if let Some(unit) = opening.unit {
            self.tell_left_out(&step.id, at, unit);
        }
        let ends_at = clock::due(self.now, budget(rule.days), &self.facts.days);
        let privacy = self.facts.program.privacy.as_ref();
        let fields = privacy.map(|privacy| {
            let hidden = |field: &&crate::program::Word| !privacy.hide.iter().any(|h| h == *field);
            privacy.publish.iter().filter(hidden).map(ToString::to_string).collect()
        });
        let (run, unit) = (opening.run, opening.unit);
        let (rows, again) = self.to_show(step);
        self.emit(Event::StepOpened { opening });
        if again && rows.is_empty() {
            // Nothing was added or raised since the list hung out.
            self.emit(Event::StepClosed { run, verdict: Verdict::Done, fen: None, reason: None });
            return Ok(());
        }
        let fields = fields.unwrap_or_default();
        let stays = rule.take_down == TakeDown::Never;
        self.emit(Event::Published { run, unit, fields, ends_at, rows, stays });
        Ok(())
    }

    /// Whether the rule of a notice never takes it down.
    fn stays_up(&self, run: StepRunId) -> bool {
        let step = self.state.run(run).and_then(|row| self.facts.program.step(&row.path));
        let rule = step.and_then(|step| step.rule.as_ref());
        let rule = rule.and_then(|rule| self.facts.shared().publicities.get(rule.as_str()));
        rule.is_some_and(|rule| rule.take_down == TakeDown::Never)
    }

    /// The lines of a roster that the public has not seen yet for that much, and whether it has
    /// seen the list before.
    fn to_show(&self, step: &Step) -> (Vec<ShownRow>, bool) {
        if rosters::of(&self.facts.program).is_none() {
            return (Vec::new(), false);
        }
        let mut seen: BTreeMap<CaseRowId, Fen> = BTreeMap::new();
        let hung_out = self.state.runs.iter().filter(|run| {
            run.path == *step.id && run.kind == RunKind::Publish && run.verdict.is_some()
        });
        let mut again = false;
        for run in hung_out {
            again = true;
            let rows = run.said.get("rows").cloned();
            let rows: Vec<ShownRow> =
                rows.and_then(|rows| serde_json::from_value(rows).ok()).unwrap_or_default();
            for ShownRow { row, fen } in rows {
                let known = seen.entry(row).or_insert(fen);
                *known = (*known).max(fen);
            }
        }
        let counts = self.state.rows.iter().filter(|row| row.state == RowState::In);
        let rows = counts.map(|row| ShownRow { row: row.id, fen: RowAward::of(row).total() });
        let new = |shown: &ShownRow| seen.get(&shown.row).is_none_or(|seen| shown.fen > *seen);
        (rows.filter(new).collect(), again)
    }

    /// Ends a public notice whose time is over; one that is not open stays as it is. What is public
    /// for good is so still when the case goes on.
    pub fn take_down(&mut self, run: StepRunId) {
        if self.state.run(run).is_none_or(|row| row.state != RunState::Open) {
            return;
        }
        let stays = self.stays_up(run);
        self.emit(Event::TakenDown { run, stays });
        self.emit(Event::StepClosed { run, verdict: Verdict::Done, fen: None, reason: None });
    }
}
