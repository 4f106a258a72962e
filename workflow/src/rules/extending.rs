//! 延期: asked for by the holder before the time is over, given once by the superior.

use chrono::{DateTime, Utc};
use entities::{ClockKind, Duty, StepRunId, TaskId, UnitId, clock};

use super::{
    clock::ClockRefusal,
    engine::{Engine, budget, face_of},
    returning::SUPPLEMENT,
};
use crate::{
    Refusal,
    event::{Event, Light},
    program::{
        Program,
        model::{Approver, Extend},
    },
    state::CaseState,
};

/// Who is asked for more time: a unit's people with a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub unit: UnitId,
    pub duty: Duty,
}

/// What the program allows for a step, and the clock that would move: the step's own, else that
/// of the block around it, by the block's own rule if it has one.
pub fn rule<'p, 's>(
    program: &'p Program,
    state: &'s CaseState,
    run: StepRunId,
) -> Option<(&'p Extend, &'s clock::Model)> {
    let clock = state.time_of(run)?;
    let block = clock.run_id.filter(|counts| *counts != run).and_then(|block| state.run(block));
    let block = block.and_then(|block| program.block(&block.path)?.extend.as_ref());
    block.or(program.clock.extend.as_ref()).map(|extend| (extend, clock))
}

impl Engine<'_> {
    /// Notes that the holder of `task` asks for the time that the program allows; `given`: the
    /// steps for which it was given, or is asked for, already. Returns by how much, and whose
    /// answer it needs.
    ///
    /// # Errors
    /// [`Refusal::ExtendedAlready`] after the last that is allowed, or where the program gives
    /// none; [`Refusal::TooLate`] when the time is over.
    pub fn ask_extension(
        &mut self,
        (run, task): (StepRunId, TaskId),
        given: &[StepRunId],
        note: Option<String>,
    ) -> Result<(Asked, String), Refusal> {
        let program = std::sync::Arc::clone(&self.facts.program);
        let found = rule(&program, &self.state, run);
        let (extend, row) = found.ok_or(Refusal::ExtendedAlready)?;
        // A block's own rule counts what was given inside the block, the program's all of it.
        let inside = |other: &&StepRunId| {
            Some(**other) == row.run_id
                || self.state.around(**other).any(|block| Some(block.id) == row.run_id)
        };
        let of_block = program.clock.extend.as_ref().is_none_or(|own| !std::ptr::eq(own, extend));
        let times = if of_block { given.iter().filter(inside).count() } else { given.len() };
        if times >= usize::try_from(extend.times).unwrap_or(0) {
            return Err(Refusal::ExtendedAlready);
        }
        let face = face_of(row).ok_or(Refusal::ExtendedAlready)?;
        let days = self.facts.calendar.of(&row.scope);
        let longer = face.extend(self.now, budget(extend.by), &days).map_err(refusal)?;
        let unit = self.state.task(task).map(|slot| slot.unit_id);
        let asked = unit.and_then(|unit| self.approver(extend, unit));
        let asked = asked.ok_or(Refusal::NotFound("superior"))?;
        let (by, due) = (extend.by.to_string(), longer.due_at);
        self.emit(Event::ExtensionAsked { run, task, by: by.clone(), due, note });
        Ok((asked, by))
    }

    /// Whose word it needs, seen from the unit that asks.
    fn approver(&self, extend: &Extend, unit: UnitId) -> Option<Asked> {
        match &extend.approved_by {
            Approver::Superior => {
                let superior = self.facts.organisation.superior(unit)?;
                Some(Asked { unit: superior.id, duty: Duty::Head })
            }
            Approver::Role(role) => {
                let (unit, duty) = self.office_of(role, unit)?;
                Some(Asked { unit, duty })
            }
        }
    }

    /// Moves the due instants of the step, or of its block, and of the whole case, as they could
    /// be moved at `asked_at`; what was asked for in time is given even if the answer comes late.
    /// The whole moves as often as its own rule says; `given`: how often time was given before.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the step has ended, [`Refusal::TooLate`].
    pub fn extend(
        &mut self,
        run: StepRunId,
        by: super::clock::Budget,
        (asked_at, given): (DateTime<Utc>, usize),
    ) -> Result<(), Refusal> {
        let time = self.state.time_of(run).map(|row| row.id).ok_or(Refusal::NotFound("step"))?;
        let times = self.facts.program.clock.extend.as_ref().map_or(0, |extend| extend.times);
        let whole = given < usize::try_from(times).unwrap_or(0);
        let moves = |row: &clock::Model| {
            let total = whole && row.kind == ClockKind::Total && row.ended_at.is_none();
            total || row.id == time
        };
        let rows: Vec<clock::Model> =
            self.state.clocks.iter().filter(|row| moves(row)).cloned().collect();
        for row in rows {
            let Some(face) = face_of(&row) else { continue };
            let days = self.facts.calendar.of(&row.scope);
            let longer = match face.extend(asked_at, by, &days) {
                Ok(longer) => longer,
                // A total that was over before, or ends on a fixed day, stays as it is.
                Err(_) if row.kind == ClockKind::Total => continue,
                Err(why) => return Err(refusal(why)),
            };
            let due = longer.due_at;
            let face = serde_json::to_value(&longer).unwrap_or_default();
            self.emit(Event::ClockExtended { clock: row.id, face, due });
            self.arm(row.id);
            if due > self.now
                && let Some(run) = row.run_id
            {
                self.in_time_again(run);
            }
        }
        // What was late when the applicant was asked did not stand for it, and does now.
        let waits = |row: &clock::Model| row.kind == ClockKind::Applicant && row.ended_at.is_none();
        if self.state.case.supplementing && self.state.clocks.iter().any(waits) {
            self.stop_clocks(SUPPLEMENT, false);
        }
        Ok(())
    }

    /// There is time again: the superior answered after it was over, and whoever asked in time was
    /// never late; or a block that was over goes on with a day of its own.
    pub(super) fn in_time_again(&mut self, run: StepRunId) {
        for run in self.runs_on_the_clock_of(run) {
            if self.state.run(run).is_some_and(|row| row.late) {
                self.emit(Event::LightChanged { run: Some(run), light: Light::Green });
            }
        }
    }
}

fn refusal(why: ClockRefusal) -> Refusal {
    match why {
        ClockRefusal::Late(at) => Refusal::TooLate(at),
        ClockRefusal::Fixed => Refusal::ExtendedAlready,
    }
}
