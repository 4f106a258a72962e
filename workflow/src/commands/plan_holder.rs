//! 指定后续办理人: who is to have a later step of one case.

use entities::{PersonId, TaskId, appointment};
use sea_orm::DatabaseTransaction;

use super::{
    answer::{Done, finish},
    decide::at_step,
};
use crate::{
    Actor, Bar, CommandError, Event, Refusal, Workflow,
    rules::{authority::Verb, engine::Engine, passing_on},
};

/// The head of an office says which of their people is to have a later step of this case. When the
/// step opens and that one may not sign it, or works elsewhere by then, everybody may as ever.
///
/// # Errors
/// [`Refusal::NotNow`] for a step that has been entered or has no people; [`Refusal::NotYours`] for
/// somebody of another office, or as [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn plan_holder(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (path, person, seen): (String, PersonId, Option<i32>),
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::PlanHolder, seen)).await?;
    if !passing_on::later_steps(&at.facts.program, &at.before).contains(&path) {
        return Err(Refusal::NotNow { verb: Verb::PlanHolder }.into());
    }
    let held = appointment::Entity::held_by(person, at.now).all(tx).await?;
    if !held.iter().any(|held| at.heads.contains(&held.unit_id)) {
        return Err(Refusal::NotYours(Bar::OtherOffice).into());
    }
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    engine.emit(Event::HolderPlanned { path, person });
    finish(tx, &at.before, engine, (Some(actor), at.machine), |_| {}).await
}
