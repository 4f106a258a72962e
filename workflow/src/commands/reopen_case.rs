//! 重启: a spot check finds that what was closed is not in order.

use std::collections::{BTreeMap, btree_map::Entry};

use entities::{CaseId, case_file};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{
    answer::{Done, finish, same_version},
    open_case::{has_role, held_by},
};
use crate::{
    Actor, Bar, CommandError, Refusal, Workflow,
    fold::REGION,
    load,
    organisation::Organisation,
    rules::{authority::Verb, engine::Engine, reopening},
};

/// Those of `files` that `actor` may reopen now.
///
/// # Errors
/// The database's, or a definition that is not there.
pub async fn reopenable(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    actor: Actor,
    files: &[case_file::Model],
) -> Result<Vec<CaseId>, CommandError> {
    let now = workflow.clock.now();
    let days = workflow.calendar.of(REGION);
    let held = held_by(db, actor, now).await?;
    let (mut found, mut places) = (Vec::new(), BTreeMap::new());
    for file in files {
        let program = load::program(workflow, file)?;
        let (Some(rule), Some(anchor)) = (&program.reopen, file.anchor_id) else { continue };
        if !reopening::in_time(file, rule, now, &days) {
            continue;
        }
        let at = match places.entry(anchor) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Organisation::around(db, anchor, None, now).await?),
        };
        if has_role(workflow, (at, anchor), &rule.by, &held) {
            found.push(file.id);
        }
    }
    Ok(found)
}

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
