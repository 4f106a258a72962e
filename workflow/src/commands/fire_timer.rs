//! Moments have come: the sweep asks what follows.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entities::{CaseId, ClockKind, RunState, TimerId, TimerKind, case_file, timer};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::{LockBehavior, LockType},
};

use super::answer::{Done, Writes, gather};
use crate::{
    CommandError, Event, Refusal, Workflow,
    event::Light,
    load,
    program::ClockFrom,
    record::{Recorded, fired, postponed},
    rules::{accepting, engine::Engine, facts::Facts},
    state::CaseState,
};

/// After the first failure a timer waits so long, after each further one twice as long, an hour
/// at most.
const PAUSE: TimeDelta = TimeDelta::minutes(1);
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// What a sweep may take in hand.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// Timers of one transaction.
    pub most: u64,
    /// Nothing is escalated and nobody is reminded: the wall clock has jumped.
    pub held: bool,
}

/// What came of one transaction.
#[derive(Clone, Debug, Default)]
pub struct Fired {
    /// The timers that are behind, and when each was due.
    pub timers: Vec<(TimerId, DateTime<Utc>)>,
    /// What was done about their cases.
    pub done: Vec<Done>,
}

/// Acts on what is due, oldest first, in the caller's transaction. What another worker has in
/// hand, and cases that somebody is about to write, are left to the next look.
///
/// # Errors
/// The database's, or [`CommandError::Stored`]: then nothing of any of them was done.
pub async fn fire_due(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    sweep: Sweep,
) -> Result<Fired, CommandError> {
    let due = ready(workflow, sweep.held)
        .limit(sweep.most)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    fire_all(tx, workflow, due, sweep.held).await
}

/// The due timers that may be acted upon now, oldest first: those that have just failed wait.
pub fn ready(workflow: &Workflow, held: bool) -> Select<timer::Entity> {
    let waits = Condition::any()
        .add(timer::Column::RetryAt.is_null())
        .add(timer::Column::RetryAt.lte(workflow.clock.machine()));
    let due = timer::Entity::due(workflow.clock.now()).filter(waits);
    if !held {
        return due;
    }
    due.filter(timer::Column::Kind.is_not_in([TimerKind::Remind, TimerKind::Rung]))
}

/// Acts on one timer, once: what elapsed for a step that is closed has no effect.
///
/// # Errors
/// [`Refusal::NotFound`], or as [`fire_due`].
#[tracing::instrument(skip_all, fields(timer.id = %id))]
pub async fn fire_timer(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    id: TimerId,
    held: bool,
) -> Result<Fired, CommandError> {
    let found = timer::Entity::find_by_id(id).one(tx).await?;
    let timer = found.ok_or(Refusal::NotFound("timer"))?;
    load::lock(tx, timer.case_id).await?;
    let still = timer::Entity::due(workflow.clock.now()).filter(timer::Column::Id.eq(id));
    fire_all(tx, workflow, still.all(tx).await?, held).await
}

/// A timer could not be acted upon: it waits for a while, so that it holds up no other.
///
/// # Errors
/// The database's.
pub async fn postpone_timer(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    id: TimerId,
) -> Result<(), CommandError> {
    let Some(timer) = timer::Entity::find_by_id(id).one(tx).await? else { return Ok(()) };
    let doubled = 1 << timer.failures.clamp(0, 6);
    let at = workflow.clock.machine() + (PAUSE * doubled).min(LONGEST);
    postponed(tx, id, timer.failures + 1, at).await
}

async fn fire_all(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    due: Vec<timer::Model>,
    held: bool,
) -> Result<Fired, CommandError> {
    if due.is_empty() {
        return Ok(Fired::default());
    }
    let mut cases: Vec<CaseId> = due.iter().map(|timer| timer.case_id).collect();
    cases.sort();
    cases.dedup();
    let files = load::lock_free(tx, &cases).await?;
    // After the locks, so that moments are in the order of the changes.
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let mut of_case: BTreeMap<CaseId, Vec<timer::Model>> = BTreeMap::new();
    for timer in due {
        if files.iter().any(|file| file.id == timer.case_id) {
            of_case.entry(timer.case_id).or_default().push(timer);
        }
    }
    let timers = of_case.values().flatten().map(|timer| (timer.id, timer.due_at));
    let timers: Vec<(TimerId, DateTime<Utc>)> = timers.collect();
    let ids: Vec<TimerId> = timers.iter().map(|(id, _)| *id).collect();
    if ids.is_empty() {
        return Ok(Fired::default());
    }
    fired(tx, &ids, now).await?;
    let states = load::states(tx, files).await?;
    let files: Vec<&case_file::Model> = states.iter().map(|state| &state.case).collect();
    let facts = load::facts_of(tx, workflow, &files, now).await?;
    let (mut done, mut writes) = (Vec::new(), Writes { held, ..Writes::default() });
    for (before, facts) in states.iter().zip(&facts) {
        let mut due = of_case.remove(&before.case.id).unwrap_or_default();
        // A light turns before somebody is urged because of it.
        due.sort_by_key(|timer| (timer.due_at, timer.kind == TimerKind::Rung));
        done.push(fire_case(tx, &mut writes, (before, facts), (&due, (now, machine))).await?);
    }
    writes.batch.run(tx).await?;
    Ok(Fired { timers, done })
}

/// What follows for one case from the moments that have come for it.
async fn fire_case(
    tx: &DatabaseTransaction,
    writes: &mut Writes,
    (before, facts): (&CaseState, &Facts),
    (due, (now, machine)): (&[timer::Model], (DateTime<Utc>, DateTime<Utc>)),
) -> Result<Done, CommandError> {
    let mut engine = Engine::new(facts, before.clone(), now);
    let mut goes_on = false;
    for timer in due {
        goes_on |= act(&mut engine, timer)?;
    }
    if engine.events.is_empty() && !goes_on {
        let nothing = engine.armed.is_empty() && engine.looks.is_empty();
        if nothing && engine.messages.is_empty() {
            return Ok(Done::new(before, Recorded::default()));
        }
        // Nothing of the case has changed: somebody is reminded of it, or it is looked at later.
        return super::answer::tell_only(tx, writes, before, engine, machine).await;
    }
    gather(tx, writes, (before, engine), (None, machine), |change| {
        change.routing = goes_on.then_some(true);
    })
    .await
}

/// What follows from the moment; whether the worker shall let the case go on.
pub(crate) fn act(engine: &mut Engine<'_>, timer: &timer::Model) -> Result<bool, Refusal> {
    if !engine.state.is_live() {
        return Ok(false);
    }
    match timer.kind {
        TimerKind::Silence => Ok(accepting::silence(engine).map(|()| false)?),
        TimerKind::Due => Ok(due(engine, timer)),
        TimerKind::Gather => {
            engine.emit(Event::GatheringClosed);
            engine.start_total(ClockFrom::Opened, engine.now)?;
            Ok(true)
        }
        TimerKind::PublicityEnd => {
            let Some(run) = timer.run_id else { return Ok(false) };
            let before = engine.events.len();
            engine.take_down(run);
            Ok(engine.events.len() > before)
        }
        TimerKind::Opens => {
            // The day of a waiting step has come, or a condition is asked again: the worker
            // does both when it lets the case go on.
            let row = timer.run_id.and_then(|run| engine.state.run(run));
            Ok(row.is_some_and(|r| matches!(r.state, RunState::Waiting | RunState::Open)))
        }
        TimerKind::SupplementCap => Ok(accepting::supplement_cap(engine, timer.run_id)),
        TimerKind::Grace => Ok(timer.run_id.is_some_and(|run| engine.miss(run))),
        TimerKind::StopCap => {
            engine.stop_capped(timer.clock_id, timer.run_id);
            Ok(false)
        }
        TimerKind::StopSoon => {
            if let Some(run) = timer.run_id {
                engine.stop_runs_out(run);
            }
            Ok(false)
        }
        TimerKind::Remind => {
            if let (Some(clock), Some(nth)) = (timer.clock_id, timer.nth) {
                engine.remind(clock, nth);
            }
            Ok(false)
        }
        TimerKind::Rung => {
            if let Some(clock) = timer.clock_id {
                engine.climb(clock)?;
            }
            Ok(false)
        }
        TimerKind::ClaimEnd => Ok(false),
    }
}

/// A clock has run out: a red light, which stays. The time of a unit outside is counted, and is
/// amber at most.
///
/// Whether the worker shall let the case go on: a step that waited for answers waits no longer.
fn due(engine: &mut Engine<'_>, timer: &timer::Model) -> bool {
    let Some(clock) = timer.clock_id.and_then(|id| engine.state.clock(id)) else { return false };
    let counts = matches!(clock.kind, ClockKind::Step | ClockKind::Total);
    if clock.ended_at.is_some() || clock.stopped_at.is_some() || !counts {
        return false;
    }
    let run = clock.run_id;
    if run.is_some_and(|run| engine.give_up(run)) {
        return true;
    }
    if let Some(run) = run.filter(|run| engine.is_optional(*run)) {
        return engine.miss(run);
    }
    if let Some(run) = run {
        engine.give_grace(run);
    }
    // What nobody could take is red since it opened.
    if run.and_then(|run| engine.state.run(run)).is_some_and(|row| row.late) {
        return false;
    }
    let outside = run.is_some_and(|run| engine.is_outside(run));
    let light = if outside { Light::Amber } else { Light::Red };
    engine.emit(Event::LightChanged { run, light });
    if let Some(run) = run {
        engine.light_inside(run, light);
    }
    false
}
