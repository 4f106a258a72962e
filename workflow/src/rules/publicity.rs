//! 公示: the public sees a few fields for some days; the sweep takes them down.

use std::collections::BTreeMap;

use entities::{CaseRowId, Fen, RowState, RunKind, RunState, StepRunId, UnitId, Verdict, step_run};
use serde_json::json;

use super::{
    clock,
    engine::{Engine, budget},
    facts::{CaseFacts, Stuck},
    rosters::{self, RowAward},
};
use crate::{
    canonical::{digest, hex},
    event::{Event, Opening, Shown, ShownRow},
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
        let shown = self.shown_of_itself();
        let known = shown.as_ref().is_some_and(|shown| self.has_shown(&step.id, shown));
        self.emit(Event::StepOpened { opening });
        if known || (again && rows.is_empty()) {
            // Nothing was added or raised since it hung out.
            self.emit(Event::StepClosed { run, verdict: Verdict::Done, fen: None, reason: None });
            return Ok(());
        }
        let fields = fields.unwrap_or_default();
        let stays = rule.take_down == TakeDown::Never;
        self.emit(Event::Published { run, unit, fields, ends_at, rows, stays, shown });
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

    /// What the public is told of a case without lines.
    fn shown_of_itself(&self) -> Option<Shown> {
        let program = &self.facts.program;
        let case = &self.state.case;
        if rosters::of(program).is_some() || case.subject_id.is_none() {
            return None;
        }
        let named = program.privacy.iter().flat_map(|privacy| &privacy.publish);
        let named: Vec<Option<UnitId>> = named.map(|name| self.named_unit(name)).collect();
        let rest = json!([CaseFacts::of(&self.state).form, case.anchor_id, named]);
        Some(Shown { fen: case.award_fen, of: hex(&digest(rest.to_string().as_bytes())) })
    }

    /// Whether an earlier notice of the step hung out to its end and told as much.
    fn has_shown(&self, step: &str, shown: &Shown) -> bool {
        let text = |run: &step_run::Model| {
            let of = run.said.pointer("/shown/text").and_then(serde_json::Value::as_str);
            of.map(str::to_owned)
        };
        let fen = |run: &step_run::Model| {
            run.said.pointer("/shown_fen/int").and_then(serde_json::Value::as_i64)
        };
        self.state.runs.iter().any(|run| {
            let ended = run.kind == RunKind::Publish && run.verdict == Some(Verdict::Done);
            let same = run.path == step && text(run).as_deref() == Some(shown.of.as_str());
            ended && same && fen(run).is_some_and(|seen| seen >= shown.fen.0)
        })
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
