//! 申请延期 and its answer: asked for by the holder in time, given once by the superior.

use chrono::{DateTime, Utc};
use entities::{
    Duty, ExtensionId, ExtensionKind, ExtensionState, NoteKind, PersonId, StepRunId, TaskId,
    UnitId, appointment, extension,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait};
use serde_json::json;

use super::{
    answer::{Done, finish},
    asking::note_of,
    decide::at_step,
};
use crate::{
    Actor, Bar, CommandError, Event, Refusal, Workflow,
    canonical::hex,
    load,
    organisation::Organisation,
    rules::{
        authority::Verb,
        clock::Budget,
        engine::Engine,
        recipients::{Message, Way},
    },
    state::CaseState,
};

/// The holder asks for the time that the program allows, before the own is over; the words are
/// kept encrypted. Whoever may answer is told.
///
/// # Errors
/// [`Refusal::ExtendedAlready`], also while an earlier request waits; [`Refusal::TooLate`],
/// [`Refusal::NeedsReason`] without words, or as
/// [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn ask_extension(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (seen, words): (Option<i32>, String),
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::AskExtension, seen)).await?;
    let person = actor.person.ok_or(Refusal::NotYours(Bar::NotStaff))?;
    if words.trim().is_empty() {
        return Err(Refusal::NeedsReason.into());
    }
    let given = given(tx, &at.before, true).await?;
    let note = note_of(tx, workflow, actor, &at, (NoteKind::Extension, &words)).await?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    let hash = note.as_ref().map(|note| hex(&note.sha256));
    let run = at.task.run_id;
    let (asked, by) = engine.ask_extension((run, task), &given, hash)?;
    let row = extension::Model {
        id: ExtensionId::at(at.now),
        case_id: at.before.case.id,
        run_id: run,
        task_id: task,
        by_span: by,
        unit_id: asked.unit,
        duty: asked.duty,
        state: ExtensionState::Asked,
        asked_by: person,
        asked_at: at.now,
        decided_by: None,
        decided_at: None,
        kind: ExtensionKind::Time,
    };
    for superior in answering(&at.facts.organisation, asked.unit, asked.duty) {
        tell(&mut engine, superior, Way::Mail, ("extension_asked", &row), &json!({}));
    }
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| {
        change.told.extend(note);
        change.extensions.push(row);
    })
    .await
}

/// The steps of a case for which more time was given, and with `asked` those for which it is asked
/// for. What was never answered before its step ended has given nothing.
async fn given(
    tx: &DatabaseTransaction,
    before: &CaseState,
    asked: bool,
) -> Result<Vec<StepRunId>, DbErr> {
    let open =
        |row: &extension::Model| before.run(row.run_id).is_some_and(|run| run.closed_at.is_none());
    let rows = extension::Entity::of_case(before.case.id).all(tx).await?;
    let of_time = rows.iter().filter(|row| row.kind == ExtensionKind::Time);
    let counts = of_time.filter(|row| match row.state {
        ExtensionState::Approved => true,
        ExtensionState::Asked => asked && open(row),
        ExtensionState::Refused => false,
    });
    Ok(counts.map(|row| row.run_id).collect())
}

/// 申请再次补正: the holder wants to ask the applicant a second time. The superior answers; if they
/// allow it, it counts against the unit, which should have asked for all at once.
///
/// # Errors
/// [`Refusal::ExtendedAlready`] while an earlier request waits, [`Refusal::NeedsReason`] without
/// words, or as [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn ask_supplement_again(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (seen, words): (Option<i32>, String),
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::AskSupplementAgain, seen)).await?;
    let person = actor.person.ok_or(Refusal::NotYours(Bar::NotStaff))?;
    if words.trim().is_empty() {
        return Err(Refusal::NeedsReason.into());
    }
    let run = at.task.run_id;
    let earlier = extension::Entity::of_case(at.before.case.id).all(tx).await?;
    let waits = |row: &extension::Model| row.run_id == run && row.state == ExtensionState::Asked;
    if earlier.iter().any(|row| row.kind == ExtensionKind::Supplement && waits(row)) {
        return Err(Refusal::ExtendedAlready.into());
    }
    let superior = at.facts.organisation.superior(at.task.unit_id);
    let unit = superior.map(|unit| unit.id).ok_or(Refusal::NotFound("superior"))?;
    let note = note_of(tx, workflow, actor, &at, (NoteKind::Extension, &words)).await?;
    let hash = note.as_ref().map(|note| hex(&note.sha256));
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    engine.emit(Event::SupplementWanted { run, task, note: hash });
    let row = extension::Model {
        id: ExtensionId::at(at.now),
        case_id: at.before.case.id,
        run_id: run,
        task_id: task,
        by_span: String::new(),
        unit_id: unit,
        duty: Duty::Head,
        state: ExtensionState::Asked,
        asked_by: person,
        asked_at: at.now,
        decided_by: None,
        decided_at: None,
        kind: ExtensionKind::Supplement,
    };
    for superior in answering(&at.facts.organisation, unit, Duty::Head) {
        tell(&mut engine, superior, Way::Mail, ("supplement_wanted", &row), &json!({}));
    }
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| {
        change.told.extend(note);
        change.extensions.push(row);
    })
    .await
}

/// Who answers in the unit that is asked: those with the duty, else its head, else its handlers.
fn answering(organisation: &Organisation, unit: UnitId, duty: Duty) -> Vec<PersonId> {
    let found = [duty, Duty::Head, Duty::Handler].map(|duty| organisation.holders(unit, duty));
    found.into_iter().find(|people| !people.is_empty()).unwrap_or_default()
}

/// Whether `actor` may answer a request: by the duty that is asked in the unit, as its head, or,
/// where it has neither, as one of its handlers; never their own.
///
/// # Errors
/// The database's.
pub async fn may_answer(
    db: &impl ConnectionTrait,
    actor: Actor,
    row: &extension::Model,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let Some(person) = actor.person.filter(|person| *person != row.asked_by) else {
        return Ok(false);
    };
    let there = appointment::Entity::in_units(vec![row.unit_id], now).all(db).await?;
    let has = |duty: Duty| there.iter().any(|held| held.duty == duty);
    let mine = |duty: Duty| there.iter().any(|held| held.duty == duty && held.person_id == person);
    let first = [row.duty, Duty::Head, Duty::Handler].into_iter().find(|duty| has(*duty));
    Ok(first.is_some_and(mine) || mine(Duty::Head))
}

/// Gives what was asked for, or not. The applicant is told of the new day, the holder of the
/// answer.
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
    if !may_answer(tx, actor, &found, now).await? {
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

fn tell(
    engine: &mut Engine<'_>,
    person: PersonId,
    way: Way,
    (template, row): (&'static str, &extension::Model),
    more: &serde_json::Value,
) {
    let run = engine.state.run(row.run_id);
    let mut params = json!({
        "step": run.map(|run| run.path.clone()), "due": run.and_then(|run| run.due_at),
    });
    if let (Some(params), Some(more)) = (params.as_object_mut(), more.as_object()) {
        params.extend(more.clone());
    }
    let key = format!("{}/{template}/{person}", row.id);
    engine.messages.push(Message { key, person, way, template, params });
}
