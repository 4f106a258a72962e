//! What moves with the calendar: due instants of clocks, and the moments that no clock carries,
//! such as silence, the end of a notice, a grace.
//!
//! Nothing comes nearer than the evening of the next working day. What the applicant or the public
//! was told comes no nearer at all: a day that was promised stands.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use entities::{ClockId, ClockKind, RunKind, RunState, StepRunId, TimerKind, clock, timer};

use super::{
    accepting::silent_until,
    clock::{self as clocks, Budget, ClockState},
    engine::{Engine, budget, face_of},
    reminding::moment,
};
use crate::{
    calendar::{Days, instant, local_date},
    event::Event,
};

/// A calendar that has changed.
#[derive(Clone, Copy, Debug)]
pub struct Changed<'a> {
    /// The days that are not what they were.
    pub days: &'a BTreeSet<NaiveDate>,
    /// Its revision now.
    pub revision: &'a str,
}

/// Since when what no row of the case itself dates is counted.
#[derive(Clone, Debug, Default)]
pub struct Since {
    /// When a case has collected its lines, by the calendar as it is now.
    pub collects: Option<DateTime<Utc>>,
    /// When steps turned late whose grace runs.
    pub late: BTreeMap<StepRunId, DateTime<Utc>>,
}

/// A moment as it is by the calendar now, and the first day that counts for it.
struct New {
    from: DateTime<Utc>,
    at: DateTime<Utc>,
    /// Whether it may come nearer.
    nearer: bool,
}

impl Engine<'_> {
    /// A calendar that has changed the days of a clock moves its due instant, never to earlier
    /// than the evening of the next working day. What is late stays late, and a clock none of
    /// whose days has changed stays as it is.
    pub fn reproject(&mut self, clock: ClockId, changed: Changed<'_>) {
        let Some(row) = self.state.clock(clock).filter(|row| row.ended_at.is_none()).cloned()
        else {
            return;
        };
        let Some(face) = face_of(&row).filter(|face| !face.is_late(self.now)) else { return };
        let days = self.facts.calendar.of(&row.scope);
        let new = match row.kind {
            ClockKind::Step | ClockKind::Total => face.reproject_from(self.now, &days),
            ClockKind::Applicant | ClockKind::Stop => self.stop_anew(&row, &face),
        };
        let Some(new) = new else { return };
        let until = face.due_at.max(new.due_at);
        if !touches(changed, face.zero_at, until) {
            return;
        }
        let (due, calendar) = (new.due_at, changed.revision.to_owned());
        let face = serde_json::to_value(&new).unwrap_or_default();
        let kind = Some(row.kind).filter(|kind| *kind == ClockKind::Stop);
        self.emit(Event::ClockReprojected { clock, face, due, calendar, kind });
        self.arm(clock);
    }

    /// The clock of a stop, or of the applicant who was asked: it runs into the cap of its ground.
    fn stop_anew(&self, row: &clock::Model, face: &ClockState) -> Option<ClockState> {
        let days = &self.facts.days;
        let asked = row.kind == ClockKind::Applicant;
        let (cap, used) = if asked {
            let cap = self.supplement_cap();
            (cap, self.asked_before(cap))
        } else {
            let ground = row.ground.as_deref()?;
            let cap = self.cap(ground)?;
            let own = clocks::stop_used(face.started_at, self.now, cap, days);
            (cap, self.used(ground, cap, None) - own)
        };
        let at = clocks::stop_ends_at(face.started_at, cap, used, days);
        let at = self.not_too_near(face.due_at, at, !asked);
        let new = ClockState::start(face.started_at, Budget::Until(at), days);
        (at != face.due_at).then_some(new)
    }

    /// The moments of `standing` that no clock carries move to where the calendar has them now.
    /// To be asked after the clocks.
    pub fn reproject_moments(
        &mut self,
        standing: &[timer::Model],
        since: &Since,
        changed: Changed<'_>,
    ) {
        for timer in standing {
            let Some(new) = self.moment_anew(timer, since) else { continue };
            let at = self.not_too_near(timer.due_at, new.at, new.nearer);
            if at == timer.due_at || !touches(changed, new.from, at.max(timer.due_at)) {
                continue;
            }
            let (kind, run, clock) = (timer.kind, timer.run_id, timer.clock_id);
            let calendar = changed.revision.to_owned();
            self.emit(Event::MomentMoved { kind, run, clock, at, calendar });
        }
    }

    fn moment_anew(&self, timer: &timer::Model, since: &Since) -> Option<New> {
        let state = &self.state;
        let run = timer.run_id.and_then(|run| state.run(run));
        let open = run.filter(|run| run.state == RunState::Open);
        let days = &self.facts.days;
        let new = |from, at, nearer| Some(New { from, at, nearer });
        match timer.kind {
            TimerKind::Silence => {
                let (from, until) = silent_until(state, days)?;
                new(from, until, true)
            }
            TimerKind::SupplementCap => {
                let asked = |row: &&clock::Model| row.kind == ClockKind::Applicant;
                let asked = state.clocks.iter().rev().find(asked)?;
                let face = face_of(asked).filter(|_| asked.ended_at.is_none())?;
                new(face.started_at, face.due_at, false)
            }
            TimerKind::StopSoon => {
                let (from, soon) = self.stop_is_nearly_over()?;
                new(from, soon, true)
            }
            TimerKind::StopCap if timer.clock_id.is_none() => {
                let (from, at) = self.stop_of_step_ends(open?)?;
                new(from, at, true)
            }
            TimerKind::PublicityEnd => {
                let run = open?;
                let rule = self.facts.program.step(&run.path)?.rule.as_ref()?;
                let rule = self.facts.shared().publicities.get(rule.as_str())?;
                let at = clocks::due(run.opened_at, budget(rule.days), days);
                new(run.opened_at, at, false)
            }
            TimerKind::Gather => new(state.case.submitted_at?, since.collects?, true),
            TimerKind::Grace => {
                let run = open?;
                // A held step is red before its time is over, and its grace begins only then.
                let late = since.late.get(&run.id).copied().max(run.due_at)?;
                new(late, self.grace_ends(run.id, late)?, true)
            }
            TimerKind::Opens => {
                let waits = |run: &&entities::step_run::Model| {
                    run.kind == RunKind::Block && run.state == RunState::Waiting
                };
                let on: NaiveDate = run.filter(waits)?.said.get("on")?.as_str()?.parse().ok()?;
                let at = instant(days.next_working(on), NaiveTime::MIN);
                new(instant(on, NaiveTime::MIN), at, true)
            }
            TimerKind::Rung => self.rung_anew(timer),
            _ => None,
        }
    }

    /// A rung of a ladder whose clock has not moved, such as one that is late: nobody is called to
    /// account sooner than the working days say. What was put off stays where it is.
    fn rung_anew(&self, timer: &timer::Model) -> Option<New> {
        let clock = timer.clock_id?;
        let moved = |event: &Event| matches!(event, Event::ClockReprojected { clock: other, .. } if *other == clock);
        if self.events.iter().any(moved) {
            return None; // armed anew with its clock
        }
        let timed = self.timed(clock)?;
        let rung = self.next_rung(&timed)?;
        let at = moment(&timed.face, rung, &timed.days)?;
        Some(New { from: timed.face.due_at, at, nearer: false })
    }

    /// When four fifths of the stop that runs by somebody's word are over.
    fn stop_is_nearly_over(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let standing = |row: &&clock::Model| row.kind == ClockKind::Stop && row.ended_at.is_none();
        let face = self.state.clocks.iter().find(standing).and_then(face_of)?;
        Some((face.started_at, self.soon(face.started_at, face.due_at)))
    }

    /// `at`, or where nothing may come so near, the evening of the next working day; never later
    /// than `was` on that account.
    fn not_too_near(&self, was: DateTime<Utc>, at: DateTime<Utc>, nearer: bool) -> DateTime<Utc> {
        if at >= was {
            return at;
        }
        let days: &Days = &self.facts.days;
        let floor = clocks::due(self.now, Budget::WorkingDays(1), days);
        if nearer { at.max(floor.min(was)) } else { was }
    }
}

/// Whether one of the days from `from` to `until` has changed.
fn touches(changed: Changed<'_>, from: DateTime<Utc>, until: DateTime<Utc>) -> bool {
    let span = local_date(from)..=local_date(until);
    !span.is_empty() && changed.days.range(span).next().is_some()
}

/// A stop of an open step ends a moment after what ends with it.
pub(super) const AFTER_ALL: TimeDelta = TimeDelta::seconds(1);
