//! What is private in the lines of a roster: encrypted with the case, one row for each saving.

use std::collections::BTreeMap;

use entities::{CaseId, CaseRowId, FormVersionId, StepRunId, case_row, form_version};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::super::decide::AtStep;
use crate::{
    Actor, CommandError, Workflow,
    canonical::{digest, hex},
    lot::Lot,
    program::expression::Value,
    rules::rosters::Asks,
    state::CaseState,
    vault::{self, Owner},
};

/// The private values of lines, by line and field.
pub type Private = BTreeMap<CaseRowId, BTreeMap<String, Value>>;

/// From this number on a form is one of lines: applications count from 1, steps by their slots.
pub(in crate::commands) const LINES_FROM: i32 = 1_000_000;

/// The private values of all lines of a case, as they were last entered.
///
/// # Errors
/// [`CommandError::Seal`], or the database's.
pub async fn private(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    case: CaseId,
) -> Result<Private, CommandError> {
    let mut found = Private::new();
    let savings = savings(db, workflow, case).await?;
    if savings.is_empty() {
        return Ok(found);
    }
    let rows = case_row::Entity::find().filter(case_row::Column::CaseId.eq(case)).all(db).await?;
    let lots: BTreeMap<CaseRowId, Lot> = rows.iter().map(|row| (row.id, Lot::of(row))).collect();
    for (run, mut lines) in savings {
        // What an earlier round said is no answer to the one that asks now.
        for (row, values) in &mut lines {
            let (Some(lot), Some(run)) = (lots.get(row), run) else { continue };
            values.retain(|field, _| !lot.is_asked_again(field, run));
        }
        add(&mut found, lines);
    }
    Ok(found)
}

/// The same as far as it counts for a step: of the fields that one asks for that speaks for itself,
/// what it said alone.
///
/// # Errors
/// As [`private`].
pub async fn private_here(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    state: &CaseState,
    asks: Asks<'_>,
) -> Result<Private, CommandError> {
    let Some(step) = asks.anew else { return private(db, workflow, state.case.id).await };
    let mut found = Private::new();
    for (by, mut lines) in private_by_step(db, workflow, state).await? {
        if by != step {
            for values in lines.values_mut() {
                values.retain(|id, _| asks.fields.iter().all(|field| *field.id != **id));
            }
        } else if let Some(keeps) = asks.keeps {
            // Who was spoken of anew by the step before is asked about anew.
            lines.retain(|row, _| {
                let row = state.rows.iter().find(|known| known.id == *row);
                row.is_none_or(|row| Lot::of(row).said_by.as_deref() != Some(keeps))
            });
        }
        add(&mut found, lines);
    }
    Ok(found)
}

/// The private values of all lines, as each step has said them; those of the earlier rounds of a
/// step under its name and their number, `step#1`.
///
/// # Errors
/// As [`private`].
pub async fn private_by_step(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    state: &CaseState,
) -> Result<BTreeMap<String, Private>, CommandError> {
    let mut found: BTreeMap<String, Private> = BTreeMap::new();
    for (run, lines) in savings(db, workflow, state.case.id).await? {
        let step = run.and_then(|run| state.run(run)).map(|run| run.path.clone());
        let step = step.unwrap_or_default();
        for (row, values) in lines {
            let lot = state.rows.iter().find(|known| known.id == row).map(Lot::of);
            for (field, value) in values {
                let known = lot.as_ref().zip(run);
                let round = known.and_then(|(lot, run)| lot.round_of(&step, &field, run));
                let by = round.map_or(step.clone(), |nth| round_name(&step, nth));
                found.entry(by).or_default().entry(row).or_default().insert(field, value);
            }
        }
    }
    Ok(found)
}

/// Under which name [`private_by_step`] has the round `nth`, from 0, of a step.
pub fn round_name(step: &str, nth: usize) -> String {
    format!("{step}#{}", nth + 1)
}

fn add(to: &mut Private, lines: Private) {
    for (line, values) in lines {
        to.entry(line).or_default().extend(values);
    }
}

/// What was saved, in its order, and at which run.
async fn savings(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    case: CaseId,
) -> Result<Vec<(Option<StepRunId>, Private)>, CommandError> {
    let rows = of_lines(db, case).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let Some(key) = vault::key(db, workflow, Owner::Case(case)).await? else {
        return Ok(Vec::new());
    };
    let open = |row: form_version::Model| {
        let place = row.id.to_string();
        let sealed = ("form_version", "sealed", place.as_str());
        Ok((row.run_id, vault::open_value(&key, sealed, &row.sealed)?))
    };
    rows.into_iter().map(open).collect()
}

async fn of_lines(
    db: &impl ConnectionTrait,
    case: CaseId,
) -> Result<Vec<form_version::Model>, CommandError> {
    let rows = form_version::Entity::of_case(case);
    Ok(rows.filter(form_version::Column::Number.gte(LINES_FROM)).all(db).await?)
}

/// What is entered now, sealed; none where nothing of it is private.
pub(super) async fn seal(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (actor, at): (Actor, &AtStep),
    lines: Private,
) -> Result<Option<form_version::Model>, CommandError> {
    if lines.is_empty() {
        return Ok(None);
    }
    let case = at.before.case.id;
    let key = vault::key_or_new(tx, workflow, Owner::Case(case), at.machine).await?;
    let number = of_lines(tx, case).await?.last().map_or(LINES_FROM, |row| row.number + 1);
    let id = FormVersionId::at(at.now);
    let sealed = vault::seal_value(&key, ("form_version", "sealed", &id.to_string()), &lines)?;
    Ok(Some(form_version::Model {
        id,
        case_id: case,
        run_id: Some(at.task.run_id),
        number,
        sha256: digest(&sealed).to_vec(),
        sealed,
        filled_by: actor.account,
        created_at: at.now,
    }))
}

/// As the trail quotes it.
pub(super) fn sha256(form: &form_version::Model) -> String {
    hex(&form.sha256)
}
