//! A slot that lies where nobody can take it goes where somebody can: to the unit that took over,
//! back to the pool, or as the step says for an empty office.

use entities::{PersonId, RunState, TaskId, TaskState, UnitId, task};

use super::{
    assigning::lightest,
    engine::Engine,
    pools::{Pools, Seat},
};
use crate::{
    event::{Event, Holders, How, Moved},
    program::{Step, Take},
    state::CaseState,
};

impl Engine<'_> {
    /// Looks at every slot that is not signed: gives back what was taken by somebody who holds the
    /// duty no longer, moves what lies in a closed unit to whichever took over, and what nobody can
    /// take to where `on_empty` says. No clock listens. `how` is why. What is left: the slots that
    /// nobody can take anywhere.
    pub fn reseat_all(&mut self, how: How) -> Vec<TaskId> {
        let live =
            |slot: &&task::Model| CaseState::is_open(slot) || slot.state == TaskState::Waiting;
        let slots: Vec<TaskId> = self.state.tasks.iter().filter(live).map(|slot| slot.id).collect();
        slots.into_iter().filter(|slot| !self.reseat(*slot, how)).collect()
    }

    /// Whether somebody can take it now, or it is not for the machine to say.
    fn reseat(&mut self, id: TaskId, how: How) -> bool {
        let Some(slot) = self.state.task(id).cloned() else { return true };
        let Some(run) = self.state.run(slot.run_id).cloned() else { return true };
        let over = matches!(run.state, RunState::Closed | RunState::Skipped | RunState::Void);
        if over || self.is_applicants(&slot) {
            return true;
        }
        let Some(unit) = self.facts.organisation.unit(slot.unit_id).cloned() else { return true };
        let facts = self.facts;
        let left =
            |person: PersonId| !facts.organisation.holders(unit.id, slot.duty).contains(&person);
        if slot.state != TaskState::Waiting && !slot.addressed {
            self.let_go(&slot, left);
        }
        if unit.id != slot.unit_id {
            self.move_to(id, How::Merged, (unit.id, slot.duty));
        }
        if self.facts.organisation.is_outside(unit.id) {
            return true;
        }
        let program = self.facts.program.clone();
        let Some(step) = program.step(&run.path) else { return true };
        // Who was struck when it opened, and who would be now: a pool above was not asked then.
        let holders: Holders = serde_json::from_value(run.holders).unwrap_or_default();
        let mut barred = self.barred(step, run.parent_id);
        for (why, people) in holders.struck {
            barred.entry(why).or_default().extend(people);
        }
        let signed = self.state.slots(slot.run_id).filter_map(|other| other.signed_by).collect();
        barred.insert("same_step".to_owned(), signed);
        let can = |person: &PersonId| !barred.values().any(|these| these.contains(person));
        if slot.addressed {
            // Whoever still works there is waited for, as long as it takes, also on leave.
            let here = facts.organisation.appointed(unit.id, slot.duty);
            let meant = slot.person_id.filter(|person| left(*person) && !here.contains(person));
            return meant.is_none_or(|gone| self.unlist(step, &slot, (gone, &can)));
        }
        if self.facts.organisation.holders(unit.id, slot.duty).iter().any(can) {
            return true;
        }
        let seat = Seat { place: unit.seat_id, office: unit.office.clone(), duty: slot.duty };
        let mut found = Pools::default();
        let said = self.events.len();
        let before = self.state.clone();
        self.replace(step, &seat, &barred, &mut found);
        match found.offices.pop() {
            Some(pool) if (pool.unit, pool.duty) != (unit.id, slot.duty) => {
                let somebody = !pool.people.is_empty();
                if slot.person_id.is_some() {
                    self.emit(Event::TaskReleased { task: id });
                }
                self.move_to(id, how, (pool.unit, pool.duty));
                somebody
            }
            // Nowhere else: it has climbed in vain.
            _ => {
                self.events.truncate(said);
                self.state = before;
                false
            }
        }
    }

    /// A slot that was meant for one person, who has `gone`. Whoever was put beside another is
    /// waited for no longer; of a list that votes, a colleague who is not on it takes the place, or
    /// the others are enough: two at least.
    fn unlist(
        &mut self,
        step: &Step,
        slot: &task::Model,
        (gone, can): (PersonId, &dyn Fn(&PersonId) -> bool),
    ) -> bool {
        let run = slot.run_id;
        if self.state.case.supplementing || self.is_paused(run) {
            // Nothing is closed meanwhile; it is looked at again.
            return true;
        }
        if let (Some(_), Some(beside)) = (slot.added, slot.beside_id) {
            let off = self.take_off(beside, slot.id).is_ok();
            self.expert_answered(run);
            return off && self.counts_again(step, run);
        }
        let listed: Vec<PersonId> = self
            .state
            .slots(run)
            .filter(|other| other.state != TaskState::Void)
            .filter_map(|other| other.signed_by.or(other.person_id))
            .collect();
        // Nobody who only stands in for somebody: that one has a voice of their own.
        let own = self.facts.organisation.appointed(slot.unit_id, slot.duty);
        let mut free = self.facts.organisation.holders(slot.unit_id, slot.duty);
        free.retain(|person| own.contains(person) && can(person) && !listed.contains(person));
        if let Some(person) = lightest(&free, 1, &self.facts.desks).first().copied() {
            let moved = Moved {
                how: How::HandedOver,
                unit: None,
                duty: None,
                person: Some(person),
                from: Some(gone),
                note: None,
            };
            self.emit(Event::TaskMoved { task: slot.id, moved: Box::new(moved) });
            return true;
        }
        let take = self.state.taking(run, step);
        if matches!(take, Take::Percent { .. }) {
            // A share of the list as it was frozen: a shorter one would ask for fewer.
            return false;
        }
        let (said, before) = (self.events.len(), self.state.clone());
        self.emit(Event::TaskVoided { task: slot.id });
        let own = |other: &&task::Model| other.added.is_none() && other.state != TaskState::Void;
        let enough = self.state.slots(run).filter(own).count() > 1 && self.counts_again(step, run);
        // All of them is all who are left; no vote is lost because somebody went away.
        let over = self.state.run(run).is_some_and(|run| run.state == RunState::Closed);
        if enough && (!over || take == Take::All) {
            return true;
        }
        self.events.truncate(said);
        self.state = before;
        false
    }

    /// What somebody who has left had taken, or was only offered, is the pool's; what was delegated
    /// to them goes back to whose it is.
    fn let_go(&mut self, slot: &task::Model, left: impl Fn(PersonId) -> bool) {
        let task = slot.id;
        let Some(person) = slot.person_id else { return };
        match slot.owner_id {
            Some(owner) if left(owner) => self.emit(Event::TaskReleased { task }),
            Some(owner) if left(person) => {
                let moved = Moved {
                    how: How::GivenBack,
                    unit: None,
                    duty: None,
                    person: Some(owner),
                    from: Some(person),
                    note: None,
                };
                self.emit(Event::TaskMoved { task, moved: Box::new(moved) });
                self.tell_of(slot, owner, "task_moved");
            }
            None if left(person) => self.emit(Event::TaskReleased { task }),
            _ => {}
        }
    }

    fn move_to(&mut self, task: TaskId, how: How, (unit, duty): (UnitId, entities::Duty)) {
        let moved =
            Moved { how, unit: Some(unit), duty: Some(duty), person: None, from: None, note: None };
        self.emit(Event::TaskMoved { task, moved: Box::new(moved) });
    }
}
