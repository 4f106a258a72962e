//! What an event makes of a case's clocks.

use chrono::{DateTime, Utc};
use entities::{ClockId, ClockKind, StepRunId, clock};
use serde_json::Value as Json;

use super::REGION;
use crate::{
    event::{Event, Light},
    state::CaseState,
};

impl CaseState {
    /// A light turns, and with it what is late of the case.
    pub(super) fn light(&mut self, run: Option<StepRunId>, light: Light, now: DateTime<Utc>) {
        if let Some(run) = run {
            self.with_run(run, |row| row.late = light == Light::Red);
        }
        match light {
            Light::Red => self.case.late = true,
            Light::Green => self.case.late = self.runs_late(now),
            Light::Amber => {}
        }
    }

    /// Whether a step, or the whole, is over its time at `now`.
    fn runs_late(&self, now: DateTime<Utc>) -> bool {
        let total = self.case_clock(ClockKind::Total);
        // One that has ended or stands is as late as it was then.
        let over = total.is_some_and(|clock| {
            let until = clock.ended_at.or(clock.stopped_at).unwrap_or(now);
            clock.due_at.is_some_and(|due| due < until)
        });
        over || self.runs.iter().any(|run| run.late)
    }

    pub(super) fn apply_to_clock(&mut self, event: &Event, now: DateTime<Utc>) {
        match event {
            Event::ClockStarted { clock, kind, run, face, due, scope, ground, .. } => {
                self.start_clock((*clock, *kind), *run, face, *due);
                self.with_clock(*clock, |row| {
                    if let Some(scope) = scope {
                        row.scope.clone_from(scope);
                    }
                    row.ground.clone_from(ground);
                });
            }
            Event::ClockStopped { clock, ground, face } => self.with_clock(*clock, |row| {
                row.stopped_at = row.stopped_at.or(Some(now));
                row.ground = Some(ground.clone());
                row.face = face.clone();
            }),
            Event::ClockResumed { clock, face, due } => {
                let mut run = None;
                self.with_clock(*clock, |row| {
                    row.stopped_at = None;
                    row.ground = None;
                    row.face = face.clone();
                    row.due_at = Some(*due);
                    run = row.run_id;
                });
                if let Some(run) = run {
                    self.set_due(run, *due);
                }
            }
            Event::ClockExtended { clock, face, due }
            | Event::ClockReset { clock, face, due }
            | Event::ClockReprojected { clock, face, due, .. } => {
                self.set_clock(*clock, face, *due);
            }
            Event::OutageStood { clocks, .. } => {
                for stood in clocks {
                    self.set_clock(stood.clock, &stood.face, stood.due);
                }
            }
            Event::ClockReopened { clock, .. } => {
                self.with_clock(*clock, |row| row.ended_at = None);
            }
            Event::ClockEnded { clock } => {
                self.with_clock(*clock, |row| row.ended_at = Some(now));
            }
            _ => {}
        }
    }

    fn start_clock(
        &mut self,
        (id, kind): (ClockId, ClockKind),
        run: Option<StepRunId>,
        face: &Json,
        due: DateTime<Utc>,
    ) {
        self.clocks.push(clock::Model {
            id,
            case_id: self.case.id,
            run_id: run,
            kind,
            scope: REGION.to_owned(),
            face: face.clone(),
            due_at: Some(due),
            stopped_at: None,
            ground: None,
            ended_at: None,
        });
        if let Some(run) = run {
            self.set_due(run, due);
        }
    }

    fn set_clock(&mut self, clock: ClockId, face: &Json, due: DateTime<Utc>) {
        let mut run = None;
        self.with_clock(clock, |row| {
            row.face = face.clone();
            row.due_at = Some(due);
            run = row.run_id;
        });
        if let Some(run) = run {
            self.set_due(run, due);
        }
    }

    fn set_due(&mut self, run: StepRunId, due: DateTime<Utc>) {
        // Of a block: also what is open inside it and has no clock of its own.
        let below = self.below(run).into_iter().filter(|below| self.clock_of(*below).is_none());
        let runs: Vec<StepRunId> = std::iter::once(run).chain(below).collect();
        for run in &runs {
            self.with_run(*run, |row| row.due_at = Some(due));
        }
        for task in self.tasks.iter_mut().filter(|task| runs.contains(&task.run_id)) {
            task.due_at = Some(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use entities::{ClockId, ClockKind};
    use serde_json::json;

    use crate::{Event, at_random::lives, event::Light, state::CaseState};

    /// What becomes of the total clock, on which day.
    #[derive(Clone, Copy, Debug)]
    enum Then {
        Ends(i64),
        Stands(i64),
        Runs,
    }

    #[test]
    fn a_case_is_green_again_when_nothing_of_it_is_late() {
        // (what becomes of a total of five days; the day on which a step is green again; is it late)
        let table = [
            (Then::Runs, 4, false),
            (Then::Runs, 6, true),
            (Then::Ends(4), 9, false),
            (Then::Ends(6), 9, true), // it was late when it ended
            (Then::Stands(4), 9, false),
        ];
        for (then, green, late) in table {
            let mut state = CaseState::new(lives(1).remove(0).state.case);
            let begun = state.case.created_at;
            let day = |n: i64| begun + TimeDelta::days(n);
            let clock = ClockId::derived(begun, [7; 10]);
            let (kind, run, scope, ground) = (ClockKind::Total, None, None, None);
            let (face, due) = (json!({}), day(5));
            let granted = false;
            let started =
                Event::ClockStarted { clock, kind, run, face, due, scope, ground, granted };
            state.apply(&started, begun);
            state.apply(&Event::LightChanged { run: None, light: Light::Red }, day(3));
            match then {
                Then::Ends(on) => state.apply(&Event::ClockEnded { clock }, day(on)),
                Then::Stands(on) => {
                    let (ground, face) = ("supplement".to_owned(), json!({}));
                    state.apply(&Event::ClockStopped { clock, ground, face }, day(on));
                }
                Then::Runs => {}
            }
            state.apply(&Event::LightChanged { run: None, light: Light::Green }, day(green));
            assert_eq!(state.case.late, late, "{then:?}");
        }
    }
}
