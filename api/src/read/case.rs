//! A case and a program as machines read them: what their pages show, and what pages need not.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{FieldView, PaperView, Words, guide::GuideView, progress::ProgressView};

/// A case of one's own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseView {
    pub id: String,
    /// To be sent back with a change, in `If-Match` or as `version`.
    pub version: i32,
    pub program: String,
    /// The form as it stands: money in fen, days as `2018-09-10`; account numbers masked.
    #[schema(value_type = Object)]
    pub form: BTreeMap<String, serde_json::Value>,
    pub papers: Vec<PaperView>,
    /// As on its page.
    pub progress: ProgressView,
}

/// A program that takes applications.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramView {
    pub id: String,
    pub version: u32,
    pub title: Words,
    /// By what right one may file: `self`, `guardian`, `school`, `township`.
    pub filed_as: Vec<String>,
    /// All fields of the form; some are asked under a condition only.
    pub form: Vec<FieldView>,
    /// All papers; some are asked under a condition only.
    pub papers: Vec<PaperView>,
    /// As on its page: steps, days, ceiling, basis.
    pub guide: GuideView,
}

/// Somebody one acts for. Numbers are masked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonView {
    pub id: String,
    pub name: String,
    pub id_number_masked: String,
    pub phone_masked: String,
    pub bank_masked: String,
    pub class: Option<String>,
    pub school: Option<UnitView>,
    pub township: Option<UnitView>,
    pub guardian: Option<String>,
}

/// A place to choose.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitView {
    pub id: String,
    pub name: Words,
    /// Six digits of GB/T 2260, or nine of a township.
    pub division: String,
}
