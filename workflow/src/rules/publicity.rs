//! 公示: the public sees a few fields for some days; the sweep takes them down.

use entities::{RunState, StepRunId, Verdict};

use super::{
    clock,
    engine::{Engine, budget},
    facts::Stuck,
};
use crate::{
    event::{Event, Opening},
    program::Step,
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
        let ends_at = clock::due(self.now, budget(rule.days), &self.facts.days);
        let privacy = self.facts.program.privacy.as_ref();
        let fields = privacy.map(|privacy| {
            let hidden = |field: &&crate::program::Word| !privacy.hide.iter().any(|h| h == *field);
            privacy.publish.iter().filter(hidden).map(ToString::to_string).collect()
        });
        let (run, unit) = (opening.run, opening.unit);
        self.emit(Event::StepOpened { opening });
        self.emit(Event::Published { run, unit, fields: fields.unwrap_or_default(), ends_at });
        Ok(())
    }

    /// Ends a public notice whose time is over; one that is not open stays as it is.
    pub fn take_down(&mut self, run: StepRunId) {
        if self.state.run(run).is_none_or(|row| row.state != RunState::Open) {
            return;
        }
        self.emit(Event::TakenDown { run });
        self.emit(Event::StepClosed { run, verdict: Verdict::Done, fen: None, reason: None });
    }
}
