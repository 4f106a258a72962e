//! A budget of time that runs, stands or has ended; the due instant is derived and stored.

use sea_orm::entity::prelude::*;

use crate::{CaseId, ClockId, ClockKind, StepRunId};

/// A budget of time that runs, stands or has ended; the due instant is derived and stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "clock")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClockId,
    pub case_id: CaseId,
    pub run_id: Option<StepRunId>,
    pub kind: ClockKind,
    /// Whose holidays count: `CN` or a region's code.
    pub scope: String,
    /// Budget, start and stops, as the clock rule writes them.
    pub face: Json,
    pub due_at: Option<DateTimeUtc>,
    pub stopped_at: Option<DateTimeUtc>,
    /// Why it stands: `supplement`, `publicity` …
    pub ground: Option<String>,
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The clocks of one case.
    pub fn of_case(case: CaseId) -> Select<Self> {
        Self::find().filter(Column::CaseId.eq(case))
    }

    /// The same of several cases.
    pub fn of_cases(cases: impl IntoIterator<Item = CaseId>) -> Select<Self> {
        Self::find().filter(Column::CaseId.is_in(cases))
    }
}
