//! Who stands in for whom, and the copies somebody got.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{FieldView, OptionView, Words};

/// `/staff/substitutes`: what is arranged, and the form for one more.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubstitutesView {
    pub rows: Vec<SubstituteRow>,
    /// `substitute`, `from`, `to`, `program`, `amount`; for a head also `absent`.
    pub fields: Vec<FieldView>,
    /// The heads below, for whom it is arranged at `?absent=`.
    pub below: Vec<OptionView>,
}

/// One substitution that is not over.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubstituteRow {
    pub id: String,
    pub absent: String,
    pub substitute: String,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Only cases of it.
    pub program: Option<Words>,
    /// Awards of at most so much.
    pub most_fen: Option<i64>,
    /// It runs now.
    pub runs: bool,
    /// One may end it.
    pub ends: bool,
}

/// `/staff/copies`: what one was informed of, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CopiesView {
    pub rows: Vec<CopyRow>,
}

/// One copy.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CopyRow {
    pub id: String,
    pub number: String,
    pub title: Words,
    pub step: Words,
    pub at: DateTime<Utc>,
    /// When it was read; none while it was not.
    pub read_at: Option<DateTime<Utc>>,
}
