//! What events carry that is a thing of its own: payable lines, threads, lines of a case, letters.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{
    AppointmentId, BatchId, CaseId, CaseRowId, ClockId, Duty, Fen, LetterId, LetterKind, PaymentId,
    PaymentState, PersonId, RowState, StepRunId, TaskId, UnitId, Verdict, payment,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::program::expression::Value;

/// Who accepted a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptedBy {
    /// Somebody did.
    Person,
    /// Nobody answered in time.
    Silence,
}

/// Who asks for haste.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urger {
    /// The applicant's side.
    Applicant,
    /// Staff that heads or supervises.
    Staff,
}

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
    /// The line of the roster that it is for, where a person of it is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<CaseRowId>,
    /// In cash, against signatures.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cash: bool,
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
            row_id: self.row,
            cash: self.cash,
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
    /// The case that the task belongs to, or that is the line.
    pub case: Option<CaseId>,
    /// The step of that case that waits for what becomes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<StepRunId>,
    /// What is known of it; nothing personal.
    pub facts: Json,
    /// Whose line it is, of a roster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
}

/// What was entered in one line of a roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledRow {
    pub row: CaseRowId,
    /// The open values that are new, by field.
    pub fields: BTreeMap<String, Value>,
    /// What the line comes to now, where that was worked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub award: Option<Vec<Line>>,
    /// What it would come to by what was heard after the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Fen>,
    /// The step speaks for itself: what another said before is kept beside it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anew: bool,
    /// Of a person: what is put aside as another step's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
    /// Of a person: whether what is said is another than what was said before. What it is lies
    /// encrypted, step by step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differs: Option<bool>,
}

impl FilledRow {
    /// A line of which nothing is said yet.
    pub fn of(row: CaseRowId) -> Self {
        let fields = BTreeMap::new();
        Self { row, fields, award: None, due: None, anew: false, kept: None, differs: None }
    }
}

/// Whose word stands in some fields of a line, before another step says its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The step.
    pub by: String,
    /// The fields that the next one asks for.
    pub fields: Vec<String>,
}

/// A line that the public is shown, and what it came to then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownRow {
    pub row: CaseRowId,
    pub fen: Fen,
}

/// What the public is shown of a case without lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What is granted.
    pub fen: Fen,
    /// SHA-256 (hex) of what else a notice may tell: the open form, the place, units by name.
    pub of: String,
}

/// What a selection makes of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Which line.
    pub row: CaseRowId,
    /// Whether it is chosen, waits, or is not.
    pub state: RowState,
    /// From 1, the best first.
    pub rank: i32,
    /// By what it was ranked, in the order of `rank`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Value>,
    /// SHA-256 of the seed and the line's key, hex: the lower comes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<String>,
    /// Which of its wishes it has, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<i32>,
    /// From whose seats it has, or is to have, one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Of whose share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// Its number on the waiting list, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<i32>,
    /// What the wish says of the fields that a line has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Value>,
}

/// A clock that stood while the service was away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoodStill {
    pub clock: ClockId,
    pub face: Json,
    pub due: DateTime<Utc>,
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

/// 批量办理: a signature that was given together with those of like cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Together {
    /// The batch.
    pub batch: BatchId,
    /// Cases in it.
    pub of: i32,
    /// Cases that were opened first, drawn by the service.
    pub sample: i32,
}

/// What one signer said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signature {
    /// What.
    pub verdict: Verdict,
    /// The lower amount, where less was approved.
    pub fen: Option<Fen>,
    /// The reason code.
    pub reason: Option<String>,
    /// Who.
    pub person: Option<PersonId>,
    /// What entitled them.
    pub appointment: Option<AppointmentId>,
    /// In whose name, where a substitute signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf: Option<PersonId>,
    /// SHA-256 (hex) of the encrypted free text.
    pub note: Option<String>,
    /// SHA-256 (hex) of the encrypted private fields that were handed in.
    pub form: Option<String>,
    /// The open fields that were handed in.
    pub said: Json,
    /// The case's version that the signer saw.
    pub seen: i32,
    /// Where it was signed together with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Together>,
}

/// Who could sign a step when it opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Holders {
    /// People who may, slot by slot.
    pub may: BTreeMap<TaskId, Vec<PersonId>>,
    /// People who may not, and why.
    pub struck: BTreeMap<String, Vec<PersonId>>,
    /// Nobody could: the owner's lead office holds it.
    pub held: bool,
    /// It pays in cash: so many sign as the program says for cash.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cash: bool,
}

/// One slot of a step run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its task.
    pub task: TaskId,
    /// Whose pool.
    pub unit: UnitId,
    /// Which duty in it.
    pub duty: Duty,
    /// The one person it is addressed to (votes).
    pub person: Option<PersonId>,
    /// Open at once, or waiting for the one before.
    pub open: bool,
}
