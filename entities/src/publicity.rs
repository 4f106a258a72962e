//! What the public is shown of one case, from a moment to a moment.

use sea_orm::entity::prelude::*;

use crate::{CaseId, PublicityId, StepRunId, UnitId};

/// What the public is shown of one case, from a moment to a moment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "publicity")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PublicityId,
    pub case_id: CaseId,
    pub run_id: StepRunId,
    pub unit_id: Option<UnitId>,
    pub program: String,
    /// The whitelisted fields, as shown.
    pub fields: Json,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub taken_down_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What is up at `now`.
    pub fn up(now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(Column::TakenDownAt.is_null())
            .filter(Column::StartsAt.lte(now))
            .filter(Column::EndsAt.gt(now))
    }
}
