//! Requests for more time, for those who answer them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// `/staff/extensions`: what waits for this person's answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExtensionsView {
    pub rows: Vec<ExtensionRow>,
}

/// One request; answered at `/staff/extensions/{id}/approve` or `…/refuse`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExtensionRow {
    pub id: String,
    pub number: String,
    pub title: Words,
    pub step: Words,
    /// The unit that asks.
    pub unit: String,
    pub asked_by: String,
    /// In whose name this person answers, where it is not their own.
    pub on_behalf: Option<String>,
    pub asked_at: DateTime<Utc>,
    /// By how much; nothing where it is no time that is asked for.
    pub by: Words,
    /// It is asked to request supplements a second time.
    pub again: bool,
    /// When the step is due as it stands.
    pub due_at: Option<DateTime<Utc>>,
    /// Why, in the holder's words.
    pub why: Option<String>,
}
