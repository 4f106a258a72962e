//! One published version of a program: number and SHA-256 of its canonical form.

use sea_orm::entity::prelude::*;

use sea_orm::QueryOrder;

use crate::{ProgramDraftId, ProgramReplayId, ProgramVersionId};

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
    /// The canonical form of what was published.
    pub source: String,
    pub published_at: DateTimeUtc,
    /// The first day on which new cases begin on it; from ever for what came with the service.
    pub effective_on: Option<Date>,
    /// The first day on which it takes no cases any more.
    pub retired_on: Option<Date>,
    /// Why it was published.
    pub reason: Option<String>,
    /// The text that people wrote; none for what came with the service.
    pub yaml: Option<String>,
    /// The draft that it was; none for what came with the service.
    pub draft_id: Option<ProgramDraftId>,
    /// What it would have changed, as it was seen before it was published.
    pub replay_id: Option<ProgramReplayId>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// All versions, oldest first.
    pub fn in_order() -> Select<Self> {
        Self::find().order_by_asc(Column::Program).order_by_asc(Column::Number)
    }
}
