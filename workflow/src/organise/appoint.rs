//! Duties: given for a time, never changed but closed.

use chrono::{DateTime, Utc};
use entities::{AppointmentId, Duty, PersonId, Stream, UnitId, appointment, person, unit};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::refused;
use crate::{
    Actor, CommandError, Refusal, Workflow,
    record::{Batch, append},
};

/// A duty that somebody shall have.
#[derive(Clone, Copy, Debug)]
pub struct Appoint {
    /// Who.
    pub person: PersonId,
    /// Where.
    pub unit: UnitId,
    /// As what.
    pub duty: Duty,
    /// From when, in business time.
    pub from: DateTime<Utc>,
}

/// Gives somebody a duty in a unit. Whoever has it already keeps the older appointment.
///
/// # Errors
/// [`Refusal::NotFound`] for a person or a unit that is none, [`Refusal::Organisation`] for a
/// unit that is closed; or the database's.
#[tracing::instrument(skip_all, fields(unit.id = %ask.unit))]
pub async fn appoint(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: Appoint,
) -> Result<AppointmentId, CommandError> {
    let Appoint { person, unit, duty, from } = ask;
    if person::Entity::find_by_id(person).lock_exclusive().one(tx).await?.is_none() {
        return Err(Refusal::NotFound("person").into());
    }
    let place = unit::Entity::find_by_id(unit).one(tx).await?.ok_or(Refusal::NotFound("unit"))?;
    if place.to_on.is_some() {
        return Err(refused(format!("{} has been closed", place.name_zh)).into());
    }
    let same = appointment::Entity::held_by(person, from)
        .filter(appointment::Column::UnitId.eq(unit))
        .filter(appointment::Column::Duty.eq(duty));
    if let Some(same) = same.one(tx).await? {
        return Ok(same.id);
    }
    let now = workflow.clock.now();
    let id = AppointmentId::at(now);
    let row = appointment::Model {
        id,
        person_id: person,
        unit_id: unit,
        duty,
        from_at: from,
        to_at: None,
    };
    let mut batch = Batch::default();
    batch.insert::<appointment::Entity>(vec![row]);
    batch.run(tx).await?;
    let what = ("appointed", json!({ "appointment": id, "person": person, "duty": duty }));
    append(tx, now, Stream::Unit, unit.0, by, what).await?;
    Ok(id)
}

/// Ends a duty at `at`, the first moment at which it holds no longer. It waits for whoever signs
/// by this duty just now.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::Organisation`] when it has ended already, or would end before
/// it began; or the database's.
#[tracing::instrument(skip_all)]
pub async fn end_appointment(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    (id, at): (AppointmentId, DateTime<Utc>),
) -> Result<(), CommandError> {
    let found = appointment::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let row = found.ok_or(Refusal::NotFound("appointment"))?;
    if row.to_at.is_some() {
        return Err(refused("this appointment has ended already").into());
    }
    if at < row.from_at {
        return Err(refused("an appointment cannot end before it begins").into());
    }
    let (unit, person) = (row.unit_id, row.person_id);
    let mut batch = Batch::default();
    batch.upsert::<appointment::Entity>(vec![appointment::Model { to_at: Some(at), ..row }]);
    batch.run(tx).await?;
    let what = ("appointment_ended", json!({ "appointment": id, "person": person }));
    append(tx, workflow.clock.now(), Stream::Unit, unit.0, by, what).await
}
