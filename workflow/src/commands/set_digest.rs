//! When a member of staff wants the letter that gathers their reminders.

use entities::{PersonId, digest_setting};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};

use crate::{Actor, Bar, CommandError, Refusal, Workflow, record::Batch};

/// The hours to choose from; the first is the one of whoever has chosen none.
pub const DIGEST_HOURS: [&str; 6] = ["08:30", "08:00", "09:00", "10:00", "14:00", "16:00"];

/// Sets the hour of one's own digest, one of [`DIGEST_HOURS`], or none. What is in the digest that
/// waits already goes out with it.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever is no staff, [`Refusal::NotFound`] for another hour, the
/// database's.
pub async fn set_digest(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    at: Option<&str>,
) -> Result<(), CommandError> {
    let person = actor.person.ok_or(Refusal::NotYours(Bar::NotStaff))?;
    if at.is_some_and(|at| !DIGEST_HOURS.contains(&at)) {
        return Err(Refusal::NotFound("hour").into());
    }
    let row = digest_setting::Model {
        person_id: person,
        at: at.map(str::to_owned),
        changed_at: workflow.clock.machine(),
    };
    let mut batch = Batch::default();
    batch.upsert::<digest_setting::Entity>(vec![row]);
    Ok(batch.run(tx).await?)
}

/// The hour of somebody's digest; none where they want none.
///
/// # Errors
/// The database's.
pub async fn digest_hour(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Option<String>, CommandError> {
    let row = digest_setting::Entity::find_by_id(person).one(db).await?;
    let [usual, ..] = DIGEST_HOURS;
    Ok(row.map_or_else(|| Some(usual.to_owned()), |row| row.at))
}
