//! What events make of lines and of threads.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{
    CaseRowId, LetterKind, RowState, RunKind, RunState, StepRunId, TaskId, VoiceKind, case_row,
    step_run, task,
};
use serde_json::json;

use crate::{
    event::{Event, FilledRow, ShownRow},
    lot::Lot,
    program::expression::Value,
    rules::rosters::fields_of,
    state::CaseState,
};

impl CaseState {
    pub(super) fn apply_to_rows(&mut self, event: &Event, now: DateTime<Utc>) {
        match event {
            Event::RowJoined { row } => {
                let settled = row.facts.get("closed").and_then(serde_json::Value::as_bool);
                self.rows.push(case_row::Model {
                    id: row.id,
                    case_id: self.case.id,
                    key: row.key.clone(),
                    unit_id: row.unit,
                    task_id: row.task,
                    from_case: row.case,
                    from_run: row.run,
                    facts: row.facts.clone(),
                    state: RowState::In,
                    reason: None,
                    by_person: None,
                    run_id: None,
                    position: self.rows.last().map_or(1, |last| last.position + 1),
                    settled: settled.unwrap_or(false),
                    joined_at: now,
                    place: None,
                    person_id: row.person,
                    fields: json!({}),
                    award: json!({}),
                    once_key: None,
                });
            }
            Event::RowChanged { row, state, reason, by, run } => self.with_row(*row, |row| {
                row.state = *state;
                row.reason.clone_from(reason);
                row.by_person = *by;
                row.run_id = *run;
                if *state == RowState::Struck {
                    // What was struck may stand in another list.
                    row.once_key = None;
                }
            }),
            Event::RowSettled { row, facts } => self.with_row(*row, |row| {
                row.facts = facts.clone();
                row.settled = true;
            }),
            Event::RowsFilled { run, rows, .. } => self.fill_rows(*run, rows),
            _ => {}
        }
    }

    /// Takes what was entered in lines; whoever has looked at the step before has to look again.
    fn fill_rows(&mut self, run: Option<StepRunId>, rows: &[FilledRow]) {
        let by = run.and_then(|run| self.run(run)).map(|run| run.path.clone());
        for filled in rows {
            let fields = serde_json::to_value(&filled.fields).unwrap_or_default();
            self.with_row(filled.row, |row| {
                match row.person_id {
                    None => keep_before(row, by.as_deref(), filled.anew),
                    Some(_) => keep_of_person(row, by.as_deref(), filled),
                }
                merge(&mut row.fields, &fields);
                if let Some(lines) = &filled.award {
                    merge(&mut row.award, &json!({ "lines": lines }));
                }
                if let Some(due) = filled.due {
                    merge(&mut row.award, &json!({ "due": due }));
                }
            });
        }
        let open = |task: &&task::Model| Some(task.run_id) == run && Self::is_open(task);
        let open: Vec<TaskId> = self.tasks.iter().filter(open).map(|task| task.id).collect();
        for task in open {
            self.with_task(task, |_| {});
        }
    }

    /// A public notice of a roster keeps which lines it shows.
    pub(super) fn show_rows(&mut self, run: StepRunId, rows: &[ShownRow]) {
        if !rows.is_empty() {
            self.with_run(run, |row| merge(&mut row.said, &json!({ "rows": rows })));
        }
    }

    pub(super) fn with_row(&mut self, id: CaseRowId, change: impl FnOnce(&mut case_row::Model)) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == id) {
            change(row);
        }
    }

    /// A step that opens cases counts what it sent and what was answered; so does a public notice,
    /// against which people object.
    pub(super) fn apply_to_letters(&mut self, event: &Event) {
        self.note_answer(event);
        let (run, name) = match event {
            Event::LetterSent { letter } if letter.kind == LetterKind::Open => (letter.run, SENT),
            Event::LetterTaken { kind: LetterKind::Answer, body, .. } => {
                (id_in(body, "run"), "heard")
            }
            _ => return,
        };
        let counts =
            |r: &step_run::Model| counts_letters(r.kind) || (name == "heard" && is_appealed(r));
        let run = run.filter(|run| self.run(*run).is_some_and(counts));
        let Some(run) = run else { return };
        self.count_letter(run, name);
    }

    /// A step against which somebody appeals counts that as a notice counts its objections.
    pub(super) fn apply_to_voices(&mut self, kind: VoiceKind, run: Option<StepRunId>) {
        if let (VoiceKind::Appeal, Some(run)) = (kind, run) {
            self.count_letter(run, SENT);
        }
    }

    fn count_letter(&mut self, run: StepRunId, name: &str) {
        self.with_run(run, |row| {
            let before = row.said.pointer(&format!("/{name}/int"));
            let count = before.and_then(serde_json::Value::as_i64).unwrap_or(0) + 1;
            if let serde_json::Value::Object(said) = &mut row.said {
                said.insert(name.to_owned(), json!({ "int": count }));
            }
        });
    }

    /// An answer that goes out is noted with its line; one that comes in says what the step that
    /// waits for it says.
    fn note_answer(&mut self, event: &Event) {
        match event {
            Event::LetterSent { letter } if letter.kind == LetterKind::Answer => {
                let run = id_in(&letter.body, "run");
                let verdict = letter.body.get("verdict").cloned();
                let verdict = verdict.and_then(|verdict| serde_json::from_value(verdict).ok());
                let own = |row: &&case_row::Model| row.from_run.is_some() && row.from_run == run;
                let Some(row) = self.rows.iter().find(own).map(|row| row.id) else { return };
                self.with_row(row, |row| {
                    Lot { answered: verdict, ..Lot::of(row) }.keep(row);
                });
            }
            Event::LetterTaken { kind: LetterKind::Answer, body, .. } => {
                let fields = body.get("fields").and_then(serde_json::Value::as_object);
                let (Some(run), Some(fields)) = (id_in(body, "run"), fields) else { return };
                let waits = |run: &step_run::Model| run.state == entities::RunState::Open;
                if self.run(run).is_some_and(waits) {
                    self.with_run(run, |row| {
                        if let serde_json::Value::Object(said) = &mut row.said {
                            said.extend(fields.clone());
                        }
                    });
                }
            }
            _ => {}
        }
    }

    /// Whether an objection to one of the case's notices, or an appeal against a step, has not
    /// come out yet.
    pub fn objected(&self) -> bool {
        let number = |run: &step_run::Model, name: &str| {
            let count = run.said.pointer(&format!("/{name}/int"));
            count.and_then(serde_json::Value::as_i64).unwrap_or(0)
        };
        let said_against = |run: &&step_run::Model| match run.kind {
            RunKind::Publish => true,
            RunKind::Decide => run.state != RunState::Void,
            _ => false,
        };
        let runs = self.runs.iter().filter(said_against);
        runs.into_iter().any(|run| number(run, "heard") < number(run, SENT))
    }

    pub(super) fn enter_threads(&mut self, event: &Event, now: DateTime<Utc>) {
        match event {
            Event::ThreadsFrozen { run, path, parent, round, items } => {
                let row = self.row(*run, path, *parent, *round, RunKind::Block, now);
                self.runs.push(step_run::Model { said: json!({ "items": items }), ..row });
            }
            Event::ThreadEntered { run, path, parent, round, thread } => {
                let row = self.row(*run, path, Some(*parent), *round, RunKind::Block, now);
                let around = self.thread_in(Some(*parent));
                let between = if around.is_empty() { "" } else { "/" };
                let name = format!("{around}{between}{}", thread.key);
                let said = json!({ "item": thread.item });
                self.runs.push(step_run::Model { thread: name, said, ..row });
            }
            _ => {}
        }
    }

    /// What is inside a block that has a clock is due with it, unless it has one of its own.
    pub(super) fn due_around(&self, parent: Option<StepRunId>) -> Option<DateTime<Utc>> {
        let parent = parent?;
        let blocks = self.run(parent).into_iter().chain(self.around(parent));
        blocks.filter(|run| self.clock_of(run.id).is_some()).find_map(|run| run.due_at)
    }
}

/// Under which name a run counts the letters for its sake.
const SENT: &str = "sent";

fn is_appealed(run: &step_run::Model) -> bool {
    run.kind == RunKind::Decide && run.said.get(SENT).is_some()
}

/// Notes who speaks of a line now; of one who speaks for themselves, keeps what another said
/// before.
fn keep_before(row: &mut case_row::Model, by: Option<&str>, anew: bool) {
    let mut lot = Lot::of(row);
    let other = lot.said_by.take().filter(|before| anew && Some(before.as_str()) != by);
    if let Some(before) = other {
        let said = std::mem::replace(&mut row.fields, json!({}));
        lot.kept.insert(before.clone(), serde_json::from_value(said).unwrap_or_default());
        lot.before = Some(before);
    }
    lot.said_by = by.map(str::to_owned);
    lot.keep(row);
}

/// The same of a person. What is private of it lies encrypted, step by step, so that only what is
/// open is put aside, and whether the two differ was found when both were open.
fn keep_of_person(row: &mut case_row::Model, by: Option<&str>, filled: &FilledRow) {
    if !filled.anew {
        return;
    }
    let mut lot = Lot::of(row);
    if let Some(kept) = &filled.kept {
        let mut said = fields_of(row);
        let gone = |id: &String, _: &mut Value| kept.fields.contains(id);
        let aside: BTreeMap<String, Value> = said.extract_if(.., gone).collect();
        row.fields = serde_json::to_value(&said).unwrap_or_default();
        lot.kept.insert(kept.by.clone(), aside);
        lot.before = Some(kept.by.clone());
    }
    if let Some(by) = by {
        lot.kept.remove(by);
    }
    lot.said_by = by.map(str::to_owned);
    lot.other = filled.differs.unwrap_or(false);
    lot.keep(row);
}

fn id_in(body: &serde_json::Value, name: &str) -> Option<StepRunId> {
    body.get(name).and_then(serde_json::Value::as_str)?.parse().ok()
}

fn counts_letters(kind: RunKind) -> bool {
    matches!(kind, RunKind::Open | RunKind::Publish)
}

pub(super) fn merge(into: &mut serde_json::Value, more: &serde_json::Value) {
    if let (serde_json::Value::Object(into), serde_json::Value::Object(more)) = (into, more) {
        into.extend(more.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use entities::{CaseRowId, RunKind, StepRunId};
    use serde_json::json;

    use crate::{
        Event,
        at_random::lives,
        event::{FilledRow, Holders, Opening, Row},
        lot::Lot,
        program::expression::Value,
        rules::rosters::fields_of,
        state::CaseState,
    };

    fn with_a_line() -> (CaseState, CaseRowId) {
        let mut state = CaseState::new(lives(1).remove(0).state.case);
        let now = state.case.created_at;
        let id = CaseRowId::at(now);
        let row = Row {
            id,
            key: "a".to_owned(),
            unit: None,
            task: None,
            case: None,
            run: None,
            facts: json!({}),
            person: None,
        };
        state.apply(&Event::RowJoined { row: Box::new(row) }, now);
        (state, id)
    }

    /// A step is open, and somebody says something of the line there.
    fn says(state: &mut CaseState, row: CaseRowId, (step, anew, said): (&str, bool, &str)) {
        let now = state.case.created_at;
        let mut bits = [0; 10];
        for (to, from) in bits.iter_mut().zip(step.bytes()) {
            *to = from;
        }
        let run = StepRunId::derived(now, bits);
        if state.run(run).is_none() {
            let opening = Opening {
                run,
                path: step.to_owned(),
                parent: None,
                round: 1,
                kind: RunKind::Fill,
                unit: None,
                holders: Holders::default(),
                slots: Vec::new(),
            };
            state.apply(&Event::StepOpened { opening }, now);
        }
        let fields = BTreeMap::from([("found".to_owned(), Value::text(said))]);
        let rows = vec![FilledRow { fields, anew, ..FilledRow::of(row) }];
        state.apply(&Event::RowsFilled { run: Some(run), rows, form: None }, now);
    }

    #[test]
    fn what_another_step_said_is_kept_where_one_speaks_for_itself() {
        // (what is said one after the other; what the line says then, what is kept, whether the
        // last differs from the one before)
        type Said = (&'static str, bool, &'static str);
        type Case = (&'static [Said], &'static str, &'static [(&'static str, &'static str)], bool);
        let table: [Case; 6] = [
            (&[("one", false, "no")], "no", &[], false),
            (&[("one", false, "no"), ("one", false, "yes")], "yes", &[], false),
            // Who does not speak anew goes on with what is there.
            (&[("one", false, "no"), ("two", false, "yes")], "yes", &[], false),
            (&[("one", false, "no"), ("two", true, "no")], "no", &[("one", "no")], false),
            (
                &[("one", false, "no"), ("two", true, "no"), ("two", true, "yes")],
                "yes",
                &[("one", "no")],
                true,
            ),
            (
                &[("one", false, "no"), ("two", true, "yes"), ("three", true, "yes")],
                "yes",
                &[("one", "no"), ("two", "yes")],
                false,
            ),
        ];
        for (all, now, kept, differs) in table {
            let (mut state, row) = with_a_line();
            for one in all {
                says(&mut state, row, *one);
            }
            let row = &state.rows[0];
            let (lot, said) = (Lot::of(row), fields_of(row));
            assert_eq!(said["found"], Value::text(now), "{all:?}");
            let found: Vec<(&str, &Value)> =
                lot.kept.iter().map(|(step, said)| (step.as_str(), &said["found"])).collect();
            let expected: Vec<(&str, Value)> =
                kept.iter().map(|(step, said)| (*step, Value::text(*said))).collect();
            let mut expected: Vec<(&str, &Value)> =
                expected.iter().map(|(step, said)| (*step, said)).collect();
            expected.sort_by_key(|(step, _)| *step);
            assert_eq!(found, expected, "{all:?}");
            assert_eq!(lot.differs(&said), differs, "{all:?}");
        }
    }

    #[test]
    fn a_value_that_was_taken_out_is_as_one_that_was_never_there() {
        let said = |pairs: &[(&str, Value)]| -> BTreeMap<String, Value> {
            pairs.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect()
        };
        let (one, none) =
            (said(&[("a", Value::Int(1))]), said(&[("a", Value::Int(1)), ("b", Value::Null)]));
        let other = said(&[("a", Value::Int(2))]);
        let before = |kept: &BTreeMap<String, Value>| Lot {
            kept: BTreeMap::from([("one".to_owned(), kept.clone())]),
            before: Some("one".to_owned()),
            ..Lot::default()
        };
        for (kept, now, differs) in
            [(&one, &none, false), (&none, &one, false), (&one, &other, true)]
        {
            assert_eq!(before(kept).differs(now), differs, "{kept:?} {now:?}");
        }
        assert!(!Lot::default().differs(&one), "nothing was said before");
    }
}
