//! A list of people that was loaded: who is on it is known, who is not is known too.

use sea_orm::entity::prelude::*;

/// A list of people that was loaded: who is on it is known, who is not is known too.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roster")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub list: String,
    pub loaded_at: DateTimeUtc,
    pub source: String,
}

impl ActiveModelBehavior for ActiveModel {}
