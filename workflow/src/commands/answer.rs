//! What a command leaves behind for its caller.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{CaseId, Channel, Phase, StepRunId, TimerId, UnitId, timer};
use sea_orm::DatabaseTransaction;

use super::{following, passed_lines};
use crate::{
    Actor, CommandError, Event, Refusal,
    event::Row,
    record::{self, Batch, Change, Recorded, Telling, line, remind},
    rules::{
        engine::{Armed, Engine},
        recipients::{OWED, Way},
    },
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
    let mut writes = Writes::default();
    let done = gather(tx, &mut writes, (before, engine), by, shape).await?;
    writes.batch.run(tx).await?;
    Ok(done)
}

/// What a transaction is to write, of one case or of several.
#[derive(Default)]
pub(super) struct Writes {
    pub(super) batch: Batch,
    /// Red lights among it, by the unit, with what is late.
    pub(super) red: BTreeMap<UnitId, Vec<(StepRunId, Vec<Row>)>>,
    /// Letters among it that a number of red lights has led to, by their keys.
    pub(super) counted: BTreeSet<String>,
    /// The wall clock has jumped: a light turns, and nobody is called to account for it.
    pub(super) held: bool,
}

/// As [`finish`], and nothing is written yet.
pub(super) async fn gather(
    tx: &DatabaseTransaction,
    writes: &mut Writes,
    (before, mut engine): (&CaseState, Engine<'_>),
    by: (Option<Actor>, DateTime<Utc>),
    shape: impl FnOnce(&mut Change),
) -> Result<Done, CommandError> {
    Box::pin(following::letters(tx, before, &mut engine, writes)).await?;
    let case = engine.state.case.id;
    let timers = timers_of(&engine);
    let (told, mut lines) = messages_of(case, &engine);
    lines.extend(passed_lines::of(tx, &engine).await?);
    let Engine { state, events, now, .. } = engine;
    let mut change = Change::new(by.0, events, state, by.1);
    change.timers.extend(timers);
    change.tell.extend(told);
    change.lines.extend(lines);
    shape(&mut change);
    let after = change.after.clone();
    let recorded = record::gather(tx, &mut writes.batch, (now, before), change);
    let recorded = Box::pin(recorded).await?;
    Ok(Done::new(&after, recorded))
}

/// Writes what `engine` wants told, of a case that it has not changed.
pub(super) async fn tell_only(
    tx: &DatabaseTransaction,
    writes: &mut Writes,
    before: &CaseState,
    engine: Engine<'_>,
    machine: DateTime<Utc>,
) -> Result<Done, CommandError> {
    let timers = timers_of(&engine);
    let (told, lines) = messages_of(before.case.id, &engine);
    let times = (engine.now, machine);
    let recorded = remind(tx, &mut writes.batch, times, (told, lines), timers).await?;
    Ok(Done::new(before, recorded))
}

/// Moments at which the case must be looked at again, that no event carries.
fn timers_of(engine: &Engine<'_>) -> Vec<timer::Model> {
    let (case, now) = (engine.state.case.id, engine.now);
    let fresh = |kind, at| timer::Model::of(case, kind, TimerId::at(now), at);
    let looks = engine
        .looks
        .iter()
        .map(|(kind, run, at)| timer::Model { run_id: *run, ..fresh(*kind, *at) });
    let armed = engine.armed.iter().map(|Armed { kind, run, clock, nth, at }| timer::Model {
        run_id: Some(*run),
        clock_id: Some(*clock),
        nth: *nth,
        ..fresh(*kind, *at)
    });
    looks.chain(armed).collect()
}

/// What people are told at once, and with their next digest.
fn messages_of(
    case: CaseId,
    engine: &Engine<'_>,
) -> (Vec<Telling>, Vec<entities::digest_line::Model>) {
    let (mut told, mut lines) = (Vec::new(), Vec::new());
    for message in engine.messages.iter().cloned() {
        let channel = match message.way {
            Way::Digest(at) => {
                lines.push(line(case, message, at, engine.now));
                continue;
            }
            Way::Gathered(at) => {
                lines.push(line(case, message.marked(OWED), at, engine.now));
                continue;
            }
            Way::Mail => Channel::Mail,
            Way::Sms => Channel::Sms,
        };
        told.push(Telling {
            key: message.key,
            case: Some(case),
            account: None,
            person: Some(message.person),
            channel,
            template: message.template,
            params: message.params,
            sealed: None,
        });
    }
    (told, lines)
}

/// Records a case that has gone over to another version of its program.
///
/// # Errors
/// As [`finish`].
pub(crate) async fn moved(
    tx: &DatabaseTransaction,
    before: &CaseState,
    engine: Engine<'_>,
    (actor, machine): (Actor, DateTime<Utc>),
) -> Result<Vec<crate::Ticket>, CommandError> {
    let done = finish(tx, before, engine, (Some(actor), machine), |_| {}).await?;
    Ok(done.recorded.jobs)
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
