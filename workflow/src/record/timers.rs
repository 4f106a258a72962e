//! Which moments an event makes worth a look, and which it settles.

use chrono::{DateTime, Utc};
use entities::{CaseId, ClockId, ClockKind, StepRunId, TimerId, TimerKind, timer};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Query, UpdateStatement},
};

use crate::event::Event;

/// New timers, and those that are no longer needed.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    pub(super) set: Vec<timer::Model>,
    runs: Vec<StepRunId>,
    clocks: Vec<ClockId>,
    kinds: Vec<TimerKind>,
    moved: Vec<(TimerKind, Option<StepRunId>)>,
    all: bool,
    /// What stands or is over at the end of the change: nothing of it is armed.
    idle: Vec<ClockId>,
    over: Vec<StepRunId>,
}

impl Timers {
    /// Takes one event into account. What it settles it settles among what this change has set, too.
    pub(crate) fn note(&mut self, case: CaseId, event: &Event, now: DateTime<Utc>) {
        self.stands_or_runs(event);
        self.arms(case, event, now);
    }

    /// Which clocks count and which steps are open, as far as this change says.
    fn stands_or_runs(&mut self, event: &Event) {
        match event {
            Event::ClockStopped { clock, .. } | Event::ClockEnded { clock } => {
                self.set.retain(|timer| timer.clock_id != Some(*clock));
                self.idle.push(*clock);
            }
            Event::ClockStarted { clock, .. }
            | Event::ClockResumed { clock, .. }
            | Event::ClockReopened { clock, .. } => self.idle.retain(|idle| idle != clock),
            Event::StepClosed { run, .. } | Event::StepVoided { run, .. } => {
                self.set.retain(|timer| timer.run_id != Some(*run));
                self.over.push(*run);
            }
            Event::StepOpened { opening } => self.over.retain(|over| *over != opening.run),
            Event::TakenBack { run, .. }
            | Event::BlockReopened { run }
            | Event::BlockEntered { run, .. } => self.over.retain(|over| over != run),
            Event::CaseEnded => self.set.clear(),
            Event::Reopened { .. } | Event::DecisionUndone { .. } => self.all = false,
            _ => {}
        }
    }

    fn arms(&mut self, case: CaseId, event: &Event, now: DateTime<Utc>) {
        let mut set = |kind, run, clock, due_at| {
            let fresh = timer::Model::of(case, kind, TimerId::at(now), due_at);
            self.set.push(timer::Model { run_id: run, clock_id: clock, ..fresh });
        };
        match event {
            Event::Accepted { .. } | Event::AcceptanceRefused { .. } => {
                self.kinds.push(TimerKind::Silence);
            }
            Event::SupplementAsked { run, until, .. } => {
                // Who names the defects in time has answered.
                self.kinds.push(TimerKind::Silence);
                set(TimerKind::SupplementCap, Some(*run), None, *until);
            }
            Event::Supplemented { .. } => self.kinds.push(TimerKind::SupplementCap),
            Event::StepWaiting { opening, opens_at } => {
                set(TimerKind::Opens, Some(opening.run), None, *opens_at);
            }
            Event::RoundWaiting { run, opens_at, .. } if *opens_at > now => {
                set(TimerKind::Opens, Some(*run), None, *opens_at);
            }
            Event::ClockStarted { clock, run, due, kind, .. } => {
                let kind =
                    if *kind == ClockKind::Stop { TimerKind::StopCap } else { TimerKind::Due };
                set(kind, *run, Some(*clock), *due);
            }
            Event::ClockResumed { clock, due, .. } | Event::ClockReopened { clock, due } => {
                // The timers of the clock were settled when it stopped or ended.
                set(TimerKind::Due, None, Some(*clock), *due);
            }
            Event::MomentMoved { kind, run, clock, at, .. } => {
                set(*kind, *run, *clock, *at);
                self.moved.push((*kind, *run));
            }
            Event::ClockReprojected { clock, due, kind: Some(ClockKind::Stop), .. } => {
                set(TimerKind::StopCap, None, Some(*clock), *due);
                self.clocks.push(*clock);
            }
            Event::ClockExtended { clock, due, face }
            | Event::ClockReset { clock, due, face }
            | Event::ClockReprojected { clock, due, face, .. } => {
                // One that stands is armed when it counts again.
                let stands = face.get("stopped").is_some_and(|stopped| !stopped.is_null());
                if !stands {
                    set(TimerKind::Due, None, Some(*clock), *due);
                }
                self.clocks.push(*clock);
            }
            Event::OutageStood { clocks, .. } => {
                for stood in clocks {
                    // One that stands is armed when it counts again.
                    if stood.face.get("stopped").is_none_or(serde_json::Value::is_null) {
                        set(TimerKind::Due, None, Some(stood.clock), stood.due);
                    }
                    self.clocks.push(stood.clock);
                }
            }
            Event::Published { run, ends_at, .. } => {
                set(TimerKind::PublicityEnd, Some(*run), None, *ends_at);
            }
            Event::ClockStopped { clock, .. } | Event::ClockEnded { clock } => {
                self.clocks.push(*clock);
            }
            Event::StepClosed { run, .. } | Event::StepVoided { run, .. } => self.runs.push(*run),
            Event::CaseEnded => self.all = true,
            _ => {}
        }
    }

    /// Puts in a timer that no event carries, unless what it is of stands or is over by now.
    pub(crate) fn add(&mut self, row: timer::Model) {
        let idle = row.clock_id.is_some_and(|clock| self.idle.contains(&clock));
        let over = row.run_id.is_some_and(|run| self.over.contains(&run));
        if !idle && !over && !self.all {
            self.set.push(row);
        }
    }

    /// Marks what is settled; a timer that was set by this very change is not there yet.
    pub(super) fn settle(&self, case: CaseId, now: DateTime<Utc>) -> Option<UpdateStatement> {
        let few = self.runs.is_empty() && self.clocks.is_empty();
        if !self.all && few && self.kinds.is_empty() && self.moved.is_empty() {
            return None;
        }
        let mut which = Condition::any();
        if self.all {
            which = which.add(timer::Column::CaseId.eq(case));
        }
        which = which
            .add(timer::Column::RunId.is_in(self.runs.iter().copied()))
            .add(timer::Column::ClockId.is_in(self.clocks.iter().copied()))
            .add(timer::Column::Kind.is_in(self.kinds.iter().copied()));
        for (kind, run) in &self.moved {
            let of_run = match run {
                Some(run) => timer::Column::RunId.eq(*run),
                None => timer::Column::RunId.is_null(),
            };
            which = which.add(Condition::all().add(timer::Column::Kind.eq(*kind)).add(of_run));
        }
        let update = Query::update()
            .table(timer::Entity)
            .value(timer::Column::FiredAt, now)
            .cond_where(
                Condition::all()
                    .add(timer::Column::CaseId.eq(case))
                    .add(timer::Column::FiredAt.is_null())
                    .add(which),
            )
            .to_owned();
        Some(update)
    }

    /// The same for timers in memory: what is settled goes, what was set comes.
    #[cfg(test)]
    pub(crate) fn settle_in(self, timers: &mut Vec<timer::Model>) {
        timers.retain(|timer| {
            let of_run = timer.run_id.is_some_and(|run| self.runs.contains(&run));
            let of_clock = timer.clock_id.is_some_and(|clock| self.clocks.contains(&clock));
            let moved = self.moved.contains(&(timer.kind, timer.run_id));
            !self.all && !of_run && !of_clock && !moved && !self.kinds.contains(&timer.kind)
        });
        timers.extend(self.set);
    }
}
