//! A program's guide: who, which papers, how long, how much, on what basis.

use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// `/programs/{name}`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GuideView {
    pub name: String,
    pub title: Words,
    pub summary: Words,
    pub who: Vec<Words>,
    pub papers: Vec<PaperNeed>,
    pub steps: Vec<GuideStep>,
    /// Working days promised in all.
    pub days: Option<i64>,
    pub most_fen: Option<i64>,
    pub how_much: Vec<Words>,
    /// What to do when it cannot wait.
    pub urgent: Option<Words>,
    pub basis: Vec<BasisView>,
    /// Why one cannot start now; nothing when one can.
    pub why_not: Option<String>,
}

/// A paper to have at hand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaperNeed {
    pub title: Words,
    pub hint: Option<Words>,
    pub required: bool,
}

/// A step of the route as it is told beforehand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GuideStep {
    pub title: Words,
    pub unit: Words,
    pub days: Option<i64>,
    /// When it applies; nothing when always.
    pub when: Option<Words>,
}

/// Where the program is laid down.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BasisView {
    pub document: String,
    pub clause: String,
}
