//! 回避申报: from whose cases somebody keeps away.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{FieldView, Words};

/// `/staff/recusals`: what one has declared, and the form for more.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecusalsView {
    pub rows: Vec<RecusalRow>,
    /// `kind`, `name`, `id_number`, `place`.
    pub fields: Vec<FieldView>,
}

/// One declaration that holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecusalRow {
    pub id: String,
    /// `relative`, `township`, `school`.
    pub kind: String,
    pub title: Words,
    /// The relative, or the place.
    pub of: Words,
    pub since: DateTime<Utc>,
}
