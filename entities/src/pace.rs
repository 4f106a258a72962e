//! How the sweep keeps pace with a wall clock that jumped: one row.

use sea_orm::entity::prelude::*;

/// How the sweep keeps pace with a wall clock that jumped: one row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pace")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Business time before which nothing is escalated and nobody is reminded.
    pub held_until: Option<DateTimeUtc>,
    /// By how many microseconds the wall clock went ahead of the monotonic one.
    pub jump_us: i64,
    /// Machine time at which that was seen.
    pub jumped_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
