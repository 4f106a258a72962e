//! Bearer tokens: how machines come in, with the rights of the account that made them.

use chrono::{DateTime, Utc};
use entities::{
    AccountId, BearerTokenId, Sensitive, account,
    bearer_token::{self, Column, Entity},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, QueryFilter, sea_query::Expr,
};

use super::{SignInError, new_token, secret::digest};

/// Begins every token, so that scanners of leaked text know one when they see it.
const PREFIX: &str = "banjie_";

/// Makes a token named for what it does. The answer is the only time it is seen.
///
/// # Errors
/// [`SignInError::NotATokenName`], or ours.
pub async fn make_token(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    account: AccountId,
    name: &str,
) -> Result<(Sensitive, bearer_token::Model), SignInError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 80 {
        return Err(SignInError::NotATokenName);
    }
    let token = Sensitive::new(format!("{PREFIX}{}", new_token()?.expose()));
    let row = bearer_token::ActiveModel {
        id: Set(BearerTokenId::at(now)),
        token_hash: Set(digest(token.expose()).to_vec()),
        account_id: Set(account),
        name: Set(name.to_owned()),
        created_at: Set(now),
        ended_at: Set(None),
    };
    Ok((token, row.insert(tx).await?))
}

/// The token and its account, when both are still good.
///
/// # Errors
/// The database's.
pub async fn find_token<C: ConnectionTrait>(
    db: &C,
    token: &str,
) -> Result<Option<(bearer_token::Model, account::Model)>, DbErr> {
    if !token.starts_with(PREFIX) {
        return Ok(None);
    }
    let found = Entity::of_token(digest(token)).find_also_related(account::Entity).one(db).await?;
    Ok(found.and_then(|(token, account)| {
        let account = account.filter(|account| account.disabled_at.is_none())?;
        Some((token, account))
    }))
}

/// Ends a token of an account; false when it has no such open token.
///
/// # Errors
/// The database's.
pub async fn end_token(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    account: AccountId,
    token: BearerTokenId,
) -> Result<bool, DbErr> {
    let ended = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now))
        .filter(Column::Id.eq(token))
        .filter(Column::AccountId.eq(account))
        .filter(Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    Ok(ended.rows_affected > 0)
}

/// Ends every token of an account.
///
/// # Errors
/// The database's.
pub async fn end_all_tokens(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    account: AccountId,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(now))
        .filter(Column::AccountId.eq(account))
        .filter(Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
