//! Business time in the database: one row with its offset, which every process follows.

use chrono::{DateTime, TimeDelta, Utc};
use entities::business_time::{Column, Entity, Model};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{CaseStatement, Expr, ExprTrait, OnConflict},
};

use crate::{Workflow, tx};

/// The one row.
pub(crate) const ROW: i32 = 1;

/// Takes over the offset of the database: at the start, and again and again, since another
/// process may have moved it. Returns where business time shall be moved to, if it shall.
///
/// # Errors
/// When it cannot be read.
pub async fn follow(workflow: &Workflow) -> Result<Option<DateTime<Utc>>, DbErr> {
    let row = tx::in_time(Entity::find_by_id(ROW).one(workflow.store.read())).await?;
    let offset = row.as_ref().map_or(0, |row| row.offset_us);
    workflow.clock.set_offset(TimeDelta::microseconds(offset));
    Ok(row.and_then(|row| row.target_at))
}

/// Moves business time ahead to `instant`, here and, by the row, everywhere; never back, however
/// many processes move it at once.
///
/// # Errors
/// The database's.
pub async fn advance(workflow: &Workflow, instant: DateTime<Utc>) -> Result<(), DbErr> {
    let offset = instant - workflow.clock.machine();
    let offset_us = offset.num_microseconds().unwrap_or_default();
    let old = (Entity, Column::OffsetUs);
    let later =
        CaseStatement::new().case(Expr::col(old).lt(offset_us), offset_us).finally(Expr::col(old));
    let merge =
        OnConflict::column(Column::Id).value(Column::OffsetUs, Expr::expr(later)).to_owned();
    let row = Model { id: ROW, offset_us, target_at: None };
    tx::write(&workflow.store, async |tx| {
        let row = row.clone().into_active_model().reset_all();
        Entity::insert(row).on_conflict(merge.clone()).exec_without_returning(tx).await
    })
    .await?;
    follow(workflow).await?;
    Ok(())
}

/// Says that business time has arrived at `target`. A later target stays.
///
/// # Errors
/// The database's.
pub async fn arrived(workflow: &Workflow, target: DateTime<Utc>) -> Result<(), DbErr> {
    tx::write(&workflow.store, async |tx| {
        Entity::update_many()
            .col_expr(Column::TargetAt, Expr::value(None::<DateTime<Utc>>))
            .filter(Column::Id.eq(ROW))
            .filter(Column::TargetAt.lte(target))
            .exec(tx)
            .await
    })
    .await?;
    Ok(())
}
