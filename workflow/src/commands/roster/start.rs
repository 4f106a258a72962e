//! A roster is filled as its case begins, where its program says from what.

use std::collections::BTreeSet;

use entities::{CaseRowId, PersonId, UnitId, appointment, person};
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter};

use super::{find, line_of, too_many};
use crate::{
    CommandError, Event, Refusal, Workflow,
    event::FilledRow,
    load::padded,
    program::{
        Expr,
        expression::{Scope, Shape, Value},
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
    let Some(rows) = rosters::of(&program) else { return Ok(()) };
    let Some(from) = &rows.from else { return Ok(()) };
    let now = workflow.clock.now();
    let ids = people(tx, workflow, from, scope).await?;
    if ids.len() > MOST_LINES {
        return Err(too_many().into());
    }
    let mut people = find::people(tx, &ids).await?;
    people.sort_by(|a, b| (&a.class, &a.name, a.id).cmp(&(&b.class, &b.name, b.id)));
    let known = find::facts_of(tx, people.iter(), now).await?;
    let mut filled = Vec::new();
    for person in &people {
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
            filled.push(FilledRow { row: id, fields, award: None, due: None });
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
