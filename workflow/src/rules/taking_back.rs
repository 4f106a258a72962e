//! 拿回、撤销决定: a signature is taken back before anybody has acted on it, and its clock goes on
//! as if it had never stopped.

use chrono::TimeDelta;
use entities::{
    Added, ClockKind, Phase, RunKind, RunState, StepRunId, TaskId, TaskState, step_run, task,
};

use super::{
    authority::Verb,
    engine::Engine,
    returning::{contains, reopen_around},
    rounds::ENDED,
};
use crate::{
    Refusal,
    event::Event,
    program::{Step, Take},
    state::CaseState,
};

/// So long a decision that ended a case's route may be undone.
const UNDONE_WITHIN: TimeDelta = TimeDelta::hours(2);

/// Takes back what `task` was signed with, and what has followed from it.
///
/// # Errors
/// [`Refusal::NotNow`] when somebody else signed the step last, the next one has been taken or
/// signed, or something has gone out: a public notice, a letter with a number, a copy, money.
pub fn take_back(engine: &mut Engine<'_>, task: TaskId) -> Result<(), Refusal> {
    let not_now = Refusal::NotNow { verb: Verb::TakeBack };
    let came_out = engine.state.case.outcome.is_some();
    unsign(engine, task, (&not_now, came_out))
}

/// Undoes the decision with which a case has come out. `note`: the hash of why.
///
/// # Errors
/// As [`take_back`], after two hours, and for a step that does not decide.
pub fn undo(engine: &mut Engine<'_>, task: TaskId, note: Option<String>) -> Result<(), Refusal> {
    let not_now = Refusal::NotNow { verb: Verb::Undo };
    let row = engine.state.task(task).cloned().ok_or(Refusal::NotFound("task"))?;
    let signed = row.signed_at.ok_or(not_now.clone())?;
    // What follows a decision, a payment above all, is none: it does not take the grant with it.
    let decides = engine.state.run(row.run_id).is_some_and(|run| run.kind == RunKind::Decide);
    if !decides || !contains(&engine.facts.program.route, &row.path) {
        return Err(not_now);
    }
    if engine.now - signed > UNDONE_WITHIN || engine.state.case.phase == Phase::Draft {
        return Err(not_now);
    }
    let came_out = engine.state.clocks.iter().find(|clock| {
        // What ended with the outcome goes on with the case.
        clock.kind == ClockKind::Total && clock.ended_at.is_some_and(|ended| ended >= signed)
    });
    let total = came_out.and_then(|clock| Some((clock.id, clock.due_at?)));
    let came_out = engine.state.case.outcome.is_some();
    engine.emit(Event::DecisionUndone { task, note });
    if let Some((clock, due)) = total {
        engine.emit(Event::ClockReopened { clock, due });
    }
    if engine.state.case.phase == Phase::Filed {
        engine.wait_in_silence(row.run_id);
    }
    unsign(engine, task, (&not_now, came_out))
}

/// `came_out`: the case had an outcome, which took along what was open.
fn unsign(
    engine: &mut Engine<'_>,
    task: TaskId,
    (not_now, came_out): (&Refusal, bool),
) -> Result<(), Refusal> {
    let row = engine.state.task(task).cloned().ok_or(Refusal::NotFound("task"))?;
    let run = engine.state.run(row.run_id).cloned().ok_or(Refusal::NotFound("step"))?;
    // The applicant has been asked for something since: somebody has acted on it.
    let asked = engine.state.case.supplementing;
    let gone = !matches!(run.state, RunState::Open | RunState::Closed);
    if asked || gone || is_lettered(engine, &run) {
        return Err(not_now.clone());
    }
    let last = engine.state.slots(run.id).filter_map(|slot| slot.signed_at).max();
    if row.signed_at != last {
        return Err(not_now.clone());
    }
    let program = std::sync::Arc::clone(&engine.facts.program);
    let step = program.step(&run.path).ok_or(Refusal::NotFound("step"))?;
    let next = in_turn(engine, step, &row);
    // Whoever had it in hand before and let this one sign first has taken nothing since.
    let taken = |slot: &task::Model| slot.claimed_at.is_some_and(|at| Some(at) > row.signed_at);
    if next.iter().any(taken) {
        return Err(not_now.clone());
    }
    let wait: Vec<TaskId> = next.into_iter().map(|slot| slot.id).collect();
    let follow = followers(engine, &run);
    if !follow.iter().all(|run| is_untouched(engine, run)) {
        return Err(not_now.clone());
    }
    let closed = run.state == RunState::Closed;
    let swept = if closed { swept(&engine.state, &run, came_out) } else { Vec::new() };
    for next in follow.into_iter().rev() {
        engine.void_run(next);
    }
    if closed {
        reopen_around(engine, &run.path, &run);
    }
    for block in swept {
        engine.emit(Event::BlockReopened { run: block });
        engine.resume_block(block);
    }
    engine.emit(Event::TakenBack { run: run.id, task, wait });
    if closed {
        let clock = engine
            .state
            .clocks
            .iter()
            .rev()
            .find(|clock| clock.run_id == Some(run.id) && clock.kind == ClockKind::Step);
        if let Some((clock, due)) = clock.and_then(|clock| Some((clock.id, clock.due_at?))) {
            engine.emit(Event::ClockReopened { clock, due });
            engine.arm(clock);
        }
    }
    Ok(())
}

/// The slots of the step whose turn has come by that signature: whoever let it go first, whoever
/// signs after it, the next of those who sign in order.
fn in_turn(engine: &Engine<'_>, step: &Step, row: &task::Model) -> Vec<task::Model> {
    let in_order = engine.state.taking(row.run_id, step) == Take::InOrder;
    let closed = engine.state.run(row.run_id).is_some_and(|run| run.state == RunState::Closed);
    // What was let go when the step closed comes back with it.
    let stands = |slot: &task::Model| {
        CaseState::is_open(slot)
            || (closed && slot.state == TaskState::Void && slot.added.is_none())
    };
    let comes = |slot: &&task::Model| {
        let first = row.added == Some(Added::Before) && row.beside_id == Some(slot.id);
        let after = slot.added == Some(Added::After) && slot.beside_id == Some(row.id);
        let own = row.added.is_none() && slot.added.is_none();
        stands(slot) && (first || after || (in_order && own && slot.place > row.place))
    };
    engine.state.slots(row.run_id).filter(comes).cloned().collect()
}

/// Whether the signature has taken a document number: it has gone out.
fn is_lettered(engine: &Engine<'_>, run: &step_run::Model) -> bool {
    let last = engine.facts.program.route.last().map(|entry| match entry {
        crate::program::Entry::Step(step) => step.id.to_string(),
        crate::program::Entry::Block(_) => String::new(),
    });
    engine.facts.program.number.is_some() && last.as_deref() == Some(run.path.as_str())
}

/// The blocks that were not waited for any more because this step was closed: a refusal ends all
/// that is open, the last of enough threads the others. They go on where they were.
fn swept(state: &CaseState, run: &step_run::Model, came_out: bool) -> Vec<StepRunId> {
    let Some(closed) = run.closed_at else { return Vec::new() };
    let open_then = |block: &&step_run::Model| {
        block.kind == RunKind::Block
            && block.state == RunState::Void
            && block.closed_at.is_some_and(|at| at >= closed)
            && block.opened_at <= closed
            // A round whose day has not come waits for it anew.
            && block.opens_at.is_none_or(|at| at <= closed)
            && block.reason.as_deref().map_or(came_out, |why| why == ENDED)
    };
    let is_last = |block: &&step_run::Model| {
        let own = (&block.path, &block.thread, block.parent_id);
        !state.runs.iter().any(|other| {
            (&other.path, &other.thread, other.parent_id) == own && other.round > block.round
        })
    };
    let blocks = state.runs.iter().filter(open_then).filter(is_last);
    blocks.map(|block| block.id).collect()
}

/// What was entered because this step was closed: later, and in no branch or thread beside it.
fn followers(engine: &Engine<'_>, run: &step_run::Model) -> Vec<StepRunId> {
    let Some(closed) = run.closed_at else { return Vec::new() };
    let own: Vec<StepRunId> = engine.state.around(run.id).map(|block| block.id).collect();
    let follows = |other: &&step_run::Model| {
        let later = other.position > run.position && other.opened_at >= closed;
        later && other.state != RunState::Void && !is_beside(engine, &own, other)
    };
    engine.state.runs.iter().filter(follows).map(|other| other.id).collect()
}

/// Whether the block in which the two part ways runs its branches side by side.
fn is_beside(engine: &Engine<'_>, own: &[StepRunId], other: &step_run::Model) -> bool {
    let common = engine.state.around(other.id).find(|block| own.contains(&block.id));
    common.is_some_and(|block| {
        // Directly inside a block side by side, or a thread of its own.
        let threads = block.said.get("items").is_some();
        threads || engine.facts.program.block(&block.path).is_some_and(|block| block.together)
    })
}

/// Whether nobody has acted on it and nothing of it has gone out.
fn is_untouched(engine: &Engine<'_>, run: &StepRunId) -> bool {
    let Some(row) = engine.state.run(*run) else { return true };
    if matches!(row.state, RunState::Skipped | RunState::Void) {
        return true;
    }
    let quiet = match row.kind {
        RunKind::Decide | RunKind::Fill | RunKind::Receive | RunKind::Block | RunKind::Wait => true,
        RunKind::Pay => row.state == RunState::Open || row.state == RunState::Waiting,
        RunKind::Publish | RunKind::Open | RunKind::Copy | RunKind::Select => false,
    };
    let acted = |slot: &task::Model| matches!(slot.state, TaskState::Claimed | TaskState::Signed);
    // The same hand's next step, which was closed with this one and has no slot, falls with it.
    let merged = row.state == RunState::Closed && engine.state.slots(*run).next().is_none();
    if merged && row.kind == RunKind::Decide {
        return true;
    }
    let open = matches!(row.state, RunState::Open | RunState::Waiting);
    quiet && (open || row.kind == RunKind::Block) && !engine.state.slots(*run).any(acted)
}
