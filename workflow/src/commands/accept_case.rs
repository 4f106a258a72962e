//! 受理, 不予受理: the first step takes a case on, or does not.

use entities::{Outcome, TaskId};
use sea_orm::DatabaseTransaction;

use super::{
    answer::{Done, finish},
    decide::at_step,
    sign_task::known_reason,
};
use crate::{
    Actor, CommandError, Event, Refusal, Workflow,
    event::AcceptedBy,
    rules::{authority::Verb, engine::Engine},
};

/// Takes the case on; the total clock starts.
///
/// # Errors
/// As [`Authority::may`](crate::rules::authority::Authority::may), or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn accept_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    seen: Option<i32>,
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::Accept, seen)).await?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    engine.accept(AcceptedBy::Person, at.now).map_err(Refusal::from)?;
    finish(tx, &at.before, engine, (Some(actor), at.machine), |_| {}).await
}

/// Does not take the case on: it ends, with a reason.
///
/// # Errors
/// [`Refusal::NeedsReason`], [`Refusal::UnknownReason`], or as [`accept_case`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn refuse_acceptance(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    ask: (Option<i32>, String),
) -> Result<Done, CommandError> {
    let (seen, reason) = ask;
    let at = at_step(tx, workflow, actor, (task, Verb::RefuseAcceptance, seen)).await?;
    known_reason(&at.facts, &at.task.path, &reason)?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    engine.emit(Event::AcceptanceRefused { reason: reason.clone() });
    engine.reach(Outcome::Refused, Some(reason)).map_err(Refusal::from)?;
    finish(tx, &at.before, engine, (Some(actor), at.machine), |_| {}).await
}
