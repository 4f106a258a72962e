//! Reminders of a step: which are due, the newest only, to whoever holds it now.
//!
//! A reminder leaves a message and no row in the trail: it changes nothing of the case, so that
//! nobody's open page grows stale by it.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use entities::{ClockId, ClockKind, PersonId, RunState, TimerKind, step_run};
use serde_json::json;

use super::{
    clock::{self, Budget, ClockState},
    engine::{Armed, Engine, budget, face_of, is_running},
    facts,
    pacing::{Hours, is_behind},
    recipients::{Message, Way},
};
use crate::{
    calendar::{Days, SHANGHAI},
    program::{
        By, Moment, Span,
        shared::{Reminder, Via},
    },
};

/// Among so many in a row there is one that counts, whatever is asleep.
const FAR: usize = 200;

/// More repetitions than this are not looked for: daily ones of a century of working days.
const MOST: u32 = 25_000;

/// A step whose clock runs.
pub(super) struct Timed {
    pub(super) clock: ClockId,
    pub(super) run: step_run::Model,
    pub(super) face: ClockState,
    pub(super) every_day: bool,
    /// The working days of the unit's own region.
    pub(super) days: Days,
}

impl Engine<'_> {
    /// A step's clock was set anew: its reminders and the next rung of its ladder with it.
    pub(super) fn arm(&mut self, clock: ClockId) {
        let Some(timed) = self.timed(clock) else { return };
        self.arm_rung(&timed, None);
        let reminders = self.reminders(&timed);
        for (nth, reminder) in (0..).zip(&reminders) {
            self.arm_reminder(&timed, (nth, reminder));
        }
    }

    /// The step of a clock that runs for one.
    pub(super) fn timed(&self, clock: ClockId) -> Option<Timed> {
        let row = self.state.clock(clock).filter(|row| is_running(row))?;
        let run = self.state.run(row.run_id?).filter(|run| run.state == RunState::Open)?;
        let face = face_of(row).filter(|_| row.kind == ClockKind::Step)?;
        let every_day = matches!(face.budget, Budget::Hours(_));
        let days = self.facts.calendar.of(&row.scope);
        Some(Timed { clock, run: run.clone(), face, every_day, days })
    }

    /// Those of a step, else of its program; a block has its program's.
    fn reminders(&self, timed: &Timed) -> Vec<Reminder> {
        let program = &self.facts.program;
        let own = program.step(&timed.run.path).and_then(|step| step.remind.as_ref());
        let Some(list) = own.or(program.remind.as_ref()) else { return Vec::new() };
        let scope = self.facts.scope_in(&self.state, self.now, Some(timed.run.id));
        let name = list.pick(|rule| facts::holds(rule, &scope)).ok().flatten();
        let known = name.and_then(|name| self.facts.shared().reminders.get(name.as_str()));
        known.cloned().unwrap_or_default()
    }

    /// Its next occurrence.
    fn arm_reminder(&mut self, timed: &Timed, (nth, reminder): (i32, &Reminder)) {
        let Some(at) = self.around(timed, reminder).1 else { return };
        let (kind, run) = (TimerKind::Remind, timed.run.id);
        self.armed.push(Armed { kind, run, clock: timed.clock, nth: Some(nth), at });
    }

    /// Its last occurrence up to now, and the first after it.
    fn around(
        &self,
        timed: &Timed,
        reminder: &Reminder,
    ) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let (face, days) = (&timed.face, &timed.days);
        let Some(first) = moment(face, reminder.at, days) else { return (None, None) };
        // The day before a step opened nobody held it.
        if first <= face.zero_at && reminder.at != Moment::Opened {
            return (None, None);
        }
        // What says that a step has opened goes out with the step itself.
        let from = u32::from(reminder.at == Moment::Opened);
        let to = if reminder.every.is_some() { MOST } else { 0 };
        let at = |k: u32| match reminder.every.as_ref().and_then(|every| every.span(k)) {
            Some(span) if k > 0 => after(face, first, span, days),
            _ => first,
        };
        let counts = |k: &u32| !reminder.waking || is_awake(at(*k));
        // They are in the order of time: the first after now is found by halving.
        let (mut low, mut high) = (from, to.saturating_add(1));
        while low < high {
            let middle = low.midpoint(high);
            if at(middle) > self.now { high = middle } else { low = middle + 1 }
        }
        let last = (from..low).rev().take(FAR).find(counts);
        let next = (low..=to).take(FAR).find(counts);
        (last.map(at), next.map(at))
    }

    /// A reminder has come due: sends it, unless a newer one that is due too reaches the same
    /// people, and arms its next occurrence.
    pub fn remind(&mut self, clock: ClockId, nth: i32) {
        let Some(timed) = self.timed(clock) else { return };
        let reminders = self.reminders(&timed);
        let place = usize::try_from(nth).unwrap_or(usize::MAX);
        let Some(reminder) = reminders.get(place) else { return };
        let hours = Hours { days: &timed.days, every_day: timed.every_day };
        let asleep = hours.is_quiet(self.now) && reminder.via != Via::Digest;
        if asleep && !reminder.waking {
            let at = hours.waking(self.now);
            let (kind, run) = (TimerKind::Remind, timed.run.id);
            self.armed.push(Armed { kind, run, clock, nth: Some(nth), at });
            return;
        }
        let newest = self.around(&timed, reminder).0;
        if let Some(newest) = newest.filter(|_| !(asleep && reminder.waking)) {
            let mine = self.all(&timed.run, reminder);
            let newer = reminders.iter().enumerate().filter(|(other, _)| *other != place);
            let newer = newer
                .filter(|(_, other)| self.around(&timed, other).0.is_some_and(|at| at > newest));
            let told: Vec<PersonId> = newer
                .flat_map(|(_, other)| self.all(&timed.run, other))
                .map(|(person, _)| person)
                .collect();
            let behind = is_behind(hours.waking(newest), self.now);
            for (person, is_subject) in mine {
                if told.contains(&person) {
                    continue; // superseded
                }
                self.send_reminder(&timed, (nth, reminder), (person, is_subject), (newest, behind));
            }
        }
        self.arm_reminder(&timed, (nth, reminder));
    }

    fn all(&self, run: &step_run::Model, reminder: &Reminder) -> Vec<(PersonId, bool)> {
        let mut people = Vec::new();
        for word in &reminder.to {
            for one in self.people_for(run, word) {
                if !people.contains(&one) {
                    people.push(one);
                }
            }
        }
        people
    }

    fn send_reminder(
        &mut self,
        timed: &Timed,
        (nth, reminder): (i32, &Reminder),
        (person, is_subject): (PersonId, bool),
        (at, behind): (DateTime<Utc>, bool),
    ) {
        let late = at >= timed.face.due_at;
        let owns = is_subject && self.is_own_step(&timed.run);
        if is_subject && late && at > timed.face.due_at {
            return; // once is enough for somebody who has no desk
        }
        let hours = Hours { days: &timed.days, every_day: timed.every_day };
        let way = match reminder.via {
            _ if is_subject => Way::Sms,
            Via::Digest => Way::Digest(hours.digest(self.now, behind)),
            Via::Mail if behind => Way::Gathered(hours.digest(self.now, true)),
            // Staff have a desk and a mailbox; the service knows no numbers of theirs.
            Via::Mail | Via::Sms => Way::Mail,
        };
        let template = match (is_subject && !owns, late) {
            (true, _) => "late",
            (false, true) => "overdue",
            (false, false) => "reminded",
        };
        let run = timed.run.id;
        let key = format!("{run}/remind/{nth}/{}/{person}", at.timestamp());
        let params = json!({ "run": run, "step": timed.run.path, "due": timed.face.due_at });
        self.tell(&timed.run, &reminder.to, Message { key, person, way, template, params });
    }

    /// Whether a step is the applicant's own.
    pub(super) fn is_own_step(&self, run: &step_run::Model) -> bool {
        let step = self.facts.program.step(&run.path);
        step.is_some_and(|step| step.by == Some(By::Applicant))
    }
}

/// A moment of the language, on a clock.
pub(super) fn moment(face: &ClockState, at: Moment, days: &Days) -> Option<DateTime<Utc>> {
    let at = match at {
        Moment::Opened => return Some(face.started_at),
        Moment::Due | Moment::Late => clock::Moment::Due,
        Moment::Used(percent) => clock::Moment::Percent(u8::try_from(percent).ok()?),
        Moment::Before(span) => clock::Moment::Before(budget(span)),
        Moment::After(span) => clock::Moment::After(budget(span)),
    };
    Some(clock::moment(face, at, days))
}

/// So long after `first`, as the step's clock counts.
fn after(face: &ClockState, first: DateTime<Utc>, by: Span, days: &Days) -> DateTime<Utc> {
    if let Span::Hours(n) = by {
        return first + TimeDelta::hours(i64::from(n));
    }
    let from = ClockState { due_at: first, started_at: first, ..face.clone() };
    clock::moment(&from, clock::Moment::After(budget(by)), days)
}

/// Between 08:00 and 22:00.
fn is_awake(at: DateTime<Utc>) -> bool {
    (8..22).contains(&at.with_timezone(&SHANGHAI).hour())
}
