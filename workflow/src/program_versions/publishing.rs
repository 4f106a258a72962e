//! A draft becomes a version by the word of a second person; a program ends in the same way.

use chrono::NaiveDate;
use entities::{
    DraftState, ProgramDraftId, ProgramVersionId, ReplayState, Stream, program_draft,
    program_replay, program_version,
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;

use super::drafts::{changed, fresh, keep, lock, may_change, say, without_errors};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    calendar::local_date,
    canonical::{digest, hex},
    record::{Batch, append},
};

/// A draft that somebody would publish.
#[derive(Clone, Debug)]
pub struct ProposeDraft {
    pub draft: ProgramDraftId,
    /// The version that was seen.
    pub seen: Option<i32>,
    /// The first day on which new cases begin on it; today where none is said.
    pub effective_on: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

/// A program that somebody would let take no new cases.
#[derive(Clone, Debug)]
pub struct ProposeEnd {
    /// Its id.
    pub program: String,
    /// The first day on which it takes none; today where none is said.
    pub on: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

/// Proposes a draft without errors: another administrator has to confirm it.
///
/// # Errors
/// [`Refusal::Draft`] with every finding, [`Refusal::PastDay`], [`Refusal::NeedsReason`],
/// [`Refusal::DraftState`], or as [`may_change`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, draft.id = %ask.draft))]
pub async fn propose_draft(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: ProposeDraft,
) -> Result<program_draft::Model, CommandError> {
    let (mut row, person) = lock(tx, workflow, actor, (ask.draft, ask.seen)).await?;
    if row.retires || !matches!(row.state, DraftState::Open | DraftState::Proposed) {
        return Err(Refusal::DraftState(row.state.word()).into());
    }
    without_errors(workflow, &row, None)?;
    let (day, reason) = when_and_why(workflow, ask.effective_on, &ask.reason)?;
    row.state = DraftState::Proposed;
    row.effective_on = Some(day);
    row.reason = Some(reason);
    row.proposed_by = Some(person);
    changed(tx, workflow, actor, row, "program_proposed").await
}

/// Proposes that a program takes no new cases from a day on; those it has go on as they were, and
/// what the machine opens because of them is still opened.
///
/// # Errors
/// [`Refusal::PastDay`], [`Refusal::NeedsReason`], or as [`may_change`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, program = ask.program))]
pub async fn propose_end(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: ProposeEnd,
) -> Result<program_draft::Model, CommandError> {
    let person = may_change(tx, workflow, actor, &ask.program).await?;
    let (day, reason) = when_and_why(workflow, ask.on, &ask.reason)?;
    let newest = workflow.programs.get(&ask.program);
    let number = newest.map_or(1, |newest| newest.version);
    let mut row = fresh(workflow, person, (&ask.program, number), String::new());
    row.retires = true;
    row.state = DraftState::Proposed;
    row.effective_on = Some(day);
    row.reason = Some(reason);
    row.proposed_by = Some(person);
    say(tx, workflow, actor, &row, "program_end_proposed").await?;
    keep(tx, &row).await?;
    Ok(row)
}

fn when_and_why(
    workflow: &Workflow,
    day: Option<NaiveDate>,
    reason: &str,
) -> Result<(NaiveDate, String), Refusal> {
    let today = local_date(workflow.clock.now());
    let day = day.unwrap_or(today);
    if day < today {
        return Err(Refusal::PastDay);
    }
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Refusal::NeedsReason);
    }
    Ok((day, reason.chars().take(MOST_WORDS).collect()))
}

/// Longest reason, in characters.
const MOST_WORDS: usize = 500;

/// Does not confirm: the draft is open again, with those who write it. The end of a program is
/// given up.
///
/// # Errors
/// [`Refusal::DraftState`] where it is not proposed, or as [`may_change`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, draft.id = %draft))]
pub async fn send_back(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (draft, seen): (ProgramDraftId, Option<i32>),
) -> Result<program_draft::Model, CommandError> {
    let (mut row, person) = lock(tx, workflow, actor, (draft, seen)).await?;
    if row.state != DraftState::Proposed {
        return Err(Refusal::DraftState(row.state.word()).into());
    }
    row.state = if row.retires { DraftState::Discarded } else { DraftState::Open };
    row.decided_by = Some(person);
    row.proposed_by = None;
    changed(tx, workflow, actor, row, "program_sent_back").await
}

/// Confirms what another has proposed: a draft is a version from now on and for ever; a program
/// takes no new cases from its day on. Nothing of a case that is under way changes.
///
/// # Errors
/// [`Refusal::FourEyes`] for whoever wrote or proposed it, [`Refusal::Outdated`] where another
/// version came first, [`Refusal::DraftState`], [`Refusal::Draft`], or as [`may_change`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, draft.id = %draft))]
pub async fn publish_draft(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (draft, seen): (ProgramDraftId, Option<i32>),
) -> Result<program_draft::Model, CommandError> {
    let (mut row, person) = lock(tx, workflow, actor, (draft, seen)).await?;
    if row.state != DraftState::Proposed {
        return Err(Refusal::DraftState(row.state.word()).into());
    }
    if row.is_written_by(person) || row.proposed_by == Some(person) {
        return Err(Refusal::FourEyes.into());
    }
    let today = local_date(workflow.clock.now());
    let day = row.effective_on.filter(|day| *day >= today).unwrap_or(today);
    row.effective_on = Some(day);
    // Of two who publish at once the second waits here, and then looks what the first has done.
    let own = program_version::Column::Program.eq(row.program.as_str());
    program_version::Entity::find()
        .filter(own.clone())
        .order_by_asc(program_version::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut versions = program_version::Entity::find().filter(own.clone()).all(tx).await?;
    if versions.is_empty() {
        // Of a program that is wholly new there is nothing to wait at: the oldest of all stands in.
        program_version::Entity::find()
            .order_by_asc(program_version::Column::Id)
            .lock_exclusive()
            .one(tx)
            .await?;
        versions = program_version::Entity::find().filter(own).all(tx).await?;
    }
    if row.retires {
        retire(tx, workflow, actor, (&row, versions)).await?;
    } else {
        let newest = versions.iter().map(|version| version.number).max();
        let newest = newest.unwrap_or_else(|| {
            let known = workflow.programs.get(&row.program);
            known.map_or(0, |known| i32::try_from(known.version).unwrap_or(i32::MAX))
        });
        if row.number != newest + 1 {
            return Err(Refusal::Outdated(newest).into());
        }
        publish(tx, workflow, actor, &row).await?;
    }
    row.state = DraftState::Published;
    row.decided_by = Some(person);
    changed(tx, workflow, actor, row, "program_confirmed").await
}

async fn publish(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    row: &program_draft::Model,
) -> Result<(), CommandError> {
    let program = without_errors(workflow, row, None)?;
    let now = workflow.clock.machine();
    let sha256 = hex(&digest(row.yaml.as_bytes()));
    let replay = program_replay::Entity::of_draft(row.id)
        .filter(program_replay::Column::Sha256.eq(sha256))
        .filter(program_replay::Column::State.eq(ReplayState::Done))
        .order_by_desc(program_replay::Column::Id)
        .one(tx)
        .await?;
    let version = program_version::Model {
        id: ProgramVersionId::at(now),
        program: row.program.clone(),
        number: row.number,
        hash: program.hash(),
        source: program.canonical(),
        published_at: now,
        effective_on: row.effective_on,
        retired_on: None,
        reason: row.reason.clone(),
        yaml: Some(row.yaml.clone()),
        draft_id: Some(row.id),
        replay_id: replay.map(|replay| replay.id),
    };
    let what = json!({
        "program": version.program, "version": version.number, "hash": version.hash,
        "effective_on": version.effective_on, "draft": version.draft_id,
        "replay": version.replay_id,
    });
    let id = version.id.0;
    append(tx, now, Stream::Program, id, Some(actor), ("program_published", what)).await?;
    let mut batch = Batch::default();
    batch.insert::<program_version::Entity>(vec![version]);
    batch.run(tx).await?;
    Ok(())
}

async fn retire(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (row, versions): (&program_draft::Model, Vec<program_version::Model>),
) -> Result<(), CommandError> {
    let now = workflow.clock.machine();
    let mut batch = Batch::default();
    for version in versions.into_iter().filter(|version| version.retired_on.is_none()) {
        let what = json!({
            "program": version.program, "version": version.number, "on": row.effective_on,
            "draft": row.id,
        });
        let id = version.id.0;
        append(tx, now, Stream::Program, id, Some(actor), ("program_retired", what)).await?;
        let retired = program_version::Model { retired_on: row.effective_on, ..version.clone() };
        batch.change::<program_version::Entity>(&version, &retired);
    }
    batch.run(tx).await?;
    Ok(())
}
