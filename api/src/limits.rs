//! How many requests a second one network and one account may send. In memory: it works when
//! all else is down, and each process counts for itself.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;

/// A steady rate, and how far one may run ahead of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second, at least 1.
    pub per_second: u32,
    /// Requests at once.
    pub burst: u32,
}

impl Rate {
    /// A rate of which four seconds' worth may come at once.
    pub const fn of(per_second: u32) -> Self {
        Self { per_second, burst: per_second.saturating_mul(4) }
    }
}

/// The rates of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Of one network. A county's offices may share an address.
    pub network: Rate,
    /// Of one account.
    pub account: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self { network: Rate::of(100), account: Rate::of(30) }
    }
}

/// Beyond so many callers those who are not running ahead are forgotten.
const CALLERS: usize = 20_000;

/// For each caller, the moment, by the process's own count, up to which their requests are spread
/// at the steady rate (the generic cell rate algorithm, ITU-T I.371).
#[derive(Debug, Default)]
pub struct Buckets(Mutex<HashMap<String, Duration>>);

impl Buckets {
    /// Takes one request of `caller` when the process has counted for `at`.
    ///
    /// # Errors
    /// How long to wait.
    pub fn take(&self, caller: &str, rate: Rate, at: TimeDelta) -> Result<(), Duration> {
        let at = at.to_std().unwrap_or_default();
        let mut booked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if booked.len() >= CALLERS {
            booked.retain(|_, until| *until > at);
        }
        let one = Duration::from_secs(1) / rate.per_second.max(1);
        let ahead = one * rate.burst.saturating_sub(1);
        let until = booked.get(caller).copied().unwrap_or(at).max(at);
        let too_far = until.saturating_sub(at).saturating_sub(ahead);
        if too_far > Duration::ZERO {
            return Err(too_far);
        }
        booked.insert(caller.to_owned(), until + one);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::TimeDelta;

    use super::{Buckets, Rate};

    #[test]
    fn a_burst_is_taken_then_the_steady_rate() {
        let (buckets, rate) = (Buckets::default(), Rate { per_second: 10, burst: 3 });
        let at = TimeDelta::seconds(7);
        for _ in 0..3 {
            buckets.take("a", rate, at).unwrap();
        }
        assert_eq!(buckets.take("a", rate, at), Err(Duration::from_millis(100)));
        buckets.take("b", rate, at).unwrap();
        let later = at + TimeDelta::milliseconds(100);
        buckets.take("a", rate, later).unwrap();
        assert!(buckets.take("a", rate, later).is_err());
    }
}
