//! Staff who file for somebody find them by ID number: an exact look-up, never a list.

use entities::{Stream, person};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::{save_person::find_by_id_number, start_case::works_in};
use crate::{Actor, CommandError, Workflow, record::append};

/// The person with this ID number, if their school or township is a place that `actor` works in.
/// Whoever was looked for can be told who did, found or not.
///
/// # Errors
/// [`Refusal::Form`](crate::Refusal::Form) when it is not an ID number, or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account))]
pub async fn look_up_person(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    number: &str,
) -> Result<Option<person::Model>, CommandError> {
    let Some(person) = find_by_id_number(tx, workflow, number).await? else { return Ok(None) };
    let now = workflow.clock.now();
    let theirs = works_in(tx, actor, person.school_id, now).await?
        || works_in(tx, actor, person.township_id, now).await?;
    let what = ("looked_up", json!({ "found": theirs }));
    append(tx, now, Stream::Person, person.id.0, Some(actor), what).await?;
    Ok(theirs.then_some(person))
}
