//! What holds of every clock, whenever it starts and whatever it is given.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::{
    tests::{at, nation},
    *,
};
use crate::calendar::Calendar;

prop_compose! {
    /// Any minute of 2018 to 2026.
    fn any_time()(minutes in 0_i64..60 * 24 * 3200) -> DateTime<Utc> {
        at("2018-01-01 00:00") + TimeDelta::minutes(minutes)
    }
}

/// 10:00, `n` working days after `from`.
fn later(from: DateTime<Utc>, n: u32, days: &Days) -> DateTime<Utc> {
    closing(days.add_working(local_date(from), n)) - TimeDelta::hours(8)
}

fn any_budget() -> impl Strategy<Value = Budget> {
    prop_oneof![
        (0_u32..60).prop_map(Budget::WorkingDays),
        (0_u32..200).prop_map(Budget::Hours),
        (0_u32..90).prop_map(Budget::Days),
        (0_u32..12).prop_map(Budget::Months),
        (0_u32..3).prop_map(Budget::Years),
    ]
}

proptest! {
    #[test]
    fn nothing_is_due_before_it_starts(start in any_time(), given in any_budget()) {
        let days = Calendar::shipped().unwrap().of("640422");
        let clock = ClockState::start(start, given, &days);
        prop_assert!(clock.due_at >= start);
        for when in [Moment::Percent(80), Moment::Before(Budget::WorkingDays(1)), Moment::Due] {
            prop_assert!(moment(&clock, when, &days) >= start);
        }
        prop_assert_eq!(clock.reproject(&days), None);
        prop_assert_eq!(given.to_string().parse(), Ok(given));
    }

    #[test]
    fn who_starts_later_or_has_more_is_never_due_earlier(a in any_time(), b in any_time(), n in 0_u32..60) {
        let days = nation();
        let (a, b) = (a.min(b), a.max(b));
        for kind in [Budget::WorkingDays, Budget::Hours, Budget::Days] {
            prop_assert!(due(a, kind(n), &days) <= due(b, kind(n), &days));
            prop_assert!(due(a, kind(n), &days) <= due(a, kind(n + 1), &days));
        }
    }

    /// Also across Spring Festival and make-up Saturdays.
    #[test]
    fn a_stop_of_n_working_days_moves_the_end_by_exactly_n(
        start in any_time(), given in 1_u32..30, until_stop in 0_u32..30, stop in 0_u32..25,
    ) {
        let days = nation();
        let clock = ClockState::start(start, Budget::WorkingDays(given), &days);
        let stopped_at = later(start, until_stop % given, &days).max(start);
        let stopped = clock.stop(stopped_at, "supplement", &days).unwrap();
        let running = stopped.resume(later(stopped_at, stop, &days).max(stopped_at), "supplement", &days);
        let expected = closing(days.add_working(local_date(clock.due_at), stop));
        prop_assert_eq!(running.due_at, expected);
        prop_assert_eq!(running.whole(&days), i64::from(given));
    }

    #[test]
    fn a_stop_cut_in_pieces_is_the_same_stop(
        start in any_time(), given in 2_u32..30, stop in 0_u32..10, again in 0_u32..10,
    ) {
        let days = nation();
        let clock = ClockState::start(start, Budget::WorkingDays(given), &days);
        let from = later(start, 1, &days);
        let (middle, end) = (later(from, stop, &days), later(from, stop + again, &days));
        let whole = clock.stop(from, "a", &days).unwrap().resume(end, "a", &days);
        let pieces = clock.stop(from, "a", &days).unwrap().resume(middle, "a", &days);
        let pieces = pieces.stop(middle, "b", &days).unwrap().resume(end, "b", &days);
        prop_assert_eq!(whole.due_at, pieces.due_at);
        prop_assert_eq!(whole.whole(&days), pieces.whole(&days));
    }
}
