//! What nobody can take anywhere is told to whoever stands above, and to those who appoint people.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entities::{Channel, Duty, PersonId, TaskId, appointment, notice};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use crate::{
    CommandError, Ticket, load,
    record::{Telling, tell as write},
    rules::{engine::Engine, facts::Facts},
};

/// Tells of `slots`, each person once of each, however often it is looked at: the heads of the
/// office above, or those who work there, and the system administrators.
///
/// # Errors
/// The database's.
pub(super) async fn tell(
    tx: &DatabaseTransaction,
    (now, machine): (DateTime<Utc>, DateTime<Utc>),
    engine: &Engine<'_>,
    slots: &[TaskId],
) -> Result<Vec<Ticket>, CommandError> {
    if slots.is_empty() {
        return Ok(Vec::new());
    }
    let administer = appointment::Entity::with(Duty::Administrator, now)
        .order_by_asc(appointment::Column::Id)
        .all(tx)
        .await?;
    let case = engine.state.case.id;
    let mut told = Vec::new();
    for slot in slots.iter().filter_map(|id| engine.state.task(*id)) {
        tracing::warn!(case.id = %case, task.id = %slot.id, "nobody can take a task anywhere");
        let mut people: BTreeSet<PersonId> =
            above(engine.facts, slot.unit_id).into_iter().collect();
        people.extend(administer.iter().map(|held| held.person_id));
        told.extend(people.into_iter().map(|person| Telling {
            key: format!("{}/unroutable/{person}", slot.id),
            case: Some(case),
            account: None,
            person: Some(person),
            channel: Channel::Mail,
            template: "unroutable",
            params: json!({ "step": slot.path, "due": slot.due_at }),
            sealed: None,
        }));
    }
    let keys: Vec<String> = told.iter().map(|telling| telling.key.clone()).collect();
    let known = notice::Entity::find()
        .filter(notice::Column::DedupeKey.is_in(load::padded(&keys)))
        .all(tx)
        .await?;
    told.retain(|telling| !known.iter().any(|row| row.dedupe_key == telling.key));
    if told.is_empty() {
        return Ok(Vec::new());
    }
    Ok(write(tx, (now, machine), told).await?.jobs)
}

/// Who heads the office above; who works there, where nobody does.
fn above(facts: &Facts, unit: entities::UnitId) -> Vec<PersonId> {
    let organisation = &facts.organisation;
    let Some(superior) = organisation.superior(unit).map(|unit| unit.id) else { return Vec::new() };
    let heads = organisation.holders(superior, Duty::Head);
    if heads.is_empty() { organisation.holders(superior, Duty::Handler) } else { heads }
}
