//! What was handed in at a step: its open fields, and those that are kept encrypted.

use std::collections::BTreeMap;

use entities::{form_version, step_run};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use super::roster::LINES_FROM;
use crate::{
    CommandError, Workflow,
    program::expression::Value,
    rules::form,
    vault::{self, Owner},
};

/// All that was last handed in at a round of a step, by field. Whether the caller may read it was
/// judged before.
///
/// # Errors
/// The database's, [`CommandError::Stored`] when a form cannot be opened.
pub async fn step_answers(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    run: &step_run::Model,
) -> Result<BTreeMap<String, Value>, CommandError> {
    let open: BTreeMap<String, Value> =
        serde_json::from_value(run.said.clone()).unwrap_or_default();
    let rows = form_version::Entity::of_case(run.case_id)
        .filter(form_version::Column::RunId.eq(run.id))
        // What was entered in lines of a roster is another thing.
        .filter(form_version::Column::Number.lt(LINES_FROM))
        .all(db)
        .await?;
    let last = rows.into_iter().max_by_key(|row| row.id);
    let key = vault::key(db, workflow, Owner::Case(run.case_id)).await?;
    if let (Some(row), Some(key)) = (last, key) {
        let place = row.id.to_string();
        let private: BTreeMap<String, Value> =
            vault::open_value(&key, ("form_version", "sealed", &place), &row.sealed)?;
        // Of a list each entry has its open and its private part.
        return Ok(form::joined(open, private));
    }
    Ok(open)
}
