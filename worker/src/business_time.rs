//! Business time: follows the offset that the database holds and, in the demo, moves it.
//!
//! Time does not jump: it walks from one due instant to the next, so that each thing happens on
//! its day, in order, and what follows from it is there before the next one comes.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entities::{outbox, timer};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, prelude::Expr};
use tokio::time::Instant;
use workflow::{business_time, tx};

use crate::{Services, digests, jobs, sweep};

/// How often the demo looks whether it shall move.
pub(crate) const PERIOD: Duration = Duration::from_millis(250);

/// So long may the routing that follows from one instant take before time walks on.
const PATIENCE: Duration = Duration::from_secs(10);

/// Moves business time to where the demo asked for, if it did. Returns whether it moved.
///
/// # Errors
/// When the row, the timers or the outbox cannot be read or written; it goes on at the next look.
pub async fn move_if_asked(services: &Services) -> Result<bool, DbErr> {
    let Some(target) = business_time::follow(&services.workflow).await? else { return Ok(false) };
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
        business_time::advance(&services.workflow, instant).await?;
        hurry(services).await?;
        tracing::info!(now = %instant, "business time moved to what is due");
        catch_up(services).await?;
    }
    business_time::advance(&services.workflow, target.max(clock.now())).await?;
    hurry(services).await?;
    business_time::arrived(&services.workflow, target).await?;
    catch_up(services).await?;
    tracing::info!(now = %clock.now(), "business time has arrived");
    Ok(())
}

/// What waits for a later moment of the machine's, such as a text for the morning, is looked at
/// again.
async fn hurry(services: &Services) -> Result<(), DbErr> {
    let now = services.machine();
    let update = outbox::Entity::update_many()
        .col_expr(outbox::Column::NextAttemptAt, Expr::value(now))
        .filter(outbox::Column::DoneAt.is_null())
        .filter(outbox::Column::QuarantinedAt.is_null())
        .filter(outbox::Column::LeaseUntil.is_null())
        .filter(outbox::Column::NextAttemptAt.gt(now));
    tx::write(&services.workflow.store, async |tx| update.exec(tx).await).await?;
    Ok(())
}

/// What is due happens, and what follows from it.
async fn catch_up(services: &Services) -> Result<(), DbErr> {
    let began = Instant::now();
    loop {
        sweep::sweep_once(services).await?;
        digests::digest_once(services).await?;
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
    let timer: Option<DateTime<Utc>> = timer::Entity::next_after(services.now())
        .select_only()
        .column(timer::Column::DueAt)
        .into_tuple()
        .one(services.workflow.store.read())
        .await?;
    let digest = digests::next_after(services).await?;
    let next = [timer, digest].into_iter().flatten().min();
    Ok(next.filter(|next| *next <= target))
}
