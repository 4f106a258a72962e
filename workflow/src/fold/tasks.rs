//! What becomes of slots: taken, given back, passed on, signed.

use chrono::{DateTime, Utc};
use entities::{TaskId, TaskState};

use super::merge;
use crate::{
    event::{Event, Holders, Moved, Signature},
    state::CaseState,
};

impl CaseState {
    pub(super) fn apply_to_task(&mut self, event: &Event, now: DateTime<Utc>) {
        match event {
            Event::TaskOpened { task } => self.with_task(*task, |row| {
                row.state = TaskState::Open;
                row.opened_at = Some(now);
            }),
            Event::TaskClaimed { task, person } => self.with_task(*task, |row| {
                row.state = TaskState::Claimed;
                row.person_id = Some(*person);
                row.claimed_at = Some(now);
            }),
            Event::TaskReleased { task } => self.with_task(*task, |row| {
                row.state = TaskState::Open;
                row.claimed_at = None;
                if !row.addressed {
                    row.person_id = None;
                }
            }),
            Event::TaskSigned { task, signature } => self.sign(*task, signature, now),
            Event::TaskVoided { task } => self.with_task(*task, |row| row.state = TaskState::Void),
            Event::TaskMoved { task, moved } => self.move_task(*task, moved, now),
            _ => {}
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
            let Some(person) = moved.person else { return };
            let mut holders: Holders =
                serde_json::from_value(row.holders.clone()).unwrap_or_default();
            let may = holders.may.entry(task).or_default();
            if !may.contains(&person) {
                may.push(person);
                row.holders = serde_json::to_value(holders).unwrap_or_default();
            }
        });
    }
}
