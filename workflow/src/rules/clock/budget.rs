//! How long something may take, and when that is over.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Months, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::{Days, instant, local_date};

/// Deadlines counted in days end when the offices close.
pub const CLOSING: NaiveTime = match NaiveTime::from_hms_opt(18, 0, 0) {
    Some(time) => time,
    None => panic!("18:00 is a time"),
};

/// The time that is given. Written and stored as in programs: `5wd`, `48h`, `7d`, `6mo`, `1y`;
/// a fixed end as `until 2018-09-28T10:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Budget {
    WorkingDays(u32),
    Hours(u32),
    Days(u32),
    Months(u32),
    Years(u32),
    /// A fixed end: a step's `due:`. No stop moves it.
    Until(DateTime<Utc>),
}

/// 18:00 of `date`: when a deadline that names a day ends.
pub fn closing(date: NaiveDate) -> DateTime<Utc> {
    instant(date, CLOSING)
}

/// When `budget` is used up that runs since `start`.
///
/// The day of `start` is day zero and is not counted, even when it is off or `start` is after
/// 18:00. Working days end at 18:00 of the n-th; days, months and years at 18:00 of their last
/// day, moved to the next working day; hours are elapsed time and are never moved. A budget of no
/// days ends on the same day; when that is off, or its 18:00 has passed, on the next working day,
/// so that nothing is late when it begins.
pub fn due(start: DateTime<Utc>, budget: Budget, days: &Days) -> DateTime<Utc> {
    let zero = local_date(start);
    let last = match budget {
        Budget::Until(end) => return end,
        Budget::Hours(hours) => return add(start, TimeDelta::hours(i64::from(hours))),
        Budget::WorkingDays(n) => days.next_working(days.add_working(zero, n)),
        nominal => days.next_working(last_day(zero, nominal)),
    };
    if closing(last) < start { closing(days.add_working(last, 1)) } else { closing(last) }
}

/// The last day by the calendar, not yet moved off a day that is off. A month without the date
/// ends on its last day.
pub(super) fn last_day(zero: NaiveDate, budget: Budget) -> NaiveDate {
    let last = match budget {
        Budget::Days(n) => zero.checked_add_days(chrono::Days::new(u64::from(n))),
        Budget::Months(n) => zero.checked_add_months(Months::new(n)),
        Budget::Years(n) => zero.checked_add_months(Months::new(n.saturating_mul(12))),
        Budget::WorkingDays(_) | Budget::Hours(_) | Budget::Until(_) => Some(zero),
    };
    last.unwrap_or(NaiveDate::MAX)
}

/// `at` and `span`; stands still at the ends of time.
pub(super) fn add(at: DateTime<Utc>, span: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(span).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkingDays(n) => write!(f, "{n}wd"),
            Self::Hours(n) => write!(f, "{n}h"),
            Self::Days(n) => write!(f, "{n}d"),
            Self::Months(n) => write!(f, "{n}mo"),
            Self::Years(n) => write!(f, "{n}y"),
            Self::Until(end) => {
                write!(f, "until {}", end.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
        }
    }
}

/// The text is not a duration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration such as 5wd, 48h, 7d, 6mo or 1y (at most 9999)")]
pub struct NotBudget(String);

impl FromStr for Budget {
    type Err = NotBudget;

    fn from_str(text: &str) -> Result<Self, NotBudget> {
        let bad = || NotBudget(text.to_owned());
        if let Some(end) = text.strip_prefix("until ") {
            return end.parse().map(Self::Until).map_err(|_| bad());
        }
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = text.strip_suffix(unit).unwrap_or_default();
        let n: u32 = digits.parse().map_err(|_| bad())?;
        match unit {
            _ if digits.len() > 4 => Err(bad()),
            "wd" => Ok(Self::WorkingDays(n)),
            "h" => Ok(Self::Hours(n)),
            "d" => Ok(Self::Days(n)),
            "mo" => Ok(Self::Months(n)),
            "y" => Ok(Self::Years(n)),
            _ => Err(bad()),
        }
    }
}

impl TryFrom<String> for Budget {
    type Error = NotBudget;

    fn try_from(text: String) -> Result<Self, NotBudget> {
        text.parse()
    }
}

impl From<Budget> for String {
    fn from(budget: Budget) -> Self {
        budget.to_string()
    }
}
