//! How many mails a minute go out: so many, and few of those that lay about during an outage.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// What was not needed before is kept for so long: a burst of as many.
const KEEPS: TimeDelta = TimeDelta::seconds(10);

/// How a mail counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Haste {
    /// It goes before all others.
    Urgent,
    Ordinary,
    /// It has lain about, or was put off on purpose: it goes at the smaller rate.
    Behind,
}

/// The allowance of one process.
#[derive(Debug)]
pub(super) struct Allowance {
    /// From one mail to the next.
    pause: TimeDelta,
    /// The same for what is behind.
    long_pause: TimeDelta,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the next mail may go; in the past while little goes out.
    free: DateTime<Utc>,
    /// The last moment that was promised to a mail that waits.
    line: DateTime<Utc>,
}

impl Allowance {
    /// `a_minute` mails, of which at most `behind` are behind; at least one each.
    pub(super) fn new(a_minute: u32, behind: u32) -> Self {
        let pause = |rate: u32| TimeDelta::milliseconds(60_000 / i64::from(rate.max(1)));
        Self {
            pause: pause(a_minute),
            long_pause: pause(behind.min(a_minute)),
            state: Mutex::default(),
        }
    }

    /// Whether a mail may go at `now`; otherwise when to ask again. Who is urgent asks as soon as
    /// one may go, the others one after the other: so the urgent are first.
    pub(super) fn ask(&self, now: DateTime<Utc>, haste: Haste) -> Result<(), DateTime<Utc>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = if haste == Haste::Behind { self.long_pause } else { self.pause };
        let free = state.free.max(now - KEEPS);
        if free <= now {
            // What is behind saves nothing up.
            state.free = if haste == Haste::Behind { now } else { free } + pause;
            return Ok(());
        }
        if haste == Haste::Urgent {
            return Err(free);
        }
        state.line = state.line.max(free) + pause;
        Err(state.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_790_000_000_000 + milliseconds).unwrap()
    }

    /// Mails of `haste` that go within a minute when all ask again as they are told.
    fn within_a_minute(allowance: &Allowance, haste: &[Haste]) -> Vec<Haste> {
        let mut waiting: Vec<(DateTime<Utc>, Haste)> =
            haste.iter().map(|haste| (at(0), *haste)).collect();
        let mut gone = Vec::new();
        loop {
            waiting.sort_by_key(|(at, haste)| (*at, *haste != Haste::Urgent));
            let Some((now, haste)) = waiting.first().copied().filter(|(now, _)| *now < at(60_000))
            else {
                return gone;
            };
            waiting.remove(0);
            match allowance.ask(now, haste) {
                Ok(()) => gone.push(haste),
                Err(at) => waiting.push((at, haste)),
            }
        }
    }

    #[test]
    fn so_many_go_in_a_minute_and_few_of_those_that_are_behind() {
        let gone = within_a_minute(&Allowance::new(600, 60), &[Haste::Ordinary; 2000]);
        assert!((600..=701).contains(&gone.len()), "a burst and the rate: {}", gone.len());
        let gone = within_a_minute(&Allowance::new(600, 60), &[Haste::Behind; 500]);
        assert!((58..=61).contains(&gone.len()), "{}", gone.len());
    }

    #[test]
    fn the_urgent_go_first() {
        let mut all = vec![Haste::Behind; 200];
        all.extend([Haste::Urgent; 20]);
        let gone = within_a_minute(&Allowance::new(600, 60), &all);
        let last = gone.iter().rposition(|haste| *haste == Haste::Urgent).unwrap();
        let urgent = gone.iter().filter(|haste| **haste == Haste::Urgent).count();
        assert_eq!((urgent, last), (20, 19), "{gone:?}");
    }
}
