//! Forgetting what is over.

use chrono::{DateTime, TimeDelta, Utc};
use entities::{idempotency, session, sign_in_code, throttle};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter};

/// Deletes sessions and codes that ended a week ago, counts that are a day old and unlocked,
/// and stored answers older than 30 days. Returns how many rows went; may run at any time,
/// anywhere, twice.
///
/// # Errors
/// The database's.
pub async fn forget_what_is_over(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let (day, week) = (now - TimeDelta::days(1), now - TimeDelta::days(7));
    let sessions =
        session::Entity::delete_many().filter(session::Column::EndsAt.lt(week)).exec(tx).await?;
    let codes = sign_in_code::Entity::delete_many()
        .filter(sign_in_code::Column::ExpiresAt.lt(week))
        .exec(tx)
        .await?;
    let unlocked =
        throttle::Column::LockedUntil.is_null().or(throttle::Column::LockedUntil.lt(now));
    let counts = throttle::Entity::delete_many()
        .filter(throttle::Column::WindowFrom.lt(day))
        .filter(unlocked)
        .exec(tx)
        .await?;
    let answers = idempotency::Entity::delete_many()
        .filter(idempotency::Column::CreatedAt.lt(now - TimeDelta::days(30)))
        .exec(tx)
        .await?;
    let gone = [sessions, codes, counts, answers];
    Ok(gone.iter().map(|result| result.rows_affected).sum())
}
