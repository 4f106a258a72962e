//! When people are left in peace: escalation is held because the wall clock jumped (a row that
//! all processes read), and texts wait for the morning.

use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    CaseId, clock,
    pace::{Column, Entity, Model},
};
use sea_orm::{
    ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, Iterable, PrimaryKeyToColumn,
    sea_query::OnConflict,
};

use crate::{
    Workflow,
    rules::{clock::Budget, engine::face_of, pacing::Hours},
    tx,
};

/// The one row.
const ROW: i32 = 1;

/// The wall clock went ahead by `jump`: until the next working morning nothing is escalated.
///
/// # Errors
/// The database's.
pub async fn hold(workflow: &Workflow, jump: TimeDelta) -> Result<(), DbErr> {
    let days = workflow.calendar.of(crate::fold::REGION);
    let until = Hours { days: &days, every_day: false }.after_jump(workflow.clock.now());
    write(
        workflow,
        Model {
            id: ROW,
            held_until: Some(until),
            jump_us: jump.num_microseconds().unwrap_or(i64::MAX),
            jumped_at: Some(workflow.clock.machine()),
        },
    )
    .await
}

/// Until when a message that nobody asked for waits at `now`: people sleep, or are off. None: it may
/// go. For a case that counts hours, as emergency aid does, days off are days like others; nights
/// are not.
///
/// # Errors
/// The database's.
pub async fn quiet_until(
    workflow: &Workflow,
    case: Option<CaseId>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let days = workflow.calendar.of(crate::fold::REGION);
    let mut hours = Hours { days: &days, every_day: false };
    if !hours.is_quiet(now) {
        return Ok(None);
    }
    if let Some(case) = case {
        let clocks = clock::Entity::of_case(case).all(workflow.store.read()).await?;
        let in_hours = |row: &clock::Model| {
            face_of(row).is_some_and(|face| matches!(face.budget, Budget::Hours(_)))
        };
        hours.every_day = clocks.iter().any(in_hours);
    }
    Ok(Some(hours.waking(now)).filter(|until| *until > now))
}

/// The wall clock was put right.
///
/// # Errors
/// The database's.
pub async fn let_go(workflow: &Workflow) -> Result<(), DbErr> {
    write(workflow, Model { id: ROW, held_until: None, jump_us: 0, jumped_at: None }).await
}

/// Until when escalation is held; none when it is not.
///
/// # Errors
/// The database's.
pub async fn held(workflow: &Workflow) -> Result<Option<DateTime<Utc>>, DbErr> {
    let row = tx::in_time(Entity::find_by_id(ROW).one(workflow.store.read())).await?;
    let now = workflow.clock.now();
    Ok(row.and_then(|row| row.held_until).filter(|until| *until > now))
}

async fn write(workflow: &Workflow, row: Model) -> Result<(), DbErr> {
    let keys = entities::pace::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
    let merge = OnConflict::columns(keys)
        .update_columns([Column::HeldUntil, Column::JumpUs, Column::JumpedAt])
        .to_owned();
    tx::write(&workflow.store, async |tx| {
        let row = row.clone().into_active_model().reset_all();
        Entity::insert(row).on_conflict(merge.clone()).exec_without_returning(tx).await
    })
    .await?;
    Ok(())
}
