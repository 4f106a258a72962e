//! The few words in which SQLite and PostgreSQL differ, where figures are counted. Moments are
//! counted in whole seconds, days in days since 1970 in Shanghai.

use chrono::{DateTime, Days, NaiveDate, Utc};
use sea_orm::DbBackend;
use workflow::calendar::local_date;

/// One database's words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect(pub(super) DbBackend);

impl Dialect {
    /// A moment in seconds.
    pub(super) fn epoch(self, at: &str) -> String {
        match self.0 {
            DbBackend::Postgres => format!("CAST(FLOOR(EXTRACT(EPOCH FROM {at})) AS BIGINT)"),
            _ => format!("CAST(strftime('%s', {at}) AS INTEGER)"),
        }
    }

    /// When a clock was started.
    pub(super) fn started(self, clock: &str) -> String {
        match self.0 {
            DbBackend::Postgres => format!("CAST({clock}.face->>'started_at' AS TIMESTAMPTZ)"),
            _ => format!("json_extract({clock}.face, '$.started_at')"),
        }
    }

    /// The later of two.
    pub(super) fn later(self, a: &str, b: &str) -> String {
        let word = if self.0 == DbBackend::Postgres { "GREATEST" } else { "MAX" };
        format!("{word}({a}, {b})")
    }

    /// The earlier of two.
    pub(super) fn earlier(self, a: &str, b: &str) -> String {
        let word = if self.0 == DbBackend::Postgres { "LEAST" } else { "MIN" };
        format!("{word}({a}, {b})")
    }

    /// The day of a moment in seconds.
    pub(super) fn day(seconds: &str) -> String {
        format!("(({seconds}) + 28800) / 86400")
    }
}

/// `$1` and what stands below it: each unit with the line of the table that it counts for.
pub(super) const BELOW: &str = "below(id, line) AS (
    SELECT id, id FROM unit WHERE id = $1 OR (parent_id = $1 AND id <> $1)
    UNION
    SELECT unit.id, below.line FROM unit JOIN below ON unit.parent_id = below.id
        WHERE below.line <> $1
)";

/// A slot of staff: the applicant's own is not a unit's.
pub(super) const OF_STAFF: &str = "(NOT task.addressed OR case_file.subject_id IS NULL
    OR task.person_id IS NULL OR task.person_id <> case_file.subject_id)";

/// The number of a day.
pub(super) fn day_number(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

/// The day of a number.
pub(super) fn day_of(number: i64) -> NaiveDate {
    let days = Days::new(u64::try_from(number).unwrap_or(0));
    NaiveDate::default().checked_add_days(days).unwrap_or_default()
}

/// The number of the day of a moment.
pub(super) fn day_at(at: DateTime<Utc>) -> i64 {
    day_number(local_date(at))
}
