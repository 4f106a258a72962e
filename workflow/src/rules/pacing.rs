//! When people are disturbed: never at night, one rung a day after an outage, one digest a day.
//!
//! Source: "After an outage of days" of the program language, and the quiet hours of the house:
//! 21:00–08:00 and days off; for clocks that count hours, 21:00–08:00 of every day.

use chrono::{DateTime, NaiveTime, TimeDelta, Timelike, Utc};

use crate::calendar::{Days, SHANGHAI, instant, local_date};

const fn time(hour: u32, minute: u32) -> NaiveTime {
    match NaiveTime::from_hms_opt(hour, minute, 0) {
        Some(time) => time,
        None => panic!("a time of day"),
    }
}

const MORNING: NaiveTime = time(8, 0);
const EVENING: NaiveTime = time(21, 0);
/// When a digest goes out, unless its reader has chosen another hour.
pub const DIGEST: NaiveTime = time(8, 30);
const RUNG: NaiveTime = time(9, 0);

/// Later than this, something is done behind its time: after an outage, not in the ordinary way.
const SLACK: TimeDelta = TimeDelta::hours(1);

/// So long the backlog has to come together before one letter tells of all of it.
const GATHERS: TimeDelta = TimeDelta::minutes(15);

/// The days on which a clock may disturb people.
#[derive(Clone, Copy, Debug)]
pub struct Hours<'a> {
    /// The working days.
    pub days: &'a Days,
    /// Days off count as well: the clock counts hours.
    pub every_day: bool,
}

impl Hours<'_> {
    fn is_on(&self, at: DateTime<Utc>) -> bool {
        self.every_day || self.days.is_working(local_date(at))
    }

    /// The next day that is one, at `time`.
    fn next_day(&self, now: DateTime<Utc>, time: NaiveTime) -> DateTime<Utc> {
        let mut day = local_date(now).succ_opt().unwrap_or(chrono::NaiveDate::MAX);
        if !self.every_day {
            day = self.days.next_working(day);
        }
        instant(day, time)
    }

    /// `now`, or, while people sleep or are off, the next morning at 08:00.
    pub fn waking(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let local = now.with_timezone(&SHANGHAI).time();
        if self.is_on(now) && local < MORNING {
            return instant(local_date(now), MORNING);
        }
        if self.is_on(now) && local < EVENING { now } else { self.next_day(now, MORNING) }
    }

    /// Whether nobody is to be disturbed at `now`.
    pub fn is_quiet(&self, now: DateTime<Utc>) -> bool {
        self.waking(now) != now
    }

    /// When the rung after one that was planned for `planned` and climbed at `now` is climbed,
    /// whose own moment is `next`: at most one a day for a ladder that lags behind.
    pub fn next_rung(
        &self,
        planned: DateTime<Utc>,
        now: DateTime<Utc>,
        next: DateTime<Utc>,
    ) -> DateTime<Utc> {
        if is_behind(planned, now) || next <= now {
            next.max(self.next_day(now, RUNG))
        } else {
            next
        }
    }

    /// With which digest a line goes that was written at `now`: the one of the next working
    /// morning, 08:30; what lags behind (`behind`) with one that tells of the whole backlog soon.
    pub fn digest(&self, now: DateTime<Utc>, behind: bool) -> DateTime<Utc> {
        if behind {
            let soon = now + GATHERS;
            let into = TimeDelta::seconds(i64::from(soon.minute() * 60 + soon.second()));
            let hour = (soon - into).with_nanosecond(0).unwrap_or(soon) + TimeDelta::hours(1);
            return self.waking(hour);
        }
        let today = instant(local_date(now), DIGEST);
        if self.days.is_working(local_date(now)) && now <= today {
            return today;
        }
        let tomorrow = local_date(now).succ_opt().unwrap_or(chrono::NaiveDate::MAX);
        instant(self.days.next_working(tomorrow), DIGEST)
    }

    /// Until when nothing is escalated after the wall clock jumped: somebody must have the time
    /// to see that it is wrong.
    pub fn after_jump(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.next_day(now, RUNG)
    }
}

/// Whether something planned for `planned` is done behind its time at `now`.
pub fn is_behind(planned: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - planned > SLACK
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Calendar;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{}:00+08:00", text.replacen(' ', "T", 1)).parse().unwrap()
    }

    #[test]
    fn nobody_is_disturbed_at_night_or_on_a_day_off() {
        let days = Calendar::shipped().unwrap().of("640000");
        let table = [
            ("2018-09-10 07:59", "2018-09-10 08:00", "2018-09-10 08:00"),
            ("2018-09-10 20:59", "2018-09-10 20:59", "2018-09-10 20:59"),
            ("2018-09-10 21:00", "2018-09-11 08:00", "2018-09-11 08:00"),
            ("2018-09-22 10:00", "2018-09-25 08:00", "2018-09-22 10:00"), // Mid-Autumn Festival
            ("2018-09-29 10:00", "2018-09-29 10:00", "2018-09-29 10:00"), // a worked Saturday
            ("2018-09-30 22:00", "2018-10-08 08:00", "2018-10-01 08:00"),
        ];
        for (now, working, daily) in table {
            for (every_day, expected) in [(false, working), (true, daily)] {
                let hours = Hours { days: &days, every_day };
                assert_eq!(hours.waking(at(now)), at(expected), "{now} {every_day}");
                assert_eq!(hours.is_quiet(at(now)), now != expected);
            }
        }
    }

    #[test]
    fn a_ladder_that_lags_behind_climbs_one_rung_a_day() {
        let days = Calendar::shipped().unwrap().of("640000");
        let hours = Hours { days: &days, every_day: false };
        let next = |planned, now, next| hours.next_rung(at(planned), at(now), at(next));
        let (amber, due) = ("2018-09-10 09:00", "2018-09-10 18:00");
        assert_eq!(next(amber, amber, due), at(due), "in time: as planned");
        assert_eq!(next(amber, "2018-09-13 10:00", due), at("2018-09-14 09:00"));
        assert_eq!(next("2018-09-14 09:00", "2018-09-14 09:00", due), at("2018-09-17 09:00"));
        assert_eq!(next(due, "2018-09-10 18:01", "2018-09-11 09:00"), at("2018-09-11 09:00"));
    }

    #[test]
    fn a_digest_goes_out_on_the_next_working_morning() {
        let days = Calendar::shipped().unwrap().of("640000");
        let hours = Hours { days: &days, every_day: false };
        let table = [
            ("2018-09-10 08:00", false, "2018-09-10 08:30"),
            ("2018-09-10 18:00", false, "2018-09-11 08:30"),
            ("2018-09-21 18:00", false, "2018-09-25 08:30"),
            ("2018-09-10 10:10", true, "2018-09-10 11:00"),
            ("2018-09-10 10:50", true, "2018-09-10 12:00"),
            ("2018-09-10 20:30", true, "2018-09-11 08:00"),
        ];
        for (now, behind, expected) in table {
            assert_eq!(hours.digest(at(now), behind), at(expected), "{now}");
        }
    }
}
