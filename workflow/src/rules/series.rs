//! The days of rounds by the calendar.

use chrono::{Datelike, Days as Count, Months, NaiveDate, Weekday};

use crate::{
    calendar::Days,
    program::{
        MonthDay, Span,
        model::{Every, Rhythm},
    },
};

/// The day of the first round: `from` itself, or the first day of the rhythm on or after it.
pub(super) fn first(every: &Every, from: NaiveDate) -> NaiveDate {
    let Every::Calendar(rhythm) = every else { return from };
    let found = match rhythm.day.parse::<Weekday>() {
        Ok(wanted) => from.iter_days().take(7).find(|day| day.weekday() == wanted),
        // Every month of a year, and the year after, has its day.
        Err(_) => (0..=12)
            .filter_map(|month| from.with_day(1)?.checked_add_months(Months::new(month)))
            .filter_map(|month| in_month(rhythm, month))
            .find(|day| *day >= from),
    };
    found.unwrap_or(from)
}

/// The day of the round after `rounds` rounds, the first of which was on `began`; none beyond the
/// end of the calendar.
pub(super) fn day(
    every: &Every,
    began: NaiveDate,
    rounds: usize,
    days: &Days,
) -> Option<NaiveDate> {
    let rounds = u32::try_from(rounds).ok()?;
    let times = |n: u32| n.checked_mul(rounds);
    match every {
        Every::Span(Span::WorkingDays(n)) => Some(days.add_working(began, times(*n)?)),
        Every::Span(Span::Hours(n)) => {
            began.checked_add_days(Count::new(u64::from(times(*n)? / 24)))
        }
        Every::Span(Span::Days(n)) => began.checked_add_days(Count::new(times(*n)?.into())),
        Every::Span(Span::Months(n)) => began.checked_add_months(Months::new(times(*n)?)),
        Every::Span(Span::Years(n)) => {
            began.checked_add_months(Months::new(times(*n)?.checked_mul(12)?))
        }
        Every::Calendar(rhythm) => {
            if let Some(weeks) = rhythm.week {
                return began.checked_add_days(Count::new(u64::from(times(weeks)?) * 7));
            }
            let months = rhythm.month.or(rhythm.year.and_then(|years| years.checked_mul(12)))?;
            let month = began.with_day(1)?.checked_add_months(Months::new(times(months)?))?;
            in_month(rhythm, month)
        }
    }
}

/// The rhythm's day in the month of `first`, which is its first day; a month without that day ends
/// on its last. None where the rhythm names another month.
fn in_month(rhythm: &Rhythm, first: NaiveDate) -> Option<NaiveDate> {
    let day = match rhythm.day.parse::<MonthDay>() {
        Ok(named) if named.month == first.month() => named.day,
        Ok(_) => return None,
        Err(_) => rhythm.day.parse().ok()?,
    };
    let last = first.checked_add_months(Months::new(1))?.pred_opt()?;
    first.with_day(day.min(last.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rhythm(unit: &str, n: u32, day: &str) -> Every {
        let of = |wanted: &str| (unit == wanted).then_some(n);
        let (week, month, year) = (of("week"), of("month"), of("year"));
        Every::Calendar(Rhythm { week, month, year, day: day.to_owned() })
    }

    #[test]
    fn rounds_come_on_the_days_of_their_rhythm() {
        let days = crate::calendar::Calendar::shipped().unwrap().of("640000");
        let span = |text: &str| Every::Span(text.parse().unwrap());
        //  every               from          first         second        third
        for (every, from, wanted) in [
            (span("6mo"), "2018-08-31", ["2018-08-31", "2019-02-28", "2019-08-31"]),
            (span("1y"), "2020-02-29", ["2020-02-29", "2021-02-28", "2022-02-28"]),
            (span("10d"), "2018-09-10", ["2018-09-10", "2018-09-20", "2018-09-30"]),
            (span("3wd"), "2018-09-28", ["2018-09-28", "2018-10-08", "2018-10-11"]), // 09-29, 09-30 work
            (rhythm("week", 1, "fri"), "2018-09-10", ["2018-09-14", "2018-09-21", "2018-09-28"]),
            (rhythm("week", 2, "mon"), "2018-09-10", ["2018-09-10", "2018-09-24", "2018-10-08"]),
            (rhythm("month", 1, "31"), "2018-12-31", ["2018-12-31", "2019-01-31", "2019-02-28"]),
            (rhythm("month", 3, "5"), "2018-09-10", ["2018-10-05", "2019-01-05", "2019-04-05"]),
            (rhythm("year", 1, "02-28"), "2018-09-10", ["2019-02-28", "2020-02-28", "2021-02-28"]),
        ] {
            let began = first(&every, on(from));
            let second = day(&every, began, 1, &days).unwrap();
            let third = day(&every, began, 2, &days).unwrap();
            assert_eq!([began, second, third], wanted.map(on), "{every:?} from {from}");
        }
    }
}
