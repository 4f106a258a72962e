//! 调整: who signs a list puts a line elsewhere on it: another wish, in, waiting, out.

use entities::{CaseRowId, RowState, TaskId, case_row};
use sea_orm::DatabaseTransaction;

use super::{
    answer::{Done, finish},
    decide::at_step,
    sign_task::known_reason,
};
use crate::{
    Actor, CommandError, Event, Fault, Refusal, Workflow, load,
    lot::Lot,
    rules::{authority::Verb, choosing::Moved, engine::Engine},
    state::CaseState,
};

/// A line to be put elsewhere.
#[derive(Clone, Debug)]
pub struct MoveRow {
    /// The slot of whoever moves it.
    pub task: TaskId,
    /// The version of the slot that they saw.
    pub seen: Option<i32>,
    /// Which line.
    pub row: CaseRowId,
    /// `in`, `waiting`, `out`, or the number of one of its wishes, from 1.
    pub to: String,
    /// A reason code.
    pub reason: String,
}

/// Puts a line elsewhere; the others move up or down by the rules, and by the draw that there was.
///
/// # Errors
/// As [`Authority::may`](crate::rules::authority::Authority::may), [`Refusal::NotNow`] when
/// somebody has signed the list, [`Refusal::NotFound`] for a line that is not there or struck,
/// [`Refusal::Form`] for a place that there is not, [`Refusal::NoSeat`] when no seat is left there,
/// [`Refusal::NeedsReason`], [`Refusal::UnknownReason`], [`Refusal::Stuck`], or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %ask.task))]
pub async fn move_row(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: MoveRow,
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (ask.task, Verb::Move, ask.seen)).await?;
    known_reason(&at.facts, &at.task.path, &ask.reason)?;
    let row = at.before.lines().find(|row| row.id == ask.row);
    let row = row.ok_or(Refusal::NotFound("row"))?.id;
    let nowhere = || Refusal::Form(vec![Fault::new("to", "not_an_option", "")]);
    let to = Moved::of(&ask.to).ok_or_else(nowhere)?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    let run = at.task.run_id;
    if !engine.signs_list(run) || !engine.may_edit_list(run) {
        return Err(Refusal::NotNow { verb: Verb::Move }.into());
    }
    let (reason, by) = (ask.reason, actor.person);
    engine.emit(Event::RowMoved { row, to: ask.to, reason, by, run });
    engine.relist(run).map_err(Refusal::from)?;
    match (to, place(&engine.state, row)) {
        (Moved::In, Some((RowState::In, _)))
        | (Moved::Waiting, Some((RowState::Waiting, _)))
        | (Moved::Out, Some((RowState::Out, _))) => {}
        (Moved::Wish(wanted), Some((RowState::In, wish))) if wish == i32::try_from(wanted).ok() => {
        }
        (Moved::In | Moved::Wish(_), _) => return Err(Refusal::NoSeat.into()),
        _ => return Err(nowhere().into()),
    }
    if at.before.rows.iter().any(|other| other.id != row && loses(other, &engine.state)) {
        return Err(Refusal::NoSeat.into());
    }
    finish(tx, &at.before, engine, (Some(actor), at.machine), |_| {}).await
}

/// Whether a line that somebody has put in has no seat any more.
fn loses(before: &case_row::Model, after: &CaseState) -> bool {
    let moved = Lot::of(before).moved.and_then(|moved| Moved::of(&moved));
    let by_hand = matches!(moved, Some(Moved::In | Moved::Wish(_)));
    let now = place(after, before.id).map(|(state, _)| state);
    by_hand && before.state == RowState::In && now != Some(RowState::In)
}

/// Where a line is now, and which wish it has.
fn place(state: &CaseState, row: CaseRowId) -> Option<(RowState, Option<i32>)> {
    let row = state.rows.iter().find(|known| known.id == row)?;
    Some((row.state, Lot::of(row).wish))
}

/// Another list has taken seats that the list of a step proposes: it is made anew. For whoever was
/// told so when they signed it. Nothing happens where it fits.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Stuck`], or the database's.
#[tracing::instrument(skip_all, fields(task.id = %task))]
pub async fn renew_list(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    task: TaskId,
) -> Result<Done, CommandError> {
    let file = load::lock_of_task(tx, task).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let run = before.task(task).map(|task| task.run_id).ok_or(Refusal::NotFound("task"))?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    engine.renew_list(run).map_err(Refusal::from)?;
    if engine.events.is_empty() {
        return Ok(Done::new(&before, crate::record::Recorded::default()));
    }
    finish(tx, &before, engine, (None, machine), |change| change.routing = Some(true)).await
}
