//! A day that an operator has imported as worked or off.

use sea_orm::entity::prelude::*;

/// A day that an operator has imported as worked or off.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_day")]
pub struct Model {
    /// `CN`, or the six digits of a division.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// `work` or `off`.
    pub kind: String,
    /// The revision of the whole calendar with which it came.
    pub revision: String,
    pub imported_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
