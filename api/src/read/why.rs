//! Why a case is where it is: who must do what, by when, under which rule, and what comes next.

use serde::Serialize;
use utoipa::ToSchema;

use super::{CaseStatus, DueView, Words};

/// `GET /api/v1/cases/{id}/why`; its sentences stand on the case's pages too.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WhyView {
    pub number: String,
    pub status: CaseStatus,
    /// All of it in one breath.
    pub sentence: Words,
    /// What is waited for; several when they go side by side.
    pub waits: Vec<WaitView>,
    /// What happens then.
    pub next: Words,
    /// What the reader can do now.
    pub can: Vec<CanView>,
    /// What the reader might expect to be able to do, and why not.
    pub cannot: Vec<CannotView>,
}

/// One thing that is waited for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaitView {
    /// Who must act; empty where it is a day.
    pub who: Words,
    pub step: Words,
    /// What they must do.
    pub what: Words,
    pub due: Option<DueView>,
    /// By which clause, and in how much time.
    pub rule: Words,
    /// The whole as a sentence.
    pub sentence: Words,
}

/// A verb that is open to the reader.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CanView {
    /// As in `/api/v1/tasks/{id}/{verb}`, or of a case: `withdraw`, `resubmit`, `complaint`,
    /// `appeal`, `rating`.
    pub verb: String,
    pub title: Words,
    /// The slot, for verbs of a step.
    pub task: Option<String>,
}

/// A verb that is not.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CannotView {
    pub verb: String,
    pub title: Words,
    /// In the language of the request.
    pub why: String,
}
