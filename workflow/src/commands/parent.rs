//! A case that must have gone before another: found by its number, held against what the program
//! says of it, read for the one that follows.

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};
use entities::{RunState, UnitId, case_file};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::{
    CommandError, Refusal, Said, Workflow,
    calendar::local_date,
    load,
    program::{
        Program, Span,
        expression::{Scope, Value},
        model::Parent,
    },
    rules::{
        facts::{self, CaseFacts, Stuck},
        rosters,
    },
    state::CaseState,
};

/// What is known of a case that went before.
pub(super) struct Before {
    /// As the case that follows carries it.
    pub(super) facts: Value,
    /// The same with its lines, as the case begins.
    pub(super) whole: Value,
}

/// The case that `program` asks for, by its number; none where it asks for none.
///
/// # Errors
/// [`Refusal::Unfit`] with what is wrong, [`Refusal::Stuck`], or the database's.
pub(super) async fn of(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    program: &Program,
    (opener, number): (UnitId, Option<&str>),
) -> Result<Option<Before>, CommandError> {
    let Some(asked) = &program.intake.parent else { return Ok(None) };
    let title = workflow.programs.get(asked.program.as_str()).map(|known| known.title.clone());
    let (zh, en) = title.map_or_else(Default::default, |title| (title.zh, title.en));
    let none = || {
        unfit(
            format!("须先有本单位已办结的“{zh}”，请填写它的案号"),
            format!("a case of {en} of this unit must have gone before: give its number"),
        )
    };
    let number = number.map(str::trim).filter(|number| !number.is_empty()).ok_or_else(none)?;
    // Only one's own unit's case is known here: of another's nothing is said.
    let found = case_file::Entity::find()
        .filter(case_file::Column::Number.eq(number))
        .filter(case_file::Column::Program.eq(asked.program.as_str()))
        .filter(case_file::Column::AnchorId.eq(opener))
        .one(tx)
        .await?;
    let file = found.ok_or_else(none)?;
    if file.outcome.is_none_or(|outcome| outcome.word() != asked.state.as_str()) {
        return Err(none().into());
    }
    let state = load::state(tx, file).await?;
    let before = read(&state);
    in_time(workflow, asked, &before, &state)?;
    Ok(Some(before))
}

fn unfit(zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal::Unfit(Said::new(zh, en))
}

/// What was said openly in its form and in its steps', and its lines.
fn read(state: &CaseState) -> Before {
    let mut form: BTreeMap<String, Value> = CaseFacts::of(state).form;
    let over = state.runs.iter().filter(|run| run.state == RunState::Closed);
    for run in over {
        let said: BTreeMap<String, Value> =
            serde_json::from_value(run.said.clone()).unwrap_or_default();
        form.extend(said);
    }
    let mut facts = BTreeMap::new();
    facts.insert("key".to_owned(), Value::text(state.case.id.to_string()));
    facts
        .extend(state.case.number.clone().map(|number| ("number".to_owned(), Value::Text(number))));
    facts.insert("form".to_owned(), Value::Map(form));
    let rows = state.rows.iter().filter(|row| row.person_id.is_some());
    let rows = rows.map(|row| Value::Map(rosters::value(row, false))).collect();
    let mut whole = facts.clone();
    whole.insert("rows".to_owned(), Value::List(rows));
    Before { facts: Value::Map(facts), whole: Value::Map(whole) }
}

/// Whether today is after the day that the program names, and not too long after.
fn in_time(
    workflow: &Workflow,
    asked: &Parent,
    before: &Before,
    state: &CaseState,
) -> Result<(), CommandError> {
    let today = local_date(workflow.clock.now());
    let from = match &asked.after {
        Some(after) => {
            let days = std::sync::Arc::new(workflow.calendar.of(crate::fold::REGION));
            let tables = std::sync::Arc::clone(workflow.programs.tables());
            let mut scope = Scope::new(today, tables, days);
            scope.parent = Some(before.facts.clone());
            let value = facts::value(after, &scope).map_err(Refusal::from)?;
            let no_day = || Refusal::from(Stuck::new(after.source(), "not a date"));
            let day = value.day().ok_or_else(no_day)?;
            if today <= day {
                let (zh, en) = (format!("须在 {day} 之后提出"), format!("only after {day}"));
                return Err(unfit(zh, en).into());
            }
            day
        }
        None => state.case.ended_at.or(state.case.submitted_at).map_or(today, local_date),
    };
    let Some(last) = asked.within.and_then(|within| last_day(workflow, from, within)) else {
        return Ok(());
    };
    if today > last {
        let (zh, en) = (format!("已过期限：最迟 {last} 提出"), format!("too late: until {last}"));
        return Err(unfit(zh, en).into());
    }
    Ok(())
}

fn last_day(workflow: &Workflow, from: NaiveDate, within: Span) -> Option<NaiveDate> {
    match within {
        Span::WorkingDays(n) => {
            Some(workflow.calendar.of(crate::fold::REGION).add_working(from, n))
        }
        Span::Days(n) => from.checked_add_days(Days::new(n.into())),
        Span::Hours(n) => from.checked_add_days(Days::new(u64::from(n).div_ceil(24))),
        Span::Months(n) => from.checked_add_months(Months::new(n)),
        Span::Years(n) => from.checked_add_months(Months::new(n.saturating_mul(12))),
    }
}
