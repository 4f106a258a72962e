//! Further units of a step that several hold together and that turned red: each is late by itself.

use sea_orm::entity::prelude::*;

use crate::{StepRunId, UnitId};

/// A unit beside the one that stands with the red light of a joint step.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "red_light_beside")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: StepRunId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit_id: UnitId,
    pub turned_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
