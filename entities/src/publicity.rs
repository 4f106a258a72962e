//! What the public is shown of one case, from a moment to a moment.

use sea_orm::entity::prelude::*;

use crate::{CaseId, PublicityId, StepRunId, UnitId};

/// The end of what is public for good: 9999-01-01.
pub const FOR_GOOD: DateTimeUtc = match DateTimeUtc::from_timestamp(253_370_764_800, 0) {
    Some(at) => at,
    None => DateTimeUtc::MAX_UTC,
};

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

impl Model {
    /// Whether it is never taken down by time.
    pub fn is_for_good(&self) -> bool {
        self.ends_at >= FOR_GOOD
    }
}

impl Entity {
    /// What is up at `now`.
    pub fn up(now: DateTimeUtc) -> Select<Self> {
        Self::find()
            .filter(Column::TakenDownAt.is_null())
            .filter(Column::StartsAt.lte(now))
            .filter(Column::EndsAt.gt(now))
    }
}
