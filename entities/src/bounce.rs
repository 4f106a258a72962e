//! A message that its recipient did not get: a person must act.

use sea_orm::{QueryOrder, entity::prelude::*};

use crate::{CaseId, NoticeId, PersonId, UnitId};

/// A message that its recipient did not get: a person must act.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bounce")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub notice_id: NoticeId,
    pub case_id: Option<CaseId>,
    /// The office that answers for the case; none: whoever runs the service.
    pub unit_id: Option<UnitId>,
    /// What the server said, without addresses.
    pub reason: String,
    pub bounced_at: DateTimeUtc,
    pub handled_at: Option<DateTimeUtc>,
    pub handled_by: Option<PersonId>,
    /// `handled` or `resent`.
    pub how: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Those about which nobody has done anything, oldest first.
    pub fn open() -> Select<Self> {
        Self::find().filter(Column::HandledAt.is_null()).order_by_asc(Column::NoticeId)
    }
}
