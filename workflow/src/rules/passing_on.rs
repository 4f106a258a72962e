//! 转办、委派、加签、减签、沟通、抄送: others come to a step, and the case does not move. No clock
//! listens to any of it.
//!
//! Source: the table of verbs of the program language.

use entities::{Added, Duty, PersonId, RunKind, TaskId, TaskState, UnitId, task};
use serde_json::json;

use super::{
    authority::{Authority, Right, Verb},
    engine::Engine,
    recipients::{Message, Way},
    returning::contains,
};
use crate::{
    error::{Bar, Refusal},
    event::{Event, How, Moved, Slot},
    program::{Program, Step, Take},
    state::CaseState,
};

/// Who comes to a step: the person, and by which appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comes {
    pub person: PersonId,
    pub unit: UnitId,
    pub duty: Duty,
}

impl Authority {
    /// Judges the verbs that move a slot and not the case; none for any other.
    pub(super) fn passes_on(
        &self,
        verb: Verb,
        (state, program): (&CaseState, &Program),
        step: &Step,
        task: &task::Model,
    ) -> Option<Result<Right, Refusal>> {
        let open = CaseState::is_open(task);
        let opinion = task.added == Some(Added::Opinion);
        let votes = gives_voices(&state.taking(task.run_id, step));
        let delegated = task.owner_id.is_some();
        let fits = match verb {
            Verb::Transfer => open && !opinion && !votes && !delegated,
            Verb::Delegate => open && task.added.is_none() && !votes && !delegated,
            Verb::GiveBack => open && delegated,
            Verb::AddSigner => {
                let signs = matches!(step.kind, crate::program::StepKind::Decide);
                open && signs && task.added.is_none() && !votes && !delegated
            }
            Verb::AskOpinion | Verb::AskExpert => open && !opinion,
            Verb::GiveOpinion => open && opinion,
            Verb::DropSigner => beside(state, task.id).next().is_some(),
            Verb::Copy | Verb::PlanHolder => state.is_live() && !opinion,
            Verb::TakeBack => may_come_back(state, program, task),
            Verb::Undo => state.case.outcome.is_some() && task.state == TaskState::Signed,
            _ => return None,
        };
        let by_head = match verb {
            Verb::Transfer | Verb::AddSigner | Verb::DropSigner | Verb::Copy | Verb::PlanHolder => {
                true
            }
            // What nobody has in hand comes back to nobody: the head passes it on for good.
            Verb::Delegate => task.state == TaskState::Claimed || task.addressed,
            _ => false,
        };
        let judged = self.of_hand(verb, state, step, task).or_else(|refusal| {
            if by_head && self.heads.contains(&task.unit_id) { Ok(None) } else { Err(refusal) }
        });
        Some(judged.and_then(|right| {
            if fits && (state.is_live() || verb == Verb::Undo) {
                Ok(right)
            } else {
                Err(Refusal::NotNow { verb })
            }
        }))
    }

    /// Whether the head of an office gives back to the pool what one of their people has taken.
    pub(super) fn frees(&self, task: &task::Model) -> bool {
        let taken = task.state == TaskState::Claimed && !task.addressed;
        taken && task.owner_id.is_none() && self.heads.contains(&task.unit_id)
    }

    /// Whoever has the slot in hand, or had.
    fn of_hand(
        &self,
        verb: Verb,
        state: &CaseState,
        step: &Step,
        task: &task::Model,
    ) -> Result<Right, Refusal> {
        let me = self.actor.person;
        if matches!(verb, Verb::TakeBack | Verb::Undo) {
            let right = self.entitlement(state, task)?;
            let mine = me.is_some() && task.signed_by == me;
            return if mine { Ok(right) } else { Err(Refusal::NotYours(Bar::OtherOffice)) };
        }
        if verb == Verb::PlanHolder {
            return Err(Refusal::NotYours(Bar::OtherOffice));
        }
        if verb == Verb::GiveBack && task.owner_id == me && me.is_some() {
            return Ok(None);
        }
        let right = self.entitlement(state, task)?;
        if task.added != Some(Added::Opinion) {
            self.unbarred(state, step, task, me)?;
        }
        let absent = self.absent(&right);
        let held = task.person_id.is_some() && [me, absent].contains(&task.person_id);
        if !held && state.reserved_for(task).is_some() {
            return Err(Refusal::NotYours(Bar::Reserved));
        }
        let free = task.person_id.is_none() || CaseState::is_offered(task);
        if held || free { Ok(right) } else { Err(Refusal::NotYours(Bar::Claimed)) }
    }
}

/// Where every person of a frozen list has a voice of their own, none is given away.
pub(super) fn is_vote(step: &Step) -> bool {
    gives_voices(&step.taking())
}

fn gives_voices(take: &Take) -> bool {
    matches!(take, Take::All | Take::Quorum { .. } | Take::Percent { .. })
}

/// What was signed may be taken back while the case is under way: of the route until the case has
/// come out, which is undone, and of what is done afterwards until it ends. Whether what follows
/// still allows it is judged when it is done.
fn may_come_back(state: &CaseState, program: &Program, task: &task::Model) -> bool {
    let run = state.run(task.run_id);
    let kind = run.is_some_and(|run| matches!(run.kind, RunKind::Decide | RunKind::Fill));
    let ended = state.case.outcome.is_some() && !contains(&program.then, &task.path);
    kind && task.state == TaskState::Signed && !ended
}

/// Those that were put beside a slot and have not signed.
pub fn beside(state: &CaseState, task: TaskId) -> impl Iterator<Item = &task::Model> {
    state.tasks.iter().filter(move |other| {
        let live = matches!(other.state, TaskState::Open | TaskState::Claimed | TaskState::Waiting);
        other.beside_id == Some(task) && live
    })
}

/// The steps that have not been entered yet, and whose holder can still be named: never that of a
/// vote, which would make one signature of many.
pub fn later_steps(program: &Program, state: &CaseState) -> Vec<String> {
    let roles = |step: &Step| step.by.as_ref().is_some_and(|by| !by.roles().is_empty());
    let people = |step: &&&Step| roles(step) && !is_vote(step);
    let steps = program.steps();
    let ahead = steps.iter().filter(people).filter(|step| state.latest(&step.id).is_none());
    ahead.map(|step| step.id.to_string()).collect()
}

impl Engine<'_> {
    /// Passes a slot on to another hand. The one who gets it is told.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn pass_on(
        &mut self,
        task: TaskId,
        how: How,
        to: PersonId,
        note: Option<String>,
    ) -> Result<(), Refusal> {
        let row = self.state.task(task).cloned().ok_or(Refusal::NotFound("task"))?;
        let from = row.person_id;
        let moved = Moved { how, unit: None, duty: None, person: Some(to), from, note };
        self.emit(Event::TaskMoved { task, moved: Box::new(moved) });
        self.tell_of(&row, to, "task_moved");
        Ok(())
    }

    /// Puts somebody beside a slot.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Settled`] when that person has a slot of the step.
    pub fn put_beside(
        &mut self,
        task: TaskId,
        added: Added,
        comes: Comes,
        note: Option<String>,
    ) -> Result<(), Refusal> {
        let row = self.state.task(task).cloned().ok_or(Refusal::NotFound("task"))?;
        let run = row.run_id;
        let there = self
            .state
            .slots(run)
            .any(|slot| slot.person_id == Some(comes.person) && slot.state != TaskState::Void);
        if there {
            return Err(Refusal::NotYours(Bar::SignedAlready));
        }
        let place = self.state.slots(run).count() + 1;
        let slot = Slot {
            task: self.task_id(run, place),
            unit: comes.unit,
            duty: comes.duty,
            person: Some(comes.person),
            open: added != Added::After,
        };
        let id = slot.task;
        self.emit(Event::SignerAdded { run, slot, beside: task, added, note });
        let Some(fresh) = self.state.task(id).cloned() else { return Ok(()) };
        let template = if added == Added::Opinion { "opinion_asked" } else { "task_opened" };
        if added != Added::After {
            self.tell_of(&fresh, comes.person, template);
        }
        Ok(())
    }

    /// Takes somebody off again who was put beside a slot; who had waited for them goes on.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when that one was not put there, or has signed.
    pub fn take_off(&mut self, task: TaskId, off: TaskId) -> Result<(), Refusal> {
        let known = beside(&self.state, task).any(|slot| slot.id == off);
        if !known {
            return Err(Refusal::NotFound("task"));
        }
        self.emit(Event::TaskVoided { task: off });
        let waits = self.state.task(task).is_some_and(|row| row.state == TaskState::Waiting);
        let first = beside(&self.state, task).any(|slot| slot.added == Some(Added::Before));
        if waits && !first {
            self.emit(Event::TaskOpened { task });
        }
        Ok(())
    }

    /// Tells somebody of a slot, by mail.
    pub fn tell_of(&mut self, row: &task::Model, person: PersonId, template: &'static str) {
        let key = format!("{}/{person}/{template}/{}", row.id, row.version);
        let params = json!({ "step": row.path, "due": row.due_at });
        self.messages.push(Message { key, person, way: Way::Mail, template, params });
    }
}
