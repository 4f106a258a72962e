//! Time, turned into commands.
//!
//! Takes no input and keeps no state: it looks at which timers are due and fires them, a batch in
//! a transaction. So a missed tick, a restart, or two workers at once change nothing but who does
//! it: what one has in hand the others pass over.

use std::time::Duration;

use entities::{TimerId, timer};
use sea_orm::{DbBackend, DbErr, QuerySelect};
use workflow::{
    CommandError,
    commands::{self, Fired, Sweep},
    database_error::{is_passing, is_taken},
    measures, tx,
};

use crate::{Services, pace};

/// How often to look. Nothing is lost between looks, only late.
pub(crate) const PERIOD: Duration = Duration::from_secs(15);

/// Timers of one transaction: few enough that others who write wait no longer than a moment.
const BATCH: u64 = 100;

/// Timers of one pass; the next pass goes on, so that one pass does not grow without bound.
pub(crate) const MOST: usize = 10_000;

/// Fires everything that is due, oldest first. Returns how many acted.
///
/// A timer that fails holds up no other: it is logged, and tried again after a while.
///
/// # Errors
/// When the due timers cannot be read.
pub async fn sweep_once(services: &Services) -> Result<usize, DbErr> {
    let held = match pace::keep(services).await {
        Err(error) if is_passing(&error) || is_taken(&error) => {
            tracing::debug!(%error, "others were in the way of the sweep");
            return Ok(0);
        }
        kept => kept?,
    };
    let store = services.workflow.store.read();
    if store.get_database_backend() != DbBackend::Postgres {
        return lane(services, held, MOST).await;
    }
    // While one batch waits for the database, another is thought over.
    let most = MOST / 3;
    let lanes = tokio::join!(
        lane(services, held, most),
        lane(services, held, most),
        lane(services, held, most),
    );
    Ok(lanes.0? + lanes.1? + lanes.2?)
}

/// Batch after batch, until nothing is due that is not in another's hand.
async fn lane(services: &Services, held: bool, most: usize) -> Result<usize, DbErr> {
    let mut fired = 0;
    while fired < most {
        let some = fire_some(services, held).await?;
        if some == 0 {
            break;
        }
        fired += some;
    }
    Ok(fired)
}

/// One batch. Returns how many of it are behind; none when there is none that is not in another's
/// hand.
async fn fire_some(services: &Services, held: bool) -> Result<usize, DbErr> {
    let workflow = &services.workflow;
    let sweep = Sweep { most: BATCH, held };
    let fired = tx::write(&workflow.store, async |tx| {
        Box::pin(commands::fire_due(tx, workflow, sweep)).await
    });
    match fired.await {
        Ok(fired) => Ok(told(services, &fired)),
        // Somebody else writes: at the next look they have done.
        Err(CommandError::Db(error)) if is_passing(&error) || is_taken(&error) => {
            tracing::debug!(%error, "others were in the way of the sweep");
            Ok(0)
        }
        Err(error) => {
            tracing::warn!(%error, "a batch of timers failed: each is tried alone");
            one_by_one(services, held).await
        }
    }
}

/// What failed together: each in a transaction of its own, so that the bad one is found.
async fn one_by_one(services: &Services, held: bool) -> Result<usize, DbErr> {
    let workflow = &services.workflow;
    let due = commands::ready(workflow, held)
        .select_only()
        .column(timer::Column::Id)
        .limit(BATCH)
        .into_tuple()
        .all(workflow.store.read());
    let due: Vec<TimerId> = tx::in_time(due).await?;
    let mut behind = 0;
    for id in due {
        behind += fire_one(services, id, held).await?;
    }
    Ok(behind)
}

#[tracing::instrument(name = "timer", skip_all, fields(timer.id = %id))]
async fn fire_one(services: &Services, id: TimerId, held: bool) -> Result<usize, DbErr> {
    let workflow = &services.workflow;
    let fired = tx::write(&workflow.store, async |tx| {
        Box::pin(commands::fire_timer(tx, workflow, id, held)).await
    });
    match fired.await {
        Ok(fired) => Ok(told(services, &fired)),
        // No fault of the timer's.
        Err(CommandError::Db(error)) if is_passing(&error) || is_taken(&error) => {
            tracing::debug!(%error, "others were in the way of a timer");
            Ok(0)
        }
        Err(error) => {
            tracing::error!(%error, "a timer failed");
            measures::timer_failed();
            let waits = tx::write(&workflow.store, async |tx| {
                commands::postpone_timer(tx, workflow, id).await
            });
            match waits.await {
                Err(CommandError::Db(error)) => Err(error),
                _ => Ok(1),
            }
        }
    }
}

/// Says what fired and hands over what follows. Returns how many.
fn told(services: &Services, fired: &Fired) -> usize {
    let now = services.now();
    for (id, due_at) in &fired.timers {
        tracing::debug!(timer.id = %id, "a timer fired");
        measures::timer_fired(now - *due_at);
    }
    for done in &fired.done {
        services.workflow.wake.hand(&done.recorded.jobs);
    }
    if !fired.timers.is_empty() {
        let (timers, cases) = (fired.timers.len(), fired.done.len());
        tracing::info!(timers, cases, "timers fired");
    }
    fired.timers.len()
}
