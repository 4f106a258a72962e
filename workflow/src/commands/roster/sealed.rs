//! What is private in the lines of a roster: encrypted with the case, one row for each saving.

use std::collections::BTreeMap;

use entities::{CaseId, CaseRowId, FormVersionId, form_version};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, QueryFilter};

use super::super::decide::AtStep;
use crate::{
    Actor, CommandError, Workflow,
    canonical::{digest, hex},
    program::expression::Value,
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
    let rows = of_lines(db, case).await?;
    let mut found = Private::new();
    if rows.is_empty() {
        return Ok(found);
    }
    let Some(key) = vault::key(db, workflow, Owner::Case(case)).await? else { return Ok(found) };
    for row in rows {
        let place = row.id.to_string();
        let lines: Private =
            vault::open_value(&key, ("form_version", "sealed", &place), &row.sealed)?;
        for (line, values) in lines {
            found.entry(line).or_default().extend(values);
        }
    }
    Ok(found)
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
