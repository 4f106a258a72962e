//! A person has a job tried again: one that was put into quarantine, or waits for its next try.

use chrono::{DateTime, Utc};
use entities::{
    Duty, OutboxId, Stream, appointment,
    outbox::{self, JobState},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{ExprTrait, Query},
};
use serde_json::json;
use uuid::Uuid;

use crate::{Actor, Bar, CommandError, JobKind, Refusal, Ticket, Workflow, record::append};

/// Jobs that one command sets going again; the next takes the next ones.
const MOST: u64 = 1_000;

/// Whether `actor` runs the service: an administrator, of whichever unit.
///
/// # Errors
/// The database's.
pub async fn administers(
    db: &impl ConnectionTrait,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let Some(person) = actor.person else { return Ok(false) };
    let held = appointment::Entity::held_by(person, now);
    let held = held.filter(appointment::Column::Duty.eq(Duty::Administrator));
    Ok(held.count(db).await? > 0)
}

/// Has one job tried again at once; nothing when it is done or in hand. Returns the job when
/// there is something to do.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever is no administrator, [`Refusal::NotFound`], the database's.
#[tracing::instrument(skip_all, fields(outbox.id = %job))]
pub async fn retry_job(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    job: OutboxId,
) -> Result<Vec<Ticket>, CommandError> {
    let one = outbox::Column::Id.eq(job);
    if outbox::Entity::find().filter(one.clone()).count(tx).await? == 0 {
        entitled(tx, workflow, actor).await?;
        return Err(Refusal::NotFound("job").into());
    }
    retry(tx, workflow, actor, one.into()).await
}

/// Has all jobs of a state tried again at once, at most a thousand, the oldest first.
///
/// # Errors
/// As [`retry_job`].
#[tracing::instrument(skip_all, fields(state = state.word()))]
pub async fn retry_jobs(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    state: JobState,
) -> Result<Vec<Ticket>, CommandError> {
    let machine = workflow.clock.machine();
    let those = Condition::all().add(JobState::of_row(machine).eq(state.word()));
    retry(tx, workflow, actor, those).await
}

async fn entitled(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
) -> Result<(), CommandError> {
    if administers(tx, actor, workflow.clock.now()).await? {
        return Ok(());
    }
    Err(Refusal::NotYours(Bar::NotAdministrator).into())
}

async fn retry(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    those: Condition,
) -> Result<Vec<Ticket>, CommandError> {
    entitled(tx, workflow, actor).await?;
    let machine = workflow.clock.machine();
    let until = outbox::Column::LeaseUntil;
    let free = Condition::any().add(until.is_null()).add(until.lte(machine));
    let found: Vec<OutboxId> = outbox::Entity::not_done()
        .filter(those)
        .filter(free.clone())
        .order_by_asc(outbox::Column::Id)
        .select_only()
        .column(outbox::Column::Id)
        .limit(MOST)
        .into_tuple()
        .all(tx)
        .await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    // What died under five workers is given five more starts, no more. What a worker has taken in
    // hand since the look above is left to it.
    let again = Query::update()
        .table(outbox::Entity)
        .value(outbox::Column::QuarantinedAt, None::<DateTime<Utc>>)
        .value(outbox::Column::NextAttemptAt, machine)
        .value(outbox::Column::Attempts, 0)
        .and_where(outbox::Column::Id.is_in(found))
        .and_where(outbox::Column::DoneAt.is_null())
        .cond_where(free)
        .returning(Query::returning().columns([outbox::Column::Id, outbox::Column::Kind]))
        .to_owned();
    let mut rows = Vec::new();
    for row in tx.query_all(&again).await? {
        rows.push((row.try_get::<OutboxId>("", "id")?, row.try_get::<String>("", "kind")?));
    }
    rows.sort_unstable();
    let jobs: Vec<OutboxId> = rows.iter().map(|(id, _)| *id).collect();
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let what = ("job_retried", json!({ "jobs": jobs }));
    append(tx, workflow.clock.now(), Stream::System, Uuid::nil(), Some(actor), what).await?;
    tracing::info!(jobs = jobs.len(), "jobs are tried again, as a person asked");
    let ticket =
        |(id, kind): (OutboxId, String)| Some(Ticket { id, kind: JobKind::of_stored(&kind)? });
    Ok(rows.into_iter().filter_map(ticket).collect())
}
