//! The only place that reads the wall clock, and the one that knows business time.
//!
//! **Machine time** rules sessions, codes, lock-outs, leases and retries. **Business time**
//! (cases, clocks, timers, calendar) may stand ahead of it: the offset is a row in the
//! database, moved by the demo. Handlers and jobs read the clock once, at their edge.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// A source of the current time that a test can hold still.
#[derive(Clone, Debug)]
pub struct Clock {
    machine: Machine,
    /// Microseconds by which business time is ahead.
    offset: Arc<AtomicI64>,
}

#[derive(Clone, Debug)]
enum Machine {
    Wall,
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// The machine's own clock.
    pub fn wall() -> Self {
        Self { machine: Machine::Wall, offset: Arc::default() }
    }

    /// A clock that stands at `moment` until [`Clock::advance`].
    pub fn fixed(moment: DateTime<Utc>) -> Self {
        Self { machine: Machine::Fixed(Arc::new(Mutex::new(moment))), offset: Arc::default() }
    }

    /// Machine time, in UTC, to the microsecond: what PostgreSQL keeps, so that a moment reads
    /// back as it was written.
    #[expect(clippy::disallowed_methods, reason = "the one reader of the wall clock")]
    pub fn machine(&self) -> DateTime<Utc> {
        match &self.machine {
            Machine::Wall => Utc::now().trunc_subsecs(6),
            Machine::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Business time.
    pub fn now(&self) -> DateTime<Utc> {
        self.machine() + self.offset()
    }

    /// How far business time is ahead of machine time.
    pub fn offset(&self) -> TimeDelta {
        TimeDelta::microseconds(self.offset.load(Ordering::SeqCst))
    }

    /// Takes over an offset that was read from, or written to, the database.
    pub fn set_offset(&self, by: TimeDelta) {
        self.offset.store(by.num_microseconds().unwrap_or_default(), Ordering::SeqCst);
    }

    /// Moves a fixed clock on; the wall clock does not listen.
    pub fn advance(&self, by: TimeDelta) {
        if let Machine::Fixed(at) = &self.machine {
            *at.lock().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }
}
