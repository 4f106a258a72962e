//! Documents: put in, taken out, read back. Their bytes lie encrypted in the data directory.

use std::path::PathBuf;

use entities::{CaseId, CaseRowId, PaperId, StepRunId, TaskId, paper};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};
use tokio::io::AsyncWriteExt;

use super::{
    answer::finish,
    decide::at_step,
    roster::{OfLine, at_line},
};
use crate::{
    Actor, CommandError, Event, PaperFault, Refusal, Workflow,
    canonical::{digest, hex},
    load,
    program::{PaperAsk, StepKind},
    rules::{
        authority::Verb,
        engine::Engine,
        facts::Facts,
        media::MediaKind,
        papers::{MOST, MOST_OF_LINE},
    },
    seal::{self, Aad},
    state::CaseState,
    vault::{self, Owner},
};

/// A document on its way in. Its kind has been judged and its image cleaned at the door.
#[derive(Clone, Debug)]
pub struct AttachPaper {
    /// For which case.
    pub case: CaseId,
    /// For which step's slot; none for the application itself.
    pub task: Option<TaskId>,
    /// For which line of a list; none for the case itself and for its steps.
    pub row: Option<CaseRowId>,
    /// Which paper of the program.
    pub paper: String,
    /// What it is.
    pub kind: MediaKind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Puts a document in. The same bytes for the same paper are not put in twice in one place.
///
/// # Errors
/// [`Refusal::Paper`], [`Refusal::NotYours`], [`Refusal::NotNow`], the data directory's or the
/// database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, case.id = %ask.case))]
pub async fn attach_paper(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: AttachPaper,
) -> Result<PaperId, CommandError> {
    let line = ask.row.map(|row| (row, Some(ask.paper.as_str())));
    let (before, facts, run) = permitted(tx, workflow, actor, (ask.case, ask.task), line).await?;
    let now = workflow.clock.now();
    // What a line is asked for has been judged with the line.
    if ask.row.is_none() && !is_asked(&before, &facts, run, &ask.paper) {
        return Err(Refusal::Paper(PaperFault::Unknown).into());
    }
    let (rows, most, too_many) = match ask.row {
        Some(line) => {
            (paper::Entity::of_line(ask.case, line), MOST_OF_LINE, PaperFault::TooManyOfLine)
        }
        None => (paper::Entity::of_case(ask.case), MOST, PaperFault::TooMany),
    };
    let rows = rows.all(tx).await?;
    let sha256 = digest(&ask.bytes).to_vec();
    // A line keeps its papers when its step is entered again.
    let here = |r: &paper::Model| ask.row.is_some() || r.run_id == run;
    let same = |r: &&paper::Model| here(r) && r.sha256 == sha256 && r.paper == ask.paper;
    if let Some(same) = rows.iter().find(same) {
        return Ok(same.id);
    }
    if rows.len() >= most {
        return Err(Refusal::Paper(too_many).into());
    }
    let id = PaperId::at(now);
    let key = vault::key_or_new(tx, workflow, Owner::Case(ask.case), now).await?;
    let place = id.to_string();
    let aad = Aad { table: "paper", column: "bytes", row: &place };
    let sealed = seal::seal(&key, &aad, &ask.bytes)?;
    write(path(workflow, ask.case, id), sealed).await?;
    let row = paper::Model {
        id,
        case_id: ask.case,
        run_id: run,
        paper: ask.paper.clone(),
        media_type: ask.kind.media_type().to_owned(),
        size: i64::try_from(ask.bytes.len()).unwrap_or(i64::MAX),
        sha256: sha256.clone(),
        uploaded_by: actor.account,
        uploaded_at: now,
        removed_at: None,
        row_id: ask.row,
    };
    let added = Event::PaperAdded { paper: id, id: ask.paper, sha256: hex(&sha256), row: ask.row };
    note(tx, workflow, actor, (before, &facts), (added, row)).await?;
    Ok(id)
}

/// The application takes the program's papers, a step those that it names itself.
fn is_asked(state: &CaseState, facts: &Facts, run: Option<StepRunId>, id: &str) -> bool {
    let Some(run) = run else {
        return facts.program.papers.iter().any(|paper| paper.id == *id);
    };
    let row = state.runs.iter().find(|row| row.id == run);
    let step = row.and_then(|row| facts.program.step(&row.path));
    step.is_some_and(|step| {
        step.papers.iter().any(|ask| match ask {
            PaperAsk::Own(paper) => paper.id == *id,
            PaperAsk::Named(named) => *named == *id,
        })
    })
}

/// Takes a document out; its bytes stay until the case is erased.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotYours`], [`Refusal::NotNow`], or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, case.id = %ask.0))]
pub async fn remove_paper(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: (CaseId, PaperId, Option<TaskId>),
) -> Result<(), CommandError> {
    let (case, id, task) = ask;
    let found = paper::Entity::find_by_id(id).one(tx).await?;
    let line = found.as_ref().and_then(|row| row.row_id);
    let at = permitted(tx, workflow, actor, (case, task), line.map(|row| (row, None))).await?;
    let (before, facts, run) = at;
    // Read again under the lock: somebody else may have taken it out.
    let found = paper::Entity::find_by_id(id).one(tx).await?;
    let here = |row: &paper::Model| row.row_id.is_some() || row.run_id == run;
    let row = found
        .filter(|row| row.case_id == case && here(row) && row.removed_at.is_none())
        .ok_or(Refusal::NotFound("paper"))?;
    let row = paper::Model { removed_at: Some(workflow.clock.now()), ..row };
    note(tx, workflow, actor, (before, &facts), (Event::PaperRemoved { paper: id }, row)).await
}

/// The applicant, while the form is theirs; the holder of a step, for the step's own papers; for
/// those of a line, whoever fills the line in (`line`: which, and what is put in).
async fn permitted(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (case, task): (CaseId, Option<TaskId>),
    line: Option<(CaseRowId, Option<&str>)>,
) -> Result<(CaseState, Facts, Option<StepRunId>), CommandError> {
    if let Some((row, puts_in)) = line {
        let at = at_line(tx, workflow, actor, OfLine { case, task, row, puts_in }).await?;
        return Ok((at.before, at.facts, Some(at.task.run_id)));
    }
    if let Some(task) = task {
        let row = entities::task::Entity::find_by_id(task).one(tx).await?;
        let kind = row.filter(|row| row.case_id == case).ok_or(Refusal::NotFound("task"))?;
        let file = load::lock(tx, case).await?;
        let program = load::program(workflow, &file)?;
        let step = program.step(&kind.path).ok_or(Refusal::NotFound("step"))?;
        let verb = match step.kind {
            StepKind::Decide => Verb::Approve,
            StepKind::Fill => Verb::HandIn,
            StepKind::Receive => Verb::SignForReceipt,
            _ => Verb::Pay,
        };
        let at = at_step(tx, workflow, actor, (task, verb, None)).await?;
        return Ok((at.before, at.facts, Some(kind.run_id)));
    }
    let file = load::lock(tx, case).await?;
    let facts = load::bare_facts(workflow, &file)?;
    let verb = if file.supplementing { Verb::Resubmit } else { Verb::Edit };
    let state = load::state(tx, file).await?;
    let authority = load::authority(tx, actor, workflow.clock.machine()).await?;
    authority.may(verb, &state, &facts.program, None)?;
    Ok((state, facts, None))
}

async fn note(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    at: (CaseState, &Facts),
    what: (Event, paper::Model),
) -> Result<(), CommandError> {
    let (before, facts) = at;
    let (event, row) = what;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let mut engine = Engine::new(facts, before.clone(), now);
    // The trail starts at submission: a draft's papers come and go unrecorded.
    if before.case.number.is_some() {
        engine.emit(event);
    }
    finish(tx, &before, engine, (Some(actor), machine), |change| change.papers.push(row)).await?;
    Ok(())
}

/// The bytes of a document. Who may see it has been judged at the door.
///
/// # Errors
/// [`Refusal::NotFound`] when it is gone; [`CommandError::Seal`] when it is not what was put in.
pub async fn read_paper(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    row: &paper::Model,
) -> Result<Vec<u8>, CommandError> {
    let key = vault::key(db, workflow, Owner::Case(row.case_id)).await?;
    let key = key.ok_or(Refusal::NotFound("paper"))?;
    let sealed = tokio::fs::read(path(workflow, row.case_id, row.id)).await?;
    let place = row.id.to_string();
    Ok(seal::open(&key, &Aad { table: "paper", column: "bytes", row: &place }, &sealed)?)
}

fn path(workflow: &Workflow, case: CaseId, paper: PaperId) -> PathBuf {
    workflow.papers.join(case.to_string()).join(paper.to_string())
}

/// Written aside, brought to the disk and then named, so that a paper on record is whole.
async fn write(path: PathBuf, bytes: Vec<u8>) -> Result<(), std::io::Error> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let aside = path.with_extension("part");
    let mut file = tokio::fs::File::create(&aside).await?;
    file.write_all(&bytes).await?;
    file.sync_all().await?;
    tokio::fs::rename(aside, path).await
}
