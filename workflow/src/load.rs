//! Reading cases and what the rules must know of them. Nothing here writes.

mod authority;
mod desks;
mod lists;
mod on_lists;
mod people;
mod recused;
mod stood_on;

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use entities::{CaseId, Phase, TaskId, case_file, case_row, clock, payment, step_run, task};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, JoinType, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};

pub use authority::{acts_for, authority, authority_to_show, headed, lock_person, owing, places};
pub use on_lists::near_lists;
pub use people::{history, rosters};
pub use recused::kept_from;
pub use stood_on::stood_on;

use people::People;

use crate::{
    CommandError, Refusal, Workflow,
    calendar::local_date,
    organisation::{Organisation, Roots},
    program::Program,
    rules::{
        assigning::Desks,
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

/// Locks those of `cases` that nobody else has in hand, in the order of their ids.
///
/// # Errors
/// The database's.
pub async fn lock_free(
    tx: &DatabaseTransaction,
    cases: &[CaseId],
) -> Result<Vec<case_file::Model>, CommandError> {
    let free = case_file::Entity::find()
        .filter(case_file::Column::Id.is_in(padded(cases)))
        .order_by_asc(case_file::Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(free.all(tx).await?)
}

/// The rows of a case: three reads.
///
/// # Errors
/// The database's.
pub async fn state(
    db: &impl ConnectionTrait,
    case: case_file::Model,
) -> Result<CaseState, CommandError> {
    let none = || CommandError::Stored("the rows of a case".to_owned());
    states(db, vec![case]).await?.pop().ok_or_else(none)
}

/// The rows of several cases, in their order: three reads in all.
///
/// # Errors
/// The database's.
pub async fn states(
    db: &impl ConnectionTrait,
    cases: Vec<case_file::Model>,
) -> Result<Vec<CaseState>, CommandError> {
    let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
    let mut runs = grouped(step_run::Entity::of_cases(padded(&ids)).all(db).await?, |r| r.case_id);
    let mut tasks = grouped(task::Entity::of_cases(padded(&ids)).all(db).await?, |t| t.case_id);
    let mut clocks = grouped(clock::Entity::of_cases(padded(&ids)).all(db).await?, |c| c.case_id);
    let mut rows = grouped(rows_of(db, &cases).await?, |r| r.case_id);
    let state = |case: case_file::Model| {
        let runs: Vec<step_run::Model> = runs.remove(&case.id).unwrap_or_default();
        let tasks = tasks.remove(&case.id).unwrap_or_default();
        let mut clocks: Vec<clock::Model> = clocks.remove(&case.id).unwrap_or_default();
        // In the order of their steps, the case's own last: ids of one moment have no order.
        clocks.sort_by_key(|clock| {
            let step = runs.iter().find(|run| Some(run.id) == clock.run_id);
            (step.map_or(i32::MAX, |run| run.position), clock.kind, clock.id)
        });
        let lines = rows.remove(&case.id).unwrap_or_default();
        CaseState { case, runs, tasks, clocks, rows: lines }
    };
    Ok(cases.into_iter().map(state).collect())
}

/// The lines of those cases that are about nobody: an application has none.
async fn rows_of(
    db: &impl ConnectionTrait,
    cases: &[case_file::Model],
) -> Result<Vec<case_row::Model>, CommandError> {
    let about_nobody = cases.iter().filter(|case| case.subject_id.is_none());
    let ids: Vec<CaseId> = about_nobody.map(|case| case.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(case_row::Entity::of_cases(padded(&ids)).all(db).await?)
}

/// Rows by what they belong to, in the order in which they came.
pub(crate) fn grouped<K: Ord, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> BTreeMap<K, Vec<T>> {
    let mut groups: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

/// Ids that one statement is asked with; `SQLite` takes no more than 32 766.
pub const IDS: usize = 4_096;

/// `ids`, the last one said again until they are 1, 2, 4, 8 …: a list of each length would be a
/// statement of its own, to be prepared anew.
pub fn padded<T: Clone>(ids: &[T]) -> Vec<T> {
    let more = ids.len().next_power_of_two() - ids.len();
    let last = ids.last().into_iter().cloned();
    ids.iter().cloned().chain(last.flat_map(|last| std::iter::repeat_n(last, more))).collect()
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
    let id = case.id;
    let of_run = step_run::Entity::belongs_to(clock::Entity)
        .from(step_run::Column::Id)
        .to(clock::Column::RunId)
        // Said of both, since a clock is found by its case and not by its step.
        .on_condition(move |_, clocks| Expr::col((clocks, clock::Column::CaseId)).eq(id).into());
    let rows = step_run::Entity::of_case(case.id)
        .select_also(clock::Entity)
        .join(JoinType::LeftJoin, sea_orm::RelationDef::from(of_run))
        .all(tx)
        .await?;
    let (runs, clocks): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let tasks = task::Entity::of_case(case.id).all(tx).await?;
    let rows = rows_of(tx, std::slice::from_ref(&case)).await?;
    Ok(CaseState { case, runs, tasks, clocks: clocks.into_iter().flatten().collect(), rows })
}

/// The version that a case stays on; a draft follows the one that is in force.
///
/// # Errors
/// [`CommandError::NewerProgram`] when this process does not know it.
pub fn program(workflow: &Workflow, case: &case_file::Model) -> Result<Arc<Program>, CommandError> {
    let programs = &workflow.programs;
    let today = || local_date(workflow.clock.now());
    let follows = if case.phase == Phase::Draft { Some(today()) } else { None };
    let found = follows
        .and_then(|today| programs.in_force(&case.program, today))
        .or_else(|| programs.by_hash(&case.program_hash));
    found.ok_or_else(|| CommandError::NewerProgram(case.program_hash.clone()))
}

/// What the rules must know to decide, without looking at the database again: the program, the
/// calendar and the tables alone.
///
/// # Errors
/// [`CommandError::NewerProgram`].
pub fn bare_facts(workflow: &Workflow, case: &case_file::Model) -> Result<Facts, CommandError> {
    Ok(Facts {
        program: program(workflow, case)?,
        programs: workflow.programs.clone(),
        days: workflow.calendar.of(crate::fold::REGION),
        calendar: workflow.calendar.now(),
        organisation: Organisation::default(),
        history: Vec::new(),
        rosters: BTreeMap::new(),
        conflicts: Vec::new(),
        recused: BTreeMap::new(),
        near_lines: BTreeMap::new(),
        filer: None,
        lines: Vec::new(),
        payments: Vec::new(),
        desks: Desks::default(),
        seats: Vec::new(),
        seed: None,
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
    let none = || CommandError::Stored("facts".to_owned());
    facts_of(db, workflow, &[case], now).await?.pop().ok_or_else(none)
}

/// The same of several cases, in their order: the reads are shared.
///
/// # Errors
/// As [`facts`].
pub async fn facts_of(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    cases: &[&case_file::Model],
    now: DateTime<Utc>,
) -> Result<Vec<Facts>, CommandError> {
    let mut places: Vec<(Roots, Organisation)> = Vec::new();
    let people = People::about(db, cases).await?;
    let mut found = Vec::with_capacity(cases.len());
    for case in cases {
        let mut facts = bare_facts(workflow, case)?;
        if let Some(anchor) = case.anchor_id {
            let carried: CaseFacts = serde_json::from_value(case.facts.clone()).unwrap_or_default();
            let said = said(db, &facts.program, case.id).await?;
            let mut roots = named::roots(&facts.program, &carried.form, &said);
            roots.units.extend(std::iter::once(anchor).chain(carried.home));
            roots.divisions.extend(named::of_parent(&facts.program, carried.parent.as_ref()));
            let lines = rows_of(db, &[(*case).clone()]).await?;
            roots.units.extend(lines.iter().flat_map(named::of_row));
            let known = places.iter().find(|(of, _)| *of == roots).map(|(_, found)| found.clone());
            facts.organisation = if let Some(known) = known {
                known
            } else {
                let around = Organisation::above_all(db, &roots, now).await?;
                places.push((roots, around.clone()));
                around
            };
            facts.organisation = facts.organisation.about(case);
        }
        people.tell(case, &mut facts);
        if payments::has_portions(&facts.program) {
            let paid = payment::Entity::of_case(case.id).order_by_asc(payment::Column::Id);
            facts.payments = paid.all(db).await?;
        }
        lists::tell(db, &mut facts).await?;
        found.push(facts);
    }
    desks::tell(db, cases, &mut found, now).await?;
    Ok(found)
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
