//! One slot of a step run: it belongs to a pool, and to a person once claimed or addressed.

use sea_orm::entity::prelude::*;

use crate::{
    AccountId, Added, AppointmentId, CaseId, Duty, Fen, PersonId, StepRunId, TaskId, TaskState,
    UnitId, Verdict,
};

/// One slot of a step run: it belongs to a pool, and to a person once claimed or addressed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "task")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TaskId,
    pub case_id: CaseId,
    pub run_id: StepRunId,
    pub program: String,
    /// The step's id, for the queue's filter.
    pub path: String,
    pub unit_id: UnitId,
    pub duty: Duty,
    /// Who holds it; none while the pool does.
    pub person_id: Option<PersonId>,
    /// Meant for that person alone (a vote), not for the pool.
    pub addressed: bool,
    /// Its place among the slots of its run.
    pub place: i32,
    pub state: TaskState,
    pub verdict: Option<Verdict>,
    pub fen: Option<Fen>,
    pub reason: Option<String>,
    /// Free text of the signer, encrypted with the case's key.
    pub note_sealed: Option<Vec<u8>>,
    pub signed_by: Option<PersonId>,
    pub account_id: Option<AccountId>,
    /// The appointment that entitled the signer.
    pub appointment_id: Option<AppointmentId>,
    pub opened_at: Option<DateTimeUtc>,
    pub claimed_at: Option<DateTimeUtc>,
    pub signed_at: Option<DateTimeUtc>,
    /// A copy of the run's, so that a queue reads one table.
    pub due_at: Option<DateTimeUtc>,
    pub version: i32,
    /// 委派: who gave it, and gets it back.
    pub owner_id: Option<PersonId>,
    /// The slot that this one was put beside.
    pub beside_id: Option<TaskId>,
    /// Why it was.
    pub added: Option<Added>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// All slots of one case.
    pub fn of_case(case: CaseId) -> Select<Self> {
        use sea_orm::QueryOrder;
        Self::find().filter(Column::CaseId.eq(case)).order_by_asc(Column::Place)
    }

    /// The same of several cases.
    pub fn of_cases(cases: impl IntoIterator<Item = CaseId>) -> Select<Self> {
        use sea_orm::QueryOrder;
        Self::find().filter(Column::CaseId.is_in(cases)).order_by_asc(Column::Place)
    }
}
