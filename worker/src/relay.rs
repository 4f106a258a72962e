//! Hands over what the fast path has lost: the outbox, looked through four times a second.

use std::time::Duration;

use entities::{OutboxId, outbox};
use sea_orm::{DbErr, QuerySelect};

use crate::{Services, queue::Handover};

/// How often the outbox is looked through. Nothing is lost between looks, only late.
pub(crate) const PERIOD: Duration = Duration::from_millis(250);

/// Rows of one look; the next look takes the next ones.
const BATCH: u64 = 200;

/// Jobs that may be done now, oldest first, at most two hundred.
///
/// # Errors
/// When the outbox cannot be read.
pub(crate) async fn waiting(services: &Services) -> Result<Vec<OutboxId>, DbErr> {
    outbox::Entity::waiting(services.machine())
        .select_only()
        .column(outbox::Column::Id)
        .limit(BATCH)
        .into_tuple()
        .all(services.workflow.store.read())
        .await
}

/// Hands over what waits and is not under way. Returns how many.
///
/// # Errors
/// When the outbox cannot be read.
pub(crate) async fn relay_once(services: &Services, handover: &Handover) -> Result<usize, DbErr> {
    let now = services.machine();
    let waiting = waiting(services).await?;
    Ok(waiting.into_iter().filter(|id| handover.hand(*id, now)).count())
}
