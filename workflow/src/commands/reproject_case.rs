//! The calendar has changed: the clocks of one case that it touches get their new due instants,
//! and so do the moments that no clock carries.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entities::{CaseId, StepRunId, TimerKind, letter, red_light, timer};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::{answer::finish, begin_case::closes};
use crate::{
    CommandError, Event, Workflow, load,
    rules::{
        engine::Engine,
        letters::Opens,
        reprojecting::{Changed, Since},
    },
    state::CaseState,
};

/// What has moved of a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reprojected {
    /// Clocks.
    pub clocks: usize,
    /// Moments that no clock carries.
    pub moments: usize,
}

/// Projects anew the running clocks of a case whose days are among `changed`, and what else it
/// waits for by working days; never to earlier than the evening of the next working day, and what
/// is late stays late. One line of the trail each.
///
/// # Errors
/// [`Refusal::NotFound`](crate::Refusal::NotFound), or the database's.
#[tracing::instrument(skip_all, fields(case.id = %case))]
pub async fn reproject_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    case: CaseId,
    changed: &BTreeSet<NaiveDate>,
) -> Result<Reprojected, CommandError> {
    let file = load::lock(tx, case).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    if !before.is_live() {
        return Ok(Reprojected::default());
    }
    let standing = timer::Entity::of_case(case).all(tx).await?;
    let since = since(tx, workflow, (&before, &standing)).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    let revision = workflow.calendar.revision();
    let changed = Changed { days: changed, revision: &revision };
    for row in &before.clocks {
        engine.reproject(row.id, changed);
    }
    engine.reproject_moments(&standing, &since, changed);
    let mut moved = Reprojected::default();
    for event in &engine.events {
        match event {
            Event::ClockReprojected { .. } => moved.clocks += 1,
            Event::MomentMoved { .. } => moved.moments += 1,
            _ => {}
        }
    }
    if moved != Reprojected::default() {
        finish(tx, &before, engine, (None, machine), |_| {}).await?;
    }
    Ok(moved)
}

/// What the rows of the case do not date: how long it collects, and since when its steps are late.
async fn since(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (state, standing): (&CaseState, &[timer::Model]),
) -> Result<Since, CommandError> {
    let mut since = Since::default();
    if standing.iter().any(|timer| timer.kind == TimerKind::Gather)
        && let Some(began) = state.case.submitted_at
    {
        let first = letter::Entity::that_opened(state.case.id).order_by_asc(letter::Column::Id);
        let first = first.one(tx).await?;
        if let Some(letter) = first {
            let opens: Opens = serde_json::from_value(letter.body)?;
            since.collects = Some(closes(workflow, &opens, began));
        }
    }
    let graces = standing.iter().filter(|timer| timer.kind == TimerKind::Grace);
    let graces: Vec<StepRunId> = graces.filter_map(|timer| timer.run_id).collect();
    if !graces.is_empty() {
        since.late = turned_late(tx, graces).await?.into_iter().collect();
    }
    Ok(since)
}

async fn turned_late(
    tx: &DatabaseTransaction,
    runs: Vec<StepRunId>,
) -> Result<Vec<(StepRunId, DateTime<Utc>)>, DbErr> {
    let lights = red_light::Entity::find().filter(red_light::Column::RunId.is_in(runs));
    let lights = lights.all(tx).await?;
    Ok(lights.into_iter().map(|light| (light.run_id, light.turned_at)).collect())
}
