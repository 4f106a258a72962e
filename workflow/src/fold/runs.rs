//! What becomes of steps and blocks that are open.

use chrono::{DateTime, Utc};
use entities::{RunState, StepRunId, TimerKind};
use serde_json::json;

use super::{PAUSED, SUSPENDED, lines::merge};
use crate::{
    event::{Event, Shown},
    state::CaseState,
};

impl CaseState {
    /// A public notice keeps what it shows of the case itself, as a step keeps what it says.
    pub(super) fn show_itself(&mut self, run: StepRunId, shown: Option<&Shown>) {
        if let Some(Shown { fen, of }) = shown {
            let said = json!({ "shown_fen": { "int": fen.0 }, "shown": { "text": of } });
            self.with_run(run, |row| merge(&mut row.said, &said));
        }
    }

    pub(super) fn apply_to_run(&mut self, event: &Event, now: DateTime<Utc>) {
        match event {
            Event::StepClosed { run, verdict, fen, reason } => {
                self.with_run(*run, |row| {
                    row.state = RunState::Closed;
                    row.verdict = Some(*verdict);
                    row.closed_at = Some(now);
                    row.fen = *fen;
                    row.reason.clone_from(reason);
                });
            }
            Event::StepVoided { run, why } => self.with_run(*run, |row| {
                row.state = RunState::Void;
                row.reason = why.clone().or(row.reason.take());
                row.closed_at = row.closed_at.or(Some(now));
            }),
            Event::Returned { run, to, mode, asked } => self.with_run(*run, |row| {
                row.return_to = Some(to.clone());
                row.said = json!({ "mode": mode, "asked": asked });
            }),
            Event::BlockReopened { run } => self.with_run(*run, |row| {
                row.state = RunState::Open;
                row.verdict = None;
                row.closed_at = None;
                row.reason = None;
            }),
            Event::Suspended { run } => {
                self.case.suspended = true;
                self.with_run(*run, |row| row.reason = Some(SUSPENDED.to_owned()));
            }
            Event::Paused { run, .. } => {
                self.with_run(*run, |row| row.reason = Some(PAUSED.to_owned()));
            }
            Event::Unpaused { run, .. } => self.with_run(*run, |row| {
                row.reason.take_if(|reason| reason == PAUSED);
            }),
            Event::MomentMoved { kind: TimerKind::Opens, run: Some(run), at, .. } => {
                self.with_run(*run, |row| row.opens_at = Some(*at));
            }
            Event::RungClimbed { run, rung, .. } => {
                self.with_run(*run, |row| row.rungs = row.rungs.max(rung + 1));
            }
            _ => {}
        }
    }
}
