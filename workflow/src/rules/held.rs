//! Who held the days: every instant of a case belongs to exactly one holder, so that the parts sum
//! to the whole. Told from the trail alone; the applicant and the supervisor see the same numbers.

use chrono::{DateTime, Utc};
use entities::{
    ClockKind, Fen, Phase, RunKind, RunState, UnitId, case_file, clock, step_run, task,
};
use serde::Serialize;
use serde_json::json;

pub use super::publicity::PUBLICITY;
use super::returning::SUPPLEMENT;
pub use crate::fold::PAUSED;
use crate::{
    Event,
    calendar::{Days, local_date},
    program::Program,
    state::CaseState,
};

/// In whose hands a case is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The applicant was asked for something.
    Applicant,
    /// A unit has it on its desk.
    Unit(UnitId),
    /// The clocks stand for a ground that `by` has named, or the public is told.
    Stop { ground: String, by: Option<UnitId> },
    /// A day that has not come.
    Calendar,
}

/// An uninterrupted stretch in one hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub holder: Holder,
}

/// All that one holder had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    pub holder: Holder,
    pub seconds: i64,
    /// Working days that ended in this hand.
    pub working_days: u32,
}

/// The stretches of a case, from when it was handed in to its end, or to `now`; none for a draft.
/// `told` is its trail, in order.
pub fn stretches(
    case: &case_file::Model,
    told: &[(DateTime<Utc>, Event)],
    program: &Program,
    now: DateTime<Utc>,
) -> Vec<Stretch> {
    let mut state = CaseState::new(unwritten(case));
    let mut found: Vec<Stretch> = Vec::new();
    let mut held: Option<(DateTime<Utc>, Holder)> = None;
    let mut last: Option<UnitId> = None;
    for (index, (at, event)) in told.iter().enumerate() {
        state.apply(event, *at);
        // What happens at one moment is one step from hand to hand.
        if told.get(index + 1).is_some_and(|(next, _)| next == at) {
            continue;
        }
        let holder = holder(&state, program, last);
        if let Some(Holder::Unit(unit)) = holder {
            last = Some(unit);
        }
        held = match (held, holder) {
            (Some((since, own)), Some(next)) if own == next => Some((since, own)),
            (before, next) => {
                close(&mut found, before, *at);
                next.map(|next| (*at, next))
            }
        };
    }
    close(&mut found, held, now);
    found
}

fn close(found: &mut Vec<Stretch>, held: Option<(DateTime<Utc>, Holder)>, to: DateTime<Utc>) {
    if let Some((from, holder)) = held.filter(|(from, _)| *from < to) {
        found.push(Stretch { from, to, holder });
    }
}

/// The case before anything was written of it.
fn unwritten(case: &case_file::Model) -> case_file::Model {
    case_file::Model {
        number: None,
        phase: Phase::Draft,
        outcome: None,
        reason: None,
        routing: false,
        suspended: false,
        supplementing: false,
        supplements: 0,
        asked: None,
        facts: json!({}),
        award_fen: Fen(0),
        submitted_at: None,
        accepted_at: None,
        ended_at: None,
        late: false,
        returned_from: None,
        planned: None,
        ..case.clone()
    }
}

/// In whose hands the case is now; `last` had it before.
fn holder(state: &CaseState, program: &Program, last: Option<UnitId>) -> Option<Holder> {
    if matches!(state.case.phase, Phase::Draft | Phase::Ended) {
        return None;
    }
    if state.case.supplementing {
        return Some(Holder::Applicant);
    }
    let open = |run: &&step_run::Model| run.state == RunState::Open && run.kind != RunKind::Block;
    let mut runs: Vec<&step_run::Model> = state.runs.iter().filter(open).collect();
    if let Some(paused) = runs.iter().find(|run| run.reason.as_deref() == Some(PAUSED)) {
        let stop = |row: &&clock::Model| row.kind == ClockKind::Stop && row.ended_at.is_none();
        let ground = state.clocks.iter().find(stop).and_then(|row| row.ground.clone());
        let ground = ground.unwrap_or_default();
        return Some(Holder::Stop { ground, by: paused.unit_id });
    }
    // The one that is due first; of those due together, the first in the file.
    runs.sort_by_key(|run| (run.due_at.unwrap_or(DateTime::<Utc>::MAX_UTC), run.position));
    let Some(first) = runs.first() else {
        let waits = state.runs.iter().any(|run| run.state == RunState::Waiting);
        // Somebody has spoken, and it is passed on: those milliseconds are theirs.
        let passes_on = last.filter(|_| !waits).map(Holder::Unit);
        return Some(passes_on.unwrap_or(Holder::Calendar));
    };
    Some(of_run(state, program, first))
}

fn of_run(state: &CaseState, program: &Program, run: &step_run::Model) -> Holder {
    if run.kind == RunKind::Publish {
        return Holder::Stop { ground: PUBLICITY.to_owned(), by: run.unit_id };
    }
    let own = program.step(&run.path).and_then(|step| step.stop.as_ref());
    if let Some(ground) = own.filter(|ground| program.clock.stops.contains_key(ground.as_str())) {
        return Holder::Stop { ground: ground.to_string(), by: run.unit_id };
    }
    if run.kind == RunKind::Wait {
        return Holder::Calendar;
    }
    let mut slots = state.slots(run.id).filter(|slot| CaseState::is_open(slot));
    let Some(slot) = slots.next() else {
        return run.unit_id.map_or(Holder::Calendar, Holder::Unit);
    };
    let is_subject = |slot: &task::Model| slot.addressed && slot.person_id == state.case.subject_id;
    if is_subject(slot) { Holder::Applicant } else { Holder::Unit(slot.unit_id) }
}

/// What each holder had in all, the longest first. Working days are counted so that they sum to
/// those from the first day to the last.
pub fn parts(stretches: &[Stretch], days: &Days) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for Stretch { from, to, holder } in stretches {
        let seconds = (*to - *from).num_seconds();
        let working_days = days.working_days_between(local_date(*from), local_date(*to));
        match parts.iter_mut().find(|part| part.holder == *holder) {
            Some(part) => {
                part.seconds += seconds;
                part.working_days += working_days;
            }
            None => parts.push(Part { holder: holder.clone(), seconds, working_days }),
        }
    }
    parts.sort_by(|a, b| b.seconds.cmp(&a.seconds).then_with(|| a.holder.cmp(&b.holder)));
    parts
}

/// Of the time that a unit was to answer for, how much it let the clock stand: both in seconds,
/// the second with the first in it. A unit whose share is large is worth a look.
pub fn stood(parts: &[Part], unit: UnitId) -> (i64, i64) {
    let sum = |wanted: &dyn Fn(&Holder) -> bool| {
        parts.iter().filter(|part| wanted(&part.holder)).map(|part| part.seconds).sum::<i64>()
    };
    let stood = sum(&|holder| {
        matches!(holder, Holder::Stop { ground, by: Some(by) }
            if *by == unit && ![PUBLICITY, SUPPLEMENT].contains(&ground.as_str()))
    });
    (stood, stood + sum(&|holder| *holder == Holder::Unit(unit)))
}
