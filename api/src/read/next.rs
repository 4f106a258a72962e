//! The case that somebody decides next.

use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// `/api/v1/tasks/next`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NextView {
    /// Nothing waits that one may decide.
    pub next: Option<NextCase>,
}

/// One task, and why it comes next.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NextCase {
    pub task: String,
    pub number: String,
    /// `like`, `none_like`, `late`, `today`, `first`, `undated`.
    pub because: String,
    /// The reason in one sentence.
    pub said: Words,
}

impl NextCase {
    /// Where it is decided.
    pub fn link(&self) -> String {
        format!("/staff/tasks/{}?because={}", self.task, self.because)
    }
}
