//! 拿回、撤销决定: what somebody signed a moment ago.

use entities::{LetterKind, NoteKind, TaskId, letter};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::{
    answer::{Done, finish},
    asking::note_of,
    decide::{AtStep, at_step},
    submit_case,
};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    canonical::hex,
    record::Change,
    rules::{
        authority::Verb,
        engine::Engine,
        recipients::{Message, Way},
        taking_back,
    },
};

/// Takes one's signature back, as long as nobody has taken or signed the next step.
///
/// # Errors
/// [`Refusal::NotNow`], or as [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn take_back(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    seen: Option<i32>,
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::TakeBack, seen)).await?;
    is_still_here(tx, &at, Verb::TakeBack).await?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    taking_back::take_back(&mut engine, task)?;
    // What was not waited for any more is, perhaps.
    let on = |change: &mut Change| change.routing = Some(true);
    finish(tx, &at.before, engine, (Some(actor), at.machine), on).await
}

/// Undoes one's decision within two hours, with a reason, if nothing has been paid, published or
/// sent out. The applicant is told.
///
/// # Errors
/// [`Refusal::NeedsReason`], [`Refusal::NotNow`], [`Refusal::Once`] when the same has been asked
/// for meanwhile, or as [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn undo_decision(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (seen, words): (Option<i32>, String),
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::Undo, seen)).await?;
    if words.trim().is_empty() {
        return Err(Refusal::NeedsReason.into());
    }
    is_still_here(tx, &at, Verb::Undo).await?;
    let note = note_of(tx, workflow, actor, &at, (NoteKind::TakenBack, &words)).await?;
    let hash = note.as_ref().map(|note| hex(&note.sha256));
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    taking_back::undo(&mut engine, task, hash)?;
    engine.state.case.once_key = once_again(tx, workflow, &at).await?;
    if let Some(person) = at.before.case.subject_id {
        engine.messages.push(Message {
            key: format!("{task}/undone/{}", at.now.timestamp()),
            person,
            way: Way::Sms,
            template: "undone",
            params: json!({ "step": at.task.path }),
        });
    }
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| {
        change.told.extend(note);
        change.routing = Some(true);
    })
    .await
}

/// Other cases have not been answered on the strength of that signature: what they have heard is
/// not unsaid.
async fn is_still_here(
    tx: &DatabaseTransaction,
    at: &AtStep,
    verb: Verb,
) -> Result<(), CommandError> {
    let Some(signed) = at.task.signed_at else { return Ok(()) };
    let gone = letter::Entity::find()
        .filter(letter::Column::FromCase.eq(at.before.case.id))
        .filter(letter::Column::Kind.eq(LetterKind::Answer))
        .filter(letter::Column::SentAt.gte(signed));
    if gone.count(tx).await? > 0 { Err(Refusal::NotNow { verb }.into()) } else { Ok(()) }
}

/// What was refused might have been asked for again: the claim is this case's once more, or the
/// decision stands.
async fn once_again(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    at: &AtStep,
) -> Result<Option<Vec<u8>>, CommandError> {
    let case = &at.before.case;
    if case.once_key.is_some() {
        return Ok(case.once_key.clone());
    }
    let scope = at.facts.scope(&at.before, case.submitted_at.unwrap_or(at.now));
    submit_case::once_key(tx, workflow, (&at.before, &at.facts), &scope).await
}
