//! How far business time stands from the wall clock, and where it is being moved to.

use sea_orm::entity::prelude::*;

/// How far business time stands from the wall clock, and where it is being moved to.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "business_time")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Microseconds added to the wall clock.
    pub offset_us: i64,
    /// The instant that the demo asked to be moved to; none when it has arrived.
    pub target_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
