//! 延期、再次补正: what a holder asks a superior for, and the answer.

use sea_orm::{QuerySelect, QueryTrait, entity::prelude::*};

use crate::{
    CaseId, Duty, ExtensionId, ExtensionKind, ExtensionState, PersonId, StepRunId, TaskId, UnitId,
    step_run,
};

/// A holder's request to a superior, and the answer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "extension")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExtensionId,
    pub case_id: CaseId,
    /// The step whose time is too short.
    pub run_id: StepRunId,
    /// The slot of whoever asked.
    pub task_id: TaskId,
    /// Of more time: by how much, as in the program: `5wd`.
    pub by_span: String,
    /// The unit whose people may answer,
    pub unit_id: UnitId,
    /// with this duty; its head always may.
    pub duty: Duty,
    pub state: ExtensionState,
    pub asked_by: PersonId,
    pub asked_at: DateTimeUtc,
    pub decided_by: Option<PersonId>,
    pub decided_at: Option<DateTimeUtc>,
    pub kind: ExtensionKind,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Those that wait for an answer: one that was never answered before its step ended is past.
    pub fn waiting() -> Select<Self> {
        let open = step_run::Entity::find()
            .select_only()
            .column(step_run::Column::Id)
            .filter(step_run::Column::ClosedAt.is_null())
            .into_query();
        Self::find()
            .filter(Column::State.eq(ExtensionState::Asked))
            .filter(Column::RunId.in_subquery(open))
    }

    /// The requests of one case, oldest first.
    pub fn of_case(case: CaseId) -> Select<Self> {
        use sea_orm::QueryOrder;
        Self::find().filter(Column::CaseId.eq(case)).order_by_asc(Column::AskedAt)
    }
}
