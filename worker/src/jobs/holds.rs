//! What this process has in hand. What it cannot finish when it is stopped it gives back, so
//! that others need not wait for the lease to run out.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use entities::{OutboxId, outbox};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    prelude::{Expr, Uuid},
    sea_query::ExprTrait,
};
use workflow::tx;

use crate::Services;

/// The leases of this process, by job.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holds(Arc<Mutex<HashMap<OutboxId, Uuid>>>);

impl Holds {
    /// Notes that a job is in hand, until what is returned is dropped.
    pub(super) fn note(&self, job: OutboxId, token: Uuid) -> Noted {
        self.all().insert(job, token);
        Noted { job, holds: self.clone() }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<OutboxId, Uuid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job in hand.
pub(super) struct Noted {
    job: OutboxId,
    holds: Holds,
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.holds.all().remove(&self.job);
    }
}

/// Gives back what is in hand: it may be begun elsewhere at once, and this start does not count.
/// Whatever is still being done here writes nothing more. Returns how many jobs that were.
///
/// # Errors
/// The database's; then the leases run out by themselves.
pub async fn give_back(services: &Services) -> Result<u64, DbErr> {
    let held: Vec<(OutboxId, Uuid)> =
        services.desk.holds.all().iter().map(|(job, token)| (*job, *token)).collect();
    if held.is_empty() {
        return Ok(0);
    }
    let update = outbox::Entity::update_many()
        .col_expr(outbox::Column::Attempts, Expr::col(outbox::Column::Attempts).sub(1))
        .col_expr(outbox::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(outbox::Column::LeaseToken, Expr::value(None::<Uuid>))
        // Several jobs may have one token: those of other processes have another.
        .filter(outbox::Column::Id.is_in(held.iter().map(|(job, _)| *job)))
        .filter(outbox::Column::LeaseToken.is_in(held.iter().map(|(_, token)| *token)))
        .filter(outbox::Column::DoneAt.is_null());
    let given = tx::write(&services.workflow.store, async |tx| update.exec(tx).await).await?;
    Ok(given.rows_affected)
}
