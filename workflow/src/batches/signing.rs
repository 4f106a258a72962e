//! Signing a batch: the signature once, then case by case, each in its own transaction.

use chrono::{DateTime, Utc};
use entities::{BatchId, BatchResult, Stream, TaskId, TaskState, batch, batch_row};
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde_json::json;

use super::{WrongBatch, own_batch};
use crate::{
    Actor, CommandError, Fault, Refusal, Ticket, Workflow, commands,
    event::Together,
    load,
    once::OnceError,
    record::{self, append},
    rules::batching::{self, LeftOut},
    state::CaseState,
    tx,
};

/// The signature on a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignBatch {
    /// Which.
    pub batch: BatchId,
    /// Cases that the signer takes off the list.
    pub leave_out: Vec<TaskId>,
    /// The idempotency key, and SHA-256 of the request, lower-case hex.
    pub key: Option<String>,
    pub request: String,
}

/// A batch of which every row has its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    pub batch: batch::Model,
    pub rows: Vec<batch_row::Model>,
}

/// Gives the signature: the whole sample was opened, and what the signer takes off the list is
/// left out. Given a second time, by the same request or to finish what was broken off, it changes
/// nothing.
///
/// # Errors
/// [`Refusal::NotFound`] for another's batch; [`Refusal::Batch`] before the sample was opened, and
/// when nothing is left; [`Refusal::Form`] for a case that is not in it. `Ok(Err)` with
/// [`OnceError::KeyReused`] for another request under the key of the signature.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, batch.id = %ask.batch))]
pub async fn give_signature(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: &SignBatch,
) -> Result<Result<(), OnceError>, CommandError> {
    let now = alone(tx, workflow, actor).await?;
    let (batch, rows) = own_batch(tx, actor, ask.batch).await?;
    if batch.signed_at.is_some() {
        return again(&batch, ask);
    }
    check(&rows, ask)?;
    let signed = batch::Model {
        signed_at: Some(now),
        key: ask.key.clone(),
        request: Some(ask.request.clone()),
        ..batch.clone()
    };
    let mut writes = record::Batch::default();
    writes.change::<batch::Entity>(&batch, &signed);
    for row in rows.iter().filter(|row| ask.leave_out.contains(&row.task_id)) {
        writes.change::<batch_row::Entity>(row, &left_out(row, LeftOut::Unticked, now));
    }
    writes.run(tx).await?;
    let what = json!({
        "batch": batch.id, "of": batch.size, "sample": batch.sample, "left_out": ask.leave_out,
    });
    let who = batch.person_id.0;
    append(tx, now, Stream::Person, who, Some(actor), ("batch_signed", what)).await?;
    Ok(Ok(()))
}

/// One writer for the batches of one person. The time, read after the lock.
async fn alone(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
) -> Result<DateTime<Utc>, CommandError> {
    load::lock_person(tx, actor.person.ok_or(Refusal::NotFound("batch"))?).await?;
    Ok(workflow.clock.now())
}

/// The signature comes again: to go on where it was broken off, with what was said then.
fn again(batch: &batch::Model, ask: &SignBatch) -> Result<Result<(), OnceError>, CommandError> {
    let same = batch.request.as_deref() == Some(ask.request.as_str());
    if same {
        return Ok(Ok(()));
    }
    if ask.key.is_some() && batch.key == ask.key {
        return Ok(Err(OnceError::KeyReused));
    }
    // What is left out is part of the signature; it is not changed by asking again.
    match batch.done_at {
        Some(_) => Err(Refusal::Batch(WrongBatch::Signed).into()),
        None => Ok(Ok(())),
    }
}

fn check(rows: &[batch_row::Model], ask: &SignBatch) -> Result<(), Refusal> {
    let known = |task: &TaskId| rows.iter().any(|row| row.task_id == *task);
    if !ask.leave_out.iter().all(known) {
        return Err(Refusal::Form(vec![Fault::new("leave_out", "not_an_option", "")]));
    }
    let unopened = rows.iter().filter(|row| row.sampled && row.opened_at.is_none()).count();
    if unopened > 0 {
        return Err(Refusal::Batch(WrongBatch::Unopened(unopened)));
    }
    if rows.iter().all(|row| ask.leave_out.contains(&row.task_id)) {
        return Err(Refusal::Batch(WrongBatch::Nothing));
    }
    Ok(())
}

/// Signs every case of a batch that has no result yet, each in its own transaction; the jobs of
/// each are handed over after its commit. The signature must have been given.
///
/// # Errors
/// [`Refusal::NotFound`] for another's batch. What fails for ours breaks off between two cases:
/// those before it are done, and the next call goes on with those after.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, batch.id = %id))]
pub async fn sign_rows(workflow: &Workflow, actor: Actor, id: BatchId) -> Result<(), CommandError> {
    let (batch, rows) = own_batch(workflow.store.read(), actor, id).await?;
    if batch.signed_at.is_none() {
        return Err(Refusal::NotFound("batch").into());
    }
    let together = Together { batch: batch.id, of: batch.size, sample: batch.sample };
    for row in rows.iter().filter(|row| row.result.is_none()) {
        let key = (id, row.task_id);
        let done = tx::write_patiently(&workflow.store, async |tx| {
            sign_row(tx, workflow, actor, (key, together)).await
        })
        .await;
        let jobs = match done {
            Err(CommandError::Refused(refusal)) => {
                let why = LeftOut::of(&refusal);
                tx::write_patiently(&workflow.store, async |tx| {
                    leave_out(tx, workflow, key, why).await
                })
                .await?;
                Vec::new()
            }
            done => done?,
        };
        workflow.wake.hand(&jobs);
    }
    Ok(())
}

/// Signs one case, under its lock, if it has no result yet and is what it was.
async fn sign_row(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (key, together): ((BatchId, TaskId), Together),
) -> Result<Vec<Ticket>, CommandError> {
    let case = load::lock_of_task(tx, key.1).await?;
    let now = workflow.clock.now();
    let row = batch_row::Entity::find_by_id(key).one(tx).await?;
    let Some(row) = row.filter(|row| row.result.is_none()) else { return Ok(Vec::new()) };
    let state = load::state(tx, case).await?;
    if let Some(why) = differs(&state, &row, actor)? {
        return write(tx, &row, left_out(&row, why, now)).await;
    }
    let done = commands::sign_together(tx, workflow, actor, key.1, together).await?;
    let result = Some(BatchResult::Approved);
    let approved = batch_row::Model { result, done_at: Some(now), ..row.clone() };
    write(tx, &row, approved).await?;
    Ok(done.recorded.jobs)
}

/// Why a case is not any more what it was when the list was made.
fn differs(
    state: &CaseState,
    row: &batch_row::Model,
    actor: Actor,
) -> Result<Option<LeftOut>, CommandError> {
    let Some(slot) = state.task(row.task_id) else { return Ok(Some(LeftOut::Changed)) };
    if !CaseState::is_open(slot) {
        return Ok(Some(LeftOut::Settled));
    }
    if let Some(flag) = batching::flagged(state, slot) {
        return Ok(Some(flag));
    }
    if batching::content(state, slot)? == row.seen {
        return Ok(None);
    }
    let taken = slot.state == TaskState::Claimed && slot.person_id != actor.person;
    Ok(Some(if taken { LeftOut::Taken } else { LeftOut::Changed }))
}

/// Leaves out a case that could not be signed, unless it has got a result meanwhile.
async fn leave_out(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    key: (BatchId, TaskId),
    why: LeftOut,
) -> Result<(), CommandError> {
    load::lock_of_task(tx, key.1).await?;
    let row = batch_row::Entity::find_by_id(key).one(tx).await?;
    let Some(row) = row.filter(|row| row.result.is_none()) else { return Ok(()) };
    write(tx, &row, left_out(&row, why, workflow.clock.now())).await?;
    Ok(())
}

fn left_out(row: &batch_row::Model, why: LeftOut, now: DateTime<Utc>) -> batch_row::Model {
    batch_row::Model {
        result: Some(BatchResult::LeftOut),
        reason: Some(why.word()),
        done_at: Some(now),
        ..row.clone()
    }
}

async fn write(
    tx: &DatabaseTransaction,
    was: &batch_row::Model,
    is: batch_row::Model,
) -> Result<Vec<Ticket>, CommandError> {
    let mut writes = record::Batch::default();
    writes.change::<batch_row::Entity>(was, &is);
    writes.run(tx).await?;
    Ok(Vec::new())
}

/// Closes a batch of which every row has its result; what it came to is written down once.
///
/// # Errors
/// [`Refusal::NotFound`] for another's batch, and while rows are left; the database's.
pub async fn finish_batch(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    id: BatchId,
) -> Result<Finished, CommandError> {
    let now = alone(tx, workflow, actor).await?;
    let (batch, rows) = own_batch(tx, actor, id).await?;
    if rows.iter().any(|row| row.result.is_none()) {
        return Err(Refusal::NotFound("batch").into());
    }
    if batch.done_at.is_some() {
        return Ok(Finished { batch, rows });
    }
    let done = batch::Model { done_at: Some(now), ..batch.clone() };
    let mut writes = record::Batch::default();
    writes.change::<batch::Entity>(&batch, &done);
    writes.run(tx).await?;
    let of = |result| rows.iter().filter(|row| row.result == Some(result)).count();
    let what = json!({
        "batch": id, "approved": of(BatchResult::Approved), "left_out": of(BatchResult::LeftOut),
    });
    let who = batch.person_id.0;
    append(tx, now, Stream::Person, who, Some(actor), ("batch_done", what)).await?;
    Ok(Finished { batch: done, rows })
}
