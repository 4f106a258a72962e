//! A due instant as people read it.

use chrono::{DateTime, Datelike, Utc};
use entities::{Level, UnitId, clock};
use workflow::{
    calendar::Days,
    rules::{
        clock::{Budget, ClockState, Left},
        engine::face_of,
    },
};

use super::{Reader, case::Case};
use crate::read::{DueView, Light, Term};

/// The light of something that was opened and is due: amber when four fifths of the time are
/// used, red from the due instant on.
pub(super) fn light(
    opened: Option<DateTime<Utc>>,
    due: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Light {
    let Some(due) = due else { return Light::Green };
    if now > due {
        return Light::Red;
    }
    let Some(opened) = opened else { return Light::Green };
    let (used, whole) = ((now - opened).num_seconds(), (due - opened).num_seconds());
    if used.saturating_mul(5) >= whole.saturating_mul(4) { Light::Amber } else { Light::Green }
}

/// What a clock of a case says.
pub(super) fn of_clock(r: &Reader<'_>, row: &clock::Model) -> Option<DueView> {
    let face = face_of(row)?;
    Some(of_face(r, &face, (&r.days_of(row), row.stopped_at.is_some())))
}

/// What the clock of a slot of `unit` says. An office outside the levels is never red: nobody here
/// may hold it to its days.
pub(super) fn of_slot(
    r: &Reader<'_>,
    case: &Case,
    unit: UnitId,
    row: &clock::Model,
) -> Option<DueView> {
    let mut view = of_clock(r, row)?;
    let outside = case.units.get(&unit).is_some_and(|unit| unit.level == Level::Outside);
    if outside && view.light == Light::Red {
        view.light = Light::Amber;
    }
    Some(view)
}

fn of_face(r: &Reader<'_>, face: &ClockState, (days, stopped): (&Days, bool)) -> DueView {
    let (counted_in, left) = match face.left(r.now, days) {
        Left::WorkingDays(days) => (Term::WorkingDays, i64::from(days)),
        Left::Seconds(seconds) => (Term::Hours, seconds.div_euclid(3600)),
        Left::Late(days) if matches!(face.budget, Budget::Hours(_)) => {
            let hours = (r.now - face.due_at).num_hours().max(i64::from(days == 0));
            (Term::Hours, -hours)
        }
        Left::Late(days) => (Term::WorkingDays, -i64::from(days.max(1))),
    };
    let shown =
        if stopped { Light::Stopped } else { light(Some(face.zero_at), Some(face.due_at), r.now) };
    let provisional = is_provisional(r, face.due_at);
    DueView { at: face.due_at, counted_in, left, light: shown, provisional }
}

/// Whether a due instant stands in a year whose working days are not published yet.
pub(super) fn is_provisional(r: &Reader<'_>, at: DateTime<Utc>) -> bool {
    r.days().provisional(workflow::calendar::local_date(at).year())
}

/// A due instant of which only the end is known.
pub(super) fn of_instant(r: &Reader<'_>, at: DateTime<Utc>, stopped: bool) -> DueView {
    let days = r.days();
    let (today, end) = (workflow::calendar::local_date(r.now), workflow::calendar::local_date(at));
    let left = if r.now > at {
        -i64::from(days.working_days_between(end, today).max(1))
    } else {
        i64::from(days.working_days_between(today, end))
    };
    let light = match (stopped, r.now > at) {
        (true, _) => Light::Stopped,
        (false, true) => Light::Red,
        (false, false) => Light::Green,
    };
    let provisional = is_provisional(r, at);
    DueView { at, counted_in: Term::WorkingDays, left, light, provisional }
}
