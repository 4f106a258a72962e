//! Decisions: I05 to I09.

use std::collections::BTreeMap;

use entities::{Outcome, RunKind, RunState, Stream, TaskId, TaskState, Verdict, task};

use super::{Demand, Findings, Seen, call};

pub(super) fn check(found: &mut Findings, seen: &Seen, demand: &Demand) {
    let mut told: BTreeMap<TaskId, i32> = BTreeMap::new();
    for row in seen.trail.iter().filter(|row| row.stream == Stream::Case) {
        let counts = match row.kind.as_str() {
            "task_signed" => 1,
            "taken_back" => -1,
            _ => continue,
        };
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
        let task = body["what"]["task"].as_str().and_then(|id| id.parse().ok());
        *told.entry(task.expect("a signature is of a slot")).or_default() += counts;
    }
    for task in seen.tasks.values().flatten() {
        let times = told.remove(&task.id).unwrap_or_default();
        let signed = task.state == TaskState::Signed;
        found.unless(times == i32::from(signed), "I05 one decision a slot", || {
            format!("{}: {times} in the trail, now {:?}", seen.name(task), task.state)
        });
        if signed {
            let whole = task.verdict.is_some() && task.signed_at.is_some();
            found.unless(whole, "I05 a decision is whole", || seen.name(task));
            entitled(found, seen, task);
        }
    }
    found.unless(told.is_empty(), "I05 every decision has its slot", || format!("{told:?}"));
    acknowledged(found, seen, demand);
    outcomes(found, seen);
}

/// I06: by somebody whose duty it was at that instant; I07: not in a matter of one's own.
fn entitled(found: &mut Findings, seen: &Seen, task: &task::Model) {
    let (Some(who), Some(at)) = (task.signed_by, task.signed_at) else { return };
    if let Some(right) = task.appointment_id {
        let held = seen.appointments.iter().find(|held| held.id == right);
        let was = held.is_some_and(|held| {
            let in_force = held.from_at <= at && held.to_at.is_none_or(|to| at < to);
            // In one's own name, or in that of somebody who was away.
            let stands_in = || {
                seen.substitutions.iter().any(|of| {
                    let is_now = of.from_at <= at && at < of.ended_at.unwrap_or(of.to_at);
                    is_now && (of.person_id, of.substitute_id) == (held.person_id, who)
                })
            };
            let name = held.person_id == who || stands_in();
            in_force && name && held.unit_id == task.unit_id
        });
        found.unless(was, "I06 whoever decided was entitled to", || {
            format!("{} by {who} at {at}", seen.name(task))
        });
        let own = seen.case(task.case_id).is_some_and(|case| case.subject_id == Some(who));
        found.unless(!own, "I07 nobody decides for himself", || seen.name(task));
    }
    let runs = seen.runs(task.case_id).iter();
    let kind = runs.clone().find(|run| run.id == task.run_id).map(|run| run.kind);
    let alone = kind != Some(RunKind::Decide)
        || seen
            .tasks(task.case_id)
            .iter()
            .filter(|other| other.run_id == task.run_id && other.signed_by == Some(who))
            .count()
            == 1;
    found.unless(alone, "I07 nobody signs twice in one step", || seen.name(task));
}

/// I08: who was told yes finds his decision, who was told no does not.
fn acknowledged(found: &mut Findings, seen: &Seen, demand: &Demand) {
    let all: BTreeMap<TaskId, &task::Model> =
        seen.tasks.values().flatten().map(|task| (task.id, task)).collect();
    for (id, who) in &demand.decided {
        let there = all.get(id).is_some_and(|task| task.signed_by == Some(*who));
        found.unless(there, "I08 what was acknowledged is decided", || {
            format!("{} by {who}", all.get(id).map_or(id.to_string(), |task| seen.name(task)))
        });
    }
    for (id, who) in &demand.refused {
        let there = all.get(id).is_some_and(|task| task.signed_by == Some(*who));
        let yes = demand.decided.contains(&(*id, *who));
        found.unless(!there || yes, "I08 what was refused did not happen", || {
            format!("{id} by {who}")
        });
    }
}

/// I09: what was granted has passed every step, what was refused has been refused.
fn outcomes(found: &mut Findings, seen: &Seen) {
    for case in &seen.cases {
        let last = |run: &&entities::step_run::Model| {
            let later = seen.runs(case.id).iter().any(|other| {
                other.path == run.path && other.thread == run.thread && other.round > run.round
            });
            run.kind == RunKind::Decide && run.state == RunState::Closed && !later
        };
        let mut verdicts = seen.runs(case.id).iter().filter(last).map(|run| run.verdict);
        let holds = match case.outcome {
            Some(Outcome::Granted) => !verdicts.any(|verdict| verdict == Some(Verdict::Refused)),
            _ => true,
        };
        found.unless(holds, "I09 the outcome is what was decided", || {
            format!("{}: {:?}", call(case), case.outcome)
        });
    }
}
