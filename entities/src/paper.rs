//! One uploaded document: its bytes lie encrypted in the data directory.

use sea_orm::entity::prelude::*;

use crate::{AccountId, CaseId, CaseRowId, PaperId, StepRunId};

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
    /// The line whose paper it is; none of the case's own and of its steps'.
    pub row_id: Option<CaseRowId>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The documents of one case that have not been taken away; not those of its lines.
    pub fn of_case(case: CaseId) -> Select<Self> {
        Self::there(case).filter(Column::RowId.is_null())
    }

    /// The documents of the lines of one case that have not been taken away.
    pub fn of_lines(case: CaseId) -> Select<Self> {
        Self::there(case).filter(Column::RowId.is_not_null())
    }

    /// Those of one line.
    pub fn of_line(case: CaseId, line: CaseRowId) -> Select<Self> {
        Self::there(case).filter(Column::RowId.eq(line))
    }

    fn there(case: CaseId) -> Select<Self> {
        use sea_orm::QueryOrder;
        Self::find()
            .filter(Column::CaseId.eq(case))
            .filter(Column::RemovedAt.is_null())
            .order_by_asc(Column::UploadedAt)
    }
}
