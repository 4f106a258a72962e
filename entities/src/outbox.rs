//! A job that was decided together with its cause. The outbox is the queue.

use sea_orm::entity::prelude::*;

use sea_orm::{Condition, QueryOrder};

use crate::{CaseId, OutboxId};

/// A job that was decided together with its cause. The outbox is the queue.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OutboxId,
    pub job: Json,
    /// The job's stored name, for filters.
    pub kind: String,
    pub case_id: Option<CaseId>,
    /// Machine time, like all moments of a job.
    pub created_at: DateTimeUtc,
    pub next_attempt_at: DateTimeUtc,
    /// Counted before the work is begun.
    pub attempts: i32,
    pub lease_until: Option<DateTimeUtc>,
    pub lease_token: Option<Uuid>,
    pub done_at: Option<DateTimeUtc>,
    pub quarantined_at: Option<DateTimeUtc>,
    pub last_error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Jobs that may be done now: not done, not quarantined, not leased, oldest first.
    pub fn waiting(now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(Column::DoneAt.is_null())
            .filter(Column::QuarantinedAt.is_null())
            .filter(Column::NextAttemptAt.lte(now))
            .filter(
                Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(now)),
            )
            .order_by_asc(Column::NextAttemptAt)
            .order_by_asc(Column::Id)
    }

    /// Jobs that are not finished, whatever they wait for.
    pub fn unfinished() -> Select<Self> {
        Self::find().filter(Column::DoneAt.is_null()).filter(Column::QuarantinedAt.is_null())
    }
}
