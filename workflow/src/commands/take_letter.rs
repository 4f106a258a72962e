//! One case reads what another has written, in a transaction of its own: no command holds two
//! cases, and a letter that comes twice changes nothing.

use std::collections::BTreeSet;

use entities::{
    CaseId, LetterId, LetterKind, Outcome, TaskState, case_file, case_row, gathering, letter, task,
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Query,
};

use super::{
    answer::{Done, finish},
    begin_case::{Begun, add, begin},
    raise_voice::is_appeal,
    submit_case::once_key,
};
use crate::{
    CommandError, Event, Refusal, Workflow,
    calendar::local_date,
    event::Row,
    load,
    lot::is_gone,
    program::Program,
    record::Batch,
    rules::{
        engine::Engine,
        letters::{Answers, Opens},
        reopening,
    },
    state::CaseState,
};

/// Reads one letter. `sequence` is a case number that is free, for a letter that opens a case.
///
/// # Errors
/// [`Refusal::NotFound`] for a case that is not there, or the database's.
#[tracing::instrument(skip_all, fields(letter.id = %id))]
pub async fn take_letter(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    id: LetterId,
    sequence: u32,
) -> Result<Vec<Done>, CommandError> {
    let found = letter::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    // None: one under the same key was sent before, as of a task that was settled, taken back and
    // settled again; nothing is opened or told twice.
    let Some(letter) = found.filter(|letter| letter.taken_at.is_none()) else {
        return Ok(Vec::new());
    };
    let done = match letter.kind {
        LetterKind::Open => vec![open(tx, workflow, &letter, sequence).await?],
        // The cases that have it on a line were told one by one: see `settle_row`.
        LetterKind::Settled => Vec::new(),
        LetterKind::Answer => answer(tx, workflow, &letter).await?,
    };
    taken(tx, workflow, &letter, done.first().map(|done| done.case)).await?;
    Ok(done)
}

/// What one letter needs before its transaction: the code in the number of a case that it may
/// open, and the cases that it is read in one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    pub code: Option<String>,
    pub cases: Vec<CaseId>,
}

/// Looks ahead at a letter.
///
/// # Errors
/// [`CommandError::Stored`] when the program is not known or a letter
/// about the same task is still under way, or the database's.
pub async fn look_ahead(workflow: &Workflow, id: LetterId) -> Result<Ahead, CommandError> {
    let db = workflow.store.read();
    let letter = letter::Entity::find_by_id(id).one(db).await?;
    let Some(letter) = letter.filter(|letter| letter.taken_at.is_none()) else {
        return Ok(Ahead::default());
    };
    match letter.kind {
        LetterKind::Open => {
            let opens: Opens = serde_json::from_value(letter.body)?;
            let program = program(workflow, &opens)?;
            Ok(Ahead { code: Some(program.code.to_string()), cases: Vec::new() })
        }
        LetterKind::Answer => Ok(Ahead::default()),
        LetterKind::Settled => {
            let Some(task) = letter.task_id else { return given_back(workflow, &letter).await };
            // A letter that brings the line would be read after this one and know less.
            let open = letter::Entity::find()
                .filter(letter::Column::TaskId.eq(task))
                .filter(letter::Column::Kind.eq(LetterKind::Open))
                .filter(letter::Column::TakenAt.is_null());
            if open.count(db).await? > 0 {
                return Err(CommandError::Stored("a letter that comes first".to_owned()));
            }
            let rows = case_row::Entity::of_task(task).all(db).await?;
            Ok(Ahead { code: None, cases: rows.into_iter().map(|row| row.case_id).collect() })
        }
    }
}

/// The cases on whose lists a step has put its own, which does not want the place any more.
async fn given_back(workflow: &Workflow, letter: &letter::Model) -> Result<Ahead, CommandError> {
    let db = workflow.store.read();
    let Some(run) = letter.from_run else { return Ok(Ahead::default()) };
    let sent = letter::Entity::sent_to_open(run).filter(letter::Column::TakenAt.is_null());
    if sent.count(db).await? > 0 {
        return Err(CommandError::Stored("a letter that comes first".to_owned()));
    }
    let rows = case_row::Entity::of_run(run).all(db).await?;
    Ok(Ahead { code: None, cases: rows.into_iter().map(|row| row.case_id).collect() })
}

/// A task that is a line of `case` is done: the case knows, and asks its conditions again. Or a
/// case that is a line of it gives its place back.
///
/// # Errors
/// [`Refusal::NotFound`], or the database's.
#[tracing::instrument(skip_all, fields(letter.id = %id, case.id = %case))]
pub async fn settle_row(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    id: LetterId,
    case: CaseId,
) -> Result<Done, CommandError> {
    let file = load::lock(tx, case).await?;
    let letter = letter::Entity::find_by_id(id).one(tx).await?;
    let letter = letter.ok_or(Refusal::NotFound("letter"))?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    if letter.task_id.is_none() {
        return give_back(tx, workflow, &letter, before).await;
    }
    let open = |row: &&case_row::Model| row.task_id == letter.task_id && !row.settled;
    let Some(row) = before.rows.iter().find(open) else {
        return Ok(Done::new(&before, crate::record::Recorded::default()));
    };
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    let (kind, from, body) = (letter.kind, letter.from_case, letter.body.clone());
    engine.emit(Event::LetterTaken { letter: id, kind, from, body: body.clone() });
    let mut known = row.facts.clone();
    if let (Some(known), Some(more)) = (known.as_object_mut(), body.as_object()) {
        known.extend(more.clone());
    }
    engine.emit(Event::RowSettled { row: row.id, facts: known });
    let live = engine.state.is_live() && !engine.state.runs.is_empty();
    finish(tx, &before, engine, (None, machine), |change| {
        change.routing = live.then_some(true);
    })
    .await
}

async fn give_back(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    letter: &letter::Model,
    before: CaseState,
) -> Result<Done, CommandError> {
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    let (id, kind, from, body) = (letter.id, letter.kind, letter.from_case, letter.body.clone());
    let gone = |row: &&case_row::Model| row.from_run == letter.from_run && !is_gone(row);
    if letter.from_run.is_none() || !before.rows.iter().any(|row| gone(&row)) {
        return Ok(Done::new(&before, crate::record::Recorded::default()));
    }
    engine.emit(Event::LetterTaken { letter: id, kind, from, body });
    if let Some(run) = letter.from_run
        && let Err(stuck) = engine.give_back(run)
    {
        let path = "give_back".to_owned();
        engine.emit(Event::StuckOnRule { path, rule: stuck.rule, why: stuck.why });
    }
    let live = engine.state.is_live() && !engine.state.runs.is_empty();
    finish(tx, &before, engine, (None, machine), |change| {
        change.routing = live.then_some(true);
    })
    .await
}

/// Marks a letter as read; where it went.
///
/// # Errors
/// The database's.
async fn taken(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    letter: &letter::Model,
    to: Option<CaseId>,
) -> Result<(), CommandError> {
    let mut update = Query::update();
    update.table(letter::Entity).value(letter::Column::TakenAt, workflow.clock.now());
    if let Some(to) = to {
        update.value(letter::Column::ToCase, to);
    }
    update.and_where(letter::Column::Id.eq(letter.id));
    let mut batch = Batch::default();
    batch.update(update);
    batch.run(tx).await?;
    Ok(())
}

fn program(workflow: &Workflow, opens: &Opens) -> Result<std::sync::Arc<Program>, CommandError> {
    let today = local_date(workflow.clock.now());
    // What a case has led to is opened even where nobody may begin it any more.
    let programs = &workflow.programs;
    let known = programs.in_force(&opens.program, today).or_else(|| programs.get(&opens.program));
    known.ok_or_else(|| CommandError::Stored(format!("the program {}", opens.program)))
}

/// Joins the case that collects, or opens one.
async fn open(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    letter: &letter::Model,
    sequence: u32,
) -> Result<Done, CommandError> {
    let mut opens: Opens = serde_json::from_value(letter.body.clone())?;
    let program = program(workflow, &opens)?;
    let now = workflow.clock.now();
    for row in &mut opens.rows {
        refresh(tx, row).await?;
    }
    if let Some(case) = same_rows(tx, &program, &mut opens).await? {
        // The same lines once: the letter went there.
        let file = load::lock(tx, case).await?;
        return Ok(Done::new(&CaseState::new(file), crate::record::Recorded::default()));
    }
    if let Some(common) = &opens.common {
        let collects = gathering::Entity::find()
            .filter(gathering::Column::Common.eq(common.as_str()))
            .filter(gathering::Column::Until.gte(now))
            .order_by_asc(gathering::Column::Until)
            .one(tx)
            .await?;
        if let Some(gathering) = collects {
            return join(tx, workflow, letter, (gathering.case_id, opens)).await;
        }
    }
    let begun = Begun { by: None, letter: Some(letter), sequence, said: None, parent: None };
    begin(tx, workflow, (opens, &program), begun).await
}

/// A line as its task is now: it may be done since the letter was written.
async fn refresh(tx: &DatabaseTransaction, row: &mut Row) -> Result<(), CommandError> {
    let Some(id) = row.task else { return Ok(()) };
    let task = task::Entity::find_by_id(id).one(tx).await?;
    let done = task.filter(|task| matches!(task.state, TaskState::Signed | TaskState::Void));
    if let (Some(task), Some(facts)) = (done, row.facts.as_object_mut()) {
        facts.insert("closed".to_owned(), true.into());
        let day = task.signed_at.map(local_date);
        facts.insert("closed_on".to_owned(), serde_json::to_value(day)?);
    }
    Ok(())
}

/// A live case of the program that has these very lines, where it takes them once. Lines that only
/// some live case has among others are taken out: what is left is for a case of its own.
async fn same_rows(
    tx: &DatabaseTransaction,
    program: &Program,
    opens: &mut Opens,
) -> Result<Option<CaseId>, CommandError> {
    let once = program.intake.once.iter().any(|key| key.source() == "rows");
    if !once || opens.rows.is_empty() {
        return Ok(None);
    }
    let keys: Vec<String> = opens.rows.iter().map(|row| row.key.clone()).collect();
    let rows = case_row::Entity::find()
        .filter(case_row::Column::Key.is_in(load::padded(&keys)))
        .all(tx)
        .await?;
    let cases: Vec<CaseId> = rows.iter().map(|row| row.case_id).collect();
    let live: Vec<CaseId> = case_file::Entity::find()
        .filter(case_file::Column::Id.is_in(load::padded(&cases)))
        .filter(case_file::Column::Program.eq(program.id()))
        .filter(case_file::Column::EndedAt.is_null())
        .select_only()
        .column(case_file::Column::Id)
        .into_tuple()
        .all(tx)
        .await?;
    let mut taken = rows.into_iter().filter(|row| live.contains(&row.case_id));
    let Some(first) = taken.next() else { return Ok(None) };
    let known: BTreeSet<String> = taken.map(|row| row.key).chain([first.key]).collect();
    opens.rows.retain(|row| !known.contains(&row.key));
    Ok(opens.rows.is_empty().then_some(first.case_id))
}

async fn join(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    letter: &letter::Model,
    to: (CaseId, Opens),
) -> Result<Done, CommandError> {
    let (case, opens) = to;
    let file = load::lock(tx, case).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    add(&mut engine, Some(letter), opens.rows);
    finish(tx, &before, engine, (None, machine), |_| {}).await
}

/// A case has come out that was opened here.
async fn answer(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    letter: &letter::Model,
) -> Result<Vec<Done>, CommandError> {
    let Some(case) = letter.to_case else { return Ok(Vec::new()) };
    let answer: Answers = serde_json::from_value(letter.body.clone())?;
    let file = load::lock(tx, case).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    let (id, kind, from) = (letter.id, letter.kind, letter.from_case);
    engine.emit(Event::LetterTaken { letter: id, kind, from, body: letter.body.clone() });
    let upheld = answer.outcome == Some(Outcome::Done) && is_appeal(tx, letter).await?;
    if upheld {
        reopening::reopen_decided(&mut engine, answer.run).map_err(Refusal::from)?;
        restore_once(tx, workflow, &mut engine).await?;
    }
    let goes_on = (engine.hear(&answer) || upheld) && engine.state.is_live();
    let done = finish(tx, &before, engine, (None, machine), |change| {
        change.routing = goes_on.then_some(true);
    })
    .await?;
    Ok(vec![done])
}

/// A case that is undecided again counts among those that may be there once; where another one
/// has been filed since, both go on, and whoever decides sees it.
async fn restore_once(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    engine: &mut Engine<'_>,
) -> Result<(), CommandError> {
    let filed = engine.state.case.submitted_at.unwrap_or(engine.now);
    let scope = engine.facts.scope(&engine.state, filed);
    let known = once_key(tx, workflow, (&engine.state, engine.facts), &scope).await;
    engine.state.case.once_key = match known {
        Err(CommandError::Refused(_)) => None,
        known => known?,
    };
    Ok(())
}
