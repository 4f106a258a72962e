//! The timer's own mark: it fires at most once.

use chrono::{DateTime, Utc};
use entities::{TimerId, timer};
use sea_orm::{ColumnTrait, DatabaseTransaction, sea_query::Query};

use super::Batch;
use crate::CommandError;

/// Marks a timer as fired, in the transaction that acts on it.
///
/// # Errors
/// The database's.
pub(crate) async fn fired(
    tx: &DatabaseTransaction,
    id: TimerId,
    now: DateTime<Utc>,
) -> Result<(), CommandError> {
    let mut batch = Batch::default();
    let mark = Query::update()
        .table(timer::Entity)
        .value(timer::Column::FiredAt, now)
        .and_where(timer::Column::Id.eq(id))
        .to_owned();
    batch.update(mark);
    Ok(batch.run(tx).await?)
}
