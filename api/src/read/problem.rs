//! What went wrong, and what to do about it.

use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// An answer that is a problem, as a page. Its JSON twin is `application/problem+json`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemView {
    pub status: u16,
    /// As in `/problems/{name}`.
    pub name: String,
    /// In the language of the page.
    pub title: String,
    /// What to do, in the language of the page.
    pub detail: String,
    /// Where to go on.
    pub ways: Vec<WayView>,
}

/// A link that helps.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WayView {
    pub href: String,
    pub title: Words,
}

/// `/problems/{name}`: what a name means.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemNameView {
    pub name: String,
    pub status: u16,
    pub title: Words,
    pub meaning: Words,
    pub what_to_do: Words,
}
