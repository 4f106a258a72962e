//! Words that events choose from.

use serde::{Deserialize, Serialize};

/// How a returned case comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnMode {
    /// All sign again.
    Replay,
    /// Signatures stand; allowed only if nothing but what was named changed.
    Here,
}

/// How urgent something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// In time.
    Green,
    /// Soon over.
    Amber,
    /// Over.
    Red,
}

/// What the applicant is asked for: all defects in one list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Field ids to be corrected.
    pub fields: Vec<String>,
    /// Paper ids to be handed in (again).
    pub papers: Vec<String>,
    /// What the case does afterwards, if it was returned rather than asked.
    pub mode: Option<ReturnMode>,
    /// SHA-256 (hex) of the encrypted explanation.
    pub note: Option<String>,
    /// The row that the explanation stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_id: Option<String>,
    /// It counts as the one request that there is, though the case was returned.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub counts: bool,
}
