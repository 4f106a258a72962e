//! The working days of one place, counted without walking through them.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{Datelike, NaiveDate, Weekday};

use super::{DayKind, Layer};

/// A day that is not what its weekday says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Exception {
    date: NaiveDate,
    /// How many more days are worked up to and with it than there are days from Monday to Friday.
    more: i64,
}

/// The working days of one place. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// By date.
    exceptions: Arc<[Exception]>,
    national: Layer,
}

impl Days {
    /// From the rows of the place and of what is around it, the narrowest first, and the nation's.
    pub(super) fn new(regional: &[&Layer], national: Layer) -> Self {
        let mut merged: BTreeMap<NaiveDate, DayKind> = BTreeMap::new();
        for layer in [&national].into_iter().chain(regional.iter().rev().copied()) {
            merged.extend(layer.iter().map(|(date, kind)| (*date, *kind)));
        }
        let mut more = 0;
        let exceptions = merged.into_iter().filter_map(|(date, kind)| {
            match (kind, is_weekday(date)) {
                (DayKind::Work, false) => more += 1,
                (DayKind::Off, true) => more -= 1,
                _ => return None,
            }
            Some(Exception { date, more })
        });
        Self { exceptions: exceptions.collect(), national }
    }

    pub fn is_working(&self, date: NaiveDate) -> bool {
        let except = self.exceptions.binary_search_by_key(&date, |found| found.date).is_ok();
        except != is_weekday(date)
    }

    /// The `n`-th working day after `date`, which itself is day zero and is not counted, be it
    /// worked or off. For `n` = 0 it is `date`.
    pub fn add_working(&self, date: NaiveDate, n: u32) -> NaiveDate {
        if n == 0 { date } else { self.first_with(self.worked(date) + i64::from(n)) }
    }

    /// The `n`-th working day before `date`; for `n` = 0 it is `date`.
    pub fn sub_working(&self, date: NaiveDate, n: u32) -> NaiveDate {
        if n == 0 {
            return date;
        }
        let before = self.worked(date) - i64::from(self.is_working(date));
        self.first_with(before - i64::from(n) + 1)
    }

    /// How many working days lie after `from`, up to and with `to`; 0 when `to` is not later.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        let count = (self.worked(to) - self.worked(from)).max(0);
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// `date` if it is worked, else the first working day after it.
    pub fn next_working(&self, date: NaiveDate) -> NaiveDate {
        if self.is_working(date) { date } else { self.add_working(date, 1) }
    }

    /// Whether the nation has not published `year` yet, so that its days are only Monday to
    /// Friday and due dates in it are provisional (暂定).
    pub fn provisional(&self, year: i32) -> bool {
        let first = NaiveDate::from_ymd_opt(year, 1, 1);
        let last = NaiveDate::from_ymd_opt(year, 12, 31);
        let (Some(first), Some(last)) = (first, last) else { return true };
        self.national.range(first..=last).next().is_none()
    }

    /// The working days from the first Monday of our era up to and with `date`.
    fn worked(&self, date: NaiveDate) -> i64 {
        let days = i64::from(date.num_days_from_ce());
        let weekdays = days.div_euclid(7) * 5 + days.rem_euclid(7).min(5);
        let until = self.exceptions.partition_point(|found| found.date <= date);
        let last = until.checked_sub(1).and_then(|last| self.exceptions.get(last));
        weekdays + last.map_or(0, |found| found.more)
    }

    /// The first day with which so many are worked. Stands still at the ends of time, 262 000
    /// years away.
    fn first_with(&self, worked: i64) -> NaiveDate {
        // Without exceptions it would be there; each of them moves it by no more than a week.
        let about = worked.div_euclid(5) * 7 + worked.rem_euclid(5);
        let most = 7 * i64::try_from(self.exceptions.len()).unwrap_or(i64::MAX / 14) + 7;
        let (mut short, mut enough) = (about - most, about + most);
        while enough - short > 1 {
            let middle = short.midpoint(enough);
            if self.worked(day(middle)) < worked { short = middle } else { enough = middle }
        }
        day(enough)
    }
}

fn is_weekday(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The day of that number, the first Monday of our era being the first.
fn day(number: i64) -> NaiveDate {
    let found = i32::try_from(number).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
    found.unwrap_or(if number < 0 { NaiveDate::MIN } else { NaiveDate::MAX })
}
