//! 申请延期、再次补正: asked for by the holder, in time.

use entities::{
    Duty, ExtensionId, ExtensionKind, ExtensionState, NoteKind, PersonId, StepRunId, TaskId,
    extension,
};
use sea_orm::{DatabaseTransaction, DbErr};
use serde_json::json;

use super::{
    answer::{Done, finish},
    answer_request::answering,
    asking::note_of,
    decide::at_step,
};
use crate::{
    Actor, Bar, CommandError, Event, Refusal, Workflow,
    canonical::hex,
    rules::{
        authority::Verb,
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
pub(super) async fn given(
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

/// A letter about a request, about its step.
pub(super) fn tell(
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
