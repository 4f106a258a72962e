//! The calendar has changed: the clocks of one case that it touches get their new due instants.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entities::{CaseId, ClockKind};
use sea_orm::DatabaseTransaction;

use super::answer::finish;
use crate::{CommandError, Event, Workflow, load, rules::engine::Engine};

/// Projects anew the running clocks of a case whose days are among `changed`; never to earlier
/// than the evening of the next working day, and what is late stays late. One line of the trail
/// each. Returns how many moved.
///
/// # Errors
/// [`Refusal::NotFound`](crate::Refusal::NotFound), or the database's.
#[tracing::instrument(skip_all, fields(case.id = %case))]
pub async fn reproject_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    case: CaseId,
    changed: &BTreeSet<NaiveDate>,
) -> Result<usize, CommandError> {
    let file = load::lock(tx, case).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    let calendar = workflow.calendar.revision();
    for row in &before.clocks {
        if matches!(row.kind, ClockKind::Step | ClockKind::Total) {
            engine.reproject(row.id, changed, &calendar);
        }
    }
    let moved =
        engine.events.iter().filter(|event| matches!(event, Event::ClockReprojected { .. }));
    let moved = moved.count();
    if moved > 0 {
        finish(tx, &before, engine, (None, machine), |_| {}).await?;
    }
    Ok(moved)
}
