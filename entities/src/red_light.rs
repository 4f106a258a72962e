//! Each time a unit's step turned red: what counts over a quarter are these.

use sea_orm::entity::prelude::*;

use crate::{CaseId, StepRunId, UnitId};

/// Each time a unit's step turned red: what counts over a quarter are these.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "red_light")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: StepRunId,
    pub case_id: CaseId,
    pub unit_id: UnitId,
    pub turned_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
