//! Counting attempts in the database, so that every process sees the same count.

use chrono::{DateTime, TimeDelta, Utc};
use entities::throttle::{ActiveModel, Column, Entity};
use sea_orm::{ActiveModelTrait, ColumnTrait};
use sea_orm::{
    ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, sea_query::OnConflict,
};

/// `most` attempts within `window`; the last of them locks for `window`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Throttle {
    pub(super) most: i32,
    pub(super) window: TimeDelta,
}

/// What counting said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Go on.
    Free,
    /// Seconds until it is worth trying again, at least 1.
    Locked(i64),
}

impl Throttle {
    /// Counts one attempt **before** it is made: of many at once no more than `most` get
    /// through. While locked, nothing is counted and nothing is written.
    pub(super) async fn count(
        self,
        tx: &DatabaseTransaction,
        now: DateTime<Utc>,
        key: &str,
    ) -> Result<Counted, DbErr> {
        let fresh = ActiveModel {
            key: Set(key.to_owned()),
            count: Set(0),
            window_from: Set(now),
            locked_until: Set(None),
        };
        let nothing = OnConflict::column(Column::Key).do_nothing().to_owned();
        Entity::insert(fresh).on_conflict(nothing).try_insert().exec_without_returning(tx).await?;
        let found = Entity::find_by_id(key).lock_exclusive().one(tx).await?;
        let found = found.ok_or_else(|| DbErr::RecordNotFound(format!("throttle {key}")))?;

        if let Some(until) = found.locked_until.filter(|until| *until > now) {
            return Ok(Counted::Locked(seconds_until(now, until)));
        }
        let over = found.locked_until.is_some() || now - found.window_from >= self.window;
        let (count, from) = if over { (1, now) } else { (found.count + 1, found.window_from) };
        let mut row = found.into_active_model();
        row.count = Set(count);
        row.window_from = Set(from);
        row.locked_until = Set((count >= self.most).then(|| now + self.window));
        row.update(tx).await?;
        Ok(Counted::Free)
    }

    /// Takes one attempt back: it was no guess.
    pub(super) async fn give_back(self, tx: &DatabaseTransaction, key: &str) -> Result<(), DbErr> {
        let found = Entity::find_by_id(key).lock_exclusive().one(tx).await?;
        let Some(found) = found else { return Ok(()) };
        let count = (found.count - 1).max(0);
        let mut row = found.into_active_model();
        row.count = Set(count);
        if count < self.most {
            row.locked_until = Set(None);
        }
        row.update(tx).await?;
        Ok(())
    }
}

/// Forgets all attempts under a key.
pub(super) async fn forget(tx: &DatabaseTransaction, key: &str) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Key.eq(key)).exec(tx).await?;
    Ok(())
}

fn seconds_until(now: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
    ((until - now).num_milliseconds() + 999).div_euclid(1000).max(1)
}
