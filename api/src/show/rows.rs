//! The lines of a case, as pages show them.

use entities::{RowState, case_row};
use serde_json::Value as Json;
use workflow::rules::rosters;

use super::case::Case;
use crate::read::{
    Words,
    staff_case::{RowMark, RowView},
};

/// The lines that are late work, in the order in which they came; a list's and a roster's stand
/// elsewhere.
pub(super) fn of(case: &Case) -> Vec<RowView> {
    if rosters::has_page(&case.program) {
        return Vec::new();
    }
    let late = |row: &&case_row::Model| row.from_run.is_none() && row.person_id.is_none();
    case.state.rows.iter().filter(late).map(view).collect()
}

fn view(row: &case_row::Model) -> RowView {
    let text = |name: &str| row.facts.get(name).and_then(Json::as_str).unwrap_or_default();
    let words = |name: &str| Words::new(text(&format!("{name}_zh")), text(&format!("{name}_en")));
    RowView {
        id: row.id.to_string(),
        unit: words("unit"),
        number: text("number").to_owned(),
        program: words("program"),
        step: words("step"),
        due_on: text("due").parse().ok(),
        state: match (row.state, row.settled) {
            (RowState::Struck, _) => RowMark::Struck,
            (_, true) => RowMark::Done,
            _ => RowMark::In,
        },
        reason: row.reason.clone(),
    }
}
