//! Who has a job in hand. A lease is taken by a conditional update, before the work, and is
//! asked for again in the transaction that writes the effects: whoever slept longer than it
//! lasted writes nothing.
//!
//! `attempts` counts starts without an outcome. It is raised with the lease and falls back to
//! zero when a try ends in an error that could be written down; so five of them are five
//! deaths, not five refusals of a mail server.

use chrono::{DateTime, TimeDelta, Utc};
use entities::{OutboxId, outbox};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryResult, UpdateMany,
    prelude::{Expr, Json, Uuid},
    sea_query::{ExprTrait, LockBehavior, LockType, Order, Query},
};
use workflow::{
    load::padded,
    measures::{self, JobOutcome},
    tx,
};

use super::JobError;
use crate::Services;

/// How long a lease lasts; longer than a whole conversation with a mail server.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// So many starts without an outcome, and the job is put into quarantine.
const MOST_STARTS: i32 = 5;

/// A job in hand.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// Whether it was begun before without an outcome: then it goes alone, since whatever it
    /// brings down should bring nothing else down.
    pub(crate) suspect: bool,
    pub(crate) id: OutboxId,
    pub(crate) kind: String,
    pub(crate) job: Json,
    pub(crate) created_at: DateTime<Utc>,
    /// The request that led to it.
    pub(crate) trace: Option<String>,
    pub(super) token: Uuid,
}

/// Takes the job in hand, if it may be done now; counts the start. One that has died too often
/// goes into quarantine instead.
pub(super) async fn claim(services: &Services, id: OutboxId) -> Result<Option<Held>, DbErr> {
    let now = services.machine();
    tx::write(&services.workflow.store, async |tx| {
        let waiting = outbox::Entity::waiting(now).filter(outbox::Column::Id.eq(id));
        let Some(row) = waiting.one(tx).await? else { return Ok(None) };
        if row.attempts >= MOST_STARTS {
            quarantine(tx, &row, now).await?;
            return Ok(None);
        }
        // A fresh id serves as a token: nobody else has it.
        let token = OutboxId::at(now).0;
        let update = outbox::Entity::update_many()
            .col_expr(outbox::Column::Attempts, Expr::col(outbox::Column::Attempts).add(1))
            .col_expr(outbox::Column::LeaseToken, Expr::value(token))
            .col_expr(outbox::Column::LeaseUntil, Expr::value(now + LEASE))
            .filter(free(id, now))
            .exec(tx)
            .await?;
        let outbox::Model { kind, job, created_at, next_attempt_at, trace, attempts, .. } = row;
        if update.rows_affected != 1 {
            return Ok(None);
        }
        measures::job_started(&kind, now - next_attempt_at);
        Ok(Some(Held { suspect: attempts > 0, id, kind, job, created_at, trace, token }))
    })
    .await
}

/// Takes those of `ids` in hand that may be done now and were never begun; counts their starts.
/// The others are left to [`claim`]. One statement.
pub(super) async fn claim_fresh(services: &Services, ids: &[OutboxId]) -> Result<Vec<Held>, DbErr> {
    let now = services.machine();
    let token = OutboxId::at(now).0;
    // Nobody waits for a row that another has in hand.
    let fresh = Query::select()
        .column(outbox::Column::Id)
        .from(outbox::Entity)
        .and_where(outbox::Column::Id.is_in(padded(ids)))
        .and_where(outbox::Column::Attempts.eq(0))
        .cond_where(may_start(now))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let claim = Query::update()
        .table(outbox::Entity)
        .value(outbox::Column::Attempts, Expr::col(outbox::Column::Attempts).add(1))
        .value(outbox::Column::LeaseToken, token)
        .value(outbox::Column::LeaseUntil, now + LEASE)
        .and_where(outbox::Column::Id.in_subquery(fresh))
        .returning(Query::returning().columns([
            outbox::Column::Id,
            outbox::Column::Kind,
            outbox::Column::Job,
            outbox::Column::CreatedAt,
            outbox::Column::NextAttemptAt,
            outbox::Column::Trace,
        ]))
        .to_owned();
    let rows = tx::write(&services.workflow.store, async |tx| tx.query_all(&claim).await).await?;
    let held = |row: &QueryResult| {
        let kind: String = row.try_get("", "kind")?;
        let due: DateTime<Utc> = row.try_get("", "next_attempt_at")?;
        measures::job_started(&kind, now - due);
        Ok(Held {
            suspect: false,
            id: row.try_get("", "id")?,
            kind,
            trace: row.try_get("", "trace")?,
            job: row.try_get("", "job")?,
            created_at: row.try_get("", "created_at")?,
            token,
        })
    };
    rows.iter().map(held).collect()
}

async fn quarantine(
    tx: &DatabaseTransaction,
    row: &outbox::Model,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let update = outbox::Entity::update_many()
        .col_expr(outbox::Column::QuarantinedAt, Expr::value(now))
        .filter(free(row.id, now));
    if update.exec(tx).await?.rows_affected == 1 {
        measures::job_counted(&row.kind, JobOutcome::Quarantined);
        tracing::error!(outbox.id = %row.id, job = %row.kind, "a job died too often: quarantined");
    }
    Ok(())
}

/// The same as [`outbox::Entity::waiting`], as the condition of an update: between the read and
/// the update another worker may have come.
fn free(id: OutboxId, now: DateTime<Utc>) -> Condition {
    Condition::all().add(outbox::Column::Id.eq(id)).add(may_start(now))
}

fn may_start(now: DateTime<Utc>) -> Condition {
    let until = outbox::Column::LeaseUntil;
    Condition::all()
        .add(outbox::Column::DoneAt.is_null())
        .add(outbox::Column::QuarantinedAt.is_null())
        .add(outbox::Column::NextAttemptAt.lte(now))
        .add(Condition::any().add(until.is_null()).add(until.lte(now)))
}

/// Marks the job as done, in the transaction of its effects.
///
/// # Errors
/// [`JobError::Lost`] when somebody else has it by now: nothing may be written then.
pub(super) async fn finish(
    services: &Services,
    tx: &DatabaseTransaction,
    held: &Held,
) -> Result<(), JobError> {
    mark_done(services.machine(), tx, held, None).await
}

/// Under which leases these are held, each once.
fn tokens(held: &[&Held]) -> Vec<Uuid> {
    let mut tokens: Vec<Uuid> = held.iter().map(|held| held.token).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

/// Marks several jobs as done, in the transaction of their effects.
///
/// # Errors
/// [`JobError::Lost`] when somebody else has one of them by now: nothing may be written then.
pub(super) async fn finish_all(
    services: &Services,
    tx: &DatabaseTransaction,
    held: &[&Held],
) -> Result<(), JobError> {
    let ids: Vec<OutboxId> = held.iter().map(|held| held.id).collect();
    let tokens = tokens(held);
    // A token is ours alone, so that it does not matter under which of ours a row is held.
    let update = outbox::Entity::update_many()
        .col_expr(outbox::Column::DoneAt, Expr::value(services.machine()))
        .col_expr(outbox::Column::LastError, Expr::value(None::<String>))
        .col_expr(outbox::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .filter(outbox::Column::Id.is_in(padded(&ids)))
        .filter(outbox::Column::LeaseToken.is_in(padded(&tokens)))
        .filter(outbox::Column::DoneAt.is_null());
    let done = update.exec(tx).await?.rows_affected;
    if usize::try_from(done) == Ok(held.len()) { Ok(()) } else { Err(JobError::Lost) }
}

/// Those of the jobs that are still held under the same lease; nobody takes them before the
/// transaction ends.
pub(super) async fn still(
    tx: &DatabaseTransaction,
    held: &[&Held],
) -> Result<Vec<OutboxId>, DbErr> {
    let ids: Vec<OutboxId> = held.iter().map(|held| held.id).collect();
    let tokens = tokens(held);
    let still = Query::select()
        .column(outbox::Column::Id)
        .from(outbox::Entity)
        .and_where(outbox::Column::Id.is_in(padded(&ids)))
        .and_where(outbox::Column::LeaseToken.is_in(padded(&tokens)))
        .and_where(outbox::Column::DoneAt.is_null())
        .order_by(outbox::Column::Id, Order::Asc)
        .lock(LockType::Update)
        .to_owned();
    let rows = tx.query_all(&still).await?;
    rows.iter().map(|row| row.try_get("", "id")).collect()
}

/// Marks a job as done that came to nothing, with the reason.
pub(super) async fn close(services: &Services, held: &Held, error: &JobError) -> Result<(), DbErr> {
    let now = services.machine();
    let error = Some(error.to_string());
    let closed =
        tx::write(&services.workflow.store, async |tx| mark_done(now, tx, held, error).await);
    unless_lost(closed.await)
}

/// Lets the job go until `at`, with the reason, if it failed.
pub(super) async fn postpone(
    services: &Services,
    held: &Held,
    error: Option<&JobError>,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mut update = ours(held)
        .col_expr(outbox::Column::NextAttemptAt, Expr::value(at))
        .col_expr(outbox::Column::Attempts, Expr::value(0))
        .col_expr(outbox::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(outbox::Column::LeaseToken, Expr::value(None::<Uuid>));
    if let Some(error) = error {
        let said = Expr::value(error.to_string());
        update = update.col_expr(outbox::Column::LastError, said);
    }
    tx::write(&services.workflow.store, async |tx| update.exec(tx).await).await?;
    Ok(())
}

async fn mark_done(
    now: DateTime<Utc>,
    tx: &DatabaseTransaction,
    held: &Held,
    error: Option<String>,
) -> Result<(), JobError> {
    let update = ours(held)
        .col_expr(outbox::Column::DoneAt, Expr::value(now))
        .col_expr(outbox::Column::LastError, Expr::value(error))
        .col_expr(outbox::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>));
    if update.exec(tx).await?.rows_affected == 1 { Ok(()) } else { Err(JobError::Lost) }
}

fn ours(held: &Held) -> UpdateMany<outbox::Entity> {
    outbox::Entity::update_many()
        .filter(outbox::Column::Id.eq(held.id))
        .filter(outbox::Column::LeaseToken.eq(held.token))
        .filter(outbox::Column::DoneAt.is_null())
}

fn unless_lost(done: Result<(), JobError>) -> Result<(), DbErr> {
    match done {
        Err(JobError::Db(error)) => Err(error),
        // Lost: whoever has it now says what becomes of it.
        _ => Ok(()),
    }
}
