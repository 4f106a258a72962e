//! One line of a roster, by the blind index of the ID number.

use sea_orm::entity::prelude::*;

/// One line of a roster, by the blind index of the ID number.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roster_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub list: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id_index: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
