//! Duties: given for a time, never changed but closed.

use chrono::{DateTime, Utc};
use entities::{AppointmentId, Duty, PersonId, Stream, UnitId, appointment, person, unit};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::{entitled, leaves, refused, units::closed};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    record::{Batch, append},
    rules::administering::{Power, kept_from, not_oneself},
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

/// Gives somebody a duty in a unit. Whoever has it already keeps the older appointment. Duties
/// that administer are the security administrator's to give, and nobody has two of them; nobody
/// gives himself anything.
///
/// # Errors
/// [`Refusal::NotFound`] for a person or a unit that is none, [`Refusal::NotYours`] for whoever may
/// not give it, [`Refusal::Unfit`] for a unit that is closed or a second administrative duty; or
/// the database's.
#[tracing::instrument(skip_all, fields(unit.id = %ask.unit))]
pub async fn appoint(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: Appoint,
) -> Result<AppointmentId, CommandError> {
    let Appoint { person, unit, duty, from } = ask;
    let now = workflow.clock.now();
    entitled(tx, by, Power::over(duty), now).await?;
    not_oneself(by, person)?;
    // The unit before the person: whoever closes a unit takes the two in this order.
    let place = unit::Entity::find_by_id(unit).lock_shared().one(tx).await?;
    let place = place.ok_or(Refusal::NotFound("unit"))?;
    if place.to_on.is_some() {
        return Err(closed(&place).into());
    }
    if person::Entity::find_by_id(person).lock_exclusive().one(tx).await?.is_none() {
        return Err(Refusal::NotFound("person").into());
    }
    let held = appointment::Entity::find().filter(appointment::Column::PersonId.eq(person));
    let held = held.all(tx).await?;
    if let Some(other) = kept_from(&held, duty, now) {
        return Err(second(other).into());
    }
    let lasts = |row: &&appointment::Model| {
        row.unit_id == unit
            && row.duty == duty
            && row.from_at <= from
            && row.to_at.is_none_or(|to| to > from)
    };
    if let Some(same) = held.iter().find(lasts) {
        return Ok(same.id);
    }
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

fn second(held: Duty) -> Refusal {
    let (zh, en) = match held {
        Duty::SecurityAdministrator => ("安全管理员", "a security administrator"),
        Duty::Auditor => ("审计管理员", "an auditor"),
        _ => ("系统管理员", "a system administrator"),
    };
    refused(
        format!("此人已任{zh}；三类管理职责不得由一人兼任，请先解除原职责"),
        format!("this person is {en}; nobody has two administrative duties, so end that one first"),
    )
}

/// 解职: ends a duty at `at`, the first moment at which it holds no longer. It waits for whoever
/// signs by this duty just now; what lies with its holder goes back to the unit afterwards, by
/// [`crate::commands::settle_slots`]. With the last one end the substitutions from and to its
/// holder, their sessions and their tokens.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::NotYours`] for whoever may not end it; [`Refusal::Unfit`] when
/// it has ended already, or would end before it began; or the database's.
#[tracing::instrument(skip_all)]
pub async fn end_appointment(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    (id, at): (AppointmentId, DateTime<Utc>),
) -> Result<(), CommandError> {
    let person = close_appointment(tx, workflow, by, (id, at)).await?;
    leaves(tx, workflow, by, person).await
}

/// The same, for whoever gets another duty at once: what hangs on their duties stays. Whose it was.
///
/// # Errors
/// As [`end_appointment`].
pub(crate) async fn close_appointment(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    (id, at): (AppointmentId, DateTime<Utc>),
) -> Result<PersonId, CommandError> {
    let now = workflow.clock.now();
    let found = appointment::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let Some(row) = found else {
        entitled(tx, by, Power::Organise, now).await?;
        return Err(Refusal::NotFound("appointment").into());
    };
    entitled(tx, by, Power::over(row.duty), now).await?;
    not_oneself(by, row.person_id)?;
    if row.to_at.is_some() {
        return Err(refused("此任职已经结束", "this appointment has ended already").into());
    }
    if at < row.from_at {
        return Err(refused(
            "任职的结束不能早于开始",
            "an appointment cannot end before it begins",
        )
        .into());
    }
    let (unit, person) = (row.unit_id, row.person_id);
    let mut batch = Batch::default();
    batch.upsert::<appointment::Entity>(vec![appointment::Model { to_at: Some(at), ..row }]);
    batch.run(tx).await?;
    let what = ("appointment_ended", json!({ "appointment": id, "person": person }));
    append(tx, now, Stream::Unit, unit.0, by, what).await?;
    Ok(person)
}

/// Whether somebody may end a duty.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::NotYours`]; or the database's.
pub async fn may_end(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Actor,
    id: AppointmentId,
) -> Result<(), CommandError> {
    let now = workflow.clock.now();
    let found = appointment::Entity::find_by_id(id).one(tx).await?;
    let power = found.as_ref().map_or(Power::Organise, |row| Power::over(row.duty));
    entitled(tx, Some(by), power, now).await?;
    found.map(|_| ()).ok_or(Refusal::NotFound("appointment").into())
}
