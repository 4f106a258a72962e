//! What events carry that is a thing of its own: payable lines, threads, lines of a case, letters.

use chrono::{DateTime, Utc};
use entities::{
    CaseId, CaseRowId, Duty, Fen, LetterId, LetterKind, PaymentId, PaymentState, PersonId,
    StepRunId, TaskId, UnitId, payment,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::program::expression::Value;

/// Why a slot goes to another hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// 转办: for good.
    Transferred,
    /// 委派: it comes back to who gave it.
    Delegated,
    /// 交回: a delegate has done their part.
    GivenBack,
    /// 离职转办: whoever had it leaves.
    HandedOver,
    /// 机构合并: its office has a successor.
    Merged,
}

/// Where a slot goes. What is not said stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Why.
    pub how: How,
    /// To another office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// To another duty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duty: Option<Duty>,
    /// To this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// From this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PersonId>,
    /// SHA-256 (hex) of the encrypted words that go with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One payable line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The line's id in the program.
    pub line: String,
    /// Whose money.
    pub payer: String,
    /// Who gets it.
    pub payee_kind: String,
    /// How much.
    pub fen: Fen,
    /// By what clause.
    pub basis: String,
    /// Under which tables.
    pub table_version: String,
}

/// One payment: of one line, by one payer, for one share of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The line's id in the program.
    pub line: String,
    /// Whose money.
    pub payer: String,
    /// Which of the line's shares, from 1.
    pub share: i32,
    /// The round of the step that orders it.
    pub round: i32,
    /// Who gets it.
    pub payee_kind: String,
    /// Where that is a unit: which.
    pub payee: Option<UnitId>,
    /// `part` of `whole` equal parts of the line.
    pub part: i32,
    pub whole: i32,
    /// How much.
    pub fen: Fen,
    /// With this one the line is paid in full.
    pub last: bool,
}

impl Payment {
    /// Its row as it is ordered, not paid yet.
    pub(crate) fn ordered(
        &self,
        id: PaymentId,
        (case, run): (CaseId, StepRunId),
        at: DateTime<Utc>,
    ) -> payment::Model {
        payment::Model {
            id,
            case_id: case,
            run_id: run,
            line: self.line.clone(),
            payer: self.payer.clone(),
            share: self.share,
            round: self.round,
            payee_kind: self.payee_kind.clone(),
            payee_id: self.payee,
            part: self.part,
            whole: self.whole,
            fen: self.fen,
            last: self.last,
            state: PaymentState::Ordered,
            ordered_at: at,
            paid_at: None,
        }
    }
}

/// One thread of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// What tells it from the others: a unit, a line, a number.
    pub key: String,
    /// What it is about, as expressions read it.
    pub item: Value,
}

/// A line of a case as it comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub id: CaseRowId,
    /// What it is, once in a case.
    pub key: String,
    /// The unit whose doing it is.
    pub unit: Option<UnitId>,
    pub task: Option<TaskId>,
    /// The case that the task belongs to.
    pub case: Option<CaseId>,
    /// What is known of it; nothing personal.
    pub facts: Json,
}

/// A letter from one case to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    pub id: LetterId,
    pub kind: LetterKind,
    /// What caused it and whom it is for: a second one of the same key is none.
    pub key: String,
    pub run: Option<StepRunId>,
    pub task: Option<TaskId>,
    /// The case it goes to, where that is known.
    pub to: Option<CaseId>,
    pub body: Json,
}
