//! An answer as it is read back: checked before submission, shown to approvers, kept with the case.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// What was answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Answer {
    Nothing,
    Text(String),
    Fen(i64),
    YesNo(bool),
    Day(NaiveDate),
    Moment(DateTime<Utc>),
    Choice(Words),
    Many(Vec<Words>),
    /// Masked; who may, sees it after "show", which is logged.
    Masked(String),
    /// Shown after having been asked for.
    Shown(String),
}

/// One fact of a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FactView {
    pub id: String,
    pub title: Words,
    pub answer: Answer,
}

/// Facts under one heading, with the page where they can be changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FactGroup {
    pub title: Words,
    /// Where "change" leads; nothing when they cannot be changed.
    pub change: Option<String>,
    pub facts: Vec<FactView>,
}
