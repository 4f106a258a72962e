//! What the judge must know of whoever asks.

use chrono::{DateTime, Utc};
use entities::{
    CaseId, Duty, PersonId, UnitId, acts_for, appointment, case_file, person, step_run,
    substitution, task, unit,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::padded;
use crate::{
    Actor, CommandError, Refusal,
    program::Program,
    rules::{authority::Authority, standing_in::StandIn},
};

/// What the judge must know of `actor`: one read for a member of staff, one for an applicant.
/// Appointments are kept from being closed until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn authority(
    tx: &DatabaseTransaction,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Authority, CommandError> {
    let used = match actor.person {
        Some(person) => appointment::Entity::used_by(person, now).lock_shared().all(tx).await?,
        None => Vec::new(),
    };
    let acts_for =
        if actor.person.is_none() { acts_for(tx, actor, now).await? } else { Vec::new() };
    let (appointments, others) = parted(actor, used);
    // Asked after the appointments are locked, and locked as they are: what is ended meanwhile is
    // ended for this decision, or waits for it.
    let stands_in = match actor.person.filter(|_| !others.is_empty()) {
        Some(person) => {
            let rows = substitution::Entity::by_for_share(person, now);
            standing_in(tx, rows, &others).await?
        }
        None => Vec::new(),
    };
    Ok(Authority { stands_in, ..Authority::of(actor, appointments, acts_for) })
}

/// What `actor` decides by, read without locks: for pages.
///
/// # Errors
/// The database's.
pub async fn authority_to_show(
    db: &impl ConnectionTrait,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Authority, CommandError> {
    let used = match actor.person {
        Some(person) => appointment::Entity::used_by(person, now).all(db).await?,
        None => Vec::new(),
    };
    let (appointments, others) = parted(actor, used);
    let stands_in = match actor.person.filter(|_| !others.is_empty()) {
        Some(person) => standing_in(db, substitution::Entity::by(person, now), &others).await?,
        None => Vec::new(),
    };
    let heads = headed(db, &appointments).await?;
    Ok(Authority { stands_in, heads, ..Authority::of(actor, appointments, Vec::new()) })
}

/// What is somebody's own, and what is of those in whose place they stand.
fn parted(
    actor: Actor,
    used: Vec<appointment::Model>,
) -> (Vec<appointment::Model>, Vec<appointment::Model>) {
    used.into_iter().partition(|held| Some(held.person_id) == actor.person)
}

/// For whom somebody stands in by those `rows`, and what those have.
async fn standing_in(
    db: &impl ConnectionTrait,
    rows: Select<substitution::Entity>,
    others: &[appointment::Model],
) -> Result<Vec<StandIn>, CommandError> {
    let rows = rows.order_by_asc(substitution::Column::Id).all(db).await?;
    let stand_in = |of: substitution::Model| {
        let held = others.iter().filter(|held| held.person_id == of.person_id);
        StandIn { held: held.cloned().collect(), of }
    };
    Ok(rows.into_iter().map(stand_in).collect())
}

/// The offices that somebody heads: their own, and all of the place that they head.
///
/// # Errors
/// The database's.
pub async fn headed(
    db: &impl ConnectionTrait,
    appointments: &[appointment::Model],
) -> Result<Vec<UnitId>, CommandError> {
    let heads = appointments.iter().filter(|held| held.duty == Duty::Head);
    let units: Vec<UnitId> = heads.map(|held| held.unit_id).collect();
    if units.is_empty() {
        return Ok(units);
    }
    let offices = unit::Entity::find()
        .filter(unit::Column::SeatId.is_in(padded(&units)))
        .select_only()
        .column(unit::Column::Id)
        .into_tuple::<UnitId>()
        .all(db)
        .await?;
    Ok(units.into_iter().chain(offices).collect())
}

/// The numbers of the cases in which `actor` agreed to the step of `task` and what the step calls
/// its debts is late; nothing is read where it names none.
///
/// # Errors
/// The database's.
pub async fn owing(
    db: &impl ConnectionTrait,
    (actor, program): (Actor, &Program),
    task: &task::Model,
    now: DateTime<Utc>,
) -> Result<Vec<String>, CommandError> {
    let debts = program.step(&task.path).map(|step| step.debts.as_slice()).unwrap_or_default();
    let (Some(person), false) = (actor.person, debts.is_empty()) else { return Ok(Vec::new()) };
    let agreed: Vec<CaseId> = task::Entity::find()
        .filter(task::Column::SignedBy.eq(person))
        .filter(task::Column::Program.eq(program.id()))
        .filter(task::Column::Path.eq(task.path.as_str()))
        .filter(task::Column::Verdict.is_in([entities::Verdict::Approved, entities::Verdict::Less]))
        .select_only()
        .column(task::Column::CaseId)
        .into_tuple()
        .all(db)
        .await?;
    if agreed.is_empty() {
        return Ok(Vec::new());
    }
    let late: Vec<CaseId> = step_run::Entity::find()
        .filter(step_run::Column::CaseId.is_in(padded(&agreed)))
        .filter(step_run::Column::Path.is_in(debts.iter().map(crate::program::Word::as_str)))
        .filter(step_run::Column::State.eq(entities::RunState::Open))
        .filter(step_run::Column::DueAt.lte(now))
        .select_only()
        .column(step_run::Column::CaseId)
        .into_tuple()
        .all(db)
        .await?;
    let files = case_file::Entity::find()
        .filter(case_file::Column::Id.is_in(padded(&late)))
        .order_by_asc(case_file::Column::Id)
        .all(db)
        .await?;
    Ok(files.into_iter().filter_map(|file| file.number).collect())
}

/// Whom an account may act for.
///
/// # Errors
/// The database's.
pub async fn acts_for(
    db: &impl ConnectionTrait,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Vec<PersonId>, CommandError> {
    let rows = acts_for::Entity::of_account(actor.account, now).all(db).await?;
    Ok(rows.into_iter().map(|row| row.person_id).collect())
}

/// Locks one person: what is arranged for them has one writer until the transaction ends.
///
/// # Errors
/// [`Refusal::NotFound`], or the database's.
pub async fn lock_person(tx: &DatabaseTransaction, id: PersonId) -> Result<(), CommandError> {
    let found = person::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    found.map(|_| ()).ok_or(CommandError::Refused(Refusal::NotFound("person")))
}

/// All offices at the places of `units`.
///
/// # Errors
/// The database's.
pub async fn places(
    db: &impl ConnectionTrait,
    units: impl IntoIterator<Item = UnitId>,
) -> Result<Vec<UnitId>, CommandError> {
    let units: Vec<UnitId> = units.into_iter().collect();
    let own = unit::Entity::find().filter(unit::Column::Id.is_in(padded(&units))).all(db).await?;
    let seats: Vec<UnitId> = own.into_iter().map(|unit| unit.seat_id).collect();
    let offices = unit::Entity::find()
        .filter(unit::Column::SeatId.is_in(padded(&seats)))
        .select_only()
        .column(unit::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(offices)
}
