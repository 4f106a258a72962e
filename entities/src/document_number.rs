//! 文号: one sequence for each issuer, word and year, without gaps.

use sea_orm::entity::prelude::*;

use crate::{CaseId, UnitId};

/// 文号: one sequence for each issuer, word and year, without gaps.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "document_number")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    pub unit_id: UnitId,
    pub word: String,
    pub year: i32,
    pub number: i32,
    /// As it stands on the paper: `宁教督〔2026〕3号`.
    pub text: String,
    pub taken_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
