//! How long stops may hold a case: each kind of stop has one cap for the whole of it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{
    Budget,
    budget::{add, closing, last_day},
};
use crate::calendar::{Days, local_date};

/// What a stop from `since` to `until` takes of its cap, in the cap's unit: working days for
/// `wd`, seconds for `h`, calendar days for all others. A stop that ends on its day takes no day.
pub fn stop_used(since: DateTime<Utc>, until: DateTime<Utc>, cap: Budget, days: &Days) -> i64 {
    let (from, to) = (local_date(since), local_date(until));
    match cap {
        Budget::WorkingDays(_) => i64::from(days.working_days_between(from, to)),
        Budget::Hours(_) => (until - since).num_seconds().max(0),
        _ => (to - from).num_days().max(0),
    }
}

/// When a stop that began at `since` runs into its cap, of which earlier stops of its kind took
/// `used` (as by [`stop_used`]). From then on the clock runs again and the days are the blocker's.
pub fn stop_ends_at(since: DateTime<Utc>, cap: Budget, used: i64, days: &Days) -> DateTime<Utc> {
    let used_days = u32::try_from(used.max(0)).unwrap_or(u32::MAX);
    match cap {
        Budget::WorkingDays(n) => {
            let left = n.saturating_sub(used_days);
            closing(days.add_working(local_date(since), left)).max(since)
        }
        Budget::Hours(n) => add(since, TimeDelta::seconds((i64::from(n) * 3600 - used).max(0))),
        Budget::Until(end) => end.max(since),
        Budget::Days(_) | Budget::Months(_) | Budget::Years(_) => {
            let whole = last_day(local_date(since), cap);
            let back = chrono::Days::new(u64::from(used_days));
            let last = whole.checked_sub_days(back).unwrap_or(NaiveDate::MIN);
            closing(last).max(since)
        }
    }
}
