//! One application on its way. Its row is also the case's lock: every command takes it first.

#![expect(clippy::struct_excessive_bools, reason = "flags of a row, each of its own")]

use sea_orm::entity::prelude::*;

use sea_orm::QueryOrder;

use crate::{AccountId, CaseId, Fen, Outcome, PersonId, Phase, StepRunId, UnitId};

/// One application on its way. Its row is also the case's lock: every command takes it first.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "case_file")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CaseId,
    /// As quoted by the applicant; none while it is a draft.
    pub number: Option<String>,
    pub program: String,
    pub program_number: i32,
    /// The version's SHA-256: the case stays on it.
    pub program_hash: String,
    /// Whom it is for.
    pub subject_id: Option<PersonId>,
    pub filed_by: AccountId,
    /// `self`, `guardian`, `school`, `township`: by what right it was filed.
    pub filed_as: String,
    /// The place that the places of the route are looked up from.
    pub anchor_id: Option<UnitId>,
    /// The county whose people may look at it.
    pub county: String,
    pub phase: Phase,
    pub outcome: Option<Outcome>,
    /// The reason code of a refusal.
    pub reason: Option<String>,
    /// Somebody has spoken and the worker has not yet acted on it.
    pub routing: bool,
    pub suspended: bool,
    /// The applicant has been asked for something.
    pub supplementing: bool,
    pub supplements: i32,
    /// What the applicant is asked for, and what happens afterwards.
    pub asked: Option<Json>,
    /// What routing, award and lists need of the form, evaluated at submission.
    pub facts: Json,
    pub award_fen: Fen,
    /// Blind key of what may be asked for only once; freed by refusal and withdrawal.
    pub once_key: Option<Vec<u8>>,
    /// What the holder saw: grows with every change.
    pub version: i32,
    pub trail_number: i32,
    pub trail_head: Vec<u8>,
    pub calendar_revision: String,
    pub submitted_at: Option<DateTimeUtc>,
    pub accepted_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    /// Red while any clock of it is over.
    pub late: bool,
    /// The step run that sent it back to the applicant, if one did.
    pub returned_from: Option<StepRunId>,
    pub created_at: DateTimeUtc,
    /// Who is to have a later step, by its id; of this case alone.
    pub planned: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What one person has applied for, newest first.
    pub fn of_subject(person: PersonId) -> Select<Self> {
        Self::find().filter(Column::SubjectId.eq(person)).order_by_desc(Column::Id)
    }

    /// The case with this number.
    pub fn with_number(number: &str) -> Select<Self> {
        Self::find().filter(Column::Number.eq(number))
    }
}
