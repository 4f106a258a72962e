//! Chosen cases go over to another version of their program, after somebody has seen what that
//! changes for each.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entities::{CaseId, ClockKind, Phase, RunState, Stream, case_file};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::json;

use super::drafts::may_change;
use crate::{
    Actor, CommandError, Refusal, Ticket, Workflow, commands, load,
    program::Program,
    record::append,
    rules::{
        engine::Engine,
        facts::{CaseFacts, Facts},
        judging::{Application, Judged},
        rebasing::rebase,
        replay::DueChange,
    },
    state::CaseState,
};

pub use crate::rules::rebasing::Unmoved;

/// Which cases go where.
#[derive(Clone, Debug)]
pub struct Rebase {
    /// The program's id.
    pub program: String,
    /// The number of the version.
    pub to: u32,
    /// Chosen ones, by their numbers; all that are under way where none is named.
    pub cases: Vec<String>,
}

/// What that changes of one case.
#[derive(Clone, Debug)]
pub struct RebaseCase {
    pub case: CaseId,
    pub number: String,
    /// The version it stands on.
    pub from: i32,
    /// Its open steps.
    pub open: Vec<String>,
    /// Due instants that move.
    pub dues: Vec<DueChange>,
    /// Why it stays where it is.
    pub unmoved: Option<Unmoved>,
}

/// Cases of one transaction, the oldest first; others are named, or come next.
const AT_ONCE: u64 = 500;

/// What would change, case by case; nothing is written.
///
/// # Errors
/// [`Refusal::NotFound`] for a version that there is not, or as
/// [`may_change`](super::may_change).
pub async fn preview(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    actor: Actor,
    ask: &Rebase,
) -> Result<Vec<RebaseCase>, CommandError> {
    may_change(db, workflow, actor, &ask.program).await?;
    look_ahead(db, workflow, ask).await
}

/// The same for whoever runs the service at its console.
///
/// # Errors
/// [`Refusal::NotFound`] for a version that there is not, or the database's.
pub async fn look_ahead(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    ask: &Rebase,
) -> Result<Vec<RebaseCase>, CommandError> {
    let to = version(workflow, ask)?;
    let mut found = Vec::new();
    for file in chosen(ask).all(db).await? {
        found.push(moved(db, workflow, file, &to).await?.0);
    }
    Ok(found)
}

/// The version that is meant.
fn version(workflow: &Workflow, ask: &Rebase) -> Result<Arc<Program>, Refusal> {
    let versions = workflow.programs.versions();
    let mut of = versions.into_iter().map(|(_, program)| program);
    of.find(|program| program.id() == ask.program && program.version == ask.to)
        .ok_or(Refusal::NotFound("version"))
}

fn chosen(ask: &Rebase) -> sea_orm::Select<case_file::Entity> {
    let mut query = case_file::Entity::find()
        .filter(case_file::Column::Program.eq(ask.program.as_str()))
        .filter(case_file::Column::Phase.is_not_in([Phase::Draft, Phase::Ended]))
        .order_by_asc(case_file::Column::Id)
        .limit(AT_ONCE);
    if ask.cases.is_empty() {
        let other = i32::try_from(ask.to).unwrap_or(i32::MAX);
        query = query.filter(case_file::Column::ProgramNumber.ne(other));
    } else {
        query = query.filter(case_file::Column::Number.is_in(ask.cases.iter().cloned()));
    }
    query
}

/// A case as it was and as it would be, where it can be moved.
type Moved = (RebaseCase, Option<(CaseState, Facts, Outcome)>);

/// What the rules made of it.
struct Outcome {
    state: CaseState,
    events: Vec<crate::Event>,
    armed: Vec<crate::rules::engine::Armed>,
    now: DateTime<Utc>,
}

async fn moved(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    file: case_file::Model,
    to: &Arc<Program>,
) -> Result<Moved, CommandError> {
    let now = workflow.clock.now();
    let mut shown = RebaseCase {
        case: file.id,
        number: file.number.clone().unwrap_or_default(),
        from: file.program_number,
        open: Vec::new(),
        dues: Vec::new(),
        unmoved: None,
    };
    let own = load::facts(db, workflow, &file, now).await?;
    let there = case_file::Model { program_hash: to.hash(), ..file.clone() };
    let facts = load::facts(db, workflow, &there, now).await?;
    let values = commands::draft(db, workflow, &file).await?;
    let before = load::state(db, file).await?;
    shown.open = before.open_runs().map(|run| run.path.clone()).collect();
    if before.case.program_hash != to.hash()
        && let Err(why) = same_award(&before, (&own, &facts), &values)
    {
        shown.unmoved = Some(why);
        return Ok((shown, None));
    }
    let mut engine = Engine::new(&facts, before.clone(), now);
    if let Err(why) = rebase(&mut engine) {
        shown.unmoved = Some(why);
        return Ok((shown, None));
    }
    shown.dues = dues(&before, &engine.state);
    let Engine { state, events, armed, .. } = engine;
    Ok((shown, Some((before, facts, Outcome { state, events, armed, now }))))
}

/// The version must take the form as it is, and grant the same.
fn same_award(
    state: &CaseState,
    (own, there): (&Facts, &Facts),
    values: &std::collections::BTreeMap<String, crate::program::expression::Value>,
) -> Result<(), Unmoved> {
    let carried = CaseFacts::of(state);
    let papers = carried.papers.clone();
    let mut filed = CaseState::new(state.case.clone());
    filed.case.facts = serde_json::to_value(CaseFacts { lines: Vec::new(), ..carried.clone() })
        .unwrap_or_default();
    let now = state.case.submitted_at.ok_or(Unmoved::NotLive)?;
    let judge = |facts: &Facts| -> Result<Judged, Unmoved> {
        let papers = papers.as_slice();
        let application = Application { facts, state: &filed, values, papers, now };
        application.judge(application.read().faults).map_err(|refusal| match refusal {
            Refusal::Form(faults) => {
                let fields: Vec<String> = faults.into_iter().map(|fault| fault.field).collect();
                Unmoved::Form(fields.join(", "))
            }
            Refusal::NotEligible { reason } => Unmoved::NotEligible(reason),
            other => Unmoved::Stuck(other.to_string()),
        })
    };
    let (was, is) = (judge(own)?, judge(there)?);
    if was.award.lines != is.award.lines {
        return Err(Unmoved::Award);
    }
    let open = |judged: &Judged| judged.facts.form.keys().cloned().collect::<Vec<_>>();
    if open(&was) == open(&is) { Ok(()) } else { Err(Unmoved::Form(open(&is).join(", "))) }
}

fn dues(before: &CaseState, after: &CaseState) -> Vec<DueChange> {
    let moved = before.clocks.iter().filter_map(|was| {
        let is = after.clock(was.id)?;
        let step = match was.run_id {
            Some(run) => before.run(run).filter(|run| run.state == RunState::Open)?.path.clone(),
            None if was.kind == ClockKind::Total => "total".to_owned(),
            None => return None,
        };
        let (before, after) = (was.due_at?, is.due_at?);
        (before != after).then_some(DueChange { step, before, after })
    });
    moved.collect()
}

/// Moves those that can be moved; the others are told with why not.
///
/// # Errors
/// [`Refusal::Rebase`] where none can be moved, or as [`preview`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, program = ask.program))]
pub async fn rebase_cases(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: &Rebase,
) -> Result<(Vec<RebaseCase>, Vec<Ticket>), CommandError> {
    may_change(tx, workflow, actor, &ask.program).await?;
    let to = version(workflow, ask)?;
    let machine = workflow.clock.machine();
    let (mut found, mut tickets) = (Vec::new(), Vec::new());
    for file in chosen(ask).lock_exclusive().all(tx).await? {
        let (shown, moved) = moved(tx, workflow, file, &to).await?;
        if let Some((before, facts, done)) = moved {
            let mut engine = Engine::new(&facts, done.state, done.now);
            engine.events = done.events;
            engine.armed = done.armed;
            tickets.extend(commands::moved(tx, &before, engine, (actor, machine)).await?);
        }
        found.push(shown);
    }
    if found.iter().all(|one| one.unmoved.is_some()) {
        return Err(Refusal::Rebase.into());
    }
    let moved = found.iter().filter(|one| one.unmoved.is_none()).count();
    let what = json!({ "program": ask.program, "version": ask.to, "cases": moved });
    let version = entities::program_version::Entity::find()
        .filter(entities::program_version::Column::Hash.eq(to.hash()))
        .one(tx)
        .await?;
    let stream = version.map_or_else(Default::default, |version| version.id.0);
    append(tx, machine, Stream::Program, stream, Some(actor), ("program_rebased", what)).await?;
    Ok((found, tickets))
}
