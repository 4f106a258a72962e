//! Lines as a whole: what is asked, who may stand in the list, who stands in another one, what it
//! all comes to.

use std::collections::BTreeMap;

use entities::{CaseId, CaseRowId, Fen, PersonId, RowState, case_file, case_row, person};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{super::decide::AtStep, entered, find, line_number as line, papers, private_here};
use crate::{
    Actor, CommandError, Event, Refusal, RowFault, Said, Workflow,
    event::{FilledRow, Line},
    load::{self, padded},
    organisation::Organisation,
    program::expression::{Scope, Shape, Value},
    rules::{
        engine::Engine,
        facts::{Facts, Stuck},
        form::{Reading, read_row},
        rosters::{self, Asks, Background},
    },
};

/// Lines that were added where a case is decided.
pub(super) async fn added(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (actor, at): (Actor, &AtStep),
    engine: &mut Engine<'_>,
    added: &[CaseRowId],
) -> Result<(), CommandError> {
    let rows: Vec<case_row::Model> =
        engine.state.rows.iter().filter(|row| added.contains(&row.id)).cloned().collect();
    stand(tx, workflow, (actor, at), engine, (&rows, &BTreeMap::new())).await?;
    engine.rows_changed(at.task.run_id);
    Ok(())
}

/// A step is handed in that asks something of lines: every line is there as a whole.
///
/// # Errors
/// [`Refusal::Rows`] with every fault at its line, [`Refusal::Stuck`], or the database's.
pub(in crate::commands) async fn handed_in(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (actor, at): (Actor, &AtStep),
    engine: &mut Engine<'_>,
    said: &BTreeMap<String, Value>,
) -> Result<(), CommandError> {
    let program = std::sync::Arc::clone(&at.facts.program);
    let Some((step, asks)) = super::step_asks(&program, &at.task.path) else { return Ok(()) };
    if !asks.in_parts {
        return completed(tx, workflow, (at, engine), asks, said).await;
    }
    let mut scope = at.facts.scope_in(&engine.state, at.now, Some(at.task.run_id));
    scope.form.extend(said.clone());
    let rows = rosters::lines_for(&engine.state, step, &scope).map_err(Refusal::from)?;
    let keys = rosters::of_thread(&engine.state, at.task.run_id);
    let own = |row: &&case_row::Model| keys.as_ref().is_none_or(|keys| keys.contains(&row.key));
    let rows: Vec<case_row::Model> = rows.into_iter().filter(own).cloned().collect();
    if asks.own && rows.is_empty() {
        let said = Said::new("名册中没有人，请先增加", "nobody is in the list; add somebody first");
        return Err(Refusal::Rows(vec![RowFault { line: 0, column: String::new(), said }]).into());
    }
    let known = private_here(tx, workflow, &engine.state, asks).await?;
    let paid = engine.state.case.outcome.is_some();
    let mut faults = Vec::new();
    for row in &rows {
        let value = rosters::seen_here(asks, (&engine.state, row), paid);
        let before = entered(asks, row, &known);
        let none = BTreeMap::new();
        let read = read_row(asks.fields, &none, &before, (&scope, &value), Reading::Whole);
        faults.extend(read.faults.iter().map(|fault| RowFault {
            line: line(row),
            column: fault.field.clone(),
            said: super::said::said(at.facts.shared(), fault),
        }));
    }
    let lacks = papers::lacking(tx, at, asks, (&rows, &faults), (&scope, &known)).await?;
    faults.extend(lacks);
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.line);
        return Err(Refusal::Rows(faults).into());
    }
    if asks.own {
        stand(tx, workflow, (actor, at), engine, (&rows, said)).await?;
        engine.rows_changed(at.task.run_id);
    } else if paid {
        due(at, engine, (&rows, asks))?;
    }
    Ok(())
}

/// A step is signed that may add whole lines: those that came in there have their papers by now,
/// and nothing was taken from the others that they need.
async fn completed(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (at, engine): (&AtStep, &Engine<'_>),
    asks: Asks<'_>,
    said: &BTreeMap<String, Value>,
) -> Result<(), CommandError> {
    if asks.papers.is_empty() {
        return Ok(());
    }
    let keys = rosters::of_thread(&engine.state, at.task.run_id);
    let own = |row: &&case_row::Model| keys.as_ref().is_none_or(|keys| keys.contains(&row.key));
    let counts = engine.state.rows.iter().filter(|row| row.state == RowState::In);
    let rows: Vec<case_row::Model> = counts.filter(own).cloned().collect();
    let mut scope = at.facts.scope_in(&engine.state, at.now, Some(at.task.run_id));
    scope.form.extend(said.clone());
    let known = private_here(tx, workflow, &engine.state, asks).await?;
    let faults = papers::lacking(tx, at, asks, (&rows, &[]), (&scope, &known)).await?;
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Rows(faults).into()) }
}

/// Whether lines may stand in the list: their conditions, and that nobody stands in two; what each
/// comes to is noted.
async fn stand(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (actor, at): (Actor, &AtStep),
    engine: &mut Engine<'_>,
    (rows, said): (&[case_row::Model], &BTreeMap<String, Value>),
) -> Result<(), CommandError> {
    let people: Vec<PersonId> = rows.iter().filter_map(|row| row.person_id).collect();
    // Whoever hands in another list with one of them waits.
    let locked = person::Entity::find().filter(person::Column::Id.is_in(padded(&people)));
    locked.order_by_asc(person::Column::Id).lock_exclusive().all(tx).await?;
    let backgrounds = find::backgrounds(tx, &people).await?;
    let mut case = at.facts.scope_in(&engine.state, at.now, Some(at.task.run_id));
    // Inside a step its own form is laid over the case's.
    case.form.extend(said.clone());
    let none = Background::default();
    let (mut faults, mut filled) = (Vec::new(), Vec::new());
    let mut keys: BTreeMap<CaseRowId, Vec<u8>> = BTreeMap::new();
    for row in rows {
        let background = row.person_id.and_then(|person| backgrounds.get(&person));
        let value = rosters::value(row, false);
        let scope = rosters::scope_of(&case, value, background.unwrap_or(&none));
        match rosters::judge(&at.facts, &scope).map_err(Refusal::from)? {
            Ok(lines) => filled.push(awarded(row.id, lines)),
            Err(reason) => faults.push(RowFault {
                line: line(row),
                column: String::new(),
                said: super::said::reason(at.facts.shared(), &reason),
            }),
        }
        if let Some(text) = once(&at.facts, row, &scope).map_err(Refusal::from)? {
            let key = workflow.keys.blind_index("case_row.once_key").of(&text).to_vec();
            keys.insert(row.id, key);
        }
    }
    faults.extend(elsewhere(tx, workflow, (actor, at), (rows, &keys)).await?);
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.line);
        return Err(Refusal::Rows(faults).into());
    }
    if filled.iter().any(|row| row.award.is_some()) {
        engine.emit(Event::RowsFilled { run: Some(at.task.run_id), rows: filled, form: None });
    }
    for row in &mut engine.state.rows {
        if let Some(key) = keys.remove(&row.id) {
            row.once_key = Some(key);
        }
    }
    Ok(())
}

fn awarded(row: CaseRowId, lines: Vec<Line>) -> FilledRow {
    FilledRow { award: Some(lines), ..FilledRow::of(row) }
}

/// What may be there only once in the region, as a text that the caller blinds.
fn once(facts: &Facts, row: &case_row::Model, scope: &Scope) -> Result<Option<String>, Stuck> {
    let Some(rows) = rosters::of(&facts.program).filter(|rows| !rows.once.is_empty()) else {
        return Ok(None);
    };
    let mut parts = vec![(facts.program.id().to_owned(), Value::Null)];
    for part in &rows.once {
        let value = match &part.node().shape {
            Shape::Name(name) if name == "person" => Value::text(&row.key),
            Shape::Name(name) if name == "year" => {
                Value::Int(chrono::Datelike::year(&scope.today).into())
            }
            _ => part.evaluate(scope)?.value,
        };
        parts.push((part.source().to_owned(), value));
    }
    let text = serde_json::to_string(&parts);
    text.map(Some).map_err(|error| Stuck::new("rows.once".to_owned(), error.to_string()))
}

/// Lines whose people stand in another list already. Whoever may see the other case is told its
/// number.
async fn elsewhere(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (actor, at): (Actor, &AtStep),
    (rows, keys): (&[case_row::Model], &BTreeMap<CaseRowId, Vec<u8>>),
) -> Result<Vec<RowFault>, CommandError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let all: Vec<Vec<u8>> = keys.values().cloned().collect();
    let taken = case_row::Entity::find()
        .filter(case_row::Column::OnceKey.is_in(padded(&all)))
        .filter(case_row::Column::CaseId.ne(at.before.case.id));
    let taken = taken.all(tx).await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let cases: Vec<CaseId> = taken.iter().map(|row| row.case_id).collect();
    let cases = case_file::Entity::find().filter(case_file::Column::Id.is_in(padded(&cases)));
    let cases = cases.all(tx).await?;
    let mut faults = Vec::new();
    let shared = at.facts.shared();
    for row in rows {
        let key = keys.get(&row.id);
        let Some(other) = taken.iter().find(|other| other.once_key.as_ref() == key) else {
            continue;
        };
        let mut told = super::said::reason(shared, "duplicate_line");
        let case = cases.iter().find(|case| case.id == other.case_id && case.number.is_some());
        if let Some(other) = case
            && sees(tx, workflow, actor, other).await?
        {
            let number = other.number.as_deref().unwrap_or_default();
            told = Said::new(format!("{}（{number}）", told.zh), format!("{} ({number})", told.en));
        }
        let column = String::new();
        faults.push(RowFault { line: line(row), column, said: told });
    }
    Ok(faults)
}

/// Whether somebody works at, or above, the place whose case it is.
async fn sees(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    case: &case_file::Model,
) -> Result<bool, CommandError> {
    let now = workflow.clock.now();
    let Some(anchor) = case.anchor_id else { return Ok(false) };
    let around = Organisation::around(tx, anchor, None, now).await?;
    let held = load::authority(tx, actor, now).await?.appointments;
    Ok(held.iter().any(|held| around.unit(held.unit_id).is_some()))
}

/// After the outcome: what the lines would come to by what was heard since.
fn due(
    at: &AtStep,
    engine: &mut Engine<'_>,
    (rows, asks): (&[case_row::Model], Asks<'_>),
) -> Result<(), Refusal> {
    let Some(own) = rosters::of(&at.facts.program).filter(|rows| rows.award.is_some()) else {
        return Ok(());
    };
    let mends = asks.fields.iter().any(|field| own.form.iter().any(|known| known.id == *field.id));
    if !mends {
        return Ok(());
    }
    let case = at.facts.scope_in(&engine.state, at.now, Some(at.task.run_id));
    let mut filled = Vec::new();
    for row in rows {
        let scope = rosters::scope_of(&case, rosters::value(row, true), &Background::default());
        let lines = rosters::lines_of(&at.facts, &scope)?;
        let due = Some(Fen(lines.iter().map(|line| line.fen.0).sum()));
        filled.push(FilledRow { due, ..FilledRow::of(row.id) });
    }
    engine.emit(Event::RowsFilled { run: Some(at.task.run_id), rows: filled, form: None });
    Ok(())
}
