//! One payable part of an award.

use sea_orm::entity::prelude::*;

use crate::{AwardLineId, CaseId, Fen, PaymentState};

/// One payable part of an award.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "award_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardLineId,
    pub case_id: CaseId,
    /// The line's id in the program.
    pub line: String,
    pub round: i32,
    /// `county`, `region` … as the program's split says.
    pub payer: String,
    /// `person`, `school`, `bank` …
    pub payee_kind: String,
    pub fen: Fen,
    /// The law or plan clause.
    pub basis: String,
    pub table_version: String,
    pub state: PaymentState,
    pub paid_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The lines of one case.
    pub fn of_case(case: CaseId) -> Select<Self> {
        Self::find().filter(Column::CaseId.eq(case))
    }
}
