//! What a draft would have made of the cases that there were: asked for, looked at in the
//! background some cases at a time, kept with the draft. Nothing of a case is written.

use std::sync::Arc;

use chrono::NaiveDate;
use entities::{
    CaseId, ProgramDraftId, ProgramReplayId, ReplayFound, ReplayState, Stream, case_file,
    program_draft, program_replay, replayed_case,
};
use sea_orm::{DatabaseTransaction, EntityTrait, QuerySelect};
use serde_json::json;

use super::{
    drafts::{lock, without_errors},
    tales::{Look, look, tale},
};
use crate::{
    Actor, CommandError, Job, Refusal, Ticket, Workflow,
    canonical::{digest, hex},
    load,
    program::Program,
    record::{Batch, append, to_rows},
    rules::replay::{CaseChange, Retold, Sums, Tale, Untold, compare, reproduces, retell},
};

/// Cases of one transaction.
const AT_ONCE: u64 = 40;

/// What would have come of one case.
#[derive(Clone, Debug)]
pub struct Looked {
    pub case: CaseId,
    pub number: String,
    /// What would be different, or why that cannot be said.
    pub found: Result<CaseChange, Untold>,
}

/// Asks what a draft would have changed, of all cases that were filed on `since` or later.
///
/// # Errors
/// [`Refusal::Draft`] while it has errors, [`Refusal::DraftState`] for the end of a program, or as
/// [`may_change`](super::may_change).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, draft.id = %draft))]
pub async fn begin_replay(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (draft, since): (ProgramDraftId, NaiveDate),
) -> Result<(program_replay::Model, Vec<Ticket>), CommandError> {
    let (row, person) = lock(tx, workflow, actor, (draft, None)).await?;
    if row.retires {
        return Err(Refusal::DraftState(row.state.word()).into());
    }
    program_of(workflow, &row)?;
    let which = Look { program: row.program.clone(), since };
    let now = workflow.clock.machine();
    let replay = program_replay::Model {
        id: ProgramReplayId::at(now),
        draft_id: draft,
        program: row.program.clone(),
        sha256: sha256(&row),
        since,
        state: ReplayState::Running,
        total: i32::try_from(which.count(tx).await?).unwrap_or(i32::MAX),
        done: 0,
        cursor: None,
        sums: serde_json::to_value(Sums::default())?,
        asked_by: person,
        created_at: now,
        finished_at: None,
        error: None,
    };
    let what = json!({
        "program": row.program, "draft": draft, "sha256": replay.sha256, "since": since,
    });
    let id = replay.id.0;
    append(tx, now, Stream::Program, id, Some(actor), ("program_replay_begun", what)).await?;
    let mut batch = Batch::default();
    batch.insert::<program_replay::Entity>(vec![replay.clone()]);
    batch.run(tx).await?;
    let tickets = next(tx, workflow, replay.id).await?;
    Ok((replay, tickets))
}

fn sha256(row: &program_draft::Model) -> String {
    hex(&digest(row.yaml.as_bytes()))
}

/// What would be looked at: a version number that has been given away meanwhile does not change
/// what it would do.
fn program_of(workflow: &Workflow, row: &program_draft::Model) -> Result<Program, Refusal> {
    without_errors(workflow, row, Some("version-number"))
}

/// One more job for a look.
async fn next(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    replay: ProgramReplayId,
) -> Result<Vec<Ticket>, CommandError> {
    let (tickets, rows) = to_rows(&[Job::ReplayProgram { replay }], workflow.clock.machine())?;
    let mut batch = Batch::default();
    batch.insert::<entities::outbox::Entity>(rows);
    batch.run(tx).await?;
    Ok(tickets)
}

/// Looks at some more cases of one look, in the caller's transaction, and asks to be called again
/// while there are more.
///
/// # Errors
/// [`Refusal::NotFound`], or the database's.
#[tracing::instrument(skip_all, fields(replay.id = %id))]
pub async fn replay_some(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    id: ProgramReplayId,
) -> Result<Vec<Ticket>, CommandError> {
    let found = program_replay::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let before = found.ok_or(Refusal::NotFound("replay"))?;
    if before.state != ReplayState::Running {
        return Ok(Vec::new());
    }
    let draft = program_draft::Entity::find_by_id(before.draft_id).one(tx).await?;
    let draft = draft.ok_or(Refusal::NotFound("draft"))?;
    let mut after = before.clone();
    let machine = workflow.clock.machine();
    let mut rows = Vec::new();
    match program_of(workflow, &draft) {
        Ok(program) if sha256(&draft) == before.sha256 => {
            let mut sums: Sums = serde_json::from_value(before.sums.clone())?;
            let which = Look { program: before.program.clone(), since: before.since };
            let from = before.cursor.map(CaseId);
            let program = Arc::new(program);
            let looked = some(tx, workflow, (&which, &program), from, &mut sums).await?;
            after.cursor = looked.last().map(|one| one.case.0).or(before.cursor);
            after.done += i32::try_from(looked.len()).unwrap_or(0);
            after.total = after.total.max(after.done);
            after.sums = serde_json::to_value(&sums)?;
            if looked.is_empty() {
                after.state = ReplayState::Done;
            }
            rows.extend(looked.into_iter().filter_map(|one| row(id, one).transpose()));
        }
        _ => {
            after.state = ReplayState::Failed;
            after.error = Some("changed".to_owned());
        }
    }
    let rows = rows.into_iter().collect::<Result<Vec<_>, _>>()?;
    let goes_on = after.state == ReplayState::Running;
    if !goes_on {
        after.finished_at = Some(machine);
        let what = json!({ "state": after.state, "cases": after.done, "sums": after.sums });
        append(tx, machine, Stream::Program, id.0, None, ("program_replayed", what)).await?;
    }
    let mut batch = Batch::default();
    batch.insert::<replayed_case::Entity>(rows);
    batch.change::<program_replay::Entity>(&before, &after);
    batch.run(tx).await?;
    if goes_on { next(tx, workflow, id).await } else { Ok(Vec::new()) }
}

/// What is kept of one case: nothing where all would be the same.
fn row(
    replay: ProgramReplayId,
    looked: Looked,
) -> Result<Option<replayed_case::Model>, CommandError> {
    let (found, body) = match looked.found {
        Ok(change) if change.is_none() => return Ok(None),
        Ok(change) => (ReplayFound::Changed, serde_json::to_value(&change)?),
        Err(why) => {
            let (en, zh) = (why.to_string(), why.chinese());
            (ReplayFound::Untold, json!({ "number": looked.number, "why": en, "why_zh": zh }))
        }
    };
    Ok(Some(replayed_case::Model {
        replay_id: replay,
        case_id: looked.case,
        found,
        body: Some(body),
    }))
}

/// Looks at every case, and writes nothing at all; `see` is told of each.
///
/// # Errors
/// The database's.
pub async fn replay_all(
    workflow: &Workflow,
    which: &Look,
    program: &Arc<Program>,
    see: &mut (dyn FnMut(&Looked) + Send),
) -> Result<Sums, CommandError> {
    let mut sums = Sums::default();
    let mut after = None;
    loop {
        let db = workflow.store.read();
        let looked = some(db, workflow, (which, program), after, &mut sums).await?;
        for one in &looked {
            see(one);
        }
        match looked.last() {
            Some(last) => after = Some(last.case),
            None => return Ok(sums),
        }
    }
}

/// The next cases; none when all were looked at.
async fn some(
    db: &impl sea_orm::ConnectionTrait,
    workflow: &Workflow,
    (which, program): (&Look, &Arc<Program>),
    after: Option<CaseId>,
    sums: &mut Sums,
) -> Result<Vec<Looked>, CommandError> {
    let mut looked = Vec::new();
    for case in look(db, which, after, AT_ONCE).await? {
        let own = load::program(workflow, &case)?;
        let told = tale(db, workflow, &case, [&own, program]).await?;
        let found = told.and_then(|tale| replay_one(&tale, &own, program).map(|told| (tale, told)));
        let found = match found {
            Ok((tale, (told, change))) => {
                sums.take(&tale, &told, &change);
                Ok(change)
            }
            Err(why) => {
                sums.pass_over();
                Err(why)
            }
        };
        let case_file::Model { id, number, .. } = case;
        looked.push(Looked { case: id, number: number.unwrap_or_default(), found });
    }
    Ok(looked)
}

/// One case: first as it was, then as it would be.
///
/// # Errors
/// [`Untold`].
pub fn replay_one(
    tale: &Tale,
    own: &Arc<Program>,
    program: &Arc<Program>,
) -> Result<(Retold, CaseChange), Untold> {
    reproduces(tale, &retell(tale, own, own)?)?;
    let told = retell(tale, own, program)?;
    let change = compare(tale, &told);
    Ok((told, change))
}
