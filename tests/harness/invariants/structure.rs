//! The trail, versions, documents: I19, I23, I26, I36.

use std::collections::BTreeMap;

use entities::{Stream, case_file, task, trail};
use workflow::{Event, record::verify, state::CaseState};

use super::{Demand, Findings, Seen, call};
use crate::harness::world::World;

pub(super) fn check(found: &mut Findings, seen: &Seen, world: &World, _: &Demand) {
    let mut streams: BTreeMap<(String, String), Vec<trail::Model>> = BTreeMap::new();
    for row in &seen.trail {
        let name = (row.stream.word(), row.stream_id.to_string());
        streams.entry(name).or_default().push(row.clone());
    }
    for (name, rows) in &streams {
        let chained = verify(rows);
        found.unless(chained.is_ok(), "I19 the trail is an unbroken chain", || {
            format!("{name:?}: {chained:?}")
        });
    }
    for case in &seen.cases {
        let name = (Stream::Case.word(), case.id.to_string());
        let rows = streams.get(&name).map_or(&[][..], Vec::as_slice);
        let last = rows.last().map(|row| (row.number, row.hash.clone()));
        let head = (case.trail_number > 0).then(|| (case.trail_number, case.trail_head.clone()));
        found.unless(last == head, "I19 the case carries the head of its trail", || call(case));
        pinned(found, seen, case);
        told_again(found, seen, case, rows);
    }
    for paper in seen.papers.iter().filter(|paper| paper.removed_at.is_none()) {
        let papers = &world.workflow.papers;
        let file = papers.join(paper.case_id.to_string()).join(paper.id.to_string());
        found.unless(file.is_file(), "I26 every document is stored", || format!("{paper:?}"));
    }
}

/// I23: a case stays on the version that it began with, which is kept.
fn pinned(found: &mut Findings, seen: &Seen, case: &case_file::Model) {
    let of_program = seen.versions.iter().filter(|version| version.program == case.program);
    let known: Vec<&String> = of_program.map(|version| &version.hash).collect();
    // Where nobody has published, the shipped definition is the only one.
    let kept = known.is_empty() || known.contains(&&case.program_hash);
    found.unless(kept, "I23 a case stays on its version", || call(case));
}

/// I36: the case told again from its trail is the case that is stored.
fn told_again(found: &mut Findings, seen: &Seen, case: &case_file::Model, rows: &[trail::Model]) {
    let mut told = CaseState::new(case_file::Model {
        facts: serde_json::json!({}),
        phase: entities::Phase::Draft,
        outcome: None,
        ended_at: None,
        accepted_at: None,
        submitted_at: None,
        supplementing: false,
        award_fen: entities::Fen(0),
        ..case.clone()
    });
    for row in rows {
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
        let event: Event = serde_json::from_value(body["what"].clone()).unwrap();
        told.apply(&event, row.happened_at);
    }
    if rows.is_empty() {
        return; // a draft is not yet on record
    }
    let again = "I36 the trail tells the case";
    let heads = |case: &case_file::Model| {
        (case.phase, case.outcome, case.supplementing, case.award_fen, case.facts.clone())
    };
    found.unless(heads(&told.case) == heads(case), again, || {
        format!("{}: told {:?}, stored {:?}", call(case), heads(&told.case), heads(case))
    });
    found.unless(told.runs == seen.runs(case.id), again, || {
        format!("{}: told {:?}\nstored {:?}", call(case), told.runs, seen.runs(case.id))
    });
    let stored = seen.clocks.get(&case.id).map_or(&[][..], Vec::as_slice);
    let clocks =
        told.clocks.len() == stored.len() && stored.iter().all(|clock| told.clocks.contains(clock));
    found.unless(clocks, again, || {
        format!("{}: told {:?}\nstored {stored:?}", call(case), told.clocks)
    });
    let plain =
        |task: &task::Model| task::Model { account_id: None, note_sealed: None, ..task.clone() };
    let tasks = seen.tasks(case.id);
    for task in tasks {
        let same = told.tasks.iter().any(|other| plain(other) == plain(task));
        found.unless(same, again, || {
            let told = told.tasks.iter().find(|other| other.id == task.id);
            format!("{}: told {told:?}\nstored {task:?}", seen.name(task))
        });
    }
    found.unless(told.tasks.len() == tasks.len(), again, || call(case));
}
