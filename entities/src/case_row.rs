//! One line of a case: a late task that a notice is about, a person of a roster.

use sea_orm::{QueryOrder, entity::prelude::*};

use crate::{CaseId, CaseRowId, PersonId, RowState, StepRunId, TaskId, UnitId};

/// One line of a case: a late task that a notice is about, a person of a roster.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "case_row")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CaseRowId,
    pub case_id: CaseId,
    /// What it is, once in a case: the task's id.
    pub key: String,
    /// The unit whose doing it is.
    pub unit_id: Option<UnitId>,
    pub task_id: Option<TaskId>,
    /// The case that the task belongs to, or that is the line.
    pub from_case: Option<CaseId>,
    /// The step of that case that put it here and waits for what becomes of it.
    pub from_run: Option<StepRunId>,
    /// What was known when it came in, and what was heard of it since; nothing personal.
    pub facts: Json,
    pub state: RowState,
    /// The reason code of whoever struck it.
    pub reason: Option<String>,
    pub by_person: Option<PersonId>,
    pub run_id: Option<StepRunId>,
    /// Its number among the lines of the case.
    pub position: i32,
    /// What it is about is done.
    pub settled: bool,
    pub joined_at: DateTimeUtc,
    /// What selections made of it: its points, its seat, its number on the waiting list.
    pub place: Option<Json>,
    /// Whose line it is, of a roster.
    pub person_id: Option<PersonId>,
    /// What was entered in it and may stand in the open, as values of the language, by field.
    pub fields: Json,
    /// What it comes to: its payable lines, and what would be due by what was heard since.
    pub award: Json,
    /// The blind key of what may be there only once in the region, of lines that count.
    pub once_key: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The lines of cases, in order.
    pub fn of_cases(cases: impl IntoIterator<Item = CaseId>) -> Select<Self> {
        Self::find().filter(Column::CaseId.is_in(cases)).order_by_asc(Column::Position)
    }

    /// The lines that a step of another case has put here.
    pub fn of_run(run: StepRunId) -> Select<Self> {
        Self::find().filter(Column::FromRun.eq(run)).order_by_asc(Column::CaseId)
    }

    /// The lines of these people, in all cases.
    pub fn of_people(people: impl IntoIterator<Item = PersonId>) -> Select<Self> {
        Self::find().filter(Column::PersonId.is_in(people)).order_by_asc(Column::Id)
    }

    /// The lines that one task stands on.
    pub fn of_task(task: TaskId) -> Select<Self> {
        Self::find().filter(Column::TaskId.eq(task)).order_by_asc(Column::CaseId)
    }
}
