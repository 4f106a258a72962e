//! A moment has come: the sweep asks what follows.

use chrono::{DateTime, Utc};
use entities::{ClockKind, Phase, RunState, TimerId, TimerKind, timer};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};

use super::answer::{Done, finish};
use crate::{
    CommandError, Event, Refusal, Workflow,
    event::{AcceptedBy, Light},
    load,
    program::ClockFrom,
    record::fired,
    rules::{
        clock::{self, Acceptance},
        engine::Engine,
    },
    state::CaseState,
};

/// Acts on one timer, once: what elapsed for a step that is closed has no effect.
///
/// # Errors
/// [`Refusal::NotFound`], or the database's.
#[tracing::instrument(skip_all, fields(timer.id = %id))]
pub async fn fire_timer(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    id: TimerId,
) -> Result<Done, CommandError> {
    let found = timer::Entity::find_by_id(id).one(tx).await?;
    let timer = found.ok_or(Refusal::NotFound("timer"))?;
    let file = load::lock(tx, timer.case_id).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let still = timer::Entity::find_by_id(id)
        .filter(timer::Column::FiredAt.is_null())
        .filter(timer::Column::DueAt.lte(now))
        .limit(1)
        .one(tx)
        .await?;
    let before = load::state(tx, file).await?;
    if still.is_none() {
        return Ok(Done::new(&before, crate::record::Recorded::default()));
    }
    fired(tx, id, now).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    let goes_on = act(&mut engine, &timer)?;
    if engine.events.is_empty() && !goes_on {
        return Ok(Done::new(&before, crate::record::Recorded::default()));
    }
    finish(tx, &before, engine, (None, machine), |change| {
        change.routing = goes_on.then_some(true);
    })
    .await
}

/// What follows from the moment; whether the worker shall let the case go on.
fn act(engine: &mut Engine<'_>, timer: &timer::Model) -> Result<bool, Refusal> {
    if !engine.state.is_live() {
        return Ok(false);
    }
    match timer.kind {
        TimerKind::Silence => silence(engine).map(|()| false),
        TimerKind::Due => Ok(due(engine, timer)),
        TimerKind::Rung => {
            if let Some(run) = timer.run_id {
                engine.climb(run)?;
            }
            Ok(false)
        }
        TimerKind::Gather => {
            engine.emit(Event::GatheringClosed);
            engine.start_total(ClockFrom::Opened, engine.now)?;
            Ok(true)
        }
        TimerKind::PublicityEnd => {
            let Some(run) = timer.run_id else { return Ok(false) };
            engine.take_down(run);
            Ok(!engine.events.is_empty())
        }
        TimerKind::Opens => {
            // The day of a waiting step has come, or a condition is asked again: the worker
            // does both when it lets the case go on.
            let row = timer.run_id.and_then(|run| engine.state.run(run));
            Ok(row.is_some_and(|r| matches!(r.state, RunState::Waiting | RunState::Open)))
        }
        TimerKind::SupplementCap => Ok(supplement_cap(engine, timer)),
        TimerKind::Grace => Ok(timer.run_id.is_some_and(|run| engine.miss(run))),
        TimerKind::ClaimEnd => Ok(false),
    }
}

/// Nobody has answered for five working days: it counts as accepted on the day of receipt.
fn silence(engine: &mut Engine<'_>) -> Result<(), Refusal> {
    let Some(filed) = received_at(&engine.state) else { return Ok(()) };
    if engine.state.case.phase != Phase::Filed || engine.state.case.supplementing {
        return Ok(());
    }
    let days = engine.facts.days.clone();
    if let Acceptance::Silence { as_of } = clock::acceptance(filed, None, engine.now, &days) {
        engine.accept(AcceptedBy::Silence, as_of)?;
    }
    Ok(())
}

/// When the application was received: handed in, or made complete.
fn received_at(state: &CaseState) -> Option<DateTime<Utc>> {
    let answers = state.clocks.iter().filter(|clock| clock.kind == ClockKind::Applicant);
    answers.filter_map(|clock| clock.ended_at).max().or(state.case.submitted_at)
}

/// A clock has run out: a red light, which stays. The time of a unit outside is counted, and is
/// amber at most.
///
/// Whether the worker shall let the case go on: a step that waited for answers waits no longer.
fn due(engine: &mut Engine<'_>, timer: &timer::Model) -> bool {
    let Some(clock) = timer.clock_id.and_then(|id| engine.state.clock(id)) else { return false };
    if clock.ended_at.is_some() || clock.stopped_at.is_some() || clock.kind == ClockKind::Applicant
    {
        return false;
    }
    let run = clock.run_id;
    if run.is_some_and(|run| engine.give_up(run)) {
        return true;
    }
    if run.and_then(|run| engine.state.run(run)).is_some_and(|row| row.late) {
        return false;
    }
    let outside = run.is_some_and(|run| engine.is_outside(run));
    let light = if outside { Light::Amber } else { Light::Red };
    engine.emit(Event::LightChanged { run, light });
    if let Some(run) = run {
        engine.give_grace(run);
        engine.light_inside(run, light);
    }
    false
}

/// The applicant has been silent: the clocks run again, and the holder may close the case.
///
/// A case that was sent back comes back as it is, so that somebody holds it. Whether the worker
/// shall let it go on.
fn supplement_cap(engine: &mut Engine<'_>, timer: &timer::Model) -> bool {
    if !engine.state.case.supplementing {
        return false;
    }
    engine.answered();
    if let Some(run) = timer.run_id {
        engine.emit(Event::LapseProposed { run });
    }
    let returned = engine.state.case.returned_from.is_some();
    if returned {
        engine.emit(Event::CameBack);
    }
    returned
}
