//! 撤回: the applicant takes a case back before it came out.

use entities::{CaseId, Outcome};
use sea_orm::DatabaseTransaction;

use super::answer::{Done, finish, same_version};
use crate::{
    Actor, CommandError, Refusal, Workflow, load,
    rules::{authority::Verb, engine::Engine},
};

/// Ends a case as withdrawn.
///
/// # Errors
/// [`Refusal::NotYours`], [`Refusal::NotNow`], [`Refusal::Stale`], or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, case.id = %case))]
pub async fn withdraw_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    case: CaseId,
    seen: Option<i32>,
) -> Result<Done, CommandError> {
    let file = load::lock(tx, case).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let authority = load::authority(tx, actor, machine).await?;
    authority.may(Verb::Withdraw, &before, &facts.program, None)?;
    same_version(&before, seen)?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    engine.reach(Outcome::Withdrawn, None).map_err(Refusal::from)?;
    finish(tx, &before, engine, (Some(actor), machine), |_| {}).await
}
