//! Time, turned into commands.
//!
//! Takes no input and keeps no state: it looks at which timers are due and fires them. So a
//! missed tick, a restart, or two workers at once change nothing but who does it.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, Utc};
use entities::{TimerId, timer};
use sea_orm::{ColumnTrait, DbErr, QueryFilter, QuerySelect};
use workflow::{commands, measures, tx};

use crate::Services;

/// How often to look. Nothing is lost between looks, only late.
pub(crate) const PERIOD: Duration = Duration::from_secs(15);

/// Timers of one read.
const BATCH: u64 = 200;

/// Timers of one pass; the next pass goes on, so that one pass does not grow without bound.
const MOST: usize = 10_000;

/// Fires everything that is due, oldest first, each timer in its own transaction. Returns how
/// many acted.
///
/// A timer that fails holds up no other: it is logged, and tried again on the next look.
///
/// # Errors
/// When the list of due timers cannot be read.
pub async fn sweep_once(services: &Services) -> Result<usize, DbErr> {
    let mut tried: HashSet<TimerId> = HashSet::new();
    let mut held_back: Vec<TimerId> = Vec::new();
    let mut fired = 0;
    while tried.len() < MOST {
        let now = services.now();
        let due = timer::Entity::due(now)
            // Those that failed stay due: they must not be all that is ever read.
            .filter(timer::Column::Id.is_not_in(held_back.iter().copied()))
            .select_only()
            .column(timer::Column::Id)
            .column(timer::Column::DueAt)
            .limit(BATCH)
            .into_tuple()
            .all(services.workflow.store.read());
        let due: Vec<(TimerId, DateTime<Utc>)> = tx::in_time(due).await?;
        if due.is_empty() {
            break;
        }
        for (timer, due_at) in due {
            // One that fired and is due all the same would make this a loop without an end.
            if tried.insert(timer) && fire(services, timer).await {
                measures::timer_fired(now - due_at);
                fired += 1;
            } else {
                held_back.push(timer);
            }
        }
    }
    Ok(fired)
}

#[tracing::instrument(name = "timer", skip_all, fields(timer.id = %timer))]
async fn fire(services: &Services, timer: TimerId) -> bool {
    let workflow = &services.workflow;
    let fired =
        tx::write(&workflow.store, async |tx| commands::fire_timer(tx, workflow, timer).await);
    match fired.await {
        Ok(done) => {
            let jobs = &done.recorded.jobs;
            tracing::info!(case.id = %done.case, jobs = jobs.len(), "a timer fired");
            workflow.wake.hand(jobs);
            true
        }
        Err(error) => {
            tracing::error!(%error, "a timer failed");
            measures::timer_failed();
            false
        }
    }
}
