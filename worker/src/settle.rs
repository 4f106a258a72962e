//! Everything that would happen by itself, now and in the caller's own task.

use entities::outbox;
use sea_orm::{DbErr, PaginatorTrait};

use crate::{Services, digest_once, do_one, relay, sweep_once};

/// What came of [`settle`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Timers that fired.
    pub fired: usize,
    /// Jobs that were begun.
    pub jobs: usize,
    /// Jobs that are neither done nor in quarantine: they wait for another try, or for a lease.
    pub left: u64,
}

/// Fires what is due and does what waits, until nothing is left that may be done now. What the
/// loops of [`crate::run`] do, without them; beside them it does no harm.
///
/// # Errors
/// The database's.
pub async fn settle(services: &Services) -> Result<Settled, DbErr> {
    let mut settled = Settled::default();
    loop {
        let fired = sweep_once(services).await?;
        digest_once(services).await?;
        let waiting = relay::waiting(services).await?;
        settled.fired += fired;
        settled.jobs += waiting.len();
        if fired == 0 && waiting.is_empty() {
            break;
        }
        for id in waiting {
            do_one(services, id).await?;
        }
    }
    settled.left = outbox::Entity::unfinished().count(services.workflow.store.read()).await?;
    Ok(settled)
}
