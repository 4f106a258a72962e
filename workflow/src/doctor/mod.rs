//! Whether the whole store is sound: what must hold whatever has happened, looked at from outside
//! and told with the first cases where it does not. It reads and changes nothing.
//!
//! Cases are read a few at a time and rows page by page, in one snapshot, so that the size of the
//! store is no matter. What tests ask of every fault is in `tests/harness/invariants`; a test
//! holds the two against each other.

mod cases;
mod clocks;
mod holders;
#[cfg(test)]
mod in_memory;
mod organisation;
mod queues;
mod told;

use chrono::{DateTime, Utc};
use entities::{business_time, case_file, pace};
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde::Serialize;

use crate::{CommandError, Workflow, tx};
#[cfg(test)]
pub(crate) use in_memory::{OneCase, look_at};

/// So many findings of a check are told, the rest are counted.
pub const FIRST: usize = 10;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Each open step has a clock that counts for it, and each clock that runs is armed.
    Clocks,
    /// Each open step has somebody who can take it.
    Holders,
    /// No clock both stands and runs.
    Stops,
    /// No timer is overdue without a reason.
    Timers,
    /// Each rung of a ladder was climbed once.
    Rungs,
    /// The audit trail is an unbroken chain.
    Trail,
    /// The days that holders had sum to the whole.
    HeldDays,
    /// No job is stuck, and no case waits for one that is not there.
    Jobs,
    /// No mail and no text message is stuck.
    Notices,
    /// No letter between cases is stuck.
    Letters,
    /// Document numbers have no gaps.
    Numbers,
    /// Nothing lies in a closed unit, and nobody has two administrative duties.
    Organisation,
}

impl Check {
    /// In the order in which they are told.
    pub const ALL: [Self; 12] = [
        Self::Clocks,
        Self::Holders,
        Self::Stops,
        Self::Timers,
        Self::Rungs,
        Self::Trail,
        Self::HeldDays,
        Self::Jobs,
        Self::Notices,
        Self::Letters,
        Self::Numbers,
        Self::Organisation,
    ];

    /// The name, for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clocks => "clocks",
            Self::Holders => "holders",
            Self::Stops => "stops",
            Self::Timers => "timers",
            Self::Rungs => "rungs",
            Self::Trail => "trail",
            Self::HeldDays => "held_days",
            Self::Jobs => "jobs",
            Self::Notices => "notices",
            Self::Letters => "letters",
            Self::Numbers => "numbers",
            Self::Organisation => "organisation",
        }
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// An open step has no clock, though its program gives it time.
    NoClock,
    /// A clock runs, and no timer stands for its end.
    NotArmed,
    /// A step waits for a day, and no timer stands for it.
    NeverOpens,
    /// An open step has no open slot.
    NoSlot,
    /// Nobody can take a slot.
    NobodyCan,
    /// A clock stands, and a timer of it is armed.
    StoppedYetArmed,
    /// A clock has ended, and a timer of it is armed.
    EndedYetArmed,
    /// A clock's face and its row do not say the same.
    FaceDiffers,
    /// Two clocks count for the same.
    TwoClocks,
    /// A timer should have fired.
    Overdue,
    /// A case has ended, and a timer of it is armed.
    CaseEnded,
    /// Rungs in the trail and the count of the step differ.
    RungsDiffer,
    /// Two timers stand for the next rung.
    RungTwice,
    /// A row of the trail is missing.
    TrailGap,
    /// A row of the trail was changed.
    TrailHash,
    /// A column beside the hashed body says something else.
    TrailCopy,
    /// The case carries another head than its trail.
    TrailHead,
    /// The case of a trail is gone.
    TrailOrphan,
    /// Time that nobody had, or two at once.
    HeldGap,
    /// The parts are not the whole.
    HeldSum,
    /// It died too often: a person must look at it.
    Quarantined,
    /// It could have been begun long ago.
    Late,
    /// A case waits for a job that is not there.
    NoJob,
    /// A number is missing.
    NumberGap,
    /// The counter is not at the last number.
    Counter,
    /// A slot lies in a unit that is closed.
    ClosedUnit,
    /// Somebody has a duty in a unit that is closed.
    ClosedAppointment,
    /// Somebody has two administrative duties.
    TwoRoles,
}

impl Why {
    /// What is wrong, for operators.
    pub fn said(self) -> &'static str {
        match self {
            Self::NoClock => "the open step has no clock",
            Self::NotArmed => "the clock runs, but no timer stands for its end",
            Self::NeverOpens => "the step waits for a day, but no timer stands for it",
            Self::NoSlot => "the open step has no open slot",
            Self::NobodyCan => "nobody can take the slot",
            Self::StoppedYetArmed => "the clock stands, but a timer of it is armed",
            Self::EndedYetArmed => "the clock has ended, but a timer of it is armed",
            Self::FaceDiffers => "the clock's face and its row do not say the same",
            Self::TwoClocks => "two clocks count for the same",
            Self::Overdue => "the timer should have fired",
            Self::CaseEnded => "the case has ended, but a timer of it is armed",
            Self::RungsDiffer => "the rungs in the trail and the count of the step differ",
            Self::RungTwice => "two timers stand for the next rung",
            Self::TrailGap => "a row of the trail is missing",
            Self::TrailHash => "a row of the trail was changed",
            Self::TrailCopy => "a column beside the hashed row says something else",
            Self::TrailHead => "the case carries another head than its trail",
            Self::TrailOrphan => "the case of the trail is gone",
            Self::HeldGap => "there is time that nobody had, or two at once",
            Self::HeldSum => "the parts are not the whole",
            Self::Quarantined => "it died too often; look at it, then try it again",
            Self::Late => "it could have been begun long ago; is a worker running?",
            Self::NoJob => "no job is left that would do it",
            Self::NumberGap => "a number is missing",
            Self::Counter => "the counter is not at the last number",
            Self::ClosedUnit => "the slot lies in a unit that is closed",
            Self::ClosedAppointment => "somebody has a duty in a unit that is closed",
            Self::TwoRoles => "this person has two administrative duties",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The number of the case, or its id while it has none; none where it is of no case.
    pub case: Option<String>,
    /// What of it: a step with its round, a kind, an id.
    pub about: String,
    pub why: Why,
}

/// What one check has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    pub check: Check,
    /// How many things it looked at.
    pub looked: u64,
    /// How many of them are wrong.
    pub found: u64,
    /// The first of these.
    pub first: Vec<Finding>,
}

/// What all checks have seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Business time of the look.
    pub at: DateTime<Utc>,
    /// Whether nothing is wrong.
    pub sound: bool,
    /// How many cases were looked at.
    pub cases: u64,
    /// Whether these were all that there are.
    pub whole: bool,
    pub checks: Vec<Checked>,
}

impl Report {
    fn new(at: DateTime<Utc>) -> Self {
        let none = |check| Checked { check, looked: 0, found: 0, first: Vec::new() };
        let checks = Check::ALL.into_iter().map(none).collect();
        Self { at, sound: true, cases: 0, whole: true, checks }
    }

    /// What was found by one check.
    pub fn of(&self, check: Check) -> Option<&Checked> {
        self.checks.iter().find(|one| one.check == check)
    }

    /// One more thing was looked at.
    fn looked(&mut self, check: Check) {
        if let Some(one) = self.checks.iter_mut().find(|one| one.check == check) {
            one.looked += 1;
        }
    }

    /// Something is wrong.
    fn found(
        &mut self,
        check: Check,
        why: Why,
        case: impl Into<Option<String>>,
        about: impl Into<String>,
    ) {
        self.sound = false;
        if let Some(one) = self.checks.iter_mut().find(|one| one.check == check) {
            one.found += 1;
            if one.first.len() < FIRST {
                one.first.push(Finding { case: case.into(), about: about.into(), why });
            }
        }
    }
}

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// At every case that there is, and at the whole trail.
    Whole,
    /// At so many cases that are under way, for somebody who waits for the answer.
    UnderWay(u64),
}

/// What every check knows.
struct Look {
    now: DateTime<Utc>,
    machine: DateTime<Utc>,
    /// Nothing is escalated: the wall clock has jumped.
    held: bool,
    /// Business time is on its way: what is due on the way happens now.
    moving: bool,
}

/// Looks at the store, in one snapshot of its own.
///
/// # Errors
/// When it cannot be looked at: the database's.
pub async fn examine(workflow: &Workflow, reach: Reach) -> Result<Report, CommandError> {
    tx::still(&workflow.store, async |tx| examine_in(tx, workflow, reach).await).await
}

/// The same as a transaction of the caller's sees it.
///
/// # Errors
/// As [`examine`].
pub async fn examine_in(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    reach: Reach,
) -> Result<Report, CommandError> {
    let business = business_time::Entity::find().one(tx).await?;
    let moving = business.is_some_and(|row| row.target_at.is_some());
    // After the snapshot was taken: what is in it has happened.
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let pace = pace::Entity::find().one(tx).await?;
    let held = pace.and_then(|row| row.held_until).is_some_and(|until| until > now);
    let look = Look { now, machine, held, moving };
    let mut report = Report::new(now);
    cases::walk(tx, workflow, (&look, reach), &mut report).await?;
    queues::jobs(tx, &look, &mut report).await?;
    queues::notices(tx, &mut report).await?;
    queues::letters(tx, &mut report).await?;
    queues::numbers(tx, &mut report).await?;
    organisation::check(tx, look.now, &mut report).await?;
    if reach == Reach::Whole {
        told::other_streams(tx, &mut report).await?;
        told::orphans(tx, &mut report).await?;
    }
    Ok(report)
}

/// How a case is called.
fn call(case: &case_file::Model) -> String {
    case.number.clone().unwrap_or_else(|| case.id.to_string())
}
