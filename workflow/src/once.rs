//! Doing a thing once, however often it is asked for.
//!
//! The record of a request is inserted first, in the transaction that does the work, and gets
//! its answer before the commit. So a second request waits for the first on the unique key,
//! and then finds either the answer or, when the first failed, nothing.

use chrono::{DateTime, Utc};
use entities::{
    AccountId,
    idempotency::{self, ActiveModel, Column, Entity},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    QueryFilter, TryInsertResult, prelude::Expr, sea_query::OnConflict,
};

use crate::database_error;

/// An answer as it went out, and will go out again byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers worth repeating, such as `location`.
    pub headers: Vec<(String, String)>,
    /// The exact body. No personal data: it is kept for 30 days in the clear.
    pub body: String,
}

/// A request that may come again.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub account: AccountId,
    /// What for, by a stable name such as `submit-case`; at most 64 characters.
    pub operation: &'a str,
    /// The caller's name for this request.
    pub key: &'a str,
    /// SHA-256 of method, path and body.
    pub hash: [u8; 32],
}

/// Why a request was not taken as the one it says it is.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// The key has been used for another request.
    #[error("this idempotency key was used for another request; take a new one")]
    KeyReused,
    /// The first request with this key is still at work.
    #[error("the first request with this key is still at work; ask again in a moment")]
    StillAtWork,
    /// The database said no.
    #[error("the database failed")]
    Db(#[from] DbErr),
}

/// Runs `work` and keeps its answer, or returns the answer kept from the first time.
///
/// An `Err` of `work` keeps nothing: it certainly did not happen, and may be asked again
/// under the same key.
///
/// # Errors
/// [`OnceError`], or whatever `work` returns.
pub async fn once<E, F>(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    request: Request<'_>,
    work: F,
) -> Result<StoredAnswer, E>
where
    F: for<'c> AsyncFnOnce(&'c DatabaseTransaction) -> Result<StoredAnswer, E>,
    E: From<OnceError>,
{
    let Some(kept) = begin(tx, now, request).await? else {
        let answer = work(tx).await?;
        keep(tx, request, &answer).await?;
        return Ok(answer);
    };
    Ok(read_back(kept, request)?)
}

/// The answer kept from the first time, if there is one: for what is done in several transactions
/// and keeps its answer with the last.
///
/// # Errors
/// [`OnceError`].
pub async fn kept(
    db: &impl ConnectionTrait,
    request: Request<'_>,
) -> Result<Option<StoredAnswer>, OnceError> {
    let found = Entity::find_by_id(key_of(request)).one(db).await?;
    found.map(|kept| read_back(kept, request)).transpose()
}

/// Inserts the record; returns the one that stands there already.
async fn begin(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    request: Request<'_>,
) -> Result<Option<idempotency::Model>, OnceError> {
    let row = ActiveModel {
        account_id: Set(request.account),
        operation: Set(request.operation.to_owned()),
        key: Set(request.key.to_owned()),
        request_hash: Set(request.hash.to_vec()),
        status: Set(None),
        headers: Set(None),
        body: Set(None),
        created_at: Set(now),
    };
    let key = [Column::AccountId, Column::Operation, Column::Key];
    let nothing = OnConflict::columns(key).do_nothing().to_owned();
    let insert = Entity::insert(row).on_conflict(nothing).try_insert();
    match insert.exec_without_returning(tx).await {
        Ok(TryInsertResult::Inserted(1..)) => return Ok(None),
        Ok(_) => {}
        Err(e) if waited_too_long(&e) => return Err(OnceError::StillAtWork),
        Err(e) => return Err(e.into()),
    }
    let kept = Entity::find_by_id(key_of(request)).one(tx).await?;
    // Gone between the two statements: the first request failed just now.
    kept.map(Some).ok_or(OnceError::StillAtWork)
}

async fn keep(
    tx: &DatabaseTransaction,
    request: Request<'_>,
    answer: &StoredAnswer,
) -> Result<(), OnceError> {
    let headers = serde_json::to_string(&answer.headers);
    let headers = headers.map_err(|e| DbErr::Custom(e.to_string()))?;
    let kept = Entity::update_many()
        .col_expr(Column::Status, Expr::value(Some(i32::from(answer.status))))
        .col_expr(Column::Headers, Expr::value(Some(headers)))
        .col_expr(Column::Body, Expr::value(Some(answer.body.clone())))
        .filter(Column::AccountId.eq(request.account))
        .filter(Column::Operation.eq(request.operation))
        .filter(Column::Key.eq(request.key))
        .exec(tx)
        .await?;
    if kept.rows_affected == 1 {
        return Ok(());
    }
    Err(DbErr::RecordNotFound("idempotency".to_owned()).into())
}

fn read_back(kept: idempotency::Model, request: Request<'_>) -> Result<StoredAnswer, OnceError> {
    if kept.request_hash != request.hash {
        return Err(OnceError::KeyReused);
    }
    let (Some(status), Some(body)) = (kept.status, kept.body) else {
        return Err(OnceError::StillAtWork);
    };
    let headers = kept.headers.unwrap_or_else(|| "[]".to_owned());
    let headers = serde_json::from_str(&headers).map_err(|e| DbErr::Custom(e.to_string()))?;
    let status = u16::try_from(status).map_err(|e| DbErr::Custom(e.to_string()))?;
    Ok(StoredAnswer { status, headers, body })
}

fn key_of(request: Request<'_>) -> (AccountId, String, String) {
    (request.account, request.operation.to_owned(), request.key.to_owned())
}

/// PostgreSQL's `lock_not_available` (55P03), SQLite's busy.
fn waited_too_long(error: &DbErr) -> bool {
    matches!(database_error::code(error).as_deref(), Some("55P03" | "5"))
}
