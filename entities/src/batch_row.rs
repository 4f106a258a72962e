//! One case of a batch: as it was when the batch was put together, and what came of it.

use sea_orm::{QueryOrder, entity::prelude::*};

use crate::{BatchId, BatchResult, CaseId, TaskId};

/// One case of a batch.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch_row")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub batch_id: BatchId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub task_id: TaskId,
    pub case_id: CaseId,
    /// Its place on the list, from 0.
    pub place: i32,
    /// SHA-256 (lower-case hex) of what the signature is about; it must be the same when it is
    /// signed.
    pub seen: String,
    /// Drawn: it must be opened before the batch can be signed.
    pub sampled: bool,
    /// When its signer opened it.
    pub opened_at: Option<DateTimeUtc>,
    pub result: Option<BatchResult>,
    /// Why it was left out, as a word of the rules.
    pub reason: Option<String>,
    pub done_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The rows of one batch, in order.
    pub fn of_batch(batch: BatchId) -> Select<Self> {
        Self::find().filter(Column::BatchId.eq(batch)).order_by_asc(Column::Place)
    }
}
