//! Sessions: opening, finding, ending.

use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    AccountId, AccountKind, Sensitive, SessionId, Strength, account,
    session::{self, Column, Entity},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, ExprTrait, QueryFilter, sea_query::Expr,
};

use super::{SignInError, SignInLimits, new_token, secret::digest};

/// From where someone signs in.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// An IPv4 address or an IPv6 /64; at most 64 characters.
    pub network: String,
    /// The cookie the browser came with. Its session ends: nobody's own cookie, planted
    /// before sign-in, is worth anything after it.
    pub replaces: Option<Sensitive>,
}

/// A session that has just begun.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The cookie's value. It is nowhere else.
    pub token: Sensitive,
    /// The row.
    pub session: session::Model,
    /// Who signed in.
    pub account: account::Model,
}

/// A session that is open, and whose.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The row.
    pub session: session::Model,
    /// Whose.
    pub account: account::Model,
}

/// Begins a session for someone who has proved who they are, and ends the one it replaces.
pub(super) async fn open_session(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    limits: &SignInLimits,
    visit: &Visit,
    account: account::Model,
) -> Result<Opened, SignInError> {
    if let Some(old) = &visit.replaces {
        let hash = digest(old.expose()).to_vec();
        end_where(tx, now, Column::TokenHash.eq(hash)).await?;
    }
    let strength = match account.kind {
        AccountKind::Staff => Strength::Password,
        AccountKind::Applicant => Strength::Code,
    };
    let token = new_token()?;
    let row = session::ActiveModel {
        id: Set(SessionId::at(now)),
        token_hash: Set(digest(token.expose()).to_vec()),
        account_id: Set(account.id),
        strength: Set(strength),
        created_at: Set(now),
        seen_at: Set(now),
        ends_at: Set(now + limits.absolute),
        ended_at: Set(None),
        csrf_secret: Set(new_token()?),
        network: Set(visit.network.clone()),
    };
    let session = row.insert(tx).await?;
    Ok(Opened { token, session, account })
}

/// The open session of a cookie, with its account. None when it is unknown, ended, idle for
/// too long or over, or when the account is disabled.
///
/// # Errors
/// The database's.
pub async fn find_session<C: ConnectionTrait>(
    db: &C,
    now: DateTime<Utc>,
    limits: &SignInLimits,
    token: &str,
) -> Result<Option<SignedIn>, DbErr> {
    let found = Entity::of_token(digest(token)).find_also_related(account::Entity).one(db).await?;
    Ok(found.and_then(|(session, account)| {
        let account = account.filter(|account| account.disabled_at.is_none())?;
        is_open(&session, account.kind, limits, now).then_some(SignedIn { session, account })
    }))
}

impl SignedIn {
    /// Whether the last note of use is a minute old. Not every request is to be a write; when
    /// one is due, the caller runs [`note_seen`].
    pub fn note_is_due(&self, now: DateTime<Utc>) -> bool {
        now - self.session.seen_at >= TimeDelta::seconds(60)
    }
}

/// Notes that a session is in use. One that has ended stays ended.
///
/// # Errors
/// The database's.
pub async fn note_seen(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    session: SessionId,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::SeenAt, Expr::value(now))
        .filter(Column::Id.eq(session))
        .filter(Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// The sessions of an account that a cookie would still open, newest first.
///
/// # Errors
/// The database's.
pub async fn open_sessions<C: ConnectionTrait>(
    db: &C,
    now: DateTime<Utc>,
    limits: &SignInLimits,
    account: &account::Model,
) -> Result<Vec<session::Model>, DbErr> {
    let mut found = Entity::open_of(account.id, now).all(db).await?;
    found.retain(|session| is_open(session, account.kind, limits, now));
    Ok(found)
}

/// Ends one session of an account; false when it has no such open session.
///
/// # Errors
/// The database's.
pub async fn end_session(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    account: AccountId,
    session: SessionId,
) -> Result<bool, DbErr> {
    let which = Column::Id.eq(session).and(Column::AccountId.eq(account));
    Ok(end_where(tx, now, which).await? > 0)
}

/// Ends every session of an account; returns how many there were.
///
/// # Errors
/// The database's.
pub async fn end_all_sessions(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    account: AccountId,
) -> Result<u64, DbErr> {
    end_where(tx, now, Column::AccountId.eq(account)).await
}

async fn end_where(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    which: Expr,
) -> Result<u64, DbErr> {
    let ended = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now))
        .filter(which)
        .filter(Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    Ok(ended.rows_affected)
}

fn is_open(
    session: &session::Model,
    kind: AccountKind,
    limits: &SignInLimits,
    now: DateTime<Utc>,
) -> bool {
    let idle = match kind {
        AccountKind::Staff => limits.staff_idle,
        AccountKind::Applicant => limits.applicant_idle,
    };
    session.ended_at.is_none() && now < session.ends_at && now - session.seen_at < idle
}
