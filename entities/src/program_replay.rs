//! One look at what a draft would have changed: how far it has come, and its sums.

use sea_orm::{QueryOrder, entity::prelude::*};

use crate::{PersonId, ProgramDraftId, ProgramReplayId, ReplayState};

/// One look.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "program_replay")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgramReplayId,
    pub draft_id: ProgramDraftId,
    pub program: String,
    /// Of the text that was looked at, lower-case hex: the draft may be changed meanwhile.
    pub sha256: String,
    /// Cases that were filed from this day on.
    pub since: Date,
    pub state: ReplayState,
    pub total: i32,
    pub done: i32,
    /// The last case that was looked at.
    pub cursor: Option<Uuid>,
    /// What all cases together come to.
    pub sums: Json,
    pub asked_by: PersonId,
    pub created_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
    /// What broke it off.
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The looks at one draft, the newest first.
    pub fn of_draft(draft: ProgramDraftId) -> Select<Self> {
        Self::find().filter(Column::DraftId.eq(draft)).order_by_desc(Column::Id)
    }
}
