//! 延期: asked for by the holder before the time is over, given once by the superior; and due
//! instants that move with the calendar.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entities::{ClockId, ClockKind, Duty, StepRunId, TaskId, UnitId, clock};

use super::{
    clock::ClockRefusal,
    engine::{Engine, budget, face_of},
    returning::SUPPLEMENT,
};
use crate::{
    Refusal,
    calendar::local_date,
    event::{Event, Light},
    program::model::{Approver, Extend},
};

/// Who is asked for more time: a unit's people with a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub unit: UnitId,
    pub duty: Duty,
}

impl Engine<'_> {
    /// Notes that the holder of `task` asks for the time that the program allows. Returns by how
    /// much, and whose answer it needs.
    ///
    /// # Errors
    /// [`Refusal::ExtendedAlready`] after the `given`-th, or where the program gives none;
    /// [`Refusal::TooLate`] when the time is over.
    pub fn ask_extension(
        &mut self,
        (run, task): (StepRunId, TaskId),
        given: usize,
        note: Option<String>,
    ) -> Result<(Asked, String), Refusal> {
        let program = std::sync::Arc::clone(&self.facts.program);
        let allowed = program.clock.extend.as_ref();
        let allowed = allowed.filter(|extend| given < usize::try_from(extend.times).unwrap_or(0));
        let extend = allowed.ok_or(Refusal::ExtendedAlready)?;
        let row = self.state.clock_of(run).ok_or(Refusal::ExtendedAlready)?;
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

    /// Moves the due instants of the step and of the whole case, as they could be moved at
    /// `asked_at`; what was asked for in time is given even if the answer comes late.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the step has ended, [`Refusal::TooLate`].
    pub fn extend(
        &mut self,
        run: StepRunId,
        by: super::clock::Budget,
        asked_at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let own = |row: &clock::Model| {
            row.ended_at.is_none() && (row.run_id == Some(run) || row.kind == ClockKind::Total)
        };
        let rows: Vec<clock::Model> =
            self.state.clocks.iter().filter(|row| own(row)).cloned().collect();
        if !rows.iter().any(|row| row.run_id == Some(run)) {
            return Err(Refusal::NotFound("step"));
        }
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

impl Engine<'_> {
    /// A calendar that has changed the days of a clock moves its due instant, never to earlier
    /// than the evening of the next working day. What is late stays late, and a clock none of
    /// whose days is among `changed` stays as it is.
    pub fn reproject(&mut self, clock: ClockId, changed: &BTreeSet<NaiveDate>, calendar: &str) {
        let Some(row) = self.state.clock(clock).filter(|row| row.ended_at.is_none()) else {
            return;
        };
        let Some(face) = face_of(row).filter(|face| !face.is_late(self.now)) else { return };
        let days = self.facts.calendar.of(&row.scope);
        let Some(new) = face.reproject_from(self.now, &days) else { return };
        let from = local_date(face.zero_at);
        let to = local_date(face.due_at.max(new.due_at));
        if !changed.iter().any(|day| (from..=to).contains(day)) {
            return;
        }
        let (due, calendar) = (new.due_at, calendar.to_owned());
        let face = serde_json::to_value(&new).unwrap_or_default();
        self.emit(Event::ClockReprojected { clock, face, due, calendar });
        self.arm(clock);
    }
}

fn refusal(why: ClockRefusal) -> Refusal {
    match why {
        ClockRefusal::Late(at) => Refusal::TooLate(at),
        ClockRefusal::Fixed => Refusal::ExtendedAlready,
    }
}
