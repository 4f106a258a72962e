//! When a job that failed is tried again. Plain functions of its age: nothing is counted.

use chrono::{DateTime, TimeDelta, Utc};
use entities::OutboxId;

/// Pauses of letters in seconds; the last one goes on.
const PAUSES: [i64; 7] = [30, 120, 600, 1800, 3600, 7200, 14_400];

/// A letter that was not taken for so long is not tried any more.
const LETTERS_LIVE: TimeDelta = TimeDelta::days(7);

/// An answer that did not come after the letter was handed over: so long it may still be taken.
pub(super) const UNKNOWN: TimeDelta = TimeDelta::minutes(10);

/// The next moment of the letters' schedule after `now`: 30 s after `created`, 2 min after that,
/// 10 min, 30 min, 1 h, 2 h, then every 4 h. None when a week is over.
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
    let mut at = created;
    while at <= now {
        pause = pauses.next().map_or(pause, TimeDelta::seconds);
        at += pause;
    }
    Some(at + jitter(pause, id))
}

/// So long as the job is old already, at least a second and at most four hours: each pause is
/// twice the one before.
pub(super) fn doubling(created: DateTime<Utc>, now: DateTime<Utc>, id: OutboxId) -> DateTime<Utc> {
    let pause = (now - created).clamp(TimeDelta::seconds(1), TimeDelta::hours(4));
    now + pause + jitter(pause, id)
}

/// Up to a tenth of `pause`, different for each job, so that what failed together does not come
/// back together.
fn jitter(pause: TimeDelta, id: OutboxId) -> TimeDelta {
    let chance = id.0.as_bytes().last().copied().unwrap_or_default();
    pause * i32::from(chance) / 2560
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(value: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + value, 0).unwrap()
    }

    #[test]
    fn letters_are_tried_again_by_the_schedule() {
        let day = 24 * 3600;
        // age      next, counted from the beginning
        let table = [
            (0, Some(30)),
            (29, Some(30)),
            (30, Some(150)),
            (150, Some(750)),
            (750, Some(2550)),
            (2550, Some(6150)),
            (6150, Some(13_350)),
            (13_350, Some(27_750)),
            (27_750, Some(42_150)), // every four hours from here
            (7 * day - 1, Some(13_350 + 42 * 14_400)),
            (7 * day, None),
        ];
        let id = OutboxId::derived(seconds(0), [0; 10]);
        for (age, next) in table {
            assert_eq!(letter(seconds(0), seconds(age), id), next.map(seconds), "at {age} s");
        }
    }

    #[test]
    fn other_jobs_wait_as_long_as_they_are_old() {
        let id = OutboxId::derived(seconds(0), [0; 10]);
        for (age, next) in [(0, 1), (1, 2), (60, 120), (36_000, 36_000 + 14_400)] {
            assert_eq!(doubling(seconds(0), seconds(age), id), seconds(next), "at {age} s");
        }
    }

    #[test]
    fn jobs_that_failed_together_come_back_apart() {
        let late = OutboxId::derived(seconds(0), [255; 10]);
        let at = doubling(seconds(0), seconds(1000), late);
        assert!(at > seconds(2090) && at < seconds(2100), "{at}");
    }
}
