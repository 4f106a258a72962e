//! Hands over what the fast path has lost: the outbox, looked through four times a second by
//! every worker process.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entities::{OutboxId, outbox};
use sea_orm::{ColumnTrait, DbBackend, DbErr, QueryFilter, QuerySelect, Select};
use workflow::{JobKind, tx};

use crate::{Services, queue::Handover};

/// How often the outbox is looked through. Nothing is lost between looks, only late.
pub(crate) const PERIOD: Duration = Duration::from_millis(250);

/// Rows of one read.
const BATCH: u64 = 200;

/// Where Redis brings hints, a row is left to it for so long.
const HINTED: TimeDelta = TimeDelta::seconds(1);

/// With a backlog, each look begins at one of so many batches, by chance: of several workers not
/// all take the same rows in hand.
const SPREAD: u64 = 5;

/// Jobs that may be done now, oldest first, at most two hundred.
///
/// # Errors
/// When the outbox cannot be read.
pub(crate) async fn waiting(services: &Services) -> Result<Vec<OutboxId>, DbErr> {
    ids(services, outbox::Entity::waiting(services.machine())).await
}

/// Hands over what waits of one kind and is not under way. Returns how many.
///
/// # Errors
/// When the outbox cannot be read.
pub(crate) async fn relay_once(
    services: &Services,
    kind: JobKind,
    handover: &Handover,
    hinted: bool,
) -> Result<usize, DbErr> {
    let now = services.machine();
    let due = if hinted { now - HINTED } else { now };
    let rows = outbox::Entity::waiting(now)
        .filter(outbox::Column::Kind.is_in(kind.stored_names().iter().copied()))
        .filter(outbox::Column::NextAttemptAt.lte(due));
    let mut read = ids(services, rows.clone()).await?;
    let mut handed = hand(handover, &read, now);
    let mut from = BATCH * first_of(services, now);
    while full(&read) {
        if handover.room() == 0 {
            handover.left_more();
            break;
        }
        read = ids(services, rows.clone().offset(from)).await?;
        handed += hand(handover, &read, now);
        from += BATCH;
    }
    Ok(handed)
}

fn hand(handover: &Handover, ids: &[OutboxId], now: DateTime<Utc>) -> usize {
    ids.iter().filter(|id| handover.hand(**id, now)).count()
}

fn full(read: &[OutboxId]) -> bool {
    u64::try_from(read.len()).is_ok_and(|rows| rows == BATCH)
}

/// Which batch after the first a look goes on with. SQLite has one worker, which takes them in
/// order.
fn first_of(services: &Services, now: DateTime<Utc>) -> u64 {
    if services.workflow.store.read().get_database_backend() == DbBackend::Sqlite {
        return 1;
    }
    // A fresh id ends in chance.
    let chance = OutboxId::at(now).0.as_bytes().last().copied().unwrap_or_default();
    1 + u64::from(chance) % SPREAD
}

async fn ids(services: &Services, rows: Select<outbox::Entity>) -> Result<Vec<OutboxId>, DbErr> {
    let rows = rows.select_only().column(outbox::Column::Id).limit(BATCH).into_tuple();
    tx::in_time(rows.all(services.workflow.store.read())).await
}
