//! The answer to 申请延期 and 申请再次补正: at which unit the request lies now, and who gives it there.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entities::{
    Duty, ExtensionId, ExtensionKind, ExtensionState, PersonId, UnitId, appointment, case_file,
    extension, unit,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use serde_json::json;

use super::{
    answer::{Done, finish},
    extend_step::{given, tell},
};
use crate::{
    Actor, CommandError, Event, Refusal, Workflow, load,
    organisation::Organisation,
    rules::{
        authority::{Authority, Right},
        clock::Budget,
        engine::Engine,
        recipients::Way,
    },
};

/// Who answers in the unit that is asked: those with the duty, else its head, else its handlers.
pub(super) fn answering(organisation: &Organisation, unit: UnitId, duty: Duty) -> Vec<PersonId> {
    let found = [duty, Duty::Head, Duty::Handler].map(|duty| organisation.holders(unit, duty));
    found.into_iter().find(|people| !people.is_empty()).unwrap_or_default()
}

/// The request as it lies with a unit that has taken over from the one that was asked; whoever
/// answers there is told, unless they were before.
pub(super) fn take_over(
    engine: &mut Engine<'_>,
    row: &extension::Model,
    unit_id: UnitId,
) -> extension::Model {
    let row = extension::Model { unit_id, ..row.clone() };
    let letter = match row.kind {
        ExtensionKind::Time => "extension_asked",
        ExtensionKind::Supplement => "supplement_wanted",
    };
    for superior in answering(&engine.facts.organisation, unit_id, row.duty) {
        tell(engine, superior, Way::Mail, (letter, &row), &json!({}));
    }
    row
}

/// The unit that answers what was asked of `unit`: itself, or whichever has taken over from it.
async fn answers_now(db: &impl ConnectionTrait, unit: UnitId) -> Result<UnitId, DbErr> {
    let (mut at, mut seen) = (unit, BTreeSet::new());
    // A circle, which no command makes, ends too.
    while seen.insert(at) {
        let found = unit::Entity::find_by_id(at).one(db).await?;
        match found.and_then(|unit| unit.to_on.and(unit.successor_id)) {
            Some(heir) => at = heir,
            None => break,
        }
    }
    Ok(at)
}

/// `units`, and those from which they have taken over: what was asked of these is theirs to answer.
///
/// # Errors
/// The database's.
pub async fn with_predecessors(
    db: &impl ConnectionTrait,
    units: impl IntoIterator<Item = UnitId>,
) -> Result<BTreeSet<UnitId>, DbErr> {
    let mut all: BTreeSet<UnitId> = units.into_iter().collect();
    let mut last: Vec<UnitId> = all.iter().copied().collect();
    while !last.is_empty() {
        let closed = unit::Entity::find()
            .filter(unit::Column::SuccessorId.is_in(load::padded(&last)))
            .filter(unit::Column::ToOn.is_not_null())
            .all(db)
            .await?;
        last = closed.into_iter().map(|unit| unit.id).filter(|id| all.insert(*id)).collect();
    }
    Ok(all)
}

/// By what right somebody may answer a request, if they may: by the duty that is asked in the unit,
/// as its head, or, where it has neither, as one of its handlers; of their own, or of somebody in
/// whose place they stand. Never what they, or that one, have asked for themselves.
///
/// # Errors
/// The database's.
pub async fn may_answer(
    db: &impl ConnectionTrait,
    authority: &Authority,
    (row, case): (&extension::Model, &case_file::Model),
    now: DateTime<Utc>,
) -> Result<Right, DbErr> {
    if authority.actor.person.is_none_or(|person| person == row.asked_by) {
        return Ok(None);
    }
    let unit = answers_now(db, row.unit_id).await?;
    let there = appointment::Entity::in_units(vec![unit], now).all(db).await?;
    let has = |duty: Duty| there.iter().any(|held| held.duty == duty);
    let first = [row.duty, Duty::Head, Duty::Handler].into_iter().find(|duty| has(*duty));
    let stands_in = authority.stands_in.iter().filter(|one| one.covers(case));
    let in_a_name = stands_in.filter(|one| one.absent() != row.asked_by).flat_map(|one| &one.held);
    let fits = |held: &&appointment::Model| {
        held.unit_id == unit && (Some(held.duty) == first || held.duty == Duty::Head)
    };
    Ok(authority.appointments.iter().chain(in_a_name).find(fits).cloned())
}

/// Gives what was asked for, or not. The applicant is told of the new day, the holder of the
/// answer. Who answers in somebody's name has that on record.
///
/// # Errors
/// [`Refusal::NotFound`] for whoever may not answer, [`Refusal::Settled`] when it was answered,
/// or the step has ended.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, extension.id = %id))]
pub async fn answer_extension(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    id: ExtensionId,
    gives: bool,
) -> Result<Done, CommandError> {
    let none = || Refusal::NotFound("extension");
    let found = extension::Entity::find_by_id(id).one(tx).await?.ok_or_else(none)?;
    let file = load::lock(tx, found.case_id).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let authority = load::authority(tx, actor, now).await?;
    let right = may_answer(tx, &authority, (&found, &file), now).await?;
    if right.is_none() {
        return Err(none().into());
    }
    let row = extension::Entity::find_by_id(id).one(tx).await?.ok_or_else(none)?;
    let before = load::state(tx, file).await?;
    let run = before.run(row.run_id).ok_or_else(none)?;
    if row.state != ExtensionState::Asked || run.closed_at.is_some() {
        return Err(Refusal::Settled { by: None, state: run.state }.into());
    }
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    if let Some(on_behalf) = authority.absent(&right) {
        engine.emit(Event::AnsweredInName { run: row.run_id, on_behalf });
    }
    let state = if gives && row.kind == ExtensionKind::Supplement {
        let unit = before.task(row.task_id).ok_or_else(none)?.unit_id;
        engine.emit(Event::SupplementAllowed { run: row.run_id, unit });
        ExtensionState::Approved
    } else if gives {
        let by: Budget = row
            .by_span
            .parse()
            .map_err(|_| CommandError::Stored(format!("extension by {}", row.by_span)))?;
        let given = given(tx, &before, false).await?.len();
        engine.extend(row.run_id, by, (row.asked_at, given))?;
        if let (Some(subject), Some(due)) = (before.case.subject_id, promised(&engine, &row)) {
            tell(&mut engine, subject, Way::Sms, ("extended", &row), &json!({ "until": due }));
        }
        ExtensionState::Approved
    } else {
        if row.kind == ExtensionKind::Time {
            engine.emit(Event::ExtensionRefused { run: row.run_id });
        }
        ExtensionState::Refused
    };
    let answer = match (row.kind, gives) {
        (ExtensionKind::Time, true) => "extension_given",
        (ExtensionKind::Time, false) => "extension_refused",
        (ExtensionKind::Supplement, true) => "supplement_allowed",
        (ExtensionKind::Supplement, false) => "supplement_not_allowed",
    };
    tell(&mut engine, row.asked_by, Way::Mail, (answer, &row), &json!({}));
    let row = extension::Model { state, decided_by: actor.person, decided_at: Some(now), ..row };
    finish(tx, &before, engine, (Some(actor), machine), |change| {
        change.extensions.push(row);
    })
    .await
}

/// What the applicant waits for: the end of the whole, else of the step.
fn promised(engine: &Engine<'_>, row: &extension::Model) -> Option<DateTime<Utc>> {
    let total = engine.state.case_clock(entities::ClockKind::Total);
    let total = total.filter(|clock| clock.ended_at.is_none()).and_then(|clock| clock.due_at);
    total.or_else(|| engine.state.run(row.run_id)?.due_at)
}
