//! What stands in the outbox: how much of what, since when.

use chrono::{DateTime, Utc};
use entities::outbox::{Column, Entity, JobState};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, prelude::Expr,
};

/// Jobs of one kind in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heap {
    /// The stored name.
    pub kind: String,
    /// How they are.
    pub state: JobState,
    /// How many.
    pub jobs: i64,
    /// When the oldest of them was written, machine time.
    pub oldest: DateTime<Utc>,
}

/// All jobs that are not done, by kind and state. `now` is machine time.
///
/// # Errors
/// The database's.
pub async fn backlog(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Heap>, DbErr> {
    let rows: Vec<(String, String, i64, DateTime<Utc>)> = Entity::find()
        .select_only()
        .column(Column::Kind)
        .column_as(JobState::of_row(now), "state")
        .column_as(Column::Id.count(), "jobs")
        .column_as(Column::CreatedAt.min(), "oldest")
        .filter(Column::DoneAt.is_null())
        .group_by(Column::Kind)
        .group_by(Expr::col("state"))
        .into_tuple()
        .all(db)
        .await?;
    let heap = |(kind, state, jobs, oldest): (String, String, i64, _)| {
        Some(Heap { kind, state: JobState::of_word(&state)?, jobs, oldest })
    };
    Ok(rows.into_iter().filter_map(heap).collect())
}
