//! One state of a form: the private fields in one ciphertext. Added, never updated; the draft alone is overwritten.

use sea_orm::entity::prelude::*;

use crate::{AccountId, CaseId, FormVersionId, StepRunId};

/// One state of a form: the private fields in one ciphertext. Added, never updated; the draft alone is overwritten.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "form_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FormVersionId,
    pub case_id: CaseId,
    /// The step that it was handed in at; none for the application itself.
    pub run_id: Option<StepRunId>,
    pub number: i32,
    pub sealed: Vec<u8>,
    /// SHA-256 of the ciphertext, as the trail quotes it.
    pub sha256: Vec<u8>,
    pub filled_by: AccountId,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The applicant's forms of one case, oldest first; number 0 is the draft.
    pub fn of_case(case: CaseId) -> Select<Self> {
        use sea_orm::QueryOrder;
        Self::find().filter(Column::CaseId.eq(case)).order_by_asc(Column::Number)
    }
}
