//! An approver's queue: what waits, by working time left.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{DueView, Light, OptionView, Words, batch::BatchOffer};

/// `/staff/tasks?tab=&program=&light=&search=&after=`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QueueView {
    /// The unit and duty whose queue it is.
    pub desk: String,
    pub tab: Tab,
    /// Open tasks, where they were counted.
    pub todo: Option<i64>,
    pub done: Option<i64>,
    /// How many of each light wait.
    /// Copies that one has not read.
    pub copies: i64,
    pub red: i64,
    pub amber: i64,
    pub green: i64,
    pub programs: Vec<OptionView>,
    /// The filters as they stand.
    pub program: Option<String>,
    pub light: Option<Light>,
    pub search: String,
    /// Like cases among the rows that can be approved together.
    pub offers: Vec<BatchOffer>,
    pub rows: Vec<QueueRow>,
    /// The key of the next page.
    pub next: Option<String>,
}

/// Waiting, or decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    Todo,
    Done,
}

/// One task, at `/staff/tasks/{task}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QueueRow {
    pub task: String,
    pub number: String,
    pub title: Words,
    pub step: Words,
    pub subject: String,
    /// School or township the case comes from.
    pub place: String,
    pub fen: Option<i64>,
    pub urgent: bool,
    pub due: Option<DueView>,
    pub arrived_at: DateTime<Utc>,
    /// Who has taken it.
    pub claimed_by: Option<String>,
    pub mine: bool,
    /// It is only offered to them first; others may take it.
    pub offered: bool,
    /// What came of it, among the done.
    pub outcome: Option<Words>,
}

impl QueueView {
    /// The address of this queue under another light (empty: all), keeping the other filters.
    pub fn link(&self, light: &str, after: &str) -> String {
        let tab = if self.tab == Tab::Done { "done" } else { "" };
        let program = self.program.as_deref().unwrap_or_default();
        let pairs = [
            ("tab", tab),
            ("program", program),
            ("light", light),
            ("search", if is_number(&self.search) { &self.search } else { "" }),
            ("after", after),
        ];
        let mut link = "/staff/tasks".to_owned();
        let mut mark = '?';
        for (key, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            link.push(mark);
            link.push_str(key);
            link.push('=');
            link.push_str(&encoded(value));
            mark = '&';
        }
        link
    }

    /// The address of the next page.
    pub fn next_link(&self, after: &str) -> String {
        self.link(self.light.map_or("", Light::class), after)
    }
}

/// Whether a search may stand in an address: it has the look of a case number, and of no person.
pub(crate) fn is_number(search: &str) -> bool {
    search.contains('-')
        && search.starts_with(|first: char| first.is_ascii_digit())
        && search.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// `value` as it may stand in a query.
fn encoded(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.push('%');
            let _ = write!(written, "{byte:02X}"); // a String takes everything
        }
    }
    written
}
