//! 重启: a spot check finds that what was closed is not in order.

use entities::CaseId;
use sea_orm::DatabaseTransaction;

use super::answer::{Done, finish, same_version};
use crate::{
    Actor, Bar, CommandError, Refusal, Workflow, load,
    rules::{authority::Verb, engine::Engine, reopening},
};

/// Reopens a case that has ended, with its old number and a new round.
///
/// # Errors
/// [`Refusal::NotNow`] where the program knows no reopening, or too late; [`Refusal::NotYours`]
/// for whoever does not have the role that the program names; [`Refusal::Stale`], or the
/// database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, case.id = %case))]
pub async fn reopen_case(
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
    let mut engine = Engine::new(&facts, before.clone(), now);
    let program = std::sync::Arc::clone(&facts.program);
    let rule = program.reopen.as_ref().ok_or(Refusal::NotNow { verb: Verb::Reopen })?;
    let held = load::authority(tx, actor, now).await?.appointments;
    let (unit, duty) = engine.role(&rule.by).map_err(Refusal::from)?;
    if !held.iter().any(|held| Some(held.unit_id) == unit && held.duty == duty) {
        return Err(Refusal::NotYours(Bar::OtherOffice).into());
    }
    same_version(&before, seen)?;
    reopening::reopen(&mut engine, rule)?;
    finish(tx, &before, engine, (Some(actor), machine), |change| {
        change.routing = Some(true);
    })
    .await
}
