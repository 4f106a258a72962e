//! The executors of jobs, one a kind. The outbox is the queue; what passes here is ids, which may
//! get lost: the relay finds their rows again.

mod memory;
mod push;
mod redis;
mod redis_keys;
mod supervisor;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use entities::OutboxId;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use tokio::sync::{
    Notify,
    mpsc::{self, UnboundedReceiver, UnboundedSender},
};

use workflow::JobKind;

use crate::{Services, jobs};
pub(crate) use memory::executor;
pub use push::push;
pub use redis::RedisSettings;
pub(crate) use redis::{hinted_executor, tidy};
pub(crate) use supervisor::{Life, supervise};

/// More ids than this are never under way: a backlog stays in the database.
const MOST: usize = 1000;

/// With fewer than this under way, the relay looks for more at once.
const FEW: usize = 500;

/// An id that was handed over and not heard of for so long may be handed over again.
const AGAIN: TimeDelta = TimeDelta::seconds(5);

/// So many cases share the work of one: [`jobs::do_one`] does together what comes together.
const SHARED: usize = 16;

/// So long may a job take, with all its conversations.
const LONGEST: Duration = Duration::from_mins(1);

/// One id on its way through an executor.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct WakeUp(OutboxId);

/// What each job is done with.
#[derive(Clone, Debug)]
struct Bench {
    services: Services,
    handover: Handover,
}

/// The way into the executors of one kind, for the fast path, the relay and hints from Redis.
#[derive(Clone, Debug)]
pub(crate) struct Handover {
    sender: UnboundedSender<OutboxId>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    under_way: Mutex<HashMap<OutboxId, DateTime<Utc>>>,
    begun: AtomicUsize,
    /// The relay has left rows behind for want of room.
    more: AtomicBool,
    /// Calls the relay.
    call: Arc<Notify>,
}

impl Handover {
    /// A way in, and the end at which the executor takes ids out. `call` is notified when there
    /// is room again after [`Handover::left_more`].
    pub(crate) fn new(call: Arc<Notify>) -> (Self, UnboundedReceiver<OutboxId>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self { sender, state: Arc::new(State { call, ..State::default() }) }, receiver)
    }

    /// Hands `id` over, unless it was lately, or too many are under way. Returns whether it did.
    pub(crate) fn hand(&self, id: OutboxId, now: DateTime<Utc>) -> bool {
        self.mark(id, now) && self.sender.send(id).is_ok()
    }

    /// How many more may be handed over.
    pub(crate) fn room(&self) -> usize {
        MOST.saturating_sub(self.under_way().len())
    }

    /// There is more to do than there was room for: the relay asks to be called.
    pub(crate) fn left_more(&self) {
        self.state.more.store(true, Ordering::SeqCst);
    }

    /// Whether no job is in hand.
    pub(crate) fn is_idle(&self) -> bool {
        self.state.begun.load(Ordering::SeqCst) == 0
    }

    /// Notes that `id` is under way; not if it is lately, or too many are.
    fn mark(&self, id: OutboxId, now: DateTime<Utc>) -> bool {
        let mut under_way = self.under_way();
        if under_way.len() >= MOST {
            under_way.retain(|_, since| now - *since < AGAIN);
        }
        let lately = under_way.get(&id).is_some_and(|since| now - *since < AGAIN);
        if lately || under_way.len() >= MOST {
            return false;
        }
        under_way.insert(id, now);
        true
    }

    /// The job is begun; until what is returned is dropped.
    fn begin(&self, id: OutboxId) -> InHand {
        self.state.begun.fetch_add(1, Ordering::SeqCst);
        InHand { id, handover: self.clone() }
    }

    fn finished(&self, id: OutboxId) {
        let left = {
            let mut under_way = self.under_way();
            under_way.remove(&id);
            under_way.len()
        };
        if left < FEW && self.state.more.swap(false, Ordering::SeqCst) {
            self.state.call.notify_one();
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<OutboxId, DateTime<Utc>>> {
        self.state.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many ids of one kind are with [`jobs::do_one`] at once. Letters go one by one, each with a
/// conversation of its own.
fn hands(services: &Services, kind: JobKind) -> usize {
    match kind {
        JobKind::Routing => services.settings.concurrency.saturating_mul(SHARED),
        JobKind::Letters => services.settings.letters,
    }
}

/// A job in hand. However it ends, it is under way no more.
struct InHand {
    id: OutboxId,
    handover: Handover,
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.handover.state.begun.fetch_sub(1, Ordering::SeqCst);
        self.handover.finished(self.id);
    }
}

/// Does one job in a task of its own, so that jobs run side by side, one that panics ends
/// neither the executor nor the process, and one whose executor dies goes on. Its start is
/// counted; its lease runs out.
async fn do_one(bench: &Bench, id: OutboxId) {
    let in_hand = bench.handover.begin(id);
    let services = bench.services.clone();
    let done = tokio::spawn(async move {
        let _in_hand = in_hand;
        // As long as a lease: whoever stands on a dead connection then has lost it.
        let done = tokio::time::timeout(LONGEST, jobs::do_one(&services, id)).await;
        done.unwrap_or_else(|_| Err(DbErr::Custom("a job took too long".to_owned())))
    });
    match done.await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            tracing::error!(outbox.id = %id, %error, "the database failed under a job");
        }
        Err(died) => tracing::error!(outbox.id = %id, %died, "a job died"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handover() -> (Handover, UnboundedReceiver<OutboxId>, Arc<Notify>) {
        let call = Arc::new(Notify::new());
        let (handover, executor) = Handover::new(Arc::clone(&call));
        (handover, executor, call)
    }

    #[test]
    fn an_id_is_handed_over_again_only_after_a_while() {
        let (handover, mut executor, _) = handover();
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let id = OutboxId::at(now);
        assert!(handover.hand(id, now));
        assert!(!handover.hand(id, now + TimeDelta::seconds(4)), "it is under way");
        assert!(handover.hand(id, now + TimeDelta::seconds(5)), "it may have got lost");
        drop(handover.begin(id));
        assert!(handover.hand(id, now + TimeDelta::seconds(5)), "it is to be tried again");
        assert_eq!(std::iter::from_fn(|| executor.try_recv().ok()).count(), 3);
        assert!(handover.is_idle());
    }

    #[test]
    fn a_backlog_stays_in_the_database() {
        let (handover, _executor, _) = handover();
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let handed = (0..MOST + 10).filter(|_| handover.hand(OutboxId::at(now), now)).count();
        assert_eq!((handed, handover.room()), (MOST, 0));
        assert!(handover.hand(OutboxId::at(now), now + AGAIN), "lost ones do not block for ever");
    }

    #[tokio::test]
    async fn the_relay_is_called_when_there_is_room_for_what_it_left() {
        let (handover, _executor, call) = handover();
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let ids: Vec<OutboxId> = (0..MOST).map(|_| OutboxId::at(now)).collect();
        assert!(ids.iter().all(|id| handover.hand(*id, now)));
        handover.left_more();
        let (last, first) = ids.split_last().unwrap();
        first.iter().take(MOST - FEW).for_each(|id| drop(handover.begin(*id)));
        let called = tokio::time::timeout(Duration::ZERO, call.notified()).await;
        assert!(called.is_err(), "there is enough to do");
        drop(handover.begin(*last));
        call.notified().await;
    }
}
