//! The doctor's questions of one case that stands in no store: for tests of the rules alone.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::timer;

use super::{Finding, Look, Report, cases::Case, clocks, told};
use crate::{Event, calendar::Days, program::Program, state::CaseState};

/// A case and what would be stored beside it.
pub(crate) struct OneCase<'a> {
    pub(crate) state: &'a CaseState,
    pub(crate) program: &'a Program,
    pub(crate) told: &'a [(DateTime<Utc>, Event)],
    /// Those that have not fired.
    pub(crate) timers: &'a [timer::Model],
    pub(crate) days: &'a Days,
    pub(crate) now: DateTime<Utc>,
}

/// What is wrong with its clocks, its timers, its rungs, and the days that holders had.
pub(crate) fn look_at(one: &OneCase<'_>) -> Vec<Finding> {
    let look = Look { now: one.now, machine: one.now, held: false, moving: false };
    let units = BTreeMap::new();
    let case = Case {
        state: one.state,
        program: Some(one.program),
        timers: one.timers,
        trail: &[],
        routing: usize::from(one.state.case.routing),
        units: &units,
        appointments: &[],
    };
    let mut report = Report::new(one.now);
    clocks::armed(&case, &look, &mut report);
    clocks::stops(&case, &mut report);
    clocks::timers(&case, &look, &mut report);
    told::rungs(&case, one.told, &mut report);
    told::held_days(&case, (one.days, &look), one.told, &mut report);
    report.checks.into_iter().flat_map(|checked| checked.first).collect()
}
