//! What a draft would have made of one case. Cases of which it makes the same have no row.

use sea_orm::{QueryOrder, entity::prelude::*};

use crate::{CaseId, ProgramReplayId, ReplayFound};

/// One case of one look.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "replayed_case")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub replay_id: ProgramReplayId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    pub found: ReplayFound,
    pub body: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The cases of one look, in the order in which they were begun.
    pub fn of_replay(replay: ProgramReplayId) -> Select<Self> {
        Self::find().filter(Column::ReplayId.eq(replay)).order_by_asc(Column::CaseId)
    }
}
