//! A slot that lies where nobody can take it goes where somebody can: to the unit that took over,
//! back to the pool, or as the step says for an empty office.

use std::collections::{BTreeMap, BTreeSet};

use entities::{PersonId, RunState, TaskId, TaskState, UnitId, task};

use super::{
    engine::Engine,
    pools::{Pools, Seat},
};
use crate::{
    event::{Event, Holders, How, Moved},
    state::CaseState,
};

impl Engine<'_> {
    /// Looks at every slot that is not signed: gives back what was taken by somebody who holds the
    /// duty no longer, moves what lies in a closed unit to whichever took over, and what nobody can
    /// take to where `on_empty` says. No clock listens. `how` is why.
    pub fn reseat_all(&mut self, how: How) {
        let live =
            |slot: &&task::Model| CaseState::is_open(slot) || slot.state == TaskState::Waiting;
        let slots: Vec<TaskId> = self.state.tasks.iter().filter(live).map(|slot| slot.id).collect();
        for slot in slots {
            self.reseat(slot, how);
        }
    }

    fn reseat(&mut self, id: TaskId, how: How) {
        let Some(slot) = self.state.task(id).cloned() else { return };
        let Some(run) = self.state.run(slot.run_id).cloned() else { return };
        let over = matches!(run.state, RunState::Closed | RunState::Skipped | RunState::Void);
        if over || self.is_applicants(&slot) {
            return;
        }
        let Some(unit) = self.facts.organisation.unit(slot.unit_id).cloned() else { return };
        let left = |person: PersonId| {
            !self.facts.organisation.holders(unit.id, slot.duty).contains(&person)
        };
        // Taken, or only offered.
        if slot.state != TaskState::Waiting && !slot.addressed && slot.person_id.is_some_and(left) {
            self.emit(Event::TaskReleased { task: id });
        }
        if unit.id != slot.unit_id {
            self.move_to(id, How::Merged, (unit.id, slot.duty));
        }
        // What is meant for one person is passed on by a person.
        if slot.addressed || self.facts.organisation.is_outside(unit.id) {
            return;
        }
        let holders: Holders = serde_json::from_value(run.holders).unwrap_or_default();
        let mut barred: BTreeMap<String, BTreeSet<PersonId>> = holders
            .struck
            .into_iter()
            .map(|(why, people)| (why, people.into_iter().collect()))
            .collect();
        let signed = self.state.slots(slot.run_id).filter_map(|other| other.signed_by).collect();
        barred.insert("same_step".to_owned(), signed);
        let can = |person: &PersonId| !barred.values().any(|these| these.contains(person));
        if self.facts.organisation.holders(unit.id, slot.duty).iter().any(can) {
            return;
        }
        let program = self.facts.program.clone();
        let Some(step) = program.step(&run.path) else { return };
        let seat = Seat { place: unit.seat_id, office: unit.office.clone(), duty: slot.duty };
        let mut found = Pools::default();
        let said = self.events.len();
        let before = self.state.clone();
        self.replace(step, &seat, &barred, &mut found);
        match found.offices.pop() {
            Some(pool) if (pool.unit, pool.duty) != (unit.id, slot.duty) => {
                self.move_to(id, how, (pool.unit, pool.duty));
            }
            // Nowhere else: it has climbed in vain.
            _ => {
                self.events.truncate(said);
                self.state = before;
            }
        }
    }

    fn move_to(&mut self, task: TaskId, how: How, (unit, duty): (UnitId, entities::Duty)) {
        let moved =
            Moved { how, unit: Some(unit), duty: Some(duty), person: None, from: None, note: None };
        self.emit(Event::TaskMoved { task, moved: Box::new(moved) });
    }
}
