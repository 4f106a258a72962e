//! The executor of jobs. The outbox is the queue; what passes here is ids, which may get lost:
//! the relay finds their rows again.

mod memory;
mod supervisor;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use entities::OutboxId;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

pub(crate) use memory::executor;
pub(crate) use supervisor::supervise;

/// More ids than this are never under way: a backlog stays in the database.
const MOST: usize = 2000;

/// An id that was handed over and not heard of for so long may be handed over again.
const AGAIN: TimeDelta = TimeDelta::seconds(5);

/// The way into the executor, for the fast path and the relay.
#[derive(Clone, Debug)]
pub(crate) struct Handover {
    sender: UnboundedSender<OutboxId>,
    under_way: Arc<Mutex<HashMap<OutboxId, DateTime<Utc>>>>,
}

impl Handover {
    /// A way in, and the end at which the executor takes ids out.
    pub(crate) fn new() -> (Self, UnboundedReceiver<OutboxId>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self { sender, under_way: Arc::default() }, receiver)
    }

    /// Hands `id` over, unless it was lately, or too many are under way. Returns whether it did.
    pub(crate) fn hand(&self, id: OutboxId, now: DateTime<Utc>) -> bool {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.len() >= MOST {
            under_way.retain(|_, since| now - *since < AGAIN);
        }
        let lately = under_way.get(&id).is_some_and(|since| now - *since < AGAIN);
        if lately || under_way.len() >= MOST {
            return false;
        }
        under_way.insert(id, now);
        self.sender.send(id).is_ok()
    }

    /// The job is not under way any more.
    pub(crate) fn finished(&self, id: OutboxId) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_handed_over_again_only_after_a_while() {
        let (handover, mut executor) = Handover::new();
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let id = OutboxId::at(now);
        assert!(handover.hand(id, now));
        assert!(!handover.hand(id, now + TimeDelta::seconds(4)), "it is under way");
        assert!(handover.hand(id, now + TimeDelta::seconds(5)), "it may have got lost");
        handover.finished(id);
        assert!(handover.hand(id, now + TimeDelta::seconds(5)), "it is to be tried again");
        assert_eq!(std::iter::from_fn(|| executor.try_recv().ok()).count(), 3);
    }

    #[test]
    fn a_backlog_stays_in_the_database() {
        let (handover, _executor) = Handover::new();
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let handed = (0..MOST + 10).filter(|_| handover.hand(OutboxId::at(now), now)).count();
        assert_eq!(handed, MOST);
        assert!(handover.hand(OutboxId::at(now), now + AGAIN), "lost ones do not block for ever");
    }
}
