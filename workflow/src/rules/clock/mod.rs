//! A clock: what was given, what is used, when it ends. Source: the section "Clock" of the
//! program language.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::{Days, local_date};

mod budget;
mod ladder;
mod silence;
mod stops;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use budget::{Budget, CLOSING, NotBudget, closing, due};
pub use ladder::{Moment, moment};
pub use silence::{Acceptance, SILENCE, acceptance};
pub use stops::{stop_ends_at, stop_used};

/// The clock of a step, a block, a case or an applicant, as it is stored.
///
/// Claiming, transferring, delegating and adding signers never change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockState {
    /// What was given at first; its unit says how the clock counts.
    pub budget: Budget,
    /// When it was first started: what `take back` and `undo` go back to.
    pub started_at: DateTime<Utc>,
    /// Day zero of the present run: the start, or the last resumption.
    pub zero_at: DateTime<Utc>,
    /// What the present run was given at `zero_at`.
    pub run: Budget,
    /// Extensions of the present run, one after the other.
    pub extended_by: Vec<Budget>,
    /// Used up before the present run: working days, or seconds where the budget is in hours.
    pub consumed: i64,
    /// When it ends, or ended when it was stopped.
    pub due_at: DateTime<Utc>,
    pub stopped: Option<Stopped>,
    /// What it was given would have ended too soon when its case went over to another version, so
    /// that it ends later: it counts from its start all the same, and the way back is open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lifted: bool,
}

/// A clock that stands still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// When the first of the stops began; others overlap it without adding.
    pub since: DateTime<Utc>,
    /// What is left: working days, or seconds where the budget is in hours.
    pub left: i64,
    /// The kinds of stop that hold it, such as `supplement`.
    pub kinds: Vec<String>,
}

/// Why a clock does not stop or is not extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockRefusal {
    #[error("the clock ran out at {0}: a late clock can neither be stopped nor extended")]
    Late(DateTime<Utc>),
    #[error("the clock ends on a fixed day and cannot be extended")]
    Fixed,
}

/// What is left, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "amount", rename_all = "snake_case")]
pub enum Left {
    /// Working days after today up to the due day; 0 on the due day itself.
    WorkingDays(u32),
    /// Of a clock that counts hours.
    Seconds(i64),
    /// Working days since the due day; 0 on the due day after 18:00.
    Late(u32),
}

/// A clock that a returned step got again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reopened {
    pub clock: ClockState,
    /// Less than one working day was left and one was granted; the trail says so.
    pub granted: bool,
}

impl ClockState {
    pub fn start(now: DateTime<Utc>, budget: Budget, days: &Days) -> Self {
        Self {
            budget,
            started_at: now,
            zero_at: now,
            run: budget,
            extended_by: Vec::new(),
            consumed: 0,
            due_at: due(now, budget, days),
            stopped: None,
            lifted: false,
        }
    }

    /// Whether it has run out. What happens at the due instant itself is in time.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.stopped.is_none() && now > self.due_at
    }

    /// Stands still for `kind` from `now`: today is used. A clock that stands already is held by
    /// `kind` as well; a second stop of one kind changes nothing.
    ///
    /// # Errors
    /// [`ClockRefusal::Late`]: red stays red.
    pub fn stop(&self, now: DateTime<Utc>, kind: &str, days: &Days) -> Result<Self, ClockRefusal> {
        if self.is_late(now) {
            return Err(ClockRefusal::Late(self.due_at));
        }
        let left = self.left_at(now, days);
        let mut clock = self.clone();
        let stopped = clock.stopped.get_or_insert(Stopped { since: now, left, kinds: Vec::new() });
        if !stopped.kinds.iter().any(|held| held == kind) {
            stopped.kinds.push(kind.to_owned());
        }
        Ok(clock)
    }

    /// `kind` holds the clock no longer. When nothing else does, it runs again: today is the new
    /// day zero of what was left. On the day of the stop nothing is lost and the due instant is
    /// what it was.
    #[must_use]
    pub fn resume(&self, now: DateTime<Utc>, kind: &str, days: &Days) -> Self {
        let mut clock = self.clone();
        let Some(mut stopped) = clock.stopped.take() else { return clock };
        stopped.kinds.retain(|held| held != kind);
        if !stopped.kinds.is_empty() {
            clock.stopped = Some(stopped);
            return clock;
        }
        clock.restart(now, &stopped, days);
        clock
    }

    fn restart(&mut self, now: DateTime<Utc>, stopped: &Stopped, days: &Days) {
        let same_day = local_date(stopped.since) == local_date(now);
        self.lifted &= same_day && self.counts_days();
        match self.budget {
            Budget::Until(_) => {
                self.due_at = self.due_at.max(due(now, Budget::WorkingDays(1), days));
                self.run = Budget::Until(self.due_at);
            }
            Budget::Hours(_) => {
                self.consumed += (stopped.since - self.zero_at).num_seconds();
                self.zero_at = now;
                // Later by the stop to the instant; what is left is told in whole seconds.
                self.due_at = budget::add(self.due_at, now - stopped.since);
                self.run = Budget::Until(self.due_at);
                self.extended_by.clear();
            }
            _ if same_day => {}
            _ => {
                let zero = local_date(self.zero_at);
                let used = days.working_days_between(zero, local_date(stopped.since));
                self.consumed += i64::from(used);
                self.zero_at = now;
                self.run = Budget::WorkingDays(u32::try_from(stopped.left).unwrap_or(0));
                self.due_at = due(now, self.run, days);
                self.extended_by.clear();
            }
        }
    }

    /// Moves the due instant by `by`: hours by elapsed time, everything else from the due day on.
    /// A clock that stands is given more of what is left.
    ///
    /// # Errors
    /// [`ClockRefusal::Late`] after the due instant, [`ClockRefusal::Fixed`] for a fixed day.
    pub fn extend(
        &self,
        now: DateTime<Utc>,
        by: Budget,
        days: &Days,
    ) -> Result<Self, ClockRefusal> {
        if self.is_late(now) {
            return Err(ClockRefusal::Late(self.due_at));
        }
        if matches!(self.budget, Budget::Until(_)) || matches!(by, Budget::Until(_)) {
            return Err(ClockRefusal::Fixed);
        }
        let mut clock = self.clone();
        clock.extended_by.push(by);
        let due_at = due(self.due_at, by, days);
        if let Some(stopped) = &mut clock.stopped {
            stopped.left += clock_units(self.budget, self.due_at, due_at, days);
        }
        clock.due_at = due_at;
        Ok(clock)
    }

    /// The clock of a step that was left at `closed_at` and is open again at `now`: what it had
    /// not used, at least one working day. A fixed day stays, with the same floor.
    pub fn reopen(&self, closed_at: DateTime<Utc>, now: DateTime<Utc>, days: &Days) -> Reopened {
        let floor = due(now, Budget::WorkingDays(1), days);
        let left = self.left_at(closed_at, days).max(0);
        let (run, due_at) = match self.budget {
            Budget::Until(end) => (Budget::Until(end), end),
            Budget::Hours(_) => {
                let end = budget::add(now, TimeDelta::seconds(left));
                (Budget::Until(end), end)
            }
            _ => {
                let run = Budget::WorkingDays(u32::try_from(left).unwrap_or(0).max(1));
                (run, due(now, run, days))
            }
        };
        let granted = due_at < floor || (self.counts_days() && left == 0);
        let clock = Self {
            budget: self.budget,
            started_at: self.started_at,
            zero_at: now,
            run: if due_at < floor { Budget::Until(floor) } else { run },
            extended_by: Vec::new(),
            consumed: self.consumed_at(closed_at, days),
            due_at: due_at.max(floor),
            stopped: None,
            lifted: false,
        };
        Reopened { clock, granted }
    }

    /// This clock, which stands since `since`, with what it has left of its due instant then.
    #[must_use]
    pub(super) fn stopped_with_left(mut self, since: DateTime<Utc>, days: &Days) -> Self {
        if let Some(stopped) = &mut self.stopped {
            stopped.left = clock_units(self.budget, since, self.due_at, days);
        }
        self
    }

    /// This clock by a calendar that has changed; `None` when its due instant stays.
    pub fn reproject(&self, days: &Days) -> Option<Self> {
        let first = due(self.zero_at, self.run, days);
        let due_at = self.extended_by.iter().fold(first, |end, by| due(end, *by, days));
        let mut clock = self.clone();
        clock.due_at = due_at;
        if let Some(stopped) = &mut clock.stopped {
            stopped.left = clock_units(self.budget, stopped.since, due_at, days);
        }
        (clock != *self).then_some(clock)
    }

    /// The same at `now`: a due instant that comes nearer comes no nearer than the evening of the
    /// next working day, unless it was nearer already.
    pub fn reproject_from(&self, now: DateTime<Utc>, days: &Days) -> Option<Self> {
        let mut clock = self.reproject(days)?;
        let floor = due(now, Budget::WorkingDays(1), days).min(self.due_at);
        if clock.stopped.is_none() && clock.due_at < floor {
            clock.due_at = floor;
            clock.run = Budget::Until(floor);
            clock.extended_by.clear();
        }
        let moved = clock.due_at != self.due_at || clock.stopped != self.stopped;
        moved.then_some(clock)
    }

    /// What people are told. A clock that stands tells what it will have when it runs again.
    pub fn left(&self, now: DateTime<Utc>, days: &Days) -> Left {
        let late = self.is_late(now);
        let left = self.left_at(now, days);
        match self.budget {
            Budget::Hours(_) if !late => Left::Seconds(left),
            _ if late => {
                let (end, today) = (local_date(self.due_at), local_date(now));
                Left::Late(days.working_days_between(end, today))
            }
            _ => Left::WorkingDays(u32::try_from(left).unwrap_or(0)),
        }
    }

    /// The whole of what was given: working days, or seconds where the budget is in hours.
    pub fn whole(&self, days: &Days) -> i64 {
        let stopped_left = self.stopped.as_ref().map(|stopped| {
            self.consumed_at(stopped.since, days) + stopped.left // what it will have run in all
        });
        let run = || clock_units(self.budget, self.zero_at, self.due_at, days);
        stopped_left.unwrap_or_else(|| self.consumed + run())
    }

    fn counts_days(&self) -> bool {
        !matches!(self.budget, Budget::Hours(_) | Budget::Until(_))
    }

    fn left_at(&self, now: DateTime<Utc>, days: &Days) -> i64 {
        match &self.stopped {
            Some(stopped) => stopped.left,
            None => clock_units(self.budget, now, self.due_at, days),
        }
    }

    fn consumed_at(&self, now: DateTime<Utc>, days: &Days) -> i64 {
        let until = self.stopped.as_ref().map_or(now, |stopped| stopped.since);
        self.consumed + clock_units(self.budget, self.zero_at, until, days)
    }
}

/// From `from` to `to` in what a clock of `budget` counts: seconds for hours, else working days.
fn clock_units(budget: Budget, from: DateTime<Utc>, to: DateTime<Utc>, days: &Days) -> i64 {
    match budget {
        Budget::Hours(_) => (to - from).num_seconds().max(0),
        _ => i64::from(days.working_days_between(local_date(from), local_date(to))),
    }
}
