//! The timer's own marks: it fires at most once, and one that fails waits.

use chrono::{DateTime, Utc};
use entities::{TimerId, timer};
use sea_orm::{ColumnTrait, DatabaseTransaction, sea_query::Query};

use super::Batch;
use crate::CommandError;

/// Marks timers as fired, in the transaction that acts on them.
///
/// # Errors
/// The database's.
pub(crate) async fn fired(
    tx: &DatabaseTransaction,
    ids: &[TimerId],
    now: DateTime<Utc>,
) -> Result<(), CommandError> {
    let mut batch = Batch::default();
    let mark = Query::update()
        .table(timer::Entity)
        .value(timer::Column::FiredAt, now)
        .and_where(timer::Column::Id.is_in(crate::load::padded(ids)))
        .to_owned();
    batch.update(mark);
    Ok(batch.run(tx).await?)
}

/// Marks a timer that could not be acted upon: it is not tried again before `retry_at`, machine
/// time.
///
/// # Errors
/// The database's.
pub(crate) async fn postponed(
    tx: &DatabaseTransaction,
    id: TimerId,
    failures: i32,
    retry_at: DateTime<Utc>,
) -> Result<(), CommandError> {
    let mut batch = Batch::default();
    let mark = Query::update()
        .table(timer::Entity)
        .value(timer::Column::Failures, failures)
        .value(timer::Column::RetryAt, retry_at)
        .and_where(timer::Column::Id.eq(id))
        .to_owned();
    batch.update(mark);
    Ok(batch.run(tx).await?)
}
