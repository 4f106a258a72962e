//! A name that a unit bore for a time.

use sea_orm::entity::prelude::*;

use crate::UnitId;

/// A name that a unit bore for a time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_name")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit_id: UnitId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_on: Date,
    pub to_on: Option<Date>,
    pub name_zh: String,
    pub name_en: String,
}

impl ActiveModelBehavior for ActiveModel {}
