//! What a command leaves behind for its caller.

use chrono::{DateTime, Utc};
use entities::{CaseId, Phase, TimerId, timer};
use sea_orm::DatabaseTransaction;

use super::following;
use crate::{
    Actor, CommandError, Event, Refusal,
    record::{Change, Recorded, record},
    rules::engine::Engine,
    state::CaseState,
};

/// What has become of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Which.
    pub case: CaseId,
    /// Its number, once it has one.
    pub number: Option<String>,
    /// Where it stands.
    pub phase: Phase,
    /// What was written, for the fast path.
    pub recorded: Recorded,
}

impl Done {
    pub(super) fn new(state: &CaseState, recorded: Recorded) -> Self {
        let case = &state.case;
        Self { case: case.id, number: case.number.clone(), phase: case.phase, recorded }
    }
}

/// Records what `engine` has come to, and lets the worker go on with the case if `routing`.
pub(super) async fn finish(
    tx: &DatabaseTransaction,
    before: &CaseState,
    engine: Engine<'_>,
    by: (Option<Actor>, DateTime<Utc>),
    shape: impl FnOnce(&mut Change),
) -> Result<Done, CommandError> {
    let mut engine = engine;
    following::letters(tx, before, &mut engine).await?;
    let Engine { state, events, looks, now, .. } = engine;
    let case = state.case.id;
    let mut change = Change::new(by.0, events, state, by.1);
    change.timers.extend(looks.into_iter().map(|(kind, run, due_at)| timer::Model {
        id: TimerId::at(now),
        case_id: case,
        run_id: Some(run),
        clock_id: None,
        kind,
        due_at,
        fired_at: None,
    }));
    shape(&mut change);
    let after = change.after.clone();
    let recorded = record(tx, now, before, change).await?;
    Ok(Done::new(&after, recorded))
}

/// Refuses when the caller looked at another state of the case than the present one.
pub(super) fn same_version(state: &CaseState, seen: Option<i32>) -> Result<(), Refusal> {
    let current = state.case.version;
    match seen {
        Some(seen) if seen != current => Err(Refusal::Stale { seen, current }),
        _ => Ok(()),
    }
}

/// Whether a rule got stuck: the worker leaves the case where it stands, for its owner.
pub(super) fn stuck(events: &[Event]) -> bool {
    events.iter().any(|event| matches!(event, Event::StuckOnRule { .. }))
}
