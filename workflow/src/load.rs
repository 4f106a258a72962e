//! Reading a case and what the rules must know of it. Nothing here writes.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use entities::{
    CaseId, Outcome, PersonId, TaskId, account, acts_for, appointment, award_line, case_file,
    clock, conflict, payment, person, roster, roster_entry, step_run, task,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, JoinType, QueryFilter,
    QueryOrder, QuerySelect,
};

use crate::{
    Actor, CommandError, Refusal, Workflow,
    calendar::local_date,
    event::Line,
    organisation::Organisation,
    program::{
        Program,
        expression::{PastCase, Roster},
    },
    rules::{
        authority::Authority,
        facts::{CaseFacts, Facts},
        named, payments,
    },
    state::CaseState,
};

/// Locks one case: it has one writer until the transaction ends.
///
/// # Errors
/// [`Refusal::NotFound`], or the database's.
pub async fn lock(
    tx: &DatabaseTransaction,
    case: CaseId,
) -> Result<case_file::Model, CommandError> {
    let found = case_file::Entity::find_by_id(case).lock_exclusive().one(tx).await?;
    found.ok_or(CommandError::Refused(Refusal::NotFound("case")))
}

/// Locks the case that a task belongs to.
///
/// # Errors
/// [`Refusal::NotFound`], or the database's.
pub async fn lock_of_task(
    tx: &DatabaseTransaction,
    task: TaskId,
) -> Result<case_file::Model, CommandError> {
    let of_task = task::Entity::belongs_to(case_file::Entity)
        .from(task::Column::CaseId)
        .to(case_file::Column::Id);
    let found = case_file::Entity::find()
        .join_rev(JoinType::InnerJoin, sea_orm::RelationDef::from(of_task))
        .filter(task::Column::Id.eq(task))
        .lock_exclusive()
        .one(tx)
        .await?;
    found.ok_or(CommandError::Refused(Refusal::NotFound("task")))
}

/// The rows of a case: three reads.
///
/// # Errors
/// The database's.
pub async fn state(
    db: &impl ConnectionTrait,
    case: case_file::Model,
) -> Result<CaseState, CommandError> {
    let runs = step_run::Entity::of_case(case.id).all(db).await?;
    let tasks = task::Entity::of_case(case.id).all(db).await?;
    let mut clocks = clock::Entity::of_case(case.id).all(db).await?;
    // In the order of their steps, the case's own last: ids of one moment have no order.
    clocks.sort_by_key(|clock| {
        let step = runs.iter().find(|run| Some(run.id) == clock.run_id);
        (step.map_or(i32::MAX, |run| run.position), clock.kind, clock.id)
    });
    Ok(CaseState { case, runs, tasks, clocks })
}

/// The rows of a case that a decision needs: two reads, since the clocks of its steps come with
/// the steps. The case's own clocks, which no signature moves, are left out.
///
/// # Errors
/// The database's.
pub async fn state_to_decide(
    tx: &DatabaseTransaction,
    case: case_file::Model,
) -> Result<CaseState, CommandError> {
    let of_run = step_run::Entity::belongs_to(clock::Entity)
        .from(step_run::Column::Id)
        .to(clock::Column::RunId);
    let rows = step_run::Entity::of_case(case.id)
        .select_also(clock::Entity)
        .join(JoinType::LeftJoin, sea_orm::RelationDef::from(of_run))
        .all(tx)
        .await?;
    let (runs, clocks): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let tasks = task::Entity::of_case(case.id).all(tx).await?;
    Ok(CaseState { case, runs, tasks, clocks: clocks.into_iter().flatten().collect() })
}

/// The version that a case stays on.
///
/// # Errors
/// [`CommandError::Stored`] when this process does not know it.
pub fn program(workflow: &Workflow, case: &case_file::Model) -> Result<Arc<Program>, CommandError> {
    let found = workflow.programs.by_hash(&case.program_hash).cloned();
    found.ok_or_else(|| CommandError::Stored(format!("program version {}", case.program_hash)))
}

/// What the judge must know of `actor`: one read for a member of staff, one for an applicant.
/// Appointments are kept from being closed until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn authority(
    tx: &DatabaseTransaction,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Authority, CommandError> {
    let appointments = match actor.person {
        Some(person) => appointment::Entity::held_by_for_share(person, now).all(tx).await?,
        None => Vec::new(),
    };
    let acts_for =
        if actor.person.is_none() { acts_for(tx, actor, now).await? } else { Vec::new() };
    Ok(Authority { actor, appointments, acts_for })
}

/// Whom an account may act for.
///
/// # Errors
/// The database's.
pub async fn acts_for(
    db: &impl ConnectionTrait,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Vec<PersonId>, CommandError> {
    let rows = acts_for::Entity::of_account(actor.account, now).all(db).await?;
    Ok(rows.into_iter().map(|row| row.person_id).collect())
}

/// What the rules must know to decide, without looking at the database again: the program, the
/// calendar and the tables alone.
///
/// # Errors
/// [`CommandError::Stored`] for an unknown program version.
pub fn bare_facts(workflow: &Workflow, case: &case_file::Model) -> Result<Facts, CommandError> {
    Ok(Facts {
        program: program(workflow, case)?,
        programs: workflow.programs.clone(),
        days: workflow.calendar.of(crate::fold::REGION),
        organisation: Organisation::default(),
        history: Vec::new(),
        rosters: BTreeMap::new(),
        conflicts: Vec::new(),
        filer: None,
        lines: Vec::new(),
        payments: Vec::new(),
    })
}

/// Everything the rules may look at.
///
/// # Errors
/// The database's, or [`CommandError::Stored`].
pub async fn facts(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    case: &case_file::Model,
    now: DateTime<Utc>,
) -> Result<Facts, CommandError> {
    let mut facts = bare_facts(workflow, case)?;
    if let Some(anchor) = case.anchor_id {
        let carried: CaseFacts = serde_json::from_value(case.facts.clone()).unwrap_or_default();
        let said = said(db, &facts.program, case.id).await?;
        let mut roots = named::roots(&facts.program, &carried.form, &said);
        roots.units.extend(std::iter::once(anchor).chain(carried.home));
        facts.organisation = Organisation::above_all(db, &roots, now).await?;
    }
    let filer = account::Entity::find_by_id(case.filed_by).one(db).await?;
    facts.filer = filer.and_then(|account| account.person_id);
    if let Some(subject) = case.subject_id {
        facts.history = history(db, subject, case.id).await?;
        facts.rosters = rosters(db, subject).await?;
        let conflicts = conflict::Entity::about(subject).all(db).await?;
        facts.conflicts = conflicts.into_iter().map(|row| row.person_id).collect();
    }
    facts.lines = lines(db, case.id).await?;
    if payments::has_portions(&facts.program) {
        let paid = payment::Entity::of_case(case.id).order_by_asc(payment::Column::Id);
        facts.payments = paid.all(db).await?;
    }
    Ok(facts)
}

/// What the case's steps said openly; nothing where no step of the program names a unit.
async fn said(
    db: &impl ConnectionTrait,
    program: &Program,
    case: CaseId,
) -> Result<Vec<serde_json::Value>, CommandError> {
    if !named::by_steps(program) {
        return Ok(Vec::new());
    }
    let rows = step_run::Entity::of_case(case).all(db).await?;
    Ok(rows.into_iter().map(|row| row.said).collect())
}

/// The award's lines.
///
/// # Errors
/// The database's.
pub async fn lines(db: &impl ConnectionTrait, case: CaseId) -> Result<Vec<Line>, CommandError> {
    let rows =
        award_line::Entity::of_case(case).order_by_asc(award_line::Column::Id).all(db).await?;
    let line = |row: award_line::Model| Line {
        line: row.line,
        payer: row.payer,
        payee_kind: row.payee_kind,
        fen: row.fen,
        basis: row.basis,
        table_version: row.table_version,
    };
    Ok(rows.into_iter().map(line).collect())
}

/// The person's other cases that came out.
///
/// # Errors
/// The database's.
pub async fn history(
    db: &impl ConnectionTrait,
    person: PersonId,
    except: CaseId,
) -> Result<Vec<PastCase>, CommandError> {
    let rows = case_file::Entity::of_subject(person)
        .filter(case_file::Column::Outcome.is_not_null())
        .filter(case_file::Column::Id.ne(except))
        .all(db)
        .await?;
    let past = |row: case_file::Model| {
        Some(PastCase {
            program: row.program,
            outcome: row.outcome.map(Outcome::word)?,
            on: local_date(row.ended_at.or(row.submitted_at)?),
        })
    };
    Ok(rows.into_iter().filter_map(past).collect())
}

/// Where the person stands on the lists that are loaded.
///
/// # Errors
/// The database's.
pub async fn rosters(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<BTreeMap<String, Roster>, CommandError> {
    let lists = roster::Entity::find().all(db).await?;
    if lists.is_empty() {
        return Ok(BTreeMap::new());
    }
    let index = person::Entity::find_by_id(person).one(db).await?.and_then(|row| row.id_index);
    let on: Vec<String> = match index {
        Some(index) => roster_entry::Entity::find()
            .filter(roster_entry::Column::IdIndex.eq(index))
            .all(db)
            .await?
            .into_iter()
            .map(|row| row.list)
            .collect(),
        None => Vec::new(),
    };
    let stands = |row: roster::Model| {
        let there = on.contains(&row.list);
        (row.list, if there { Roster::Listed } else { Roster::NotListed })
    };
    Ok(lists.into_iter().map(stands).collect())
}
