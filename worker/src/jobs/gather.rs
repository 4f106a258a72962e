//! Callers that come together are served together. Whoever finds nobody at work takes the
//! others' asks along with their own; when that is done, one of those who came meanwhile goes on.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// So many are served at once.
const MOST: usize = 64;

/// Where those wait who ask for the same kind of work.
pub(super) struct Gather<Ask, Answer>(Mutex<Queue<Ask, Answer>>);

struct Queue<Ask, Answer> {
    /// How many are at work now.
    leads: usize,
    waiting: VecDeque<(Ask, oneshot::Sender<Turn<Ask, Answer>>)>,
}

/// What one who waits is told.
enum Turn<Ask, Answer> {
    /// Another has done it.
    Answer(Answer),
    /// It is theirs to do, for all who wait.
    Lead(Ask, Lead<Ask, Answer>),
}

/// Somebody is at work. Dropped, whatever happened to them, it passes the work on.
struct Lead<Ask, Answer>(Arc<Gather<Ask, Answer>>);

impl<Ask, Answer> Drop for Lead<Ask, Answer> {
    fn drop(&mut self) {
        let mut turn = None;
        {
            let mut queue = self.0.queue();
            match queue.waiting.pop_front() {
                Some((ask, sender)) => turn = Some((ask, sender)),
                None => queue.leads -= 1,
            }
        }
        if let Some((ask, sender)) = turn {
            // Whoever has gone meanwhile drops it, and so passes it on again.
            drop(sender.send(Turn::Lead(ask, Self(Arc::clone(&self.0)))));
        }
    }
}

impl<Ask, Answer> fmt::Debug for Gather<Ask, Answer> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.queue();
        write!(f, "Gather({} wait, {} at work)", queue.waiting.len(), queue.leads)
    }
}

impl<Ask, Answer> Default for Gather<Ask, Answer> {
    fn default() -> Self {
        Self(Mutex::new(Queue { leads: 0, waiting: VecDeque::new() }))
    }
}

impl<Ask, Answer> Gather<Ask, Answer> {
    fn queue(&self) -> MutexGuard<'_, Queue<Ask, Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has `ask` done by `work`, which gives as many answers as it is given asks, in their
    /// order; `leads` callers at most are at work at once. None when whoever was at work has
    /// ended without an answer.
    pub(super) async fn ask(
        self: &Arc<Self>,
        ask: Ask,
        leads: usize,
        work: impl AsyncFnOnce(Vec<Ask>) -> Vec<Answer>,
    ) -> Option<Answer> {
        let (ask, lead) = match self.enter(ask, leads) {
            Entered::First(ask, lead) => (ask, lead),
            Entered::Waits(told) => match told.await.ok()? {
                Turn::Answer(answer) => return Some(answer),
                Turn::Lead(ask, lead) => (ask, lead),
            },
        };
        let (mut asks, mut senders) = (vec![ask], Vec::new());
        for (ask, sender) in lead.others() {
            asks.push(ask);
            senders.push(sender);
        }
        let mut answers = work(asks).await.into_iter();
        let own = answers.next();
        for (sender, answer) in senders.into_iter().zip(answers) {
            drop(sender.send(Turn::Answer(answer))); // who does not wait any more needs none
        }
        own
    }

    fn enter(self: &Arc<Self>, ask: Ask, leads: usize) -> Entered<Ask, Answer> {
        let mut queue = self.queue();
        if queue.leads < leads.max(1) {
            queue.leads += 1;
            return Entered::First(ask, Lead(Arc::clone(self)));
        }
        let (sender, told) = oneshot::channel();
        queue.waiting.push_back((ask, sender));
        Entered::Waits(told)
    }
}

/// Whether one is at work oneself.
enum Entered<Ask, Answer> {
    First(Ask, Lead<Ask, Answer>),
    Waits(oneshot::Receiver<Turn<Ask, Answer>>),
}

impl<Ask, Answer> Lead<Ask, Answer> {
    fn others(&self) -> Vec<(Ask, oneshot::Sender<Turn<Ask, Answer>>)> {
        let mut queue = self.0.queue();
        let count = queue.waiting.len().min(MOST - 1);
        queue.waiting.drain(..count).collect()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    fn doubled(asks: &[u32]) -> Vec<u32> {
        asks.iter().map(|ask| ask * 2).collect()
    }

    #[tokio::test]
    async fn those_who_come_meanwhile_are_served_together() {
        let (gather, open) = (Arc::new(Gather::default()), Arc::new(Notify::new()));
        let (batches, first) = (Mutex::new(Vec::new()), Arc::clone(&open));
        let work = async |asks: Vec<u32>| {
            if asks == [0] {
                first.notified().await;
            }
            batches.lock().unwrap().push(asks.len());
            doubled(&asks)
        };
        let callers = (0..10).map(|ask| gather.ask(ask, 1, &work));
        let (answers, ()) = tokio::join!(join_all(callers), async { open.notify_one() });
        assert_eq!(answers, (0..10).map(|ask| Some(ask * 2)).collect::<Vec<_>>());
        assert_eq!(*batches.lock().unwrap(), [1, 9]);
    }

    #[tokio::test]
    async fn one_who_goes_at_work_leaves_the_rest_to_the_next() {
        let gather: Arc<Gather<u32, u32>> = Arc::default();
        let never = async |_: Vec<u32>| std::future::pending().await;
        let mut first = Box::pin(gather.ask(1, 1, never));
        assert!(futures_util::poll!(&mut first).is_pending());
        let mut second = Box::pin(gather.ask(2, 1, async |asks: Vec<u32>| doubled(&asks)));
        let third = gather.ask(3, 1, async |asks: Vec<u32>| doubled(&asks));
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        let (second, third) = tokio::join!(second, third);
        assert_eq!((second, third), (Some(4), Some(6)));
        assert_eq!(gather.queue().leads, 0);
    }

    #[tokio::test]
    async fn who_waits_and_is_not_served_hears_of_it() {
        let gather: Arc<Gather<u32, u32>> = Arc::default();
        let nothing = async |_: Vec<u32>| Vec::new();
        assert_eq!(gather.ask(1, 1, nothing).await, None);
        assert_eq!(gather.queue().leads, 0);
    }
}
