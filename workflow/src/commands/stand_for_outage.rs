//! The service was away: the clocks of one case stand for that time.

use entities::{CaseId, Stream, timer, trail};
use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter, QueryOrder};

use super::answer::finish;
use crate::{
    Actor, CommandError, Event, Workflow, load,
    rules::{
        engine::Engine,
        outages::{Stretch, not_given_yet},
    },
};

/// Lets the clocks of a case that ran during `outage` stand for that time; what was given before
/// is not given again. Returns how many clocks moved; would move, where it is `dry` and nothing is
/// written.
///
/// # Errors
/// [`Refusal::NotFound`](crate::Refusal::NotFound), or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, case.id = %case))]
pub async fn stand_for_outage(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (case, outage, dry): (CaseId, Stretch, bool),
) -> Result<usize, CommandError> {
    let file = load::lock(tx, case).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    if !before.is_live() {
        return Ok(0);
    }
    let parts = not_given_yet(outage, &given(tx, case).await?);
    let standing = timer::Entity::of_case(case).all(tx).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    engine.stand_for_outage(outage, &parts, &standing);
    let moved = engine.events.iter().map(|event| match event {
        Event::OutageStood { clocks, .. } => clocks.len(),
        _ => 0,
    });
    let moved = moved.sum();
    if moved > 0 && !dry {
        finish(tx, &before, engine, (Some(actor), machine), |_| {}).await?;
    }
    Ok(moved)
}

/// The outages for which the clocks of a case have stood.
async fn given(tx: &DatabaseTransaction, case: CaseId) -> Result<Vec<Stretch>, CommandError> {
    let rows = trail::Entity::of(Stream::Case, case.0)
        .filter(trail::Column::Kind.eq("outage_stood"))
        .order_by_asc(trail::Column::Number)
        .all(tx)
        .await?;
    let mut found = Vec::new();
    for row in rows {
        let body: serde_json::Value = serde_json::from_str(&row.body)?;
        let what = body.get("what").cloned().unwrap_or_default();
        if let Event::OutageStood { from, to, .. } = serde_json::from_value(what)? {
            found.push((from, to));
        }
    }
    Ok(found)
}
