//! One uploaded document: its bytes lie encrypted in the data directory.

use sea_orm::entity::prelude::*;

use crate::{AccountId, CaseId, PaperId, StepRunId};

/// One uploaded document: its bytes lie encrypted in the data directory.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "paper")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaperId,
    pub case_id: CaseId,
    pub run_id: Option<StepRunId>,
    /// Which paper of the program.
    pub paper: String,
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    pub sha256: Vec<u8>,
    pub uploaded_by: AccountId,
    pub uploaded_at: DateTimeUtc,
    pub removed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The documents of one case that have not been taken away.
    pub fn of_case(case: CaseId) -> Select<Self> {
        use sea_orm::QueryOrder;
        Self::find()
            .filter(Column::CaseId.eq(case))
            .filter(Column::RemovedAt.is_null())
            .order_by_asc(Column::UploadedAt)
    }
}
