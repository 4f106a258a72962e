//! One letter to each person to whom work was passed on, however much it is.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{Channel, PersonId, TaskId, task};
use sea_orm::DatabaseTransaction;
use serde_json::{Value as Json, json};

use crate::{
    CommandError, Event, Ticket,
    event::Holders,
    program::Program,
    record::{Telling, tell as write},
    rules::engine::Engine,
    state::CaseState,
};

/// Lines of a letter; the rest is counted.
const NAMED: usize = 20;

/// How many slots have been moved.
pub(super) fn moved(engine: &Engine<'_>) -> usize {
    slots(engine).len()
}

fn slots(engine: &Engine<'_>) -> BTreeSet<TaskId> {
    let moved = engine.events.iter().filter_map(|event| match event {
        Event::TaskMoved { task, .. } => Some(*task),
        _ => None,
    });
    moved.collect()
}

/// What a letter says of each slot that has moved, to whom: whoever has it now, or all of its new
/// pool; not those who could take it before.
pub(super) fn lines(before: &CaseState, engine: &Engine<'_>) -> Vec<(PersonId, Json)> {
    let mut found = Vec::new();
    for slot in slots(engine).into_iter().filter_map(|id| engine.state.task(id)) {
        let organisation = &engine.facts.organisation;
        let now: Vec<PersonId> = match slot.person_id {
            Some(person) => vec![person],
            None => organisation.holders(slot.unit_id, slot.duty),
        };
        let run = before.run(slot.run_id);
        let holders = run.map(|run| run.holders.clone()).unwrap_or_default();
        let holders: Holders = serde_json::from_value(holders).unwrap_or_default();
        let could = holders.may.get(&slot.id).cloned().unwrap_or_default();
        for person in now.into_iter().filter(|person| !could.contains(person)) {
            found.push((person, line(&engine.facts.program, before, slot)));
        }
    }
    found
}

/// One slot, in a letter: nothing personal, no amounts.
pub(super) fn line(program: &Program, state: &CaseState, slot: &task::Model) -> Json {
    let step = program.step(&slot.path).and_then(|step| step.title.as_ref());
    json!({
        "what": "task_opened",
        "number": state.case.number,
        "title": program.title.zh,
        "step": step.map(|title| title.zh.clone()),
        "due": slot.due_at,
    })
}

/// Writes the letters; `why` makes a second one for the same reason impossible.
pub(super) async fn tell(
    tx: &DatabaseTransaction,
    (now, machine): (DateTime<Utc>, DateTime<Utc>),
    why: &str,
    told: BTreeMap<PersonId, Vec<Json>>,
) -> Result<Vec<Ticket>, CommandError> {
    let letters = told.into_iter().map(|(person, lines)| {
        let count = lines.len();
        let late = |line: &&Json| {
            let due = line.get("due").and_then(Json::as_str);
            due.and_then(|due| due.parse::<DateTime<Utc>>().ok()).is_some_and(|due| due <= now)
        };
        let late = lines.iter().filter(late).count();
        let shown: Vec<Json> = lines.into_iter().take(NAMED).collect();
        Telling {
            key: format!("handed_over/{why}/{person}/{}", now.timestamp_micros()),
            case: None,
            account: None,
            person: Some(person),
            channel: Channel::Mail,
            template: "handed_over",
            params: json!({ "count": count, "late": late, "lines": shown }),
            sealed: None,
        }
    });
    Ok(write(tx, (now, machine), letters.collect()).await?.jobs)
}
