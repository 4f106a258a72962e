//! One round of one step (or block) of one case.

use sea_orm::entity::prelude::*;

use crate::{CaseId, Fen, RunKind, RunState, StepRunId, UnitId, Verdict};

/// One round of one step (or block) of one case.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "step_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StepRunId,
    pub case_id: CaseId,
    /// The step's id in its program, or the block's place in the file.
    pub path: String,
    /// Whose thread it is, inside `each`.
    pub thread: String,
    pub round: i32,
    /// The block run that it stands in.
    pub parent_id: Option<StepRunId>,
    /// Its number among the runs of the case: the order in which they were entered.
    pub position: i32,
    pub kind: RunKind,
    pub state: RunState,
    pub verdict: Option<Verdict>,
    /// The frozen list: who could sign, and who was struck and why.
    pub holders: Json,
    /// The unit that holds it (the first, where several do).
    pub unit_id: Option<UnitId>,
    /// What was said openly: the open fields of its form.
    pub said: Json,
    pub reason: Option<String>,
    /// The lowest amount that was approved here.
    pub fen: Option<Fen>,
    /// Where it was sent back to.
    pub return_to: Option<String>,
    pub opened_at: DateTimeUtc,
    pub opens_at: Option<DateTimeUtc>,
    pub due_at: Option<DateTimeUtc>,
    pub closed_at: Option<DateTimeUtc>,
    pub late: bool,
    /// How many rungs of its ladder have been climbed.
    pub rungs: i32,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// All rounds of all steps of one case.
    pub fn of_case(case: CaseId) -> Select<Self> {
        use sea_orm::QueryOrder;
        Self::find().filter(Column::CaseId.eq(case)).order_by_asc(Column::Position)
    }

    /// The same of several cases.
    pub fn of_cases(cases: impl IntoIterator<Item = CaseId>) -> Select<Self> {
        use sea_orm::QueryOrder;
        Self::find().filter(Column::CaseId.is_in(cases)).order_by_asc(Column::Position)
    }
}
