//! A case goes over to another version of its program, deliberately: what would change, and what
//! forbids it. Nothing is decided anew.

use entities::{ClockKind, RunKind, RunState, StepRunId, clock};
use serde::{Deserialize, Serialize};

use super::{
    advance::advance,
    clock::{Budget, ClockState, due},
    engine::{Engine, budget, face_of},
    facts::Stuck,
};
use crate::event::Event;

/// Why a case is not moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "why", content = "what", rename_all = "snake_case")]
pub enum Unmoved {
    #[error("it stands on this version already")]
    SameVersion,
    #[error("nothing is under way in it")]
    NotLive,
    #[error("it waits for the applicant's answer: afterwards")]
    Supplementing,
    #[error("it is just going on: in a moment")]
    Routing,
    #[error("its open step {0} is not in this version, or is another kind of step")]
    Step(String),
    #[error("a step would open beside the open one: {0}")]
    WouldOpen(String),
    #[error("its form does not fit: {0}")]
    Form(String),
    #[error("it would not have been taken: {0}")]
    NotEligible(String),
    #[error("its award would be another one")]
    Award,
    #[error("the time of {0} is over: red stays red")]
    Late(String),
    #[error("the clock of {0} was stopped, resumed or extended")]
    Stands(String),
    #[error("a rule has no value: {0}")]
    Stuck(String),
    #[error("it has lines, or was opened by another case")]
    Lines,
}

impl From<Stuck> for Unmoved {
    fn from(stuck: Stuck) -> Self {
        Self::Stuck(stuck.to_string())
    }
}

/// Moves the case to the version in the engine's facts: the clocks of open steps and of the whole
/// count what that version gives, from when they began.
///
/// # Errors
/// [`Unmoved`]: then nothing of what was emitted may be kept.
pub fn rebase(engine: &mut Engine<'_>) -> Result<(), Unmoved> {
    let program = std::sync::Arc::clone(&engine.facts.program);
    let case = &engine.state.case;
    if case.program_hash == program.hash() {
        return Err(Unmoved::SameVersion);
    }
    if !engine.state.is_live() || case.suspended {
        return Err(Unmoved::NotLive);
    }
    if case.supplementing {
        return Err(Unmoved::Supplementing);
    }
    if case.routing {
        return Err(Unmoved::Routing);
    }
    if case.subject_id.is_none() || !engine.state.rows.is_empty() {
        return Err(Unmoved::Lines);
    }
    let from = case.program_hash.clone();
    let number = i32::try_from(program.version).unwrap_or(i32::MAX);
    engine.emit(Event::Rebased { from, to: program.hash(), number });
    let open: Vec<(StepRunId, String, RunKind)> =
        engine.state.open_runs().map(|run| (run.id, run.path.clone(), run.kind)).collect();
    for (run, path, kind) in open {
        let step = program.step(&path).filter(|step| super::entering::kind(step.kind) == kind);
        let Some(step) = step else { return Err(Unmoved::Step(path)) };
        engine.within = engine.state.run(run).and_then(|run| run.parent_id);
        let time = engine.time(step);
        engine.within = None;
        let own = engine.state.clock_of(run).filter(|clock| clock.ended_at.is_none()).cloned();
        if let (Some(row), Some(budget)) = (own, time?) {
            reset(engine, &row, budget, &path)?;
        }
    }
    let total = engine.state.case_clock(ClockKind::Total);
    if let Some(row) = total.filter(|clock| clock.ended_at.is_none()).cloned() {
        let span = engine.facts.pick(&program.clock.total, &engine.state, engine.now)?;
        reset(engine, &row, budget(*span), "total")?;
    }
    opens_nothing(engine)
}

/// The clock counts `budget` from when it began; never to earlier than the evening of the next
/// working day.
fn reset(
    engine: &mut Engine<'_>,
    row: &clock::Model,
    budget: Budget,
    step: &str,
) -> Result<(), Unmoved> {
    let Some(face) = face_of(row) else { return Err(Unmoved::Stands(step.to_owned())) };
    if face.budget == budget {
        return Ok(());
    }
    if face.is_late(engine.now) {
        return Err(Unmoved::Late(step.to_owned()));
    }
    // One that was only lifted by an earlier move counts what it was given.
    let given = face.run == face.budget || face.lifted;
    let whole = given && face.consumed == 0 && face.extended_by.is_empty();
    if face.stopped.is_some() || !whole {
        return Err(Unmoved::Stands(step.to_owned()));
    }
    let days = engine.facts.calendar.of(&row.scope);
    let mut new = ClockState::start(face.zero_at, budget, &days);
    new.started_at = face.started_at;
    let floor = due(engine.now, Budget::WorkingDays(1), &days).min(face.due_at);
    if new.due_at < floor {
        new.due_at = floor;
        new.run = Budget::Until(floor);
        new.lifted = true;
    }
    let due = new.due_at;
    let face = serde_json::to_value(&new).unwrap_or_default();
    engine.emit(Event::ClockReset { clock: row.id, face, due });
    engine.arm(row.id);
    Ok(())
}

/// What the new version has before the open steps must be behind: nobody is asked twice, and
/// nothing runs beside what runs.
fn opens_nothing(engine: &Engine<'_>) -> Result<(), Unmoved> {
    let mut probe = engine.clone();
    probe.events.clear();
    advance(&mut probe);
    for event in &probe.events {
        let opens = match event {
            Event::StepSkipped { .. } => continue,
            Event::StepOpened { opening } | Event::StepWaiting { opening, .. } => {
                opening.path.clone()
            }
            Event::StuckOnRule { rule, why, .. } => {
                return Err(Unmoved::Stuck(format!("{rule}: {why}")));
            }
            Event::BlockEntered { path, .. } | Event::ThreadsFrozen { path, .. } => path.clone(),
            other => other.kind(),
        };
        return Err(Unmoved::WouldOpen(opens));
    }
    let left = engine
        .state
        .runs
        .iter()
        .filter(|run| run.kind == RunKind::Block && run.state == RunState::Open);
    let known = left.filter(|run| probe.state.below(run.id).is_empty()).count();
    if known > 0 { Err(Unmoved::WouldOpen("block".to_owned())) } else { Ok(()) }
}
