//! Reads calendar rows from CSV: columns `date`, `kind` and `scope`, others are for people.

use chrono::NaiveDate;
use serde::Deserialize;

use super::{DayKind, Row};

/// Why a calendar file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    #[error("{0:?} is not a scope: write CN or the six digits of a division")]
    Scope(String),
    #[error(
        "a row of the calendar file is not a date, work or off, and a scope: 2026-02-17,off,CN"
    )]
    Csv(#[from] csv::Error),
}

/// `holiday` and `workday` are the words of the sources, `off` and `work` ours.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    #[serde(alias = "holiday")]
    Off,
    #[serde(alias = "workday")]
    Work,
}

#[derive(Deserialize)]
struct Line {
    date: NaiveDate,
    kind: Word,
    scope: String,
}

/// The rows of a CSV text with a header line; lines that begin with `#` are comments.
///
/// # Errors
/// A missing column, a date that is none, a `kind` other than `work`/`workday`/`off`/`holiday`,
/// or a scope that is none; the line is named by the source.
pub fn read_rows(text: &str) -> Result<Vec<Row>, CalendarError> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for line in reader.deserialize() {
        let Line { date, kind, scope } = line?;
        let kind = match kind {
            Word::Off => DayKind::Off,
            Word::Work => DayKind::Work,
        };
        rows.push(Row { scope: scope.parse()?, date, kind });
    }
    Ok(rows)
}
