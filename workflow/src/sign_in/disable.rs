//! Closing an account: from that moment it opens nothing.

use chrono::{DateTime, Utc};
use entities::{AccountId, account};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

use super::{end_all_sessions, end_all_tokens};

/// Disables an account and ends its sessions and tokens with it. Disabling it again changes
/// nothing.
///
/// # Errors
/// The database's.
pub async fn disable_account(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    account: AccountId,
) -> Result<(), DbErr> {
    account::Entity::update_many()
        .col_expr(account::Column::DisabledAt, Expr::value(now))
        .filter(account::Column::Id.eq(account))
        .filter(account::Column::DisabledAt.is_null())
        .exec(tx)
        .await?;
    end_all_tokens(tx, now, account).await?;
    end_all_sessions(tx, now, account).await?;
    Ok(())
}
