//! A list that gives seats away: locked by whoever signs one, so that two do not count the same.

use sea_orm::entity::prelude::*;

/// A list that gives seats away: locked by whoever signs one, so that two do not count the same.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seat_list")]
pub struct Model {
    /// The program and the selecting step.
    #[sea_orm(primary_key, auto_increment = false)]
    pub list: String,
}

impl ActiveModelBehavior for ActiveModel {}
