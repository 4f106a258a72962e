//! 剔除: who drafts a notice takes out a line that does not belong there.

use entities::{CaseRowId, RowState, TaskId};
use sea_orm::DatabaseTransaction;

use super::{
    answer::{Done, finish},
    decide::at_step,
    sign_task::known_reason,
};
use crate::{
    Actor, CommandError, Event, Refusal, Workflow,
    rules::{authority::Verb, engine::Engine, rosters},
};

/// A line to be struck.
#[derive(Clone, Debug)]
pub struct StrikeRow {
    /// The slot of whoever strikes it.
    pub task: TaskId,
    /// The version of the slot that they saw.
    pub seen: Option<i32>,
    /// Which line.
    pub row: CaseRowId,
    /// A reason code.
    pub reason: String,
}

/// Strikes a line: it stays on record, and counts no more.
///
/// # Errors
/// As [`Authority::may`](crate::rules::authority::Authority::may), [`Refusal::NotFound`] for a
/// line that is not there or struck, [`Refusal::NotNow`] when somebody has signed the list, [`Refusal::NeedsReason`], [`Refusal::UnknownReason`], or the
/// database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %ask.task))]
pub async fn strike_row(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: StrikeRow,
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (ask.task, Verb::Strike, ask.seen)).await?;
    known_reason(&at.facts, &at.task.path, &ask.reason)?;
    let row = at.before.lines().find(|row| row.id == ask.row);
    let row = row.ok_or(Refusal::NotFound("row"))?;
    // One thread of a roster is about its own lines alone.
    let thread = rosters::of_thread(&at.before, at.task.run_id);
    if thread.is_some_and(|keys| row.person_id.is_some() && !keys.contains(&row.key)) {
        return Err(Refusal::NotFound("row").into());
    }
    let row = row.id;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    if !engine.may_edit_list(at.task.run_id) {
        return Err(Refusal::NotNow { verb: Verb::Strike }.into());
    }
    engine.emit(Event::RowChanged {
        row,
        state: RowState::Struck,
        reason: Some(ask.reason),
        by: actor.person,
        run: Some(at.task.run_id),
    });
    engine.relist(at.task.run_id).map_err(Refusal::from)?;
    if rosters::of(&at.facts.program).is_some() {
        engine.rows_changed(at.task.run_id);
    }
    finish(tx, &at.before, engine, (Some(actor), at.machine), |_| {}).await
}
