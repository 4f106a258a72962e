//! One published version of a program: number and SHA-256 of its canonical form.

use sea_orm::entity::prelude::*;

use sea_orm::QueryOrder;

use crate::ProgramVersionId;

/// One published version of a program: number and SHA-256 of its canonical form.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "program_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgramVersionId,
    pub program: String,
    pub number: i32,
    /// Lower-case hex.
    pub hash: String,
    /// The file as it was published.
    pub source: String,
    pub published_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// All versions, oldest first.
    pub fn in_order() -> Select<Self> {
        Self::find().order_by_asc(Column::Program).order_by_asc(Column::Number)
    }
}
