//! What becomes of slots: taken, given back, passed on, signed.

use chrono::{DateTime, Utc};
use entities::{Added, PersonId, Phase, RunState, StepRunId, TaskId, TaskState, step_run, task};

use serde_json::json;

use super::{PAUSED, merge};
use crate::{
    event::{Event, Holders, How, Moved, Signature, Slot},
    state::CaseState,
};

impl CaseState {
    pub(super) fn apply_to_task(&mut self, event: &Event, now: DateTime<Utc>) {
        match event {
            Event::TaskOpened { task } => self.with_task(*task, |row| {
                // A slot that let another one sign first goes back to whoever had taken it.
                let taken = row.claimed_at.is_some() && !row.addressed;
                row.state = if taken { TaskState::Claimed } else { TaskState::Open };
                row.opened_at = row.opened_at.or(Some(now));
            }),
            Event::TaskClaimed { task, person } => self.with_task(*task, |row| {
                row.state = TaskState::Claimed;
                row.person_id = Some(*person);
                row.claimed_at = Some(now);
            }),
            Event::TaskOffered { task, person, .. } | Event::TaskReserved { task, person } => self
                .with_task(*task, |row| {
                    if !row.addressed && row.claimed_at.is_none() {
                        row.person_id = Some(*person);
                    }
                }),
            Event::TaskReleased { task } => self.with_task(*task, |row| {
                row.state = TaskState::Open;
                row.claimed_at = None;
                row.owner_id = None;
                if !row.addressed {
                    row.person_id = None;
                }
            }),
            Event::TaskSigned { task, signature } => self.sign(*task, signature, now),
            Event::TaskVoided { task } => self.with_task(*task, |row| row.state = TaskState::Void),
            Event::SignerAdded { run, slot, beside, added, .. } => {
                self.put_beside((*run, *beside), slot, *added, now);
            }
            Event::TaskMoved { task, moved } => self.move_task(*task, moved, now),
            _ => {}
        }
    }

    /// What is decided on has changed: whoever had it before them has to look again.
    pub(super) fn has_changed_under(&mut self, event: &Event) {
        let of = match event {
            Event::Supplemented { .. } | Event::AwardRecomputed { .. } | Event::Ranked { .. } => {
                None
            }
            Event::RowChanged { run: Some(run), .. } | Event::RowMoved { run, .. } => Some(*run),
            _ => return,
        };
        let open =
            |task: &&task::Model| Self::is_open(task) && of.is_none_or(|run| task.run_id == run);
        let open: Vec<TaskId> = self.tasks.iter().filter(open).map(|task| task.id).collect();
        for task in open {
            self.with_task(task, |_| {});
        }
    }

    fn sign(&mut self, task: TaskId, signature: &Signature, now: DateTime<Utc>) {
        let mut signed_run = None;
        self.with_task(task, |row| {
            row.state = TaskState::Signed;
            row.verdict = Some(signature.verdict);
            row.fen = signature.fen;
            row.reason.clone_from(&signature.reason);
            row.signed_by = signature.person;
            row.person_id = signature.person.or(row.person_id);
            row.appointment_id = signature.appointment;
            row.signed_at = Some(now);
            signed_run = Some(row.run_id);
        });
        let Some(run) = signed_run else { return };
        self.with_run(run, |row| merge(&mut row.said, &signature.said));
    }

    /// A slot goes to another hand or another office. Its clock does not listen.
    fn move_task(&mut self, task: TaskId, moved: &Moved, now: DateTime<Utc>) {
        let (mut of_run, mut from) = (None, None);
        self.with_task(task, |row| {
            (of_run, from) = (Some(row.run_id), Some(row.unit_id));
            match moved.how {
                How::Delegated => row.owner_id = row.owner_id.or(moved.from),
                How::Merged => {}
                How::Transferred | How::GivenBack | How::HandedOver => row.owner_id = None,
            }
            row.unit_id = moved.unit.unwrap_or(row.unit_id);
            row.duty = moved.duty.unwrap_or(row.duty);
            let Some(person) = moved.person else { return };
            row.person_id = Some(person);
            if !row.addressed {
                row.claimed_at = Some(now);
                if row.state == TaskState::Open {
                    row.state = TaskState::Claimed;
                }
            }
        });
        let Some(run) = of_run else { return };
        self.with_run(run, |row| {
            if let (Some(unit), true) = (moved.unit, row.unit_id == from) {
                row.unit_id = Some(unit);
            }
            if let Some(person) = moved.person {
                may_too(row, task, person);
            }
        });
    }

    /// Another slot of the same run. Whoever lets somebody sign first waits.
    fn put_beside(
        &mut self,
        (run, beside): (StepRunId, TaskId),
        slot: &Slot,
        added: Added,
        now: DateTime<Utc>,
    ) {
        let Some(own) = self.task(beside).cloned() else { return };
        let last = self.slots(run).map(|slot| slot.place).max().unwrap_or(0);
        self.tasks.push(task::Model {
            id: slot.task,
            unit_id: slot.unit,
            duty: slot.duty,
            person_id: slot.person,
            addressed: slot.person.is_some(),
            place: last + 1,
            state: if slot.open { TaskState::Open } else { TaskState::Waiting },
            verdict: None,
            fen: None,
            reason: None,
            note_sealed: None,
            signed_by: None,
            account_id: None,
            appointment_id: None,
            opened_at: slot.open.then_some(now),
            claimed_at: None,
            signed_at: None,
            version: 1,
            owner_id: None,
            beside_id: Some(beside),
            added: Some(added),
            ..own
        });
        if added == Added::Before {
            self.with_task(beside, |row| row.state = TaskState::Waiting);
        }
        if let Some(person) = slot.person {
            self.with_run(run, |row| may_too(row, slot.task, person));
        }
    }

    /// What comes back, and who is to have what comes later.
    pub(super) fn apply_to_hands(&mut self, event: &Event) {
        match event {
            Event::TakenBack { run, task, wait } => {
                self.take_back(*run, *task);
                for next in wait {
                    self.with_task(*next, |row| row.state = TaskState::Waiting);
                }
            }
            Event::DecisionUndone { .. } => {
                self.case.outcome = None;
                self.case.reason = None;
                // What came out before it was taken on is not taken on by that.
                let taken_on = self.case.accepted_at.is_some();
                self.case.phase = if taken_on { Phase::Running } else { Phase::Filed };
                self.case.ended_at = None;
            }
            Event::HolderPlanned { path, person } => {
                let planned = self.case.planned.get_or_insert_with(|| json!({}));
                merge(planned, &json!({ path: person }));
            }
            Event::SupplementAllowed { .. } => self.case.supplements = 0,
            _ => {}
        }
    }

    /// A step that was closed is open again, in the hand of whoever signed it last.
    fn take_back(&mut self, run: StepRunId, task: TaskId) {
        self.with_run(run, |row| {
            row.state = RunState::Open;
            row.verdict = None;
            row.closed_at = None;
            row.fen = None;
            // A step that stands goes on standing.
            row.reason.take_if(|reason| reason != PAUSED);
            row.return_to = None;
        });
        // Those who were let go when it closed are asked again.
        let own = |slot: &&task::Model| slot.state == TaskState::Void && slot.added.is_none();
        let let_go: Vec<TaskId> = self.slots(run).filter(own).map(|slot| slot.id).collect();
        for slot in let_go {
            self.with_task(slot, |row| {
                let was_open = row.opened_at.is_some();
                row.state = if was_open { TaskState::Open } else { TaskState::Waiting };
            });
        }
        self.with_task(task, |row| {
            row.state = if row.addressed { TaskState::Open } else { TaskState::Claimed };
            row.claimed_at = row.claimed_at.or(row.signed_at);
            row.verdict = None;
            row.fen = None;
            row.reason = None;
            row.signed_by = None;
            row.signed_at = None;
            row.appointment_id = None;
        });
    }
}

/// One more who may sign a slot.
fn may_too(run: &mut step_run::Model, task: TaskId, person: PersonId) {
    let mut holders: Holders = serde_json::from_value(run.holders.clone()).unwrap_or_default();
    let may = holders.may.entry(task).or_default();
    if !may.contains(&person) {
        may.push(person);
        run.holders = serde_json::to_value(holders).unwrap_or_default();
    }
}
