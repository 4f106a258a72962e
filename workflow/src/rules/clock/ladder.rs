//! The moments of a clock at which somebody is reminded or a rung is climbed.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Budget, ClockState, budget::add};
use crate::calendar::{Days, instant, local_date};

/// Reminders come when the offices open.
const OPENING: NaiveTime = match NaiveTime::from_hms_opt(9, 0, 0) {
    Some(time) => time,
    None => panic!("09:00 is a time"),
};

/// A moment of a clock, written `80%`, `-1wd`, `due`, `+3wd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Moment {
    /// When so many hundredths of the whole are used.
    Percent(u8),
    Before(Budget),
    Due,
    After(Budget),
}

/// When `moment` of `clock` comes; derived anew whenever the due instant moves.
///
/// Of n working days, `80%` is 09:00 of the ⌈0.8·n⌉-th, counted back from the due day so that
/// stops need no memory; of hours it is exact. `-1wd` is 09:00 of the working day before the due
/// day, `+3wd` 09:00 of the third after it; days, months and years likewise by the calendar; hours
/// are exact. Nothing comes before the clock was started.
pub fn moment(clock: &ClockState, moment: Moment, days: &Days) -> DateTime<Utc> {
    let last = local_date(clock.due_at);
    let at = match moment {
        Moment::Due => clock.due_at,
        Moment::Percent(percent) => return share(clock, percent, days).max(clock.started_at),
        Moment::Before(Budget::Hours(n)) => add(clock.due_at, -TimeDelta::hours(i64::from(n))),
        Moment::After(Budget::Hours(n)) => add(clock.due_at, TimeDelta::hours(i64::from(n))),
        Moment::Before(by) => instant(before(last, by, days), OPENING),
        Moment::After(by) => instant(after(last, by, days), OPENING),
    };
    at.max(clock.started_at)
}

fn share(clock: &ClockState, percent: u8, days: &Days) -> DateTime<Utc> {
    let whole = clock.whole(days);
    let percent = i64::from(percent.min(100));
    if matches!(clock.budget, Budget::Hours(_)) {
        return add(clock.due_at, -TimeDelta::seconds(whole * (100 - percent) / 100));
    }
    // n - ⌈p·n⌉ = ⌊(1 - p)·n⌋
    let rest = u32::try_from(whole * (100 - percent) / 100).unwrap_or(0);
    instant(days.sub_working(local_date(clock.due_at), rest), OPENING)
}

fn before(last: NaiveDate, by: Budget, days: &Days) -> NaiveDate {
    let date = match by {
        Budget::WorkingDays(n) => Some(days.sub_working(last, n)),
        Budget::Days(n) => last.checked_sub_days(chrono::Days::new(u64::from(n))),
        Budget::Months(n) => last.checked_sub_months(chrono::Months::new(n)),
        Budget::Years(n) => last.checked_sub_months(chrono::Months::new(n.saturating_mul(12))),
        Budget::Hours(_) | Budget::Until(_) => Some(last),
    };
    date.unwrap_or(NaiveDate::MIN)
}

fn after(last: NaiveDate, by: Budget, days: &Days) -> NaiveDate {
    let date = match by {
        Budget::WorkingDays(n) => Some(days.add_working(last, n)),
        Budget::Days(n) => last.checked_add_days(chrono::Days::new(u64::from(n))),
        Budget::Months(n) => last.checked_add_months(chrono::Months::new(n)),
        Budget::Years(n) => last.checked_add_months(chrono::Months::new(n.saturating_mul(12))),
        Budget::Hours(_) | Budget::Until(_) => Some(last),
    };
    date.unwrap_or(NaiveDate::MAX)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Before(by) => write!(f, "-{by}"),
            Self::Due => f.write_str("due"),
            Self::After(by) => write!(f, "+{by}"),
        }
    }
}

/// The text is not a moment of a clock.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a moment of a clock such as 80%, -1wd, due or +3wd")]
pub struct NotMoment(String);

impl FromStr for Moment {
    type Err = NotMoment;

    fn from_str(text: &str) -> Result<Self, NotMoment> {
        let bad = || NotMoment(text.to_owned());
        let span = |part: &str| match part.parse() {
            Ok(Budget::Until(_)) | Err(_) => Err(bad()),
            Ok(budget) => Ok(budget),
        };
        if text == "due" {
            return Ok(Self::Due);
        }
        if let Some(percent) = text.strip_suffix('%') {
            let percent = percent.parse().map_err(|_| bad())?;
            return if percent <= 100 { Ok(Self::Percent(percent)) } else { Err(bad()) };
        }
        match (text.strip_prefix('-'), text.strip_prefix('+')) {
            (Some(by), _) => span(by).map(Self::Before),
            (_, Some(by)) => span(by).map(Self::After),
            _ => Err(bad()),
        }
    }
}

impl TryFrom<String> for Moment {
    type Error = NotMoment;

    fn try_from(text: String) -> Result<Self, NotMoment> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}
