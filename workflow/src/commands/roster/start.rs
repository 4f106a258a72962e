//! A list is filled as its case begins, or when the step is handed in that says from what.

use std::collections::{BTreeMap, BTreeSet};

use entities::{CaseRowId, PersonId, UnitId, appointment, person};
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter};

use super::{super::decide::AtStep, cases, find, line_of, too_many};
use crate::{
    CommandError, Event, Refusal, Workflow,
    event::FilledRow,
    load::padded,
    program::{
        Expr,
        expression::{Scope, Shape, StepFacts, Value},
        model::Rows,
    },
    rules::{
        engine::Engine,
        facts::{self, Stuck},
        form,
        rosters::{self, MOST_LINES},
    },
};

/// Lets in the lines that the program names, with the values that its fields start with. What is
/// private is never started with.
///
/// # Errors
/// [`Refusal::Stuck`] for a rule without a value, [`Refusal::Unfit`] for too long a list.
pub(in crate::commands) async fn begin(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    engine: &mut Engine<'_>,
    scope: &Scope,
) -> Result<(), CommandError> {
    let program = std::sync::Arc::clone(&engine.facts.program);
    let rows = program.rows.as_ref().filter(|rows| rows.after.is_none());
    match rows.and_then(|rows| Some((rows, rows.from.as_ref()?))) {
        Some((rows, from)) => let_in(tx, workflow, engine, (rows, from, scope)).await,
        None => Ok(()),
    }
}

/// The same when a step is handed in that the lines come in with; `said`: what it says.
///
/// # Errors
/// As [`begin`].
pub(in crate::commands) async fn come_in(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    at: &AtStep,
    engine: &mut Engine<'_>,
    said: &BTreeMap<String, Value>,
) -> Result<(), CommandError> {
    let program = std::sync::Arc::clone(&engine.facts.program);
    let path = &at.task.path;
    let rows = program.rows.as_ref();
    let rows = rows.filter(|rows| rows.after.as_ref().is_some_and(|step| *step == **path));
    let Some((rows, from)) = rows.and_then(|rows| Some((rows, rows.from.as_ref()?))) else {
        return Ok(());
    };
    let mut scope = at.facts.scope_in(&engine.state, at.now, Some(at.task.run_id));
    let values = said.clone();
    scope.steps.insert(path.clone(), StepFacts { values, ..StepFacts::default() });
    let_in(tx, workflow, engine, (rows, from, &scope)).await
}

async fn let_in(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    engine: &mut Engine<'_>,
    (rows, from, scope): (&Rows, &Expr, &Scope),
) -> Result<(), CommandError> {
    if rows.of == *"person" {
        people_come_in(tx, workflow, engine, (rows, from, scope)).await
    } else {
        cases::join(tx, workflow, engine, (from, scope)).await
    }
}

async fn people_come_in(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    engine: &mut Engine<'_>,
    (rows, from, scope): (&Rows, &Expr, &Scope),
) -> Result<(), CommandError> {
    let now = workflow.clock.now();
    let ids = people(tx, workflow, from, scope).await?;
    if ids.len() > MOST_LINES {
        return Err(too_many().into());
    }
    let mut people = find::people(tx, &ids).await?;
    people.sort_by(|a, b| (&a.class, &a.name, a.id).cmp(&(&b.class, &b.name, b.id)));
    let known = find::facts_of(tx, people.iter(), now).await?;
    let mut filled = Vec::new();
    let there = |engine: &Engine<'_>, person: PersonId| {
        engine.state.rows.iter().any(|row| row.person_id == Some(person))
    };
    for person in &people {
        if there(engine, person.id) {
            continue;
        }
        let facts = known.get(&person.id).cloned().unwrap_or_default();
        let line = line_of(CaseRowId::at(now), person, facts);
        let id = line.id;
        engine.emit(Event::RowJoined { row: Box::new(line) });
        let Some(row) = engine.state.rows.iter().find(|row| row.id == id) else { continue };
        let value = Value::Map(rosters::value(row, false));
        let scope = Scope { row: Some(value), ..scope.clone() };
        let starts = form::starts(&rows.form, &scope).map_err(Refusal::from)?;
        let (fields, _) = form::open_and_private(&rows.form, &starts);
        if !fields.is_empty() {
            filled.push(FilledRow { fields, ..FilledRow::of(id) });
        }
    }
    if !filled.is_empty() {
        engine.emit(Event::RowsFilled { run: None, rows: filled, form: None });
    }
    Ok(())
}

/// Whom a list is made from: those who learn at a school, or the people of another list.
async fn people(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    from: &Expr,
    scope: &Scope,
) -> Result<Vec<PersonId>, CommandError> {
    if let Shape::Call { name, on: None, args } = &from.node().shape
        && name == "enrolled"
        && let Some(school) = args.first()
    {
        let expr = Expr::parse(&school.to_string());
        let expr = expr.map_err(|fault| Refusal::Stuck(fault.to_string()))?;
        let value = facts::value(&expr, scope).map_err(Refusal::from)?;
        let Value::Text(school) = value else { return Ok(Vec::new()) };
        let Ok(school) = school.parse::<UnitId>() else { return Ok(Vec::new()) };
        return enrolled(tx, workflow, school).await;
    }
    let value = facts::value(from, scope).map_err(Refusal::from)?;
    let Value::List(items) = value else {
        let stuck = Stuck::new(from.source().to_owned(), "not a list".to_owned());
        return Err(Refusal::from(stuck).into());
    };
    Ok(items.iter().filter_map(person_in).collect())
}

fn person_in(row: &Value) -> Option<PersonId> {
    let Value::Map(row) = row else { return None };
    let Some(Value::Map(person)) = row.get("person") else { return None };
    match person.get("id") {
        Some(Value::Text(id)) => id.parse().ok(),
        _ => None,
    }
}

/// Those who learn at a school now: of whom it is the school, and who work nowhere.
async fn enrolled(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    school: UnitId,
) -> Result<Vec<PersonId>, CommandError> {
    let now = workflow.clock.now();
    let people = person::Entity::find().filter(person::Column::SchoolId.eq(school)).all(tx).await?;
    let ids: Vec<PersonId> = people.into_iter().map(|person| person.id).collect();
    let staff = appointment::Entity::find()
        .filter(appointment::Column::PersonId.is_in(padded(&ids)))
        .filter(appointment::Column::FromAt.lte(now))
        .filter(
            Condition::any()
                .add(appointment::Column::ToAt.is_null())
                .add(appointment::Column::ToAt.gt(now)),
        )
        .all(tx)
        .await?;
    let staff: BTreeSet<PersonId> = staff.into_iter().map(|held| held.person_id).collect();
    Ok(ids.into_iter().filter(|id| !staff.contains(id)).collect())
}
