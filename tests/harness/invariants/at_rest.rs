//! What is true when nothing is under way: I10, I14, I15, I29.

use std::collections::BTreeSet;

use entities::{NoticeState, Stream};

use super::{Demand, Findings, Seen};

pub(super) fn check(found: &mut Findings, seen: &Seen, demand: &Demand) {
    for timer in &seen.timers {
        let late = timer.fired_at.is_none() && timer.due_at <= seen.now;
        found.unless(!late, "I10 what is due has fired", || format!("{timer:?}"));
    }
    let stuck: Vec<_> = seen.jobs.values().filter(|job| job.quarantined_at.is_some()).collect();
    found.unless(stuck.len() == demand.quarantined, "I29 no job is dead", || {
        format!("{} of {} expected: {stuck:?}", stuck.len(), demand.quarantined)
    });
    for job in seen.jobs.values() {
        let over = job.done_at.is_some() || job.quarantined_at.is_some();
        found.unless(over, "I14 no job is left", || format!("{job:?}"));
    }
    let given_up: BTreeSet<String> =
        stuck.iter().map(|job| job.job["notice"].to_string()).collect();
    for notice in seen.notices.values() {
        let excused = given_up.contains(&serde_json::json!(notice.id).to_string());
        let sent = notice.state == NoticeState::Sent;
        found.unless(sent || excused, "I14 no letter is left", || format!("{notice:?}"));
    }
    announced(found, seen);
}

/// I15: whoever may take a slot was told so, and whoever applied was told how it came out.
fn announced(found: &mut Findings, seen: &Seen) {
    let keys: BTreeSet<&str> = seen.notices.values().map(|row| row.dedupe_key.as_str()).collect();
    for task in seen.tasks.values().flatten().filter(|task| task.opened_at.is_some()) {
        let runs = seen.runs(task.case_id);
        let Some(run) = runs.iter().find(|run| run.id == task.run_id) else { continue };
        let may = &run.holders["may"][task.id.to_string()];
        for person in may.as_array().into_iter().flatten().filter_map(|id| id.as_str()) {
            let told = keys.contains(format!("{}/{person}/task_opened", task.id).as_str());
            found.unless(told, "I15 who may decide was told", || {
                format!("{} for {person}", seen.name(task))
            });
        }
    }
    for row in &seen.trail {
        if row.stream != Stream::Case || row.kind != "outcome_reached" {
            continue;
        }
        let case = seen.cases.iter().find(|case| case.id.0 == row.stream_id);
        let Some(case) = case.filter(|case| case.subject_id.is_some()) else { continue };
        let start = format!("{}/{}/", case.id, row.number);
        let told = keys.iter().any(|key| key.starts_with(&start));
        found.unless(told, "I15 how it came out was told", || super::call(case));
    }
}
