//! 代理: somebody who will be away says who decides in their name, from when to when, how far.

use chrono::{DateTime, Utc};
use entities::{
    Duty, Fen, PersonId, Stream, SubstitutionId, UnitId, appointment, person, substitution,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryOrder, QuerySelect};
use serde_json::json;

use super::heads_below::heads_below;
use crate::{
    Actor, Bar, CommandError, Fault, Refusal, Workflow, load,
    record::{Batch, append},
    rules::administering::{Power, not_oneself},
};

/// A substitute that somebody names.
#[derive(Clone, Debug)]
pub struct NameSubstitute {
    /// Who will be away.
    pub absent: PersonId,
    /// Who decides in their name.
    pub substitute: PersonId,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Only cases of this program.
    pub program: Option<String>,
    /// Awards of at most so much.
    pub most: Option<Fen>,
}

/// Names a substitute: for oneself; as the head of the office, for one of its people; as the head
/// above it, for its head; as a system administrator, for anybody. They work at the same place, and
/// get what the one who is away is appointed to, and nothing that one has in the name of others.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever is none of them, and for an administrator who names
/// themselves; [`Refusal::Form`] for a window that is none or is over, a program that is not known,
/// a ceiling below one fen; [`Refusal::Substitute`] for oneself, for somebody who works nowhere or
/// elsewhere, and for a chain.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account))]
pub async fn name_substitute(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: NameSubstitute,
) -> Result<SubstitutionId, CommandError> {
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let (by, how) = may_name(tx, actor, ask.absent, now).await?;
    if how == Names::Administers {
        not_oneself(Some(actor), ask.substitute)?;
    }
    check(workflow, &ask, now)?;
    // One writer for what hangs together: both people, in the order of their ids.
    for id in [ask.absent.min(ask.substitute), ask.absent.max(ask.substitute)] {
        load::lock_person(tx, id).await?;
    }
    // Whoever is dismissed just now is waited for, or waits, and then this one is ended too.
    let staff = appointment::Entity::held_by_for_share(ask.substitute, now).all(tx).await?;
    let absent = appointment::Entity::held_by_for_share(ask.absent, now).all(tx).await?;
    if absent.is_empty() {
        return Err(Refusal::NotYours(Bar::NotStaff).into());
    }
    let works = staff.iter().any(|held| held.duty.is_of_cases());
    if ask.absent == ask.substitute || !works {
        return Err(Refusal::Substitute(Wrong::Nobody).into());
    }
    let near = load::places(tx, absent.iter().map(|held| held.unit_id)).await?;
    if !staff.iter().any(|held| held.duty.is_of_cases() && near.contains(&held.unit_id)) {
        return Err(Refusal::Substitute(Wrong::Elsewhere).into());
    }
    let overlaps = |row: &substitution::Model| row.from_at < ask.to && ask.from < row.to_at;
    let theirs = substitution::Entity::to_come(ask.substitute, now).all(tx).await?;
    if theirs.iter().any(|row| row.person_id == ask.substitute && overlaps(row)) {
        return Err(Refusal::Substitute(Wrong::Away).into());
    }
    let own = substitution::Entity::to_come(ask.absent, now).all(tx).await?;
    if own.iter().any(|row| row.substitute_id == ask.absent && overlaps(row)) {
        return Err(Refusal::Substitute(Wrong::Chain).into());
    }
    let row = substitution::Model {
        id: SubstitutionId::at(now),
        person_id: ask.absent,
        substitute_id: ask.substitute,
        from_at: ask.from,
        to_at: ask.to,
        program: ask.program,
        most_fen: ask.most,
        made_by: by,
        made_at: machine,
        ended_at: None,
    };
    let what = json!({
        "substitution": row.id, "substitute": row.substitute_id, "from": row.from_at,
        "to": row.to_at, "program": row.program, "most": row.most_fen,
    });
    let id = row.id;
    let mut batch = Batch::default();
    batch.insert::<substitution::Entity>(vec![row]);
    batch.run(tx).await?;
    append(tx, now, Stream::Person, ask.absent.0, Some(actor), ("substitute_named", what)).await?;
    Ok(id)
}

/// Ends a substitution before its time; by whoever may name one.
///
/// # Errors
/// [`Refusal::NotFound`], also for one that is over; or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account))]
pub async fn end_substitute(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    id: SubstitutionId,
) -> Result<(), CommandError> {
    let now = workflow.clock.now();
    let none = || Refusal::NotFound("substitution");
    let known = substitution::Entity::find_by_id(id).one(tx).await?.ok_or_else(none)?;
    may_name(tx, actor, known.person_id, now).await.map_err(|_| none())?;
    load::lock_person(tx, known.person_id).await?;
    // Whoever decides by it just now is waited for.
    let found = substitution::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let found = found.ok_or_else(none)?;
    if found.ended_at.is_some() || found.to_at <= now {
        return Err(none().into());
    }
    let ended = substitution::Model { ended_at: Some(now), ..found.clone() };
    let mut batch = Batch::default();
    batch.change::<substitution::Entity>(&found, &ended);
    batch.run(tx).await?;
    let what = ("substitute_ended", json!({ "substitution": id }));
    append(tx, now, Stream::Person, found.person_id.0, Some(actor), what).await?;
    Ok(())
}

/// What is arranged for somebody: whom they stand in for, and who stands in for them.
///
/// # Errors
/// The database's.
pub async fn substitutions(
    db: &impl ConnectionTrait,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<substitution::Model>, DbErr> {
    let rows = substitution::Entity::to_come(person, now);
    rows.order_by_asc(substitution::Column::FromAt).all(db).await
}

/// Who may be named: whoever works in one of the offices of the one who is away, or at its place.
///
/// # Errors
/// The database's.
pub async fn possible_substitutes(
    db: &impl ConnectionTrait,
    absent: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<person::Model>, CommandError> {
    use sea_orm::{ColumnTrait, QueryFilter};
    let own = appointment::Entity::held_by(absent, now).all(db).await?;
    let places = load::places(db, own.iter().map(|held| held.unit_id)).await?;
    let there = appointment::Entity::in_units(places, now).all(db).await?;
    let mut ids: Vec<PersonId> = there
        .into_iter()
        .filter(|held| held.duty.is_of_cases())
        .map(|held| held.person_id)
        .filter(|id| *id != absent)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let people = person::Entity::find().filter(person::Column::Id.is_in(load::padded(&ids)));
    Ok(people.order_by_asc(person::Column::Name).all(db).await?)
}

/// Why somebody cannot be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// Oneself, or somebody who works nowhere.
    #[error("name a colleague who works somewhere")]
    Nobody,
    /// Somebody of another place.
    #[error("name somebody who works in the same office or at the same place")]
    Elsewhere,
    /// The substitute is away at that time.
    #[error("the substitute has named a substitute for that time; name somebody who is there")]
    Away,
    /// Whoever stands in for others cannot be stood in for meanwhile.
    #[error("you stand in for somebody at that time; let that be ended first")]
    Chain,
}

/// By what somebody names a substitute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// It is for themselves.
    Oneself,
    /// They head the office, or are above its head.
    Heads,
    /// They administer the system: whoever has fallen ill can name nobody.
    Administers,
}

/// For oneself, for one of the people of an office that one heads, for a head below, or as a system
/// administrator. Who asks, and by what.
async fn may_name(
    tx: &DatabaseTransaction,
    actor: Actor,
    absent: PersonId,
    now: DateTime<Utc>,
) -> Result<(PersonId, Names), CommandError> {
    let person = actor.person.ok_or(Refusal::NotYours(Bar::NotStaff))?;
    let own = appointment::Entity::held_by_for_share(person, now).all(tx).await?;
    Ok((person, names(tx, (person, &own), absent, now).await?))
}

async fn names(
    db: &impl ConnectionTrait,
    (person, own): (PersonId, &[appointment::Model]),
    absent: PersonId,
    now: DateTime<Utc>,
) -> Result<Names, CommandError> {
    let theirs = appointment::Entity::held_by(absent, now).all(db).await?;
    if theirs.is_empty() {
        return Err(Refusal::NotYours(Bar::NotStaff).into());
    }
    if person == absent {
        return Ok(Names::Oneself);
    }
    let heads: Vec<UnitId> = load::headed(db, own).await?;
    if theirs.iter().any(|held| heads.contains(&held.unit_id) && held.duty != Duty::Head) {
        return Ok(Names::Heads);
    }
    let is_head = theirs.iter().any(|held| held.duty == Duty::Head);
    if is_head && heads_below(db, &heads, now).await?.iter().any(|held| held.person_id == absent) {
        return Ok(Names::Heads);
    }
    if Power::Organise.of(own).is_ok() {
        return Ok(Names::Administers);
    }
    Err(Refusal::NotYours(Bar::OtherOffice).into())
}

/// Whether somebody may arrange a substitute for `absent`: for pages.
///
/// # Errors
/// The database's.
pub async fn may_arrange(
    db: &impl ConnectionTrait,
    actor: Actor,
    absent: PersonId,
    now: DateTime<Utc>,
) -> Result<bool, CommandError> {
    let Some(person) = actor.person else { return Ok(false) };
    let own = appointment::Entity::held_by(person, now).all(db).await?;
    match names(db, (person, &own), absent, now).await {
        Ok(_) => Ok(true),
        Err(CommandError::Refused(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

fn check(workflow: &Workflow, ask: &NameSubstitute, now: DateTime<Utc>) -> Result<(), Refusal> {
    let mut faults = Vec::new();
    if ask.to <= ask.from || ask.to <= now {
        faults.push(Fault::new("to", "out_of_range", ""));
    }
    if ask.program.as_ref().is_some_and(|id| workflow.programs.get(id).is_none()) {
        faults.push(Fault::new("program", "not_an_option", ""));
    }
    if ask.most.is_some_and(|most| most <= Fen(0)) {
        faults.push(Fault::new("most", "out_of_range", ""));
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Form(faults)) }
}
