//! A case that collects lines until a moment; then its first step opens.

use sea_orm::entity::prelude::*;

use crate::CaseId;

/// A case that collects lines until a moment; then its first step opens.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "gathering")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// The program and what its lines have in common.
    pub common: String,
    /// That and the moment: two cases that collect the same are one.
    pub key: String,
    /// What comes at this moment still belongs to it.
    pub until: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
