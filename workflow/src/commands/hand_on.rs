//! 转办、委派、交回: a slot goes to a colleague, for good or to be prepared.

use chrono::{DateTime, Utc};
use entities::{NoteKind, PersonId, TaskId, appointment};
use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter};

use super::{
    answer::{Done, finish},
    asking::note_of,
    decide::{AtStep, at_step},
    receiver::receiver,
};
use crate::{
    Actor, Bar, CommandError, Refusal, Workflow,
    canonical::hex,
    event::How,
    rules::{authority::Verb, engine::Engine, passing_on::Comes},
    state::CaseState,
};

/// Passes a slot on to a colleague of the same office and duty, with a reason. `how`:
/// [`How::Transferred`] for good, [`How::Delegated`] to be prepared and given back.
///
/// # Errors
/// [`Refusal::NeedsReason`] without words; [`Refusal::NotYours`] with what bars the colleague, who
/// is judged as if they took it themselves; or as
/// [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn hand_on(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (how, to, seen, words): (How, PersonId, Option<i32>, String),
) -> Result<Done, CommandError> {
    let verb = if how == How::Delegated { Verb::Delegate } else { Verb::Transfer };
    let at = with_words(tx, workflow, actor, (task, verb, seen), &words).await?;
    let same =
        |held: &appointment::Model| held.unit_id == at.task.unit_id && held.duty == at.task.duty;
    if at.task.person_id == Some(to) || actor.person == Some(to) {
        return Err(Refusal::NotYours(Bar::SignedAlready).into());
    }
    able(tx, &at, to, same).await?;
    // Whoever gives it away had it: it comes back to them.
    brought(tx, workflow, actor, at, (NoteKind::Moved, &words, true), |engine, hash| {
        engine.pass_on(task, how, to, hash)
    })
    .await
}

/// A delegate gives a slot back, with what they have to say; or whoever gave it takes it back.
///
/// # Errors
/// As [`hand_on`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn give_back(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (seen, words): (Option<i32>, String),
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::GiveBack, seen)).await?;
    let owner = at.task.owner_id.ok_or(Refusal::NotNow { verb: Verb::GiveBack })?;
    brought(tx, workflow, actor, at, (NoteKind::Moved, &words, false), |engine, hash| {
        engine.pass_on(task, How::GivenBack, owner, hash)
    })
    .await
}

/// What all verbs end with that bring somebody to a slot: the words sealed, the slot kept in the
/// hand of whoever brings them where `keeps` says so and nobody had taken it, `work` done, told.
pub(super) async fn brought(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    at: AtStep,
    (kind, words, keeps): (NoteKind, &str, bool),
    work: impl FnOnce(&mut Engine<'_>, Option<String>) -> Result<(), Refusal>,
) -> Result<Done, CommandError> {
    let note = note_of(tx, workflow, actor, &at, (kind, words)).await?;
    let hash = note.as_ref().map(|note| hex(&note.sha256));
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    let task = at.task.id;
    let free = at.task.person_id.is_none() || CaseState::is_offered(&at.task);
    // A head passes on what never was in their own hand.
    let holds = at.right.is_some();
    if let (true, Some(person)) = (keeps && free && holds, actor.person) {
        engine.emit(crate::Event::TaskClaimed { task, person });
    }
    work(&mut engine, hash)?;
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| change.told.extend(note))
        .await
}

/// What they begin with: the one who asks judged, and words.
pub(super) async fn with_words(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: (TaskId, Verb, Option<i32>),
    words: &str,
) -> Result<AtStep, CommandError> {
    let at = at_step(tx, workflow, actor, ask).await?;
    if words.trim().is_empty() {
        return Err(Refusal::NeedsReason.into());
    }
    Ok(at)
}

/// Judges somebody else as if they took the slot: they have an appointment that `fits`, and nothing
/// bars them. By which appointment they come.
///
/// # Errors
/// [`Refusal::NotYours`].
pub(super) async fn able(
    tx: &DatabaseTransaction,
    at: &AtStep,
    person: PersonId,
    fits: impl Fn(&appointment::Model) -> bool,
) -> Result<Comes, CommandError> {
    let receiver = receiver(tx, person, at.now).await?;
    Ok(receiver.may(&at.facts, &at.before, &at.task, fits)?)
}

/// Those to whom a slot may go: who has the same duty in the same office, and is not who asks.
///
/// # Errors
/// The database's.
pub async fn colleagues(
    db: &impl sea_orm::ConnectionTrait,
    task: &entities::task::Model,
    but: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<Vec<PersonId>, CommandError> {
    let there = appointment::Entity::in_units([task.unit_id], now)
        .filter(appointment::Column::Duty.eq(task.duty))
        .all(db)
        .await?;
    let mut people: Vec<PersonId> = there.into_iter().map(|held| held.person_id).collect();
    people.retain(|person| Some(*person) != but && Some(*person) != task.person_id);
    people.dedup();
    Ok(people)
}
