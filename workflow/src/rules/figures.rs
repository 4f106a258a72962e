//! Lights from handed-in figures: what was reported is red or amber by its own words, in time as
//! it may be.

use std::collections::BTreeMap;

use entities::StepRunId;

use super::{
    engine::Engine,
    facts::{self, Stuck},
};
use crate::{
    event::{Event, Light},
    program::{self, Step},
};

impl Engine<'_> {
    /// The light that the figures of a closed `run` of `step` give: the first of the step's rules
    /// that holds. A unit outside the levels has amber at most.
    ///
    /// # Errors
    /// [`Stuck`] when a rule cannot be evaluated.
    pub(super) fn light_by_figures(&mut self, step: &Step, run: StepRunId) -> Result<(), Stuck> {
        if step.lights.is_empty() {
            return Ok(());
        }
        let mut scope = self.facts.scope_in(&self.state, self.now, Some(run));
        let said = self.state.run(run).map(|row| row.said.clone()).unwrap_or_default();
        let said: BTreeMap<_, _> = serde_json::from_value(said).unwrap_or_default();
        scope.form.extend(said);
        for rule in &step.lights {
            if !facts::holds(&rule.when, &scope)? {
                continue;
            }
            let light = match rule.is {
                program::Light::Red if !self.is_outside(run) => Light::Red,
                program::Light::Red | program::Light::Amber => Light::Amber,
            };
            self.emit(Event::LightChanged { run: Some(run), light });
            break;
        }
        Ok(())
    }
}
