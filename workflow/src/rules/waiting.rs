//! What waits: for a day, for a condition, for somebody who let their time go by.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use entities::{ClockKind, RunKind, RunState, StepRunId, TimerKind, Verdict};

use super::{
    clock,
    engine::{Engine, budget},
    facts::Stuck,
    letters::Wanted,
};
use crate::{
    calendar::{instant, local_date},
    event::{Event, Opening},
    program::{AfterMissed, Place, Step},
};

impl Engine<'_> {
    /// Opens a step that waits until its condition holds. Nobody signs it; the office that it names
    /// sees to it, is reminded of it, and is late with it.
    pub(super) fn wait(&mut self, step: &Step, mut opening: Opening) -> Result<(), Stuck> {
        let run = opening.run;
        let pools = self.pools(step, &BTreeMap::new())?;
        opening.unit = pools.offices.first().map(|pool| pool.unit);
        self.emit(Event::StepOpened { opening });
        self.give_time(step, run)
    }

    /// Asks an open waiting step whether its condition holds now; if not, it is asked again at
    /// the beginning of the next day, or when the case is looked at before.
    pub(super) fn look_again(
        &mut self,
        step: &Step,
        parent: Option<StepRunId>,
    ) -> Result<(), Stuck> {
        let open = self
            .state
            .current(&step.id, parent)
            .filter(|run| run.kind == RunKind::Wait && run.state == RunState::Open);
        let (Some(run), Some(until)) = (open.map(|run| run.id), &step.until) else { return Ok(()) };
        if self.holds(until)? {
            self.end_clock(Some(run), ClockKind::Step);
            let verdict = Verdict::Done;
            self.emit(Event::StepClosed { run, verdict, fen: None, reason: None });
            if step.promotes.is_some() {
                self.close_waiting();
            }
            return Ok(());
        }
        let tomorrow = local_date(self.now) + TimeDelta::days(1);
        self.looks.push((TimerKind::Opens, Some(run), instant(tomorrow, NaiveTime::MIN)));
        Ok(())
    }

    /// A step is late: where its program goes on without it after a grace, that begins now.
    pub fn give_grace(&mut self, run: StepRunId) {
        if let Some(at) = self.grace_ends(run, self.now) {
            self.looks.push((TimerKind::Grace, Some(run), at));
        }
    }

    /// When the grace is over of a step that is late since `from`, where it has one.
    pub(super) fn grace_ends(&self, run: StepRunId, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let row = self.state.run(run)?;
        let missed = self.facts.program.step(&row.path)?.missed.as_ref()?;
        let scope = self.state.clock_of(run).map(|clock| clock.scope.clone());
        let days = scope.map(|scope| self.facts.calendar.of(&scope));
        let days = days.as_ref().unwrap_or(&self.facts.days);
        Some(clock::due(from, budget(missed.grace), days))
    }

    /// The case that a missed step leads to.
    fn open_for_missed(&mut self, run: StepRunId) {
        let program = std::sync::Arc::clone(&self.facts.program);
        let Some(row) = self.state.run(run).cloned() else { return };
        let missed = program.step(&row.path).and_then(|step| step.missed.as_ref());
        let Some(opened) = missed.and_then(|missed| missed.program.as_ref()) else { return };
        let slot = self.state.slots(run).next().cloned();
        let wanted = Wanted {
            program: opened,
            at_unit: Some(&Place::Superior(1)),
            gather: None,
            holder: row.unit_id,
            rows: slot.iter().map(|slot| self.line(slot)).collect(),
        };
        let about = (run, slot.as_ref().map(|slot| slot.id));
        if let Err(stuck) = self.post_opening(format!("missed/{run}"), about, wanted) {
            let path = row.path;
            self.emit(Event::StuckOnRule { path, rule: stuck.rule, why: stuck.why });
        }
    }

    /// Whether a step may be left undone: its time goes by, and nobody is late with it.
    pub fn is_optional(&self, run: StepRunId) -> bool {
        let step = self.state.run(run).and_then(|row| self.facts.program.step(&row.path));
        step.is_some_and(|step| step.optional)
    }

    /// The grace is over: the step counts as missed and the case goes on, or the case rests until
    /// it is done, as the program says. Whether the worker shall let it go on.
    pub fn miss(&mut self, run: StepRunId) -> bool {
        let program = std::sync::Arc::clone(&self.facts.program);
        let Some(row) = self.state.run(run).filter(|row| row.state == RunState::Open) else {
            return false;
        };
        // More time was given since, and with it another grace when that is over.
        if row.due_at.is_some_and(|due| due > self.now) {
            return false;
        }
        let step = program.step(&row.path);
        let missed = step.and_then(|step| step.missed.as_ref()).map(|missed| missed.then);
        match missed.or_else(|| step?.optional.then_some(AfterMissed::GoOn)) {
            Some(AfterMissed::GoOn) => {
                self.void_slots(run);
                self.end_clock(Some(run), ClockKind::Step);
                let verdict = Verdict::Missed;
                self.emit(Event::StepClosed { run, verdict, fen: None, reason: None });
                true
            }
            Some(AfterMissed::Suspend) => {
                self.emit(Event::Suspended { run });
                false
            }
            Some(AfterMissed::Open) => {
                self.void_slots(run);
                self.open_for_missed(run);
                self.close_opening(run, Verdict::Missed);
                true
            }
            None => false,
        }
    }
}
