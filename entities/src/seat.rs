//! A seat that a signed list has given to a line: nobody sits where somebody sits.

use sea_orm::entity::prelude::*;

use crate::{CaseId, CaseRowId};

/// A seat that a signed list has given to a line. One that is free has no row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seat")]
pub struct Model {
    /// Whose seats these are: the list and the values of the quota's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pool: String,
    /// Which of them, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// The program and the selecting step: `nomination-round/pick`.
    pub list: String,
    pub case_id: CaseId,
    pub row_id: CaseRowId,
    /// Of which it may have so many only, such as a county.
    pub share: Option<String>,
    pub taken_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The seats that are taken from the pools of lists.
    pub fn of_lists(lists: impl IntoIterator<Item = String>) -> Select<Self> {
        Self::find().filter(Column::List.is_in(lists))
    }
}
