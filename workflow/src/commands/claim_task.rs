//! 签领, 放回: one of the pool takes a slot, or gives it back. The clock does not listen.

use entities::TaskId;
use sea_orm::DatabaseTransaction;

use super::{
    answer::{Done, finish},
    decide::at_step,
};
use crate::{
    Actor, CommandError, Event, Refusal, Workflow,
    rules::{authority::Verb, engine::Engine},
};

/// Takes a slot for oneself.
///
/// # Errors
/// As [`Authority::may`](crate::rules::authority::Authority::may), or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn claim_task(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    seen: Option<i32>,
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::Claim, seen)).await?;
    let person = actor.person.ok_or(Refusal::NotYours(crate::Bar::NotStaff))?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    engine.emit(Event::TaskClaimed { task, person });
    finish(tx, &at.before, engine, (Some(actor), at.machine), |_| {}).await
}

/// Gives a slot back to its pool.
///
/// # Errors
/// As [`Authority::may`](crate::rules::authority::Authority::may), or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn release_task(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    seen: Option<i32>,
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::Release, seen)).await?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    engine.emit(Event::TaskReleased { task });
    finish(tx, &at.before, engine, (Some(actor), at.machine), |_| {}).await
}
