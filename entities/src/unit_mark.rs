//! A word that the numbers of a unit's documents began with for a time.

use sea_orm::entity::prelude::*;

use crate::UnitId;

/// A word that the numbers of a unit's documents began with for a time: 机关代字.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_mark")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit_id: UnitId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_on: Date,
    pub to_on: Option<Date>,
    pub mark: String,
}

impl ActiveModelBehavior for ActiveModel {}
