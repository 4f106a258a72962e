//! What an event makes of a case: pure, so that a case can be told again from its trail.

use chrono::{DateTime, Utc};
use entities::{
    ClockId, Outcome, Phase, RunKind, RunState, StepRunId, TaskId, TaskState, Verdict, clock,
    step_run, task,
};
use serde_json::json;

use crate::{
    event::{Event, Opening},
    state::CaseState,
};
use lines::merge;

mod clocks;
mod line_rounds;
mod lines;
mod lots;
mod runs;
mod tasks;

impl CaseState {
    /// Takes `event`, which happened at `now`, into account.
    pub fn apply(&mut self, event: &Event, now: DateTime<Utc>) {
        match event {
            Event::Filed { .. }
            | Event::Accepted { .. }
            | Event::AcceptanceRefused { .. }
            | Event::SupplementAsked { .. }
            | Event::Supplemented { .. }
            | Event::CameBack
            | Event::OutcomeReached { .. }
            | Event::Resumed
            | Event::Reopened { .. }
            | Event::Rebased { .. }
            | Event::CaseEnded => self.apply_to_case(event, now),
            Event::BlockEntered { .. }
            | Event::RoundWaiting { .. }
            | Event::StepSkipped { .. }
            | Event::StepWaiting { .. }
            | Event::StepMerged { .. }
            | Event::ThreadsFrozen { .. }
            | Event::ThreadEntered { .. }
            | Event::StepOpened { .. } => self.enter(event, now),
            Event::StepClosed { .. }
            | Event::StepVoided { .. }
            | Event::Returned { .. }
            | Event::BlockReopened { .. }
            | Event::Suspended { .. }
            | Event::Paused { .. }
            | Event::Unpaused { .. }
            | Event::MomentMoved { .. }
            | Event::RungClimbed { .. } => self.apply_to_run(event, now),
            Event::TakenBack { .. }
            | Event::DecisionUndone { .. }
            | Event::HolderPlanned { .. }
            | Event::SupplementAllowed { .. } => self.apply_to_hands(event),
            Event::TaskOpened { .. }
            | Event::TaskClaimed { .. }
            | Event::TaskOffered { .. }
            | Event::TaskReserved { .. }
            | Event::TaskReleased { .. }
            | Event::TaskMoved { .. }
            | Event::SignerAdded { .. }
            | Event::TaskSigned { .. }
            | Event::TaskVoided { .. } => self.apply_to_task(event, now),
            Event::ClockStarted { .. }
            | Event::ClockStopped { .. }
            | Event::ClockResumed { .. }
            | Event::ClockExtended { .. }
            | Event::ClockReprojected { .. }
            | Event::OutageStood { .. }
            | Event::ClockReopened { .. }
            | Event::ClockReset { .. }
            | Event::ClockEnded { .. } => self.apply_to_clock(event, now),
            Event::Voiced { kind, run, .. } => self.apply_to_voices(*kind, *run),
            Event::RowJoined { .. }
            | Event::RowChanged { .. }
            | Event::RowSettled { .. }
            | Event::RowsFilled { .. } => self.apply_to_rows(event, now),
            Event::LinesAskedAgain { run, fields } => self.begin_line_round(*run, fields),
            Event::RowRenewed { .. }
            | Event::RowsFrozen { .. }
            | Event::Drawn { .. }
            | Event::Ranked { .. }
            | Event::RowMoved { .. }
            | Event::SeatTaken { .. }
            | Event::SeatFreed { .. } => self.apply_to_lots(event),
            Event::LetterSent { .. } | Event::LetterTaken { .. } => self.apply_to_letters(event),
            Event::Published { run, rows, shown, .. } => {
                self.show_rows(*run, rows);
                self.show_itself(*run, shown.as_ref());
            }
            Event::LightChanged { run, light } => self.light(*run, *light, now),
            // What stands in tables of their own; the case's own rows do not change.
            Event::PaperAdded { .. }
            | Event::PaperRemoved { .. }
            | Event::Climbed { .. }
            | Event::GatheringClosed
            | Event::Copied { .. }
            | Event::NumberTaken { .. }
            | Event::StuckOnRule { .. }
            | Event::LapseProposed { .. }
            | Event::ExtensionAsked { .. }
            | Event::ExtensionRefused { .. }
            | Event::AnsweredInName { .. }
            | Event::SupplementWanted { .. }
            | Event::Urged { .. }
            | Event::CopyRead { .. }
            | Event::TakenDown { .. }
            | Event::PaymentMade { .. } => {}
            Event::PaymentOrdered { .. }
            | Event::AwardRecomputed { .. }
            | Event::AwardSet { .. } => self.apply_to_award(event),
        }
        self.has_changed_under(event);
    }

    /// What is granted, and told to be paid.
    fn apply_to_award(&mut self, event: &Event) {
        match event {
            // Until it is paid, the sum stands with the step.
            Event::PaymentOrdered { run, payments } => {
                let sum = payments.iter().map(|payment| payment.fen.0).sum();
                self.with_run(*run, |row| row.fen = (sum > 0).then_some(entities::Fen(sum)));
            }
            Event::AwardRecomputed { lines, .. } => {
                let lines = serde_json::to_value(lines).unwrap_or_default();
                merge(&mut self.case.facts, &json!({ "lines": lines }));
            }
            Event::AwardSet { lines } => {
                self.case.award_fen = entities::Fen(lines.iter().map(|line| line.fen.0).sum());
            }
            _ => {}
        }
    }

    /// A run comes into the case, or goes on from waiting.
    fn enter(&mut self, event: &Event, now: DateTime<Utc>) {
        match event {
            Event::BlockEntered { run, path, parent, round } => {
                let row = self.row(*run, path, *parent, *round, RunKind::Block, now);
                match self.runs.iter_mut().find(|known| known.id == *run) {
                    // A round of the calendar, whose day has come.
                    Some(known) => {
                        known.state = RunState::Open;
                        known.opened_at = now;
                    }
                    None => self.runs.push(row),
                }
            }
            Event::RoundWaiting { run, path, parent, round, on, opens_at } => {
                let row = self.row(*run, path, *parent, *round, RunKind::Block, now);
                self.runs.push(step_run::Model {
                    state: RunState::Waiting,
                    opens_at: Some(*opens_at),
                    said: json!({ "on": on }),
                    ..row
                });
            }
            Event::StepSkipped { run, path, parent, round, .. } => {
                let mut row = self.row(*run, path, *parent, *round, RunKind::Decide, now);
                row.state = RunState::Skipped;
                row.verdict = Some(Verdict::Skipped);
                row.closed_at = Some(now);
                self.enter_row(row);
            }
            Event::StepWaiting { opening, opens_at } => {
                let row = self.opened(opening, now);
                self.runs.push(step_run::Model {
                    state: RunState::Waiting,
                    opens_at: Some(*opens_at),
                    ..row
                });
            }
            Event::StepMerged { opening, verdict, .. } => {
                self.enter_row(self.opened(opening, now));
                self.with_run(opening.run, |row| {
                    row.state = RunState::Closed;
                    row.verdict = Some(*verdict);
                    row.closed_at = Some(now);
                });
            }
            Event::StepOpened { opening } => self.open(opening, now),
            Event::ThreadsFrozen { .. } | Event::ThreadEntered { .. } => {
                self.enter_threads(event, now);
            }
            _ => {}
        }
    }

    fn apply_to_case(&mut self, event: &Event, now: DateTime<Utc>) {
        let case = &mut self.case;
        match event {
            Event::Filed { number, filed_as, facts, award, .. } => {
                case.number = Some(number.clone());
                case.filed_as.clone_from(filed_as);
                case.facts = facts.clone();
                case.award_fen = *award;
                case.phase = Phase::Filed;
                case.submitted_at = Some(now);
            }
            Event::Accepted { as_of, .. } => {
                case.phase = Phase::Running;
                case.accepted_at = Some(*as_of);
            }
            Event::AcceptanceRefused { reason } => case.reason = Some(reason.clone()),
            Event::SupplementAsked { run, asked, .. } => {
                case.supplementing = true;
                case.asked = serde_json::to_value(asked).ok();
                if asked.mode.is_some() {
                    case.returned_from = Some(*run);
                }
                // Before returns counted, they were told without a word of it.
                if asked.mode.is_none() || asked.counts {
                    case.supplements += 1;
                }
            }
            Event::CameBack => {
                case.supplementing = false;
                case.asked = None;
                case.returned_from = None;
            }
            Event::Supplemented { facts, award, .. } => {
                case.supplementing = false;
                case.asked = None;
                case.returned_from = None;
                case.facts = facts.clone();
                case.award_fen = *award;
            }
            Event::OutcomeReached { outcome, reason } => {
                case.outcome = Some(*outcome);
                case.reason = reason.clone().or(case.reason.take());
                case.phase = Phase::After;
                case.supplementing = false;
                case.asked = None;
                if !matches!(outcome, Outcome::Granted | Outcome::Done) {
                    // What was refused or withdrawn may be asked for again.
                    case.once_key = None;
                    for row in &mut self.rows {
                        row.once_key = None;
                    }
                }
            }
            Event::Resumed => case.suspended = false,
            Event::Rebased { to, number, .. } => {
                case.program_hash.clone_from(to);
                case.program_number = *number;
            }
            Event::Reopened { undecided: true, .. } => {
                let taken_on = case.accepted_at.is_some();
                case.phase = if taken_on { Phase::Running } else { Phase::Filed };
                case.outcome = None;
                case.reason = None;
                case.ended_at = None;
            }
            Event::Reopened { .. } => {
                case.phase = Phase::After;
                case.ended_at = None;
            }
            Event::CaseEnded => {
                case.phase = Phase::Ended;
                case.ended_at = Some(now);
                case.routing = false;
            }
            _ => {}
        }
    }

    fn open(&mut self, opening: &Opening, now: DateTime<Utc>) {
        let due = self.due_around(opening.parent);
        self.enter_row(step_run::Model { due_at: due, ..self.opened(opening, now) });
        for (place, slot) in (1..).zip(&opening.slots) {
            self.tasks.push(task::Model {
                id: slot.task,
                case_id: self.case.id,
                run_id: opening.run,
                program: self.case.program.clone(),
                path: opening.path.clone(),
                unit_id: slot.unit,
                duty: slot.duty,
                person_id: slot.person,
                addressed: slot.person.is_some(),
                place,
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
                due_at: due,
                version: 1,
                owner_id: None,
                beside_id: None,
                added: None,
            });
        }
    }

    /// A waiting run goes on as itself; a new one is put last.
    fn enter_row(&mut self, fresh: step_run::Model) {
        match self.runs.iter_mut().find(|row| row.id == fresh.id) {
            Some(row) => *row = step_run::Model { position: row.position, ..fresh },
            None => self.runs.push(fresh),
        }
    }

    fn opened(&self, opening: &Opening, now: DateTime<Utc>) -> step_run::Model {
        let row =
            self.row(opening.run, &opening.path, opening.parent, opening.round, opening.kind, now);
        step_run::Model {
            unit_id: opening.unit,
            holders: serde_json::to_value(&opening.holders).unwrap_or_default(),
            ..row
        }
    }

    fn row(
        &self,
        id: StepRunId,
        path: &str,
        parent: Option<StepRunId>,
        round: i32,
        kind: RunKind,
        now: DateTime<Utc>,
    ) -> step_run::Model {
        step_run::Model {
            id,
            case_id: self.case.id,
            path: path.to_owned(),
            thread: self.thread_in(parent).to_owned(),
            round,
            parent_id: parent,
            position: self.runs.last().map_or(1, |last| last.position + 1),
            kind,
            state: RunState::Open,
            verdict: None,
            holders: json!({}),
            unit_id: None,
            said: json!({}),
            reason: None,
            fen: None,
            return_to: None,
            opened_at: now,
            opens_at: None,
            due_at: None,
            closed_at: None,
            late: false,
            rungs: 0,
        }
    }

    fn with_run(&mut self, id: StepRunId, change: impl FnOnce(&mut step_run::Model)) {
        if let Some(row) = self.runs.iter_mut().find(|run| run.id == id) {
            change(row);
        }
    }

    fn with_task(&mut self, id: TaskId, change: impl FnOnce(&mut task::Model)) {
        if let Some(row) = self.tasks.iter_mut().find(|task| task.id == id) {
            change(row);
            row.version += 1;
        }
    }

    fn with_clock(&mut self, id: ClockId, change: impl FnOnce(&mut clock::Model)) {
        if let Some(row) = self.clocks.iter_mut().find(|clock| clock.id == id) {
            change(row);
        }
    }
}

/// What stands as the reason of an open step for whose sake the case rests.
pub(crate) const SUSPENDED: &str = "suspended";

/// What stands as the reason of an open step that stands for a legal ground.
pub const PAUSED: &str = "paused";

/// The deployment's region, whose holidays count for the case as a whole.
pub(crate) const REGION: &str = "640000";
