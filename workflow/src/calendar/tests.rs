//! The calendar against the days that everybody remembers, and its arithmetic by properties.

use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn nation() -> Days {
    Calendar::shipped().unwrap().of("350000")
}

#[test]
fn the_shipped_days_are_those_of_the_notices() {
    let (nation, ningxia) = (nation(), Calendar::shipped().unwrap().of("640422"));
    for worked in ["2024-09-29", "2024-10-12", "2018-09-29", "2026-02-14"] {
        assert!(nation.is_working(day(worked)), "{worked}");
    }
    for off in ["2018-09-24", "2020-01-31", "2026-02-16", "2024-10-13"] {
        assert!(!nation.is_working(day(off)), "{off}");
    }
    //  from           n  nation        Ningxia
    let table = [
        ("2020-01-23", 5, "2020-02-07", "2020-02-07"), // the holidays were prolonged
        ("2026-02-13", 5, "2026-02-27", "2026-02-27"), // make-up Saturdays 02-14 and 02-28
        ("2021-07-16", 3, "2021-07-21", "2021-07-23"), // Eid al-Adha
        ("2018-09-22", 1, "2018-09-25", "2018-09-25"), // day zero may be off
        ("2018-09-22", 0, "2018-09-22", "2018-09-22"),
    ];
    for (from, n, national, regional) in table {
        assert_eq!(nation.add_working(day(from), n), day(national), "{from} + {n}");
        assert_eq!(ningxia.add_working(day(from), n), day(regional), "{from} + {n} in Ningxia");
    }
}

#[test]
fn the_narrower_row_wins() {
    let row =
        |scope: &str, kind| Row { scope: scope.parse().unwrap(), date: day("2030-05-06"), kind };
    let calendar = Calendar::default().with_rows([
        row("CN", DayKind::Off),
        row("640000", DayKind::Work),
        row("640400", DayKind::Off),
        row("640422", DayKind::Work),
    ]);
    for (code, worked) in
        [("110000", false), ("640000", true), ("640423", false), ("640422", true), ("", false)]
    {
        assert_eq!(calendar.of(code).is_working(day("2030-05-06")), worked, "{code:?}");
    }
}

#[test]
fn a_year_without_national_rows_is_provisional_and_has_plain_weeks() {
    let days = nation();
    assert!(!days.provisional(2026));
    assert!(days.provisional(2027));
    assert_eq!(days.add_working(day("2027-09-30"), 5), day("2027-10-07"));
}

#[test]
fn a_revision_names_the_rows() {
    let shipped = Calendar::shipped().unwrap();
    let row = Row { scope: Scope::National, date: day("2018-09-29"), kind: DayKind::Off };
    let changed = shipped.clone().with_rows([row]);
    assert_eq!(shipped.revision().len(), 12);
    assert_eq!(shipped.revision(), Calendar::shipped().unwrap().revision());
    assert_ne!(shipped.revision(), changed.revision());
    let differing = shipped.differences(&changed);
    assert_eq!(differing, BTreeSet::from([(Scope::National, day("2018-09-29"))]));
}

#[test]
fn a_file_with_a_slip_is_refused() {
    assert!(read_rows("date,kind,scope\n2027-01-01,off,CN\n").is_ok());
    for bad in ["2027-02-30,off,CN", "2027-01-01,free,CN", "2027-01-01,off,64", "2027-01-01,off"] {
        assert!(read_rows(&format!("date,kind,scope\n{bad}\n")).is_err(), "{bad}");
    }
    assert!(serde_json::from_str::<Scope>("\"moon\"").is_err());
}

#[test]
fn shanghai_is_eight_hours_ahead() {
    let at = "2018-09-10T16:00:00Z".parse().unwrap();
    assert_eq!(local_date(at), day("2018-09-11"));
    assert_eq!(instant(day("2018-09-11"), NaiveTime::MIN), at);
}

prop_compose! {
    fn any_day()(offset in 0_u64..3300) -> NaiveDate { day("2018-01-01") + chrono::Days::new(offset) }
}

/// Day by day, as one counts on a sheet.
fn walked(days: &Days, from: NaiveDate, n: u32, by: i64) -> NaiveDate {
    let (mut date, mut left) = (from, n);
    while left > 0 {
        date += chrono::TimeDelta::days(by);
        left -= u32::from(days.is_working(date));
    }
    date
}

proptest! {
    #[test]
    fn what_is_counted_is_what_is_walked(from in any_day(), n in 0_u32..900, to in any_day()) {
        for days in [nation(), Calendar::shipped().unwrap().of("640422")] {
            prop_assert_eq!(days.add_working(from, n), walked(&days, from, n, 1));
            prop_assert_eq!(days.sub_working(from, n), walked(&days, from, n, -1));
            let between = from.iter_days().skip(1).take_while(|date| *date <= to);
            let between = between.filter(|date| days.is_working(*date)).count();
            prop_assert_eq!(days.working_days_between(from, to) as usize, between);
        }
    }

    #[test]
    fn time_has_ends(n in 0_u32..u32::MAX) {
        let days = nation();
        prop_assert!(days.add_working(NaiveDate::MAX, n) <= NaiveDate::MAX);
        prop_assert!(days.sub_working(NaiveDate::MIN, n) >= NaiveDate::MIN);
        prop_assert!(days.add_working(day("2018-09-10"), n) > day("2018-09-09"));
    }

    #[test]
    fn counting_back_undoes_counting_on(from in any_day(), n in 0_u32..200) {
        let days = Calendar::shipped().unwrap().of("640422");
        let from = days.next_working(from);
        let to = days.add_working(from, n);
        prop_assert_eq!(days.sub_working(to, n), from);
        prop_assert_eq!(days.working_days_between(from, to), n);
        prop_assert!(days.is_working(to));
    }

    #[test]
    fn a_later_day_or_a_larger_number_never_ends_earlier(a in any_day(), b in any_day(), n in 0_u32..60) {
        let days = nation();
        let (a, b) = (a.min(b), a.max(b));
        prop_assert!(days.add_working(a, n) <= days.add_working(b, n));
        prop_assert!(days.add_working(a, n) < days.add_working(a, n + 1));
    }

    #[test]
    fn the_parts_of_a_span_sum_to_it(a in any_day(), b in any_day(), c in any_day()) {
        let days = nation();
        let mut points = [a, b, c];
        points.sort_unstable();
        let [a, b, c] = points;
        let parts = days.working_days_between(a, b) + days.working_days_between(b, c);
        prop_assert_eq!(parts, days.working_days_between(a, c));
    }
}
