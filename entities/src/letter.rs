//! What one case says to another: no command ever holds two cases.

use sea_orm::entity::prelude::*;

use crate::{CaseId, LetterId, LetterKind, StepRunId, TaskId};

/// What one case says to another: no command ever holds two cases.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "letter")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LetterId,
    /// What caused it and whom it is for: a second one of the same kind is none.
    pub key: String,
    pub kind: LetterKind,
    pub from_case: CaseId,
    /// The step that sent it, and waits for the answer if it wants one.
    pub from_run: Option<StepRunId>,
    /// The task that it is about.
    pub task_id: Option<TaskId>,
    /// Where it was sent, or where it went once it was taken.
    pub to_case: Option<CaseId>,
    /// Ids, codes, dates; nothing personal.
    pub body: Json,
    pub sent_at: DateTimeUtc,
    pub taken_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The letters that opened a case, or joined it.
    pub fn that_opened(case: CaseId) -> Select<Self> {
        Self::find().filter(Column::ToCase.eq(case)).filter(Column::Kind.eq(LetterKind::Open))
    }

    /// The letters with which a step has opened cases.
    pub fn sent_to_open(run: StepRunId) -> Select<Self> {
        Self::find().filter(Column::FromRun.eq(run)).filter(Column::Kind.eq(LetterKind::Open))
    }
}
