//! The worker's half of the service, from start to stop.

use std::{sync::Arc, time::Duration};

use entities::OutboxId;
use futures_util::FutureExt;
use sea_orm::DbErr;
use tokio::{
    sync::{
        Mutex,
        mpsc::{self, Receiver, Sender, UnboundedReceiver},
        watch,
    },
    task::JoinSet,
    time::Instant,
};
use workflow::{JobKind, Ticket};

use crate::{
    Part, Services, business_time, digests, housekeeping, jobs,
    queue::{self, Handover, Life, RedisSettings},
    relay,
    rounds::Rounds,
    strays, sweep,
};

/// So long before the end what is in hand is not waited for any more, but given back.
const RESERVE: Duration = Duration::from_secs(3);

/// So long may the database take to be given it back.
const GIVE_BACK: Duration = Duration::from_secs(2);

/// So long may Redis take to be left in order after that.
const FAREWELL: Duration = Duration::from_secs(1);

/// How often another process's move of business time is looked for.
const FOLLOW: Duration = Duration::from_secs(1);

/// Hints for other processes that wait for Redis.
const HINTS: usize = 1024;

/// Works until `stop` resolves, with the moment by which all must be over; finishes what is in
/// hand until three seconds before, and gives the rest back.
///
/// `fast_path` is the other end of the [`workflow::Wake`] of `services`.
///
/// # Errors
/// When business time cannot be read at the start.
pub async fn run(
    services: Services,
    fast_path: Receiver<Ticket>,
    stop: impl Future<Output = Instant> + Send,
) -> Result<(), DbErr> {
    workflow::business_time::follow(&services.workflow).await?;
    let (stopping, stopped) = watch::channel(false);
    let mut works = Works::new(services, stopped);
    works.start(fast_path);
    tracing::info!("the worker works");
    let end = stop.await;
    stopping.send_replace(true);
    works.finish(end).await;
    Ok(())
}

/// Everything that runs.
struct Works {
    services: Services,
    stopped: watch::Receiver<bool>,
    /// What must come to its end.
    loops: JoinSet<()>,
    /// What may be cut off: the database is the truth.
    hints: JoinSet<()>,
    lanes: Vec<(JobKind, Handover)>,
}

impl Works {
    fn new(services: Services, stopped: watch::Receiver<bool>) -> Self {
        let (loops, hints) = (JoinSet::new(), JoinSet::new());
        Self { services, stopped, loops, hints, lanes: Vec::new() }
    }

    fn start(&mut self, fast_path: Receiver<Ticket>) {
        let parts = self.services.settings.parts.clone();
        for kind in parts.iter().filter_map(|part| part.jobs()) {
            self.start_lane(kind);
        }
        let elsewhere = self.services.settings.redis.clone().map(|redis| self.start_redis(redis));
        let ways = Ways { lanes: self.lanes.clone(), elsewhere };
        self.loops.spawn(pump(self.services.clone(), ways, fast_path, self.stopped.clone()));
        if parts.contains(&Part::Timers) {
            self.start_timers();
        }
        if parts.contains(&Part::Housekeeping) {
            let rounds = Rounds::new("housekeeping", housekeeping::PERIOD);
            self.loops.spawn(rounds.go(self.services.clone(), self.stopped.clone(), |services| {
                async move { housekeeping::tidy_once(&services).await.map(drop) }.boxed()
            }));
            let rounds = Rounds::new("strays", strays::PERIOD);
            self.loops.spawn(rounds.go(self.services.clone(), self.stopped.clone(), |services| {
                async move { strays::settle_strays(&services).await.map(drop) }.boxed()
            }));
        }
    }

    /// The executors of one kind of jobs, and its relay.
    fn start_lane(&mut self, kind: JobKind) {
        let (services, stopped) = (&self.services, &self.stopped);
        let rounds = Rounds::new("relay", relay::PERIOD);
        let (handover, ids) = Handover::new(Arc::clone(&rounds.early));
        self.loops.spawn(execute(services.clone(), kind, handover.clone(), ids, stopped.clone()));
        if let Some(redis) = services.settings.redis.clone() {
            let listening =
                listen(services.clone(), (redis, kind), handover.clone(), stopped.clone());
            self.hints.spawn(listening);
        }
        let hinted = services.settings.redis.is_some();
        self.lanes.push((kind, handover.clone()));
        self.loops.spawn(rounds.go(services.clone(), stopped.clone(), move |services| {
            let handover = handover.clone();
            async move { relay::relay_once(&services, kind, &handover, hinted).await.map(drop) }
                .boxed()
        }));
    }

    /// What is left to other processes goes by Redis. Returns the way there.
    fn start_redis(&mut self, redis: RedisSettings) -> Sender<Ticket> {
        let (elsewhere, tickets) = mpsc::channel(HINTS);
        let health = Arc::clone(&self.services.health);
        self.hints.spawn(queue::push(redis.clone(), tickets, health, self.stopped.clone()));
        let kinds = self.lanes.iter().map(|(kind, _)| *kind).collect();
        self.hints.spawn(queue::tidy(redis, kinds, self.stopped.clone()));
        elsewhere
    }

    fn start_timers(&mut self) {
        let (services, stopped) = (&self.services, &self.stopped);
        let rounds = Rounds::new("sweep", sweep::PERIOD);
        let due = Arc::clone(&rounds.early);
        let again = Arc::clone(&due);
        self.loops.spawn(rounds.go(services.clone(), stopped.clone(), move |services| {
            let again = Arc::clone(&again);
            async move {
                // What is left of a backlog does not wait for the next look.
                if sweep::sweep_once(&services).await? >= sweep::MOST / 3 {
                    again.notify_one();
                }
                Ok(())
            }
            .boxed()
        }));
        let rounds = Rounds::new("digests", digests::PERIOD);
        self.loops.spawn(rounds.go(services.clone(), stopped.clone(), |services| {
            async move { digests::digest_once(&services).await.map(drop) }.boxed()
        }));
        let moves = services.settings.moves_time;
        let period = if moves { business_time::PERIOD } else { FOLLOW };
        let rounds = Rounds::new("business time", period);
        self.loops.spawn(rounds.go(services.clone(), stopped.clone(), move |services| {
            let due = Arc::clone(&due);
            async move {
                if !moves {
                    return workflow::business_time::follow(&services.workflow).await.map(drop);
                }
                if business_time::move_if_asked(&services).await? {
                    due.notify_one();
                }
                Ok(())
            }
            .boxed()
        }));
    }

    /// What is in hand comes to its end, or its lease is given back.
    async fn finish(mut self, end: Instant) {
        let until = end.checked_sub(RESERVE).unwrap_or(end);
        let ended = tokio::time::timeout_at(until, async {
            while self.loops.join_next().await.is_some() {}
            while !self.lanes.iter().all(|(_, handover)| handover.is_idle()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        if ended.await.is_err() {
            self.loops.shutdown().await;
            let given = jobs::give_back(&self.services);
            match tokio::time::timeout(GIVE_BACK, given).await {
                Ok(Ok(jobs)) => tracing::warn!(jobs, "jobs were left unfinished at the stop"),
                Ok(Err(error)) => tracing::warn!(%error, "unfinished jobs were not given back"),
                Err(_) => tracing::warn!("unfinished jobs were not given back in time"),
            }
        }
        let farewell = async { while self.hints.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            self.hints.shutdown().await;
        }
    }
}

/// Whereto a ticket may go.
struct Ways {
    lanes: Vec<(JobKind, Handover)>,
    elsewhere: Option<Sender<Ticket>>,
}

/// From the commit to the executor: here where its kind is done here, else by Redis. What does
/// not fit in, a relay finds.
async fn pump(
    services: Services,
    ways: Ways,
    mut fast_path: Receiver<Ticket>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let ticket = tokio::select! {
            ticket = fast_path.recv() => ticket,
            _ = stopped.wait_for(|stop| *stop) => return,
        };
        let Some(ticket) = ticket else { return };
        let here = ways.lanes.iter().find(|(kind, _)| *kind == ticket.kind);
        match (here, &ways.elsewhere) {
            (Some((_, handover)), _) => drop(handover.hand(ticket.id, services.machine())),
            (None, Some(elsewhere)) => {
                if elsewhere.try_send(ticket).is_err() {
                    services.health.count_dropped(1);
                }
            }
            (None, None) => {}
        }
    }
}

/// The executor of one kind in this process.
async fn execute(
    services: Services,
    kind: JobKind,
    handover: Handover,
    ids: UnboundedReceiver<OutboxId>,
    stopped: watch::Receiver<bool>,
) {
    let ids = Arc::new(Mutex::new(ids));
    let build = |name: &str| {
        let (handover, source) = (handover.clone(), (kind, Arc::clone(&ids)));
        queue::executor(services.clone(), handover, source, name, stopped.clone())
    };
    let part = match kind {
        JobKind::Routing => "executor.routing",
        JobKind::Letters => "executor.letters",
    };
    let life = Life { name: kind.name(), part };
    queue::supervise(life, &services.health, &services.workflow.clock, stopped.clone(), build)
        .await;
}

/// The executor of hints of one kind from other processes.
async fn listen(
    services: Services,
    (redis, kind): (RedisSettings, JobKind),
    handover: Handover,
    stopped: watch::Receiver<bool>,
) {
    let build = |name: &str| {
        let source = (redis.clone(), kind);
        queue::hinted_executor(services.clone(), handover.clone(), source, name, stopped.clone())
    };
    let part = match kind {
        JobKind::Routing => "hints.routing",
        JobKind::Letters => "hints.letters",
    };
    let life = Life { name: kind.name(), part };
    queue::supervise(life, &services.health, &services.workflow.clock, stopped.clone(), build)
        .await;
}
