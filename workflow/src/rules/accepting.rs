//! 受理: a case is taken on by a person, by its first approval, or by silence.

use chrono::{DateTime, Utc};
use entities::{ClockKind, Phase, StepRunId, TimerKind};

use super::{
    clock::{self, Acceptance},
    engine::{Engine, budget},
    facts::Stuck,
};
use crate::{
    calendar::Days,
    event::{AcceptedBy, Event},
    program::ClockFrom,
    state::CaseState,
};

/// Nobody has answered for five working days: it counts as accepted on the day of receipt.
///
/// # Errors
/// [`Stuck`] when the clock's rule cannot be evaluated.
pub fn silence(engine: &mut Engine<'_>) -> Result<(), Stuck> {
    let Some(filed) = received_at(&engine.state) else { return Ok(()) };
    if engine.state.case.phase != Phase::Filed || engine.state.case.supplementing {
        return Ok(());
    }
    let days = engine.facts.days.clone();
    match clock::acceptance(filed, None, engine.now, &days) {
        Acceptance::Silence { as_of } => engine.accept(AcceptedBy::Silence, as_of)?,
        // The calendar has changed since: it is looked at again when the time is over.
        Acceptance::Pending { until } => engine.looks.push((TimerKind::Silence, None, until)),
        Acceptance::Person { .. } => {}
    }
    Ok(())
}

/// Since when an application waits to be taken on, and when silence takes it on; none when it does
/// not wait for that.
pub(super) fn silent_until(
    state: &CaseState,
    days: &Days,
) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let waits = state.case.phase == Phase::Filed && !state.case.supplementing;
    let received = received_at(state).filter(|_| waits)?;
    Some((received, clock::due(received, clock::SILENCE, days)))
}

/// When the application was received: handed in, or made complete.
fn received_at(state: &CaseState) -> Option<DateTime<Utc>> {
    let answers = state.clocks.iter().filter(|clock| clock.kind == ClockKind::Applicant);
    answers.filter_map(|clock| clock.ended_at).max().or(state.case.submitted_at)
}

/// The applicant has been silent: the clocks run again, and the holder may close the case.
///
/// A case that was sent back comes back as it is, so that somebody holds it. Whether the worker
/// shall let it go on.
pub fn supplement_cap(engine: &mut Engine<'_>, asked_by: Option<StepRunId>) -> bool {
    if !engine.state.case.supplementing {
        return false;
    }
    engine.answered();
    if let Some(run) = asked_by {
        engine.emit(Event::LapseProposed { run });
    }
    let returned = engine.state.case.returned_from.is_some();
    if returned {
        engine.emit(Event::CameBack);
    }
    returned
}

impl Engine<'_> {
    /// A case that came out before anybody had taken it on waits for that again.
    pub(super) fn wait_in_silence(&mut self, run: StepRunId) {
        let Some(filed) = received_at(&self.state) else { return };
        let at = clock::due(filed, clock::SILENCE, &self.facts.days).max(self.now);
        self.looks.push((TimerKind::Silence, Some(run), at));
    }

    /// Takes the case on, once; the total clock counts from `as_of` if the program says so.
    ///
    /// # Errors
    /// [`Stuck`] when the clock's rule cannot be evaluated.
    pub fn accept(&mut self, by: AcceptedBy, as_of: DateTime<Utc>) -> Result<(), Stuck> {
        if self.state.case.phase != Phase::Filed {
            return Ok(());
        }
        self.emit(Event::Accepted { by, as_of });
        self.start_total(ClockFrom::Accepted, as_of)
    }

    /// Starts the total clock if it is one that counts from `from`.
    ///
    /// # Errors
    /// [`Stuck`] when the clock's rule cannot be evaluated.
    pub fn start_total(&mut self, from: ClockFrom, at: DateTime<Utc>) -> Result<(), Stuck> {
        let program = std::sync::Arc::clone(&self.facts.program);
        let starts = self.facts.pick(&program.clock.from, &self.state, self.now)?;
        if *starts != from || self.state.case_clock(ClockKind::Total).is_some() {
            return Ok(());
        }
        let span = self.facts.pick(&program.clock.total, &self.state, self.now)?;
        let face = self.face(at, budget(*span));
        self.start_clock(ClockKind::Total, None, &face);
        self.stop_total_too();
        Ok(())
    }
}
