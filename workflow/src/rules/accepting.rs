//! 受理: a case is taken on by a person, by its first approval, or by silence.

use chrono::{DateTime, Utc};
use entities::{ClockKind, Phase};

use super::{
    engine::{Engine, budget},
    facts::Stuck,
};
use crate::{
    event::{AcceptedBy, Event},
    program::ClockFrom,
};

impl Engine<'_> {
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
