//! The only place that reads the wall clock, and the one that knows business time.
//!
//! **Machine time** rules sessions, codes, lock-outs, leases and retries. **Business time**
//! (cases, clocks, timers, calendar) may stand ahead of it: the offset is a row in the
//! database, moved by the demo. Handlers and jobs read the clock once, at their edge.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
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
    /// Since when the process counts.
    Wall(Instant),
    Fixed(Arc<Mutex<Fixed>>),
}

/// What a clock that stands still shows.
#[derive(Clone, Copy, Debug)]
struct Fixed {
    at: DateTime<Utc>,
    monotonic: TimeDelta,
}

impl Clock {
    /// The machine's own clock.
    pub fn wall() -> Self {
        Self { machine: Machine::Wall(Instant::now()), offset: Arc::default() }
    }

    /// A clock that stands at `moment` until [`Clock::advance`].
    pub fn fixed(moment: DateTime<Utc>) -> Self {
        let fixed = Fixed { at: moment, monotonic: TimeDelta::zero() };
        Self { machine: Machine::Fixed(Arc::new(Mutex::new(fixed))), offset: Arc::default() }
    }

    /// Machine time, in UTC, to the microsecond: what PostgreSQL keeps, so that a moment reads
    /// back as it was written.
    #[expect(clippy::disallowed_methods, reason = "the one reader of the wall clock")]
    pub fn machine(&self) -> DateTime<Utc> {
        match &self.machine {
            Machine::Wall(_) => Utc::now().trunc_subsecs(6),
            Machine::Fixed(fixed) => fixed.lock().unwrap_or_else(PoisonError::into_inner).at,
        }
    }

    /// How long this process has counted, by a clock that nobody can set.
    pub fn monotonic(&self) -> TimeDelta {
        match &self.machine {
            Machine::Wall(since) => TimeDelta::from_std(since.elapsed()).unwrap_or(TimeDelta::MAX),
            Machine::Fixed(fixed) => fixed.lock().unwrap_or_else(PoisonError::into_inner).monotonic,
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
        if let Machine::Fixed(fixed) = &self.machine {
            let mut fixed = fixed.lock().unwrap_or_else(PoisonError::into_inner);
            fixed.at += by;
            fixed.monotonic += by;
        }
    }

    /// Sets a fixed clock wrong by `by`, as somebody may set a machine's: no time has passed.
    pub fn jump(&self, by: TimeDelta) {
        if let Machine::Fixed(fixed) = &self.machine {
            fixed.lock().unwrap_or_else(PoisonError::into_inner).at += by;
        }
    }
}
