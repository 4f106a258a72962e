//! The front page: what one can apply for, and how to ask about a case.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Words, notice::NoticeCard};

/// A program on a card.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramCard {
    /// As in `/programs/{name}`.
    pub name: String,
    pub title: Words,
    pub summary: Words,
    /// Working days promised from acceptance to decision.
    pub days: Option<i64>,
    /// The most that is paid, in fen.
    pub most_fen: Option<i64>,
    /// Whether the person acted for may apply; nothing when nobody is signed in.
    pub fit: Option<Fit>,
}

/// Whether somebody may apply, as far as is known.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "fit", content = "reason", rename_all = "snake_case")]
pub enum Fit {
    MayApply,
    /// Facts are missing: the profile is not complete.
    Unknown,
    /// Not now, with the reason.
    NotNow(Words),
}

/// The front page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HomeView {
    pub programs: Vec<ProgramCard>,
    /// The newest public notices that are up.
    pub notices: Vec<NoticeCard>,
}
