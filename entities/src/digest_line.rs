//! One line of the letter in which somebody reads all that waits for them.

use sea_orm::entity::prelude::*;

use crate::{CaseId, DigestLineId, PersonId};

/// One line of the letter in which somebody reads all that waits for them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "digest_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DigestLineId,
    /// Unique: the same event never tells the same recipient twice.
    pub dedupe_key: String,
    pub person_id: PersonId,
    pub case_id: CaseId,
    /// What is told, as a letter of its own would be called.
    pub template: String,
    /// What the line needs, without personal data.
    pub params: Json,
    /// It goes with the first digest that is not before this.
    pub due_at: DateTimeUtc,
    /// When it was put into a letter.
    pub taken_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Lines that no letter has taken yet, oldest first.
    pub fn waiting() -> Select<Self> {
        use sea_orm::QueryOrder;
        Self::find().filter(Column::TakenAt.is_null()).order_by_asc(Column::DueAt)
    }
}
