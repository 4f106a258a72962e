//! What happened, in order, hash-chained; bodies are the exact canonical bytes that were hashed.

use sea_orm::entity::prelude::*;

use crate::{AccountId, Stream};

/// What happened, in order, hash-chained; bodies are the exact canonical bytes that were hashed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trail")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream: Stream,
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    pub happened_at: DateTimeUtc,
    /// Who; none when the clock or the worker acted.
    pub account_id: Option<AccountId>,
    /// The event's name, for filters.
    pub kind: String,
    pub body: String,
    pub hash: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// One stream, oldest first.
    pub fn of(stream: Stream, id: Uuid) -> Select<Self> {
        use sea_orm::QueryOrder;
        Self::find()
            .filter(Column::Stream.eq(stream))
            .filter(Column::StreamId.eq(id))
            .order_by_asc(Column::Number)
    }

    /// All streams, each oldest first, by the key of the table; those after one row, if any.
    pub fn after(row: Option<&Model>) -> Select<Self> {
        use sea_orm::{Condition, QueryOrder};
        let all = Self::find()
            .order_by_asc(Column::Stream)
            .order_by_asc(Column::StreamId)
            .order_by_asc(Column::Number);
        let Some(row) = row else { return all };
        let same_stream = || Condition::all().add(Column::Stream.eq(row.stream));
        let same = || same_stream().add(Column::StreamId.eq(row.stream_id));
        let further = Condition::any()
            .add(Column::Stream.gt(row.stream))
            .add(same_stream().add(Column::StreamId.gt(row.stream_id)))
            .add(same().add(Column::Number.gt(row.number)));
        all.filter(further)
    }
}
