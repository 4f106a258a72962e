//! When a job that failed is tried again. Plain functions of its age: nothing is counted.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, TimeDelta, Utc};
use entities::OutboxId;

/// Pauses of letters in seconds; the last one goes on.
const PAUSES: [i64; 7] = [30, 120, 600, 1800, 3600, 7200, 14_400];

/// A letter that was not taken for so long is not tried any more.
const LETTERS_LIVE: TimeDelta = TimeDelta::days(7);

/// An answer that did not come after the letter was handed over: so long it may still be taken.
pub(super) const UNKNOWN: TimeDelta = TimeDelta::minutes(10);

/// The next moment of the letters' schedule after `now`: within 30 s of `created`, within 2 min of
/// that, 10 min, 30 min, 1 h, 2 h, then every 4 h; in the second half of each pause, so that it is
/// tried once in each. None when a week is over.
pub(super) fn letter(
    created: DateTime<Utc>,
    now: DateTime<Utc>,
    id: OutboxId,
) -> Option<DateTime<Utc>> {
    if now - created >= LETTERS_LIVE {
        return None;
    }
    let mut pauses = PAUSES.into_iter();
    let mut pause = TimeDelta::zero();
    let mut end = created;
    while end - pause / 2 <= now {
        pause = pauses.next().map_or(pause, TimeDelta::seconds);
        end += pause;
    }
    Some(end - pause + spread(pause, id, now))
}

/// Up to so long as the job is old already, at least a second and at most four hours: each pause
/// is up to twice the one before.
pub(super) fn doubling(created: DateTime<Utc>, now: DateTime<Utc>, id: OutboxId) -> DateTime<Utc> {
    let pause = (now - created).clamp(TimeDelta::seconds(1), TimeDelta::hours(4));
    now + spread(pause, id, now)
}

/// Half of `pause` and up to the other half by chance ("equal jitter"), another chance for each
/// job and each try: what failed together does not come back together. Hashed, not drawn, so
/// that the same row at the same time gives the same moment.
fn spread(pause: TimeDelta, id: OutboxId, now: DateTime<Utc>) -> TimeDelta {
    const STEPS: u64 = 1 << 16;
    let mut hash = DefaultHasher::new();
    (id.0.as_bytes(), now.timestamp_micros()).hash(&mut hash);
    let chance = i32::try_from(hash.finish() % STEPS).unwrap_or_default();
    pause / 2 + pause / 2 / i32::try_from(STEPS).unwrap_or(i32::MAX) * chance
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where the letters' schedule stands, in seconds after the beginning.
    const SCHEDULE: [i64; 9] = [0, 30, 150, 750, 2550, 6150, 13_350, 27_750, 42_150];
    const DAY: i64 = 24 * 3600;

    fn seconds(value: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + value, 0).unwrap()
    }

    fn job(bits: [u8; 10]) -> OutboxId {
        OutboxId::derived(seconds(0), bits)
    }

    #[test]
    fn letters_are_tried_once_in_the_second_half_of_each_pause() {
        for pair in SCHEDULE.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let half = from + (to - from) / 2;
            for age in [from, half - 1] {
                let at = letter(seconds(0), seconds(age), job([7; 10])).unwrap();
                assert!(at >= seconds(half) && at <= seconds(to), "at {age} s: {at}");
            }
            let late = letter(seconds(0), seconds(to), job([7; 10])).unwrap();
            assert!(late > seconds(to), "not in the pause that is over: {late}");
        }
        assert_eq!(letter(seconds(0), seconds(7 * DAY), job([7; 10])), None);
    }

    #[test]
    fn jobs_that_failed_together_come_back_spread_over_half_the_pause() {
        let at = |n: u8| doubling(seconds(0), seconds(1000), job([n; 10]));
        let (mut early, mut late) = (0, 0);
        for n in 0..=255 {
            early += u32::from(at(n) < seconds(1625));
            late += u32::from(at(n) >= seconds(1875));
        }
        // A quarter each by chance alone.
        assert!((32..=96).contains(&early) && (32..=96).contains(&late), "{early} {late}");
    }

    #[test]
    fn the_same_job_has_another_chance_at_each_try() {
        let share = |age: i64| {
            let (now, pause) = (seconds(age), TimeDelta::seconds(age));
            (doubling(seconds(0), now, job([3; 10])) - now).num_milliseconds() * 1000
                / pause.num_milliseconds()
        };
        let shares: std::collections::BTreeSet<i64> = (1..=50).map(|n| share(n * 100)).collect();
        assert!(shares.len() > 25, "{shares:?}");
    }

    proptest! {
        #[test]
        fn a_pause_is_bounded_and_the_same_for_the_same_row(
            bits in any::<[u8; 10]>(), age in 0..9 * DAY,
        ) {
            let now = seconds(age);
            let at = doubling(seconds(0), now, job(bits));
            let whole = age.clamp(1, 4 * 3600);
            prop_assert!(at - now >= TimeDelta::seconds(whole) / 2, "{at}");
            prop_assert!(at - now <= TimeDelta::seconds(whole), "{at}");
            prop_assert_eq!(at, doubling(seconds(0), now, job(bits)));
        }

        #[test]
        fn a_letter_is_tried_again_later_and_within_six_hours(
            bits in any::<[u8; 10]>(), age in 0..7 * DAY,
        ) {
            let now = seconds(age);
            let at = letter(seconds(0), now, job(bits)).unwrap();
            prop_assert!(at > now, "{at}");
            prop_assert!(at - now <= TimeDelta::hours(6), "half of this pause, and the next: {at}");
        }

        #[test]
        fn a_letter_that_is_never_taken_is_tried_once_a_pause(bits in any::<[u8; 10]>()) {
            let (mut now, mut tries) = (seconds(0), 0);
            while let Some(at) = letter(seconds(0), now, job(bits)) {
                (now, tries) = (at, tries + 1);
            }
            // Six pauses to 3 h 42 min, and then every four hours of a week.
            prop_assert!((47..=49).contains(&tries), "{tries}");
        }
    }
}
