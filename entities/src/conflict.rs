//! A declared conflict of interest: this person signs nothing of that one's.

use sea_orm::entity::prelude::*;

use crate::{ConflictId, PersonId};

/// A declared conflict of interest: this person signs nothing of that one's.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conflict")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConflictId,
    pub person_id: PersonId,
    pub with_person_id: PersonId,
    /// `relative`, `declared` …
    pub ground: String,
    pub from_at: DateTimeUtc,
    pub to_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Whoever must keep away from cases of `subject`.
    pub fn about(subject: PersonId) -> Select<Self> {
        Self::find().filter(Column::WithPersonId.eq(subject)).filter(Column::ToAt.is_null())
    }
}
