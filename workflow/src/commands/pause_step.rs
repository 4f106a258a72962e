//! 挂起 and its end: a step stands for a legal ground, as long as the program allows.

use entities::{NoteKind, TaskId};
use sea_orm::DatabaseTransaction;

use super::{
    answer::{Done, finish},
    asking::note_of,
    decide::at_step,
};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    canonical::hex,
    rules::{
        authority::Verb,
        engine::Engine,
        recipients::{Message, Way},
    },
};

/// Lets a step stand for `ground`, of which the program names the most for the whole case; the
/// words are kept encrypted.
///
/// # Errors
/// [`Refusal::NoGround`], [`Refusal::TooLate`], [`Refusal::StopUsedUp`], [`Refusal::NeedsReason`]
/// without words, or as [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn pause_step(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (seen, ground, words): (Option<i32>, String, String),
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::Suspend, seen)).await?;
    if words.trim().is_empty() {
        return Err(Refusal::NeedsReason.into());
    }
    let note = note_of(tx, workflow, actor, &at, (NoteKind::Pause, &words)).await?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    let hash = note.as_ref().map(|note| hex(&note.sha256));
    engine.pause(at.task.run_id, &ground, hash)?;
    if let Some(person) = at.before.case.subject_id {
        engine.messages.push(Message {
            key: format!("{}/paused/{}", at.task.run_id, at.now.timestamp()),
            person,
            way: Way::Sms,
            template: "paused",
            params: serde_json::json!({ "step": at.task.path }),
        });
    }
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| {
        change.told.extend(note);
    })
    .await
}

/// The step goes on: its clock and the total run again.
///
/// # Errors
/// [`Refusal::NotNow`] when it does not stand, or as
/// [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn continue_step(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    seen: Option<i32>,
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::Continue, seen)).await?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    engine.unpause(at.task.run_id, false);
    finish(tx, &at.before, engine, (Some(actor), at.machine), |_| {}).await
}
