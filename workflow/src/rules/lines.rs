//! What expressions read of lines and of threads.

use std::collections::BTreeMap;

use entities::{RowState, RunState, StepRunId, Verdict, case_row, step_run};
use serde_json::Value as Json;

use super::{rosters, threads::frozen};
use crate::{
    lot::{LineRound, Lot},
    program::expression::Value,
    state::CaseState,
};

/// The lines that count, as `rows`.
pub(super) fn rows(state: &CaseState) -> Vec<Value> {
    let paid = rosters::has_paid(state);
    state.lines().map(|row| Value::Map(rosters::line_value(state, row, paid))).collect()
}

/// A line that is about no person, as expressions read it: what was said of it lies under what is
/// known of it.
pub(super) fn row_value(state: &CaseState, row: &case_row::Model) -> BTreeMap<String, Value> {
    let said = rosters::fields_of(row);
    let lot = Lot::of(row);
    let differs = lot.differs(&said);
    let mut map = said;
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("key", Value::text(&row.key));
    put(
        "state",
        Value::Text(if row.state == RowState::In { "in".into() } else { row.state.word() }),
    );
    if let Some(unit) = row.unit_id {
        put("unit", Value::Text(unit.to_string()));
    }
    let mut task: BTreeMap<String, Value> = BTreeMap::new();
    if let Json::Object(facts) = &row.facts {
        for (name, fact) in facts {
            task.extend(fact_value(fact).map(|value| (name.clone(), value)));
        }
    }
    task.insert("closed".to_owned(), Value::Bool(row.settled));
    task.insert("explained".to_owned(), Value::Bool(is_explained(state, row)));
    put("task", Value::Map(task));
    let case = row.facts.get("case").cloned();
    put("case", case.and_then(of_case).unwrap_or_default());
    put("marks", marks(&lot));
    put("rounds", rounds(&lot));
    let kept = lot.kept.into_iter().map(|(step, said)| (step, Value::Map(said))).collect();
    put("kept", Value::Map(kept));
    put("differs", Value::Bool(differs));
    for (name, number) in [("waiting", lot.waiting), ("seat", lot.seat)] {
        if let Some(number) = number {
            put(name, Value::Int(number.into()));
        }
    }
    map.extend(lot.fields);
    map
}

/// Of which samples a line is: `in` or `out`, by their names.
pub(super) fn marks(lot: &Lot) -> Value {
    let marks = lot.marks.iter().map(|(mark, word)| (mark.clone(), Value::text(word)));
    Value::Map(marks.collect())
}

/// What earlier rounds of steps have said of a line, by the step, the oldest first.
pub(super) fn rounds(lot: &Lot) -> Value {
    let said = |round: &LineRound| Value::Map(round.said.clone());
    let of_step = |(step, rounds): (&String, &Vec<LineRound>)| {
        (step.clone(), Value::List(rounds.iter().map(said).collect()))
    };
    Value::Map(lot.rounds.iter().map(of_step).collect())
}

/// What is known of the case that is a line: stored with the types that it had.
fn of_case(stored: Json) -> Option<Value> {
    let case: BTreeMap<String, Value> = serde_json::from_value(stored).ok()?;
    Some(Value::Map(case))
}

fn fact_value(fact: &Json) -> Option<Value> {
    match fact {
        Json::Bool(is) => Some(Value::Bool(*is)),
        Json::Number(number) => number.as_i64().map(Value::Int),
        Json::String(text) => Some(text.parse().map_or_else(|_| Value::text(text), Value::Date)),
        _ => None,
    }
}

/// A line is explained when the thread of its unit is through: its report was accepted.
fn is_explained(state: &CaseState, row: &case_row::Model) -> bool {
    let Some(unit) = row.unit_id else { return false };
    let unit = unit.to_string();
    state.runs.iter().any(|run| {
        CaseState::is_thread(run)
            && run.state == RunState::Closed
            && run.verdict == Some(Verdict::Done)
            && run.said.get("item").and_then(|item| item.get("text")).and_then(Json::as_str)
                == Some(unit.as_str())
    })
}

/// What the threads of each block say, by the block's id.
pub(super) fn threads(state: &CaseState) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for block in state.runs.iter().filter(|run| run.state != RunState::Void) {
        if block.said.get("items").is_none() {
            continue;
        }
        let threads = frozen(Some(block)).into_iter().map(|thread| {
            let own = |run: &&step_run::Model| {
                run.parent_id == Some(block.id)
                    && run.path == block.path
                    && run.thread.rsplit('/').next() == Some(thread.key.as_str())
            };
            let run = state.runs.iter().rev().find(own);
            thread_value(state, run, &thread.key, thread.item)
        });
        found.insert(block.path.clone(), threads.collect());
    }
    found
}

fn thread_value(state: &CaseState, run: Option<&step_run::Model>, key: &str, item: Value) -> Value {
    let (mut returned, mut verdicts) = (0, BTreeMap::new());
    let inside = |of: StepRunId| move |step: &&step_run::Model| is_inside(state, step.id, of);
    for step in run.iter().flat_map(|run| state.runs.iter().filter(inside(run.id))) {
        returned += i64::from(step.verdict == Some(Verdict::Returned));
        if let Some(verdict) = step.verdict.filter(|_| step.state != RunState::Void) {
            verdicts.insert(step.path.clone(), Value::Text(verdict.word()));
        }
    }
    let done = run.is_some_and(|run| run.state == RunState::Closed);
    let mut map: BTreeMap<String, Value> = BTreeMap::new();
    let unit = match &item {
        Value::Text(unit) => Some(Value::text(unit)),
        Value::Map(map) => map.get("unit").cloned(),
        _ => None,
    };
    map.extend(unit.map(|unit| ("unit".to_owned(), unit)));
    map.insert("key".to_owned(), Value::text(key));
    map.insert("item".to_owned(), item);
    map.insert("returned".to_owned(), Value::Int(returned));
    map.insert("done".to_owned(), Value::Bool(done));
    map.insert("late".to_owned(), Value::Bool(run.is_some_and(|run| run.late)));
    map.insert("verdicts".to_owned(), Value::Map(verdicts));
    Value::Map(map)
}

fn is_inside(state: &CaseState, run: StepRunId, block: StepRunId) -> bool {
    state.around(run).any(|around| around.id == block)
}

/// The day on which each block with a clock is due.
pub(super) fn dues(state: &CaseState) -> BTreeMap<String, chrono::NaiveDate> {
    let blocks = state.runs.iter().filter(|run| run.state != RunState::Void);
    let due = |run: &step_run::Model| {
        state.clock_of(run.id)?;
        Some((run.path.clone(), crate::calendar::local_date(run.due_at?)))
    };
    blocks.filter_map(due).collect()
}
