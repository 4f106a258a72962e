//! Putting a batch together: which cases are alike, and which of them must be opened first.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};
use entities::{
    BatchId, Duty, PersonId, Stream, TaskId, TaskState, UnitId, batch, batch_row, case_file, task,
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, sea_query::ExprTrait,
};
use serde_json::json;

use super::{WrongBatch, own_batch};
use crate::{
    Actor, Bar, CommandError, Refusal, Workflow,
    canonical::hex,
    load,
    program::{Program, Step},
    record::{self, append},
    rules::{
        authority::{Authority, Verb},
        batching::{self, LEAST, LeftOut, MOST},
        facts::Facts,
        standing_in::StandIn,
        verdicts,
    },
    state::CaseState,
};

/// Puts together what waits for somebody and is like the slot `like`: the same version of the same
/// program, the same step, nothing that the rules hold against it, within what they may grant; at
/// most [`MOST`], those that are due first. The service draws which of them must be opened. As
/// long as a batch of that kind waits for its signature it is given again: nobody draws until the
/// sample pleases.
///
/// # Errors
/// [`Refusal::NotFound`] for a slot that is not theirs, [`Refusal::Batch`], the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %like))]
pub async fn prepare_batch(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    like: TaskId,
) -> Result<BatchId, CommandError> {
    let now = workflow.clock.now();
    let person = actor.person.ok_or(Refusal::NotYours(Bar::NotStaff))?;
    let none = || Refusal::NotFound("task");
    // One writer for the batches of one person: two windows do not draw twice.
    load::lock_person(tx, person).await?;
    let slot = task::Entity::find_by_id(like).one(tx).await?.ok_or_else(none)?;
    let case = case_file::Entity::find_by_id(slot.case_id).one(tx).await?.ok_or_else(none)?;
    let mut authority = load::authority(tx, actor, now).await?;
    if !pools(&authority).contains(&(slot.unit_id, slot.duty)) {
        return Err(none().into());
    }
    let program = load::program(workflow, &case)?;
    let step = program.step(&slot.path).ok_or_else(none)?;
    if !batching::is_alike(step) {
        return Err(Refusal::Batch(WrongBatch::Asks).into());
    }
    let kind = (case.program_hash.as_str(), slot.path.as_str());
    if let Some(waiting) = waiting(tx, person, kind).await? {
        return Ok(waiting);
    }
    authority.owing = load::owing(tx, (actor, &program), &slot, now).await?;
    let mut found: Vec<(task::Model, String)> = Vec::new();
    for look in 0..LOOKS {
        let some = candidates(tx, &authority, (kind, look)).await?;
        let last = some.len() < MOST;
        let like = alike(tx, workflow, (&authority, &program, step), (some, now)).await?;
        let known: BTreeSet<TaskId> = found.iter().map(|(slot, _)| slot.id).collect();
        found.extend(like.into_iter().filter(|(slot, _)| !known.contains(&slot.id)));
        if last || found.len() >= MOST {
            break;
        }
    }
    found.truncate(MOST);
    if found.len() < LEAST {
        return Err(Refusal::Batch(WrongBatch::TooFew(found.len())).into());
    }
    let id = BatchId::at(now);
    let made = made(id, (actor, person), (&case, &slot), now);
    write(tx, actor, (made, found)).await?;
    Ok(id)
}

/// The offices and duties by which somebody decides: their own, and those of whom they stand in
/// for.
fn pools(authority: &Authority) -> Vec<(UnitId, Duty)> {
    let in_a_name = authority.stands_in.iter().flat_map(|stand_in| &stand_in.held);
    let held = authority.appointments.iter().chain(in_a_name);
    let mut pools: Vec<_> = held.map(|held| (held.unit_id, held.duty)).collect();
    pools.sort_unstable();
    pools.dedup();
    pools
}

/// A batch of that kind that waits for its signature and is still worth one.
async fn waiting(
    tx: &DatabaseTransaction,
    person: PersonId,
    (hash, path): (&str, &str),
) -> Result<Option<BatchId>, CommandError> {
    let last = batch::Entity::of_person(person)
        .filter(batch::Column::ProgramHash.eq(hash))
        .filter(batch::Column::Path.eq(path))
        .filter(batch::Column::SignedAt.is_null())
        .one(tx)
        .await?;
    let Some(last) = last else { return Ok(None) };
    let rows = batch_row::Entity::of_batch(last.id).all(tx).await?;
    let ids: Vec<TaskId> = rows.iter().map(|row| row.task_id).collect();
    let open = task::Entity::find()
        .filter(task::Column::Id.is_in(load::padded(&ids)))
        .filter(task::Column::State.is_in([TaskState::Open, TaskState::Claimed]))
        .all(tx)
        .await?;
    Ok((open.len() >= LEAST).then_some(last.id))
}

/// Looks at the queue, [`MOST`] slots each: what a rule holds against many of those that are due
/// first leaves the others their place.
const LOOKS: u64 = 20;

/// Those who act in what somebody does: themselves, and those in whose place they stand.
fn hands(authority: &Authority) -> Vec<PersonId> {
    let absent = authority.stands_in.iter().map(StandIn::absent);
    authority.actor.person.into_iter().chain(absent).collect()
}

/// What waits in somebody's pools at that step and lies with nobody else, those first that are due
/// first: the `look`th part of it.
async fn candidates(
    tx: &DatabaseTransaction,
    authority: &Authority,
    ((hash, path), look): ((&str, &str), u64),
) -> Result<Vec<(task::Model, case_file::Model)>, CommandError> {
    let mut pool = Condition::any();
    for (unit, duty) in pools(authority) {
        let own =
            Condition::all().add(task::Column::UnitId.eq(unit)).add(task::Column::Duty.eq(duty));
        pool = pool.add(own);
    }
    let of_case = task::Entity::belongs_to(case_file::Entity)
        .from(task::Column::CaseId)
        .to(case_file::Column::Id);
    let theirs = task::Column::PersonId.is_in(load::padded(&hands(authority)));
    // A free slot is anybody's of the pool; one that was taken, or is meant for one person, is not.
    let free = task::Column::State.eq(TaskState::Open).and(task::Column::Addressed.eq(false));
    let most = u64::try_from(MOST).unwrap_or(u64::MAX);
    let rows = task::Entity::find()
        .select_also(case_file::Entity)
        .join(JoinType::InnerJoin, sea_orm::RelationDef::from(of_case))
        .filter(task::Column::State.is_in([TaskState::Open, TaskState::Claimed]))
        .filter(task::Column::Path.eq(path))
        .filter(case_file::Column::ProgramHash.eq(hash))
        .filter(pool)
        .filter(Condition::any().add(free).add(theirs))
        .filter(task::Column::OwnerId.is_null())
        .filter(case_file::Column::Supplementing.eq(false))
        .order_by_asc(task::Column::DueAt)
        .order_by_asc(task::Column::Id)
        .offset(look.saturating_mul(most))
        .limit(most)
        .all(tx)
        .await?;
    Ok(rows.into_iter().filter_map(|(slot, case)| Some((slot, case?))).collect())
}

/// Those that may be signed together, with what each signature is about.
async fn alike(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (authority, program, step): (&Authority, &Arc<Program>, &Step),
    (found, now): (Vec<(task::Model, case_file::Model)>, DateTime<Utc>),
) -> Result<Vec<(task::Model, String)>, CommandError> {
    let (slots, cases): (Vec<task::Model>, Vec<case_file::Model>) = found.into_iter().unzip();
    let facts: Vec<Option<Facts>> = if step.most.is_some() {
        let cases: Vec<&case_file::Model> = cases.iter().collect();
        let facts = load::facts_of(tx, workflow, &cases, now).await?;
        facts.into_iter().map(Some).collect()
    } else {
        cases.iter().map(|_| None).collect()
    };
    let subjects: Vec<PersonId> = cases.iter().filter_map(|case| case.subject_id).collect();
    let near = match authority.actor.person {
        Some(person) => load::kept_from(tx, &[person], &subjects).await?,
        None => BTreeSet::new(),
    };
    let states = load::states(tx, cases).await?;
    let mut alike = Vec::new();
    for ((slot, state), facts) in slots.into_iter().zip(&states).zip(&facts) {
        let judged = authority.may(Verb::Approve, state, program, Some(&slot));
        let barred = judged.err().map(|refusal| LeftOut::of(&refusal));
        let is_near = state.case.subject_id.is_some_and(|subject| near.contains(&subject));
        let barred = barred.or(is_near.then_some(LeftOut::Recused));
        let over = || over(facts.as_ref(), state, now, (step, &slot));
        if barred.or_else(|| batching::flagged(state, &slot)).or_else(over).is_none() {
            let content = batching::content(state, &slot)?;
            alike.push((slot, content));
        }
    }
    Ok(alike)
}

/// Whether a case goes beyond what its step lets a signer grant.
fn over(
    facts: Option<&Facts>,
    state: &CaseState,
    now: DateTime<Utc>,
    at: (&Step, &task::Model),
) -> Option<LeftOut> {
    match verdicts::ceiling(facts?, state, now, at) {
        Ok(most) => {
            most.is_some_and(|most| state.case.award_fen > most).then_some(LeftOut::OverAuthority)
        }
        Err(refusal) => Some(LeftOut::of(&refusal)),
    }
}

/// A batch without its rows.
fn made(
    id: BatchId,
    (actor, person): (Actor, PersonId),
    (case, slot): (&case_file::Model, &task::Model),
    now: DateTime<Utc>,
) -> batch::Model {
    batch::Model {
        id,
        person_id: person,
        account_id: actor.account,
        program: case.program.clone(),
        program_hash: case.program_hash.clone(),
        path: slot.path.clone(),
        seed: String::new(),
        size: 0,
        sample: 0,
        made_at: now,
        signed_at: None,
        key: None,
        request: None,
        done_at: None,
    }
}

/// Draws the sample, now that the list stands, and writes all of it down.
async fn write(
    tx: &DatabaseTransaction,
    actor: Actor,
    (made, found): (batch::Model, Vec<(task::Model, String)>),
) -> Result<(), CommandError> {
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed).map_err(|error| CommandError::Stored(error.to_string()))?;
    let ids: Vec<TaskId> = found.iter().map(|(slot, _)| slot.id).collect();
    let many = batching::sample_size(ids.len());
    let sample = batching::drawn(&seed, &ids, many);
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let made = batch::Model {
        seed: hex(&seed),
        size: number(ids.len()),
        sample: number(sample.len()),
        ..made
    };
    let row = |(place, (slot, seen)): (usize, (task::Model, String))| batch_row::Model {
        batch_id: made.id,
        task_id: slot.id,
        case_id: slot.case_id,
        place: number(place),
        seen,
        sampled: sample.contains(&slot.id),
        opened_at: None,
        result: None,
        reason: None,
        done_at: None,
    };
    let rows: Vec<batch_row::Model> = found.into_iter().enumerate().map(row).collect();
    let what = json!({
        "batch": made.id, "program": made.program, "hash": made.program_hash, "step": made.path,
        "tasks": ids, "seed": made.seed, "sample": sample,
    });
    let (person, now) = (made.person_id, made.made_at);
    let mut batch = record::Batch::default();
    batch.insert::<batch::Entity>(vec![made]);
    batch.insert::<batch_row::Entity>(rows);
    batch.run(tx).await?;
    append(tx, now, Stream::Person, person.0, Some(actor), ("batch_drawn", what)).await
}

/// Notes down that the signer opens one of the sample. Opening it again, or one that was not
/// drawn, changes nothing.
///
/// # Errors
/// [`Refusal::NotFound`] for another's batch or a case that is not in it, the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, batch.id = %id))]
pub async fn open_row(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (id, slot): (BatchId, TaskId),
) -> Result<(), CommandError> {
    let person = actor.person.ok_or(Refusal::NotYours(Bar::NotStaff))?;
    load::lock_person(tx, person).await?;
    let now = workflow.clock.now();
    let (_, rows) = own_batch(tx, actor, id).await?;
    let row = rows.into_iter().find(|row| row.task_id == slot);
    let row = row.ok_or(Refusal::NotFound("task"))?;
    if !row.sampled || row.opened_at.is_some() {
        return Ok(());
    }
    let opened = batch_row::Model { opened_at: Some(now), ..row.clone() };
    let mut batch = record::Batch::default();
    batch.change::<batch_row::Entity>(&row, &opened);
    batch.run(tx).await?;
    let what = json!({ "batch": id, "task": slot, "case": row.case_id });
    append(tx, now, Stream::Person, person.0, Some(actor), ("batch_case_opened", what)).await
}
