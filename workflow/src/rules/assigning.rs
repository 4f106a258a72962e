//! Who of an office is offered a slot first. It is an offer: the office's other people see it all
//! the same, and may take it.
//!
//! Source: `assign` of the program language. What it goes by was read before; ties go to whoever
//! comes first on the frozen list, so that the same input gives the same person.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::PersonId;

use super::engine::Engine;
use crate::{
    event::{Event, Opening},
    program::{Assign, Program, Step, Take},
    state::CaseState,
};

/// What lies on whose desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desks {
    /// Slots that somebody has in hand: offered to them, taken by them, or meant for them.
    pub load: BTreeMap<PersonId, usize>,
    /// When somebody was last given a step, by the step's id.
    pub turns: BTreeMap<(String, PersonId), DateTime<Utc>>,
    /// Who signed a step in the last case that the person had of this program, by the step's id.
    pub before: BTreeMap<String, PersonId>,
}

impl Desks {
    /// Whether a program looks at desks at all: else nothing is read.
    pub fn are_wanted(program: &Program) -> bool {
        let votes = |step: &Step| matches!(step.take, Some(Take::Quorum { of: Some(_), .. }));
        program.steps().into_iter().any(|step| step.assign.is_some() || votes(step))
    }

    /// What was given to somebody since it was read: the next case must see it.
    pub fn note(&mut self, given: &[Given]) {
        for (path, person, at) in given {
            *self.load.entry(*person).or_default() += 1;
            self.turns.insert((path.clone(), *person), *at);
        }
    }

    fn load_of(&self, person: PersonId) -> usize {
        self.load.get(&person).copied().unwrap_or_default()
    }
}

/// A step's id, who got it, when.
pub type Given = (String, PersonId, DateTime<Utc>);

/// Whoever has least in hand.
pub fn least_loaded(able: &[PersonId], desks: &Desks) -> Option<PersonId> {
    able.iter().copied().min_by_key(|person| desks.load_of(*person))
}

/// Whoever was given this step longest ago, or never.
pub fn next_in_turn(able: &[PersonId], path: &str, desks: &Desks) -> Option<PersonId> {
    let last = |person: &PersonId| desks.turns.get(&(path.to_owned(), *person)).copied();
    able.iter().copied().min_by_key(last)
}

/// Whoever signed last in this case and may sign again, else whoever signed this step in the
/// person's last case. Nobody, where neither is among `able`: then the office as a whole has it.
pub fn same_as_before(
    able: &[PersonId],
    path: &str,
    state: &CaseState,
    desks: &Desks,
) -> Option<PersonId> {
    let signed = state.tasks.iter().filter(|task| task.added.is_none());
    let here = signed
        .filter_map(|task| Some((task.signed_at?, task.place, task.signed_by?)))
        .filter(|(.., person)| able.contains(person))
        .max();
    let earlier = || desks.before.get(path).copied().filter(|person| able.contains(person));
    here.map(|(.., person)| person).or_else(earlier)
}

/// The `most` who have least in hand, in the order of the list; all, where there are no more.
pub fn lightest(able: &[PersonId], most: usize, desks: &Desks) -> Vec<PersonId> {
    let mut order: Vec<PersonId> = able.to_vec();
    order.sort_by_key(|person| desks.load_of(*person)); // stable: ties stay as listed
    order.truncate(most);
    able.iter().copied().filter(|person| order.contains(person)).collect()
}

/// What the events of one case gave to whom.
pub fn given(state: &CaseState, events: &[Event], now: DateTime<Utc>) -> Vec<Given> {
    let mut given = Vec::new();
    for event in events {
        match event {
            Event::TaskOffered { task, person, .. } | Event::TaskReserved { task, person } => {
                given.extend(state.task(*task).map(|row| (row.path.clone(), *person, now)));
            }
            Event::StepOpened { opening } => {
                let votes = opening.slots.iter().filter_map(|slot| slot.person);
                given.extend(votes.map(|person| (opening.path.clone(), person, now)));
            }
            _ => {}
        }
    }
    given
}

impl Engine<'_> {
    /// Keeps the slots of a step that has just opened for whom the head has named, and offers the
    /// others as the step says.
    pub(super) fn offer(&mut self, step: &Step, opening: &Opening) {
        if opening.holders.held {
            return;
        }
        let mut seen = self.facts.desks.clone();
        let named = self.state.named_for(&step.id);
        for slot in opening.slots.iter().filter(|slot| slot.person.is_none()) {
            let able = opening.holders.may.get(&slot.task).cloned().unwrap_or_default();
            if let ([only], Some(person)) = (able.as_slice(), named)
                && *only == person
            {
                self.emit(Event::TaskReserved { task: slot.task, person });
                seen.note(&[(step.id.to_string(), person, self.now)]);
                continue;
            }
            let Some(by) = step.assign else { continue };
            if let Some(person) = self.first(by, &able, &step.id, &seen) {
                self.emit(Event::TaskOffered { task: slot.task, person, by });
                seen.note(&[(step.id.to_string(), person, self.now)]);
            }
        }
    }

    fn first(&self, by: Assign, able: &[PersonId], path: &str, desks: &Desks) -> Option<PersonId> {
        match by {
            Assign::LeastLoaded => least_loaded(able, desks),
            Assign::RoundRobin => next_in_turn(able, path, desks),
            Assign::SameAsBefore => same_as_before(able, path, &self.state, desks),
        }
    }
}

#[cfg(test)]
mod tests;
