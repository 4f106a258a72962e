//! Business time: follows the offset that the database holds and, in the demo, moves it.
//!
//! Time does not jump: it walks from one due instant to the next, so that each thing happens on
//! its day, in order, and what follows from it is there before the next one comes.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entities::{business_time, timer};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict};
use tokio::time::Instant;
use workflow::tx;

use crate::{Services, jobs, sweep};

/// How often the demo looks whether it shall move.
pub(crate) const PERIOD: Duration = Duration::from_millis(250);

/// The one row.
const ROW: i32 = 1;

/// So long may the routing that follows from one instant take before time walks on.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes over the offset of the database: at the start, and when another process has moved it.
///
/// # Errors
/// When it cannot be read.
pub async fn follow(services: &Services) -> Result<(), DbErr> {
    let row = read(services).await?;
    services.workflow.clock.set_offset(offset_of(row.as_ref()));
    Ok(())
}

/// Moves business time to where the demo asked for, if it did. Returns whether it moved.
///
/// # Errors
/// When the row, the timers or the outbox cannot be read or written; it goes on at the next look.
pub async fn move_if_asked(services: &Services) -> Result<bool, DbErr> {
    let row = read(services).await?;
    services.workflow.clock.set_offset(offset_of(row.as_ref()));
    let Some(target) = row.and_then(|row| row.target_at) else { return Ok(false) };
    move_to(services, target).await?;
    Ok(true)
}

/// Walks business time to `target` through every due instant in order; never back.
///
/// # Errors
/// As [`move_if_asked`].
pub async fn move_to(services: &Services, target: DateTime<Utc>) -> Result<(), DbErr> {
    let clock = &services.workflow.clock;
    catch_up(services).await?;
    while let Some(instant) = next_instant(services, target).await? {
        set(services, instant, Some(target)).await?;
        tracing::info!(now = %instant, "business time moved to what is due");
        catch_up(services).await?;
    }
    set(services, target.max(clock.now()), None).await?;
    catch_up(services).await?;
    tracing::info!(now = %clock.now(), "business time has arrived");
    Ok(())
}

/// What is due happens, and what follows from it.
async fn catch_up(services: &Services) -> Result<(), DbErr> {
    let began = Instant::now();
    loop {
        sweep::sweep_once(services).await?;
        if jobs::route_all(services).await? {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            tracing::warn!("business time moves on before all routing is done");
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn next_instant(
    services: &Services,
    target: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    timer::Entity::next_after(services.now())
        .filter(timer::Column::DueAt.lte(target))
        .select_only()
        .column(timer::Column::DueAt)
        .into_tuple()
        .one(services.workflow.store.read())
        .await
}

/// Business time is `instant` from now on, here and, by the row, everywhere.
async fn set(
    services: &Services,
    instant: DateTime<Utc>,
    target: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    let offset = instant - services.machine();
    let row = business_time::ActiveModel {
        id: sea_orm::Set(ROW),
        offset_us: sea_orm::Set(offset.num_microseconds().unwrap_or_default()),
        target_at: sea_orm::Set(target),
    };
    let columns = [business_time::Column::OffsetUs, business_time::Column::TargetAt];
    let merge = OnConflict::column(business_time::Column::Id).update_columns(columns).to_owned();
    let insert = business_time::Entity::insert(row).on_conflict(merge);
    let written =
        tx::write(&services.workflow.store, async |tx| insert.exec_without_returning(tx).await);
    written.await?;
    services.workflow.clock.set_offset(offset);
    Ok(())
}

async fn read(services: &Services) -> Result<Option<business_time::Model>, DbErr> {
    business_time::Entity::find_by_id(ROW).one(services.workflow.store.read()).await
}

fn offset_of(row: Option<&business_time::Model>) -> TimeDelta {
    TimeDelta::microseconds(row.map_or(0, |row| row.offset_us))
}
