//! One payment: of one line, by one payer, for one share of it, in one round.

use sea_orm::entity::prelude::*;

use crate::{CaseId, CaseRowId, Fen, PaymentId, PaymentState, StepRunId, UnitId};

/// One payment: of one line, by one payer, for one share of it, in one round.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, serde::Serialize, serde::Deserialize)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentId,
    pub case_id: CaseId,
    /// The step run that ordered it.
    pub run_id: StepRunId,
    /// The award line's id in the program.
    pub line: String,
    /// Whose money.
    pub payer: String,
    /// Which of the line's shares, from 1.
    pub share: i32,
    /// The round of the step that ordered it.
    pub round: i32,
    /// `person`, `school`, `bank` …
    pub payee_kind: String,
    /// Where the payee is a unit: which.
    pub payee_id: Option<UnitId>,
    /// `part` of `whole` equal parts of the line: a third, forty hundredths, all of it.
    pub part: i32,
    pub whole: i32,
    pub fen: Fen,
    /// With this one the line is paid in full.
    pub last: bool,
    /// The line of the roster that it is for, where a person of it is paid.
    pub row_id: Option<CaseRowId>,
    /// In cash, against signatures.
    pub cash: bool,
    pub state: PaymentState,
    pub ordered_at: DateTimeUtc,
    pub paid_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The payments of one case.
    pub fn of_case(case: CaseId) -> Select<Self> {
        Self::find().filter(Column::CaseId.eq(case))
    }
}
