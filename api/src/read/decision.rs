//! A decision with its amount, reasons and remedies, in the form one keeps.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// `/cases/{number}/decision`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionView {
    pub number: String,
    pub title: Words,
    pub subject: String,
    pub outcome: Outcome,
    pub decided_at: DateTime<Utc>,
    pub unit: String,
    /// "西教助〔2026〕17号", where the program takes one.
    pub document_number: Option<String>,
    pub asked_fen: Option<i64>,
    pub fen: Option<i64>,
    /// The amount in capitals, "壹万贰仟元整".
    pub capitals: Option<String>,
    pub lines: Vec<LineView>,
    pub reasons: Vec<Words>,
    /// What was written in so many words.
    pub note: Option<String>,
    pub basis: Vec<Words>,
    pub remedies: Remedies,
    pub payment: Option<PaymentView>,
    /// Each payment that was ordered: to whom, which share, when.
    pub payments: Vec<OrderView>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Approved,
    NotApproved,
    NotAccepted,
}

/// One line of an award.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineView {
    pub title: Words,
    pub payer: String,
    pub fen: i64,
    pub basis: String,
}

/// What can be done against it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Remedies {
    /// The last day to ask for administrative reconsideration (60 days).
    pub review_until: NaiveDate,
    /// Where to ask.
    pub review_by: Vec<String>,
    /// The last day for an appeal to the superior, where there may be one.
    pub appeal_until: Option<NaiveDate>,
}

/// How far the money is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentView {
    pub state: PaymentState,
    pub payer: String,
    pub account_masked: Option<String>,
    /// In cash, against signatures.
    pub cash: bool,
    /// Ordered, or paid, on.
    pub at: Option<DateTime<Utc>>,
    pub due_on: Option<NaiveDate>,
}

/// One payment: of one line, by one payer, for one share.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderView {
    pub title: Words,
    pub payer: String,
    pub payee: Words,
    pub fen: i64,
    /// "1/3" where the line is paid in shares.
    pub share: Option<String>,
    /// In cash, against signatures.
    pub cash: bool,
    pub state: PaymentState,
    /// Ordered, or paid, on.
    pub at: DateTime<Utc>,
}

/// The states of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    Waiting,
    Ordered,
    Paid,
    Failed,
}

impl PaymentState {
    /// The class of its tag in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Paid => "good",
            Self::Failed => "bad",
            Self::Waiting | Self::Ordered => "busy",
        }
    }
}
