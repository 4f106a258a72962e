//! Clocks and timers of one case: each open step counts, nothing both stands and runs, nothing
//! is overdue.

use chrono::TimeDelta;
use entities::{ClockKind, Phase, RunKind, RunState, TimerKind, clock, step_run, timer};

use super::{
    Check, Look, Report, Why,
    cases::{Case, step},
};
use crate::rules::engine::face_of;

/// The sweep looks every quarter of a minute, and a batch takes its time.
const SLACK: TimeDelta = TimeDelta::minutes(5);

/// What people do has time to be done in.
const BY_PEOPLE: [RunKind; 4] = [RunKind::Decide, RunKind::Fill, RunKind::Receive, RunKind::Pay];

/// Each open step has a clock, its own or one around it, and each clock that runs has its timer.
pub(super) fn armed(case: &Case<'_>, look: &Look, report: &mut Report) {
    if !case.state.is_live() {
        return;
    }
    for run in case.state.open_runs() {
        report.looked(Check::Clocks);
        if let Some(why) = unwatched(case, look, run) {
            report.found(Check::Clocks, why, case.name(), step(run));
        }
    }
    for clock in case.state.clocks.iter().filter(|clock| runs(clock)) {
        let kind = match clock.kind {
            ClockKind::Step | ClockKind::Total => TimerKind::Due,
            ClockKind::Stop => TimerKind::StopCap,
            ClockKind::Applicant => continue,
        };
        report.looked(Check::Clocks);
        let ahead = clock.due_at.is_some_and(|due| due > look.now);
        let stands = |timer: &timer::Model| timer.clock_id == Some(clock.id) && timer.kind == kind;
        if ahead && !case.timers.iter().any(stands) {
            report.found(Check::Clocks, Why::NotArmed, case.name(), about(case, clock));
        }
    }
    let capped = case.timers.iter().any(|timer| timer.kind == TimerKind::SupplementCap);
    // When their time is over the applicant may still answer, and nothing more is waited for.
    let asked = |clock: &&clock::Model| clock.kind == ClockKind::Applicant;
    let last = case.state.clocks.iter().rev().find(asked);
    let waits = last.is_none_or(|clock| clock.ended_at.is_none());
    if case.state.case.supplementing && waits && !capped {
        report.found(Check::Clocks, Why::NotArmed, case.name(), TimerKind::SupplementCap.word());
    }
}

/// Why nothing would ever happen about an open or waiting run, if so.
fn unwatched(case: &Case<'_>, look: &Look, run: &step_run::Model) -> Option<Why> {
    let timer =
        |kind| case.timers.iter().any(|timer| timer.kind == kind && timer.run_id == Some(run.id));
    if run.state == RunState::Waiting {
        let ahead = run.opens_at.is_some_and(|at| at > look.now);
        return (ahead && !timer(TimerKind::Opens)).then_some(Why::NeverOpens);
    }
    match run.kind {
        RunKind::Publish => (!timer(TimerKind::PublicityEnd)).then_some(Why::NeverOpens),
        RunKind::Wait => {
            let looks = timer(TimerKind::Opens) || case.is_between();
            (!looks).then_some(Why::NeverOpens)
        }
        kind if BY_PEOPLE.contains(&kind) => {
            let own = case.program?.step(&run.path)?;
            let has_time = own.within.is_some() || own.due.is_some();
            (has_time && !counted(case, run)).then_some(Why::NoClock)
        }
        _ => None,
    }
}

/// Whether a clock that has not ended counts for a run.
fn counted(case: &Case<'_>, run: &step_run::Model) -> bool {
    let around = case.state.around(run.id).map(|block| block.id);
    let runs: Vec<_> = std::iter::once(run.id).chain(around).collect();
    case.state.clocks.iter().any(|clock| {
        let of = clock.run_id.is_some_and(|id| runs.contains(&id));
        of && clock.kind == ClockKind::Step && clock.ended_at.is_none()
    })
}

fn runs(clock: &clock::Model) -> bool {
    clock.ended_at.is_none() && clock.stopped_at.is_none()
}

/// A clock by what it counts for.
fn about(case: &Case<'_>, clock: &clock::Model) -> String {
    let run = clock.run_id.and_then(|run| case.state.run(run));
    run.map_or_else(|| clock.kind.word(), |run| format!("{} {}", step(run), clock.kind.word()))
}

/// No clock is both stopped and running.
pub(super) fn stops(case: &Case<'_>, report: &mut Report) {
    for clock in &case.state.clocks {
        report.looked(Check::Stops);
        let armed = case.timers.iter().any(|timer| timer.clock_id == Some(clock.id));
        let face = face_of(clock).map(|face| face.stopped.is_some());
        let same = |other: &&clock::Model| {
            other.id != clock.id && other.kind == clock.kind && other.run_id == clock.run_id
        };
        let other = case.state.clocks.iter().filter(same).any(|other| other.ended_at.is_none());
        let why = if clock.ended_at.is_some() {
            armed.then_some(Why::EndedYetArmed)
        } else if clock.stopped_at.is_some() && armed {
            Some(Why::StoppedYetArmed)
        } else if face.is_some_and(|stands| stands != clock.stopped_at.is_some()) {
            Some(Why::FaceDiffers)
        } else {
            (other && clock.kind != ClockKind::Stop).then_some(Why::TwoClocks)
        };
        if let Some(why) = why {
            report.found(Check::Stops, why, case.name(), about(case, clock));
        }
    }
}

/// No timer is overdue without a reason: one that has failed waits, and nothing is escalated
/// after the wall clock jumped.
pub(super) fn timers(case: &Case<'_>, look: &Look, report: &mut Report) {
    for timer in case.timers {
        report.looked(Check::Timers);
        let run = timer.run_id.and_then(|run| case.state.run(run));
        let about = || {
            let kind = timer.kind.word();
            run.map_or_else(|| kind.clone(), |run| format!("{} {kind}", step(run)))
        };
        if case.state.case.phase == Phase::Ended {
            report.found(Check::Timers, Why::CaseEnded, case.name(), about());
            continue;
        }
        let disturbs = matches!(timer.kind, TimerKind::Remind | TimerKind::Rung);
        let waits = timer.retry_at.is_some_and(|at| at > look.machine - SLACK);
        let excused = waits || look.moving || (look.held && disturbs);
        if timer.due_at <= look.now - SLACK && !excused {
            report.found(Check::Timers, Why::Overdue, case.name(), about());
        }
    }
}
