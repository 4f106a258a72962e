//! Cases, their steps and slots: I00 to I04, I16, I25.

use std::collections::BTreeSet;

use entities::{Outcome, Phase, RunKind, RunState, TaskState, TimerKind, case_file, step_run};
use workflow::state::CaseState;

use super::{Demand, Findings, Seen, call};

pub(super) fn check(found: &mut Findings, seen: &Seen, demand: &Demand) {
    let numbers: Vec<&String> = seen.cases.iter().filter_map(|case| case.number.as_ref()).collect();
    let once: BTreeSet<_> = numbers.iter().collect();
    found.unless(once.len() == numbers.len(), "I01 every number is one case's", || {
        format!("{numbers:?}")
    });
    for id in &demand.handed_in {
        let there = seen.case(*id).is_some_and(|case| case.phase != Phase::Draft);
        found.unless(there, "I00 what was acknowledged exists", || id.to_string());
    }
    for case in &seen.cases {
        goes_on(found, seen, case);
        slots(found, seen, case);
        money(found, seen, case);
    }
    somebody_can_decide(found, seen);
}

/// I02: a live case waits for somebody, for a day, or for the worker.
fn goes_on(found: &mut Findings, seen: &Seen, case: &case_file::Model) {
    let unfinished = seen.jobs.values().filter(|job| {
        job.case_id == Some(case.id) && job.kind == "route_case" && job.done_at.is_none()
    });
    let unfinished = unfinished.count();
    let alive = |run: &&step_run::Model| {
        run.kind != RunKind::Block && matches!(run.state, RunState::Open | RunState::Waiting)
    };
    let open: Vec<_> = seen.runs(case.id).iter().filter(alive).collect();
    let expected = usize::from(case.routing);
    found.unless(unfinished == expected, "I02 routing has one job, and none else", || {
        format!("{}: routing {}, {unfinished} jobs", call(case), case.routing)
    });
    match case.phase {
        Phase::Filed | Phase::Running | Phase::After => {
            let collects = seen.timers.iter().any(|timer| {
                timer.case_id == case.id
                    && timer.kind == TimerKind::Gather
                    && timer.fired_at.is_none()
            });
            let waits = case.routing || case.supplementing || collects || !open.is_empty();
            found.unless(waits, "I02 a live case waits for something", || {
                format!("{} is {:?}", call(case), case.phase)
            });
        }
        Phase::Draft | Phase::Ended => {
            found.unless(open.is_empty(), "I02 a case that is over waits for nobody", || {
                format!("{}: {:?}", call(case), open.iter().map(|r| &r.path).collect::<Vec<_>>())
            });
        }
    }
}

/// I03: an open step has a slot that somebody may sign; I04: no slot is open elsewhere.
fn slots(found: &mut Findings, seen: &Seen, case: &case_file::Model) {
    let (runs, tasks) = (seen.runs(case.id), seen.tasks(case.id));
    let people = [RunKind::Decide, RunKind::Fill, RunKind::Receive, RunKind::Pay];
    for run in runs.iter().filter(|run| run.state == RunState::Open && people.contains(&run.kind)) {
        let held = run.holders["held"].as_bool() == Some(true);
        let waits = tasks.iter().any(|task| task.run_id == run.id && CaseState::is_open(task));
        // Its last slot is signed, and the worker has not yet been there.
        let on_its_way = case.routing || case.supplementing;
        found.unless(waits || held || on_its_way, "I03 an open step has an open slot", || {
            format!("{} {} #{}", call(case), run.path, run.round)
        });
    }
    for task in tasks {
        let run = runs.iter().find(|run| run.id == task.run_id);
        found.unless(run.is_some(), "I04 every slot is of a step", || seen.name(task));
        let open = matches!(task.state, TaskState::Open | TaskState::Claimed);
        let right = run.is_none_or(|run| run.state == RunState::Open);
        found.unless(!open || right, "I04 no slot is open in a step that is not", || {
            format!("{}, whose step is {:?}", seen.name(task), run.map(|run| run.state))
        });
    }
}

/// I16: the lines are the award, and only what was granted is paid.
fn money(found: &mut Findings, seen: &Seen, case: &case_file::Model) {
    let Some(lines) = seen.lines.get(&case.id) else { return };
    let sum: i64 = lines.iter().map(|line| line.fen.0).sum();
    found.unless(sum == case.award_fen.0, "I16 the award is the sum of its lines", || {
        format!("{}: {sum} of {}", call(case), case.award_fen.0)
    });
    let negative = lines.iter().any(|line| line.fen.0 < 0);
    found.unless(!negative, "I16 no line is negative", || call(case));
    let paid = lines.iter().any(|line| line.paid_at.is_some());
    let granted = case.outcome == Some(Outcome::Granted);
    found.unless(granted || !paid, "I16 only what was granted is paid", || call(case));
}

/// I25: in every open slot's office there is somebody whose duty it is.
fn somebody_can_decide(found: &mut Findings, seen: &Seen) {
    for task in seen.tasks.values().flatten().filter(|task| CaseState::is_open(task)) {
        let in_office = seen.appointments.iter().any(|held| {
            let now = held.from_at <= seen.now && held.to_at.is_none_or(|to| to > seen.now);
            now && held.unit_id == task.unit_id && held.duty == task.duty
        });
        // A slot of one person, such as the applicant's own.
        let ones_own = task.person_id.is_some();
        found.unless(in_office || ones_own, "I25 somebody can decide", || seen.name(task));
    }
}
