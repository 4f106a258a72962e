//! 批量办理: like cases that one person approves in one act.

use chrono::{DateTime, Utc};
use entities::BatchResult;
use serde::Serialize;
use utoipa::ToSchema;

use super::{DueView, Words};

/// `/staff/batches`: what can be put together, and what one has signed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchesView {
    pub offers: Vec<BatchOffer>,
    /// One's own, the newest first.
    pub batches: Vec<BatchSummary>,
}

/// Like cases that wait.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchOffer {
    /// One of them: a batch is put together of what is like it.
    pub like: String,
    pub title: Words,
    pub step: Words,
    /// How many were seen; those that the rules hold something against are not in the batch.
    pub waiting: usize,
    pub fen: i64,
}

/// One batch in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchSummary {
    pub id: String,
    pub title: Words,
    pub step: Words,
    pub made_at: DateTime<Utc>,
    pub size: i32,
    /// How many must be opened.
    pub sample: i32,
    pub state: BatchState,
}

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// It waits for its signature.
    ToSign,
    /// It was signed, and broken off before every case had its result.
    Broken,
    /// Every case has its result.
    Done,
}

/// `/staff/batches/{batch}`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchView {
    pub id: String,
    pub title: Words,
    pub step: Words,
    pub state: BatchState,
    pub made_at: DateTime<Utc>,
    pub signed_at: Option<DateTime<Utc>>,
    pub size: i32,
    pub sample: i32,
    /// Cases of the sample that were not opened yet.
    pub unopened: usize,
    /// What the sample was drawn with: ascending SHA-256(seed ‖ task), the first `sample` of them.
    pub seed: String,
    /// All together.
    pub fen: i64,
    pub approved: usize,
    pub left_out: usize,
    pub rows: Vec<BatchRow>,
}

impl BatchView {
    /// The cases that must be opened.
    pub fn drawn(&self) -> impl Iterator<Item = &BatchRow> {
        self.rows.iter().filter(|row| row.sampled)
    }
}

/// One case of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchRow {
    pub task: String,
    pub number: String,
    pub subject: String,
    pub place: String,
    pub fen: Option<i64>,
    pub due: Option<DueView>,
    pub sampled: bool,
    pub opened_at: Option<DateTime<Utc>>,
    #[schema(value_type = Option<String>)]
    pub result: Option<BatchResult>,
    /// Why it was left out.
    pub why: Option<Words>,
}

/// What came of a batch: kept as the answer to its signature, so without personal data.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchDone {
    pub id: String,
    pub approved: usize,
    pub left_out: usize,
    pub rows: Vec<BatchDoneRow>,
}

/// What came of one case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchDoneRow {
    pub task: String,
    pub number: String,
    /// `approved` or `left_out`.
    #[schema(value_type = Option<String>)]
    pub result: Option<BatchResult>,
    /// The reason's word, of one that was left out.
    pub reason: Option<String>,
    /// The reason in one sentence.
    pub why: Option<Words>,
}
