//! Hints from other processes: apalis on Redis. Redis may vanish, hang or forget at any moment;
//! then a life of this executor ends, another begins, and the relay does what it missed.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use apalis::prelude::{BoxDynError, Data, WorkerBuilder, WorkerBuilderExt};
use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy, PollWith};
use apalis_redis::{Config, RedisStorage};
use futures_util::{FutureExt, future::BoxFuture};
use redis::{
    Client, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use serde::Deserialize;
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior},
};
use workflow::{JobKind, seal::Sensitive};

use super::{Bench, Handover, WakeUp, do_one, hands, redis_keys};
use crate::Services;

/// How often Redis is asked for hints.
const TICK: Duration = Duration::from_millis(20);
/// How often a worker says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// So many heartbeats missed, and others take over what it had.
const MISSED: usize = 3;
/// So long may Redis take to answer before this life of the executor is over.
const ANSWER: Duration = Duration::from_secs(10);
/// So many hints are fetched at once.
const BATCH: usize = 64;
/// How often what is done is swept out of Redis.
const TIDY: Duration = Duration::from_secs(5);

/// Where hints are left.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisSettings {
    /// `redis://user:password@host:port/db`
    pub url: Sensitive<String>,
    /// Before the names of all keys: deployments that share a Redis have different ones.
    pub prefix: String,
}

impl RedisSettings {
    /// apalis' own settings for the hints of one kind.
    pub(super) fn queue(&self, kind: JobKind) -> Config {
        Config::default()
            .queue(format!("{}:{}", self.prefix, kind.name()))
            .batch_size(BATCH)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED)
            // The lease is ours, in the database; a lock in Redis would be one more round trip.
            .lock_tasks(false)
            .emit_events(false)
    }

    pub(super) fn client(&self) -> Result<Client, RedisError> {
        Client::open(self.url.expose().as_str())
    }

    /// A connection that is made when it is first used, and once more when it broke.
    fn connection(&self) -> Result<ConnectionManager, RedisError> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(ANSWER))
            .set_number_of_retries(1);
        ConnectionManager::new_lazy_with_config(self.client()?, config)
    }
}

/// When to ask: at each tick, however many were missed while an answer was under way. apalis'
/// own interval loses the tick that falls into a fetch, and then sleeps to the next heartbeat.
struct Ticks(Interval);

impl PollStrategy for Ticks {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        while self.0.poll_tick(cx).is_ready() {}
        Poll::Pending
    }
}

/// One life of the executor of `kind`, under `name`: ends well when `stop` turns true and what is
/// in hand is finished, and badly at the first error of Redis.
pub(crate) fn hinted_executor(
    services: Services,
    handover: Handover,
    (redis, kind): (RedisSettings, JobKind),
    name: &str,
    mut stop: watch::Receiver<bool>,
) -> BoxFuture<'static, Result<(), BoxDynError>> {
    let connection = match redis.connection() {
        Ok(connection) => connection,
        Err(error) => return async move { Err(error.into()) }.boxed(),
    };
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let storage = RedisStorage::<WakeUp>::new(connection).with_config(redis.queue(kind));
    let worker = WorkerBuilder::new(name)
        .backend(PollWith::new(storage, Ticks(ticks)))
        .concurrency(hands(&services, kind))
        .data(Bench { services, handover })
        .build(handle);
    let name = name.to_owned();
    async move {
        redis_keys::register(&redis, kind, &name).await?;
        let stopped = async move {
            let _ = stop.wait_for(|stop| *stop).await;
            Ok::<(), std::io::Error>(())
        };
        let life = worker.run_until(stopped).await.map_err(BoxDynError::from);
        if let Err(death) = &life
            && redis_keys::is_poison(death.as_ref())
        {
            tracing::error!(jobs = kind.name(), "the hints in Redis are thrown away");
            redis_keys::forget(&redis, kind).await?;
        }
        life
    }
    .boxed()
}

/// Does what the hint says, unless it is under way here already.
async fn handle(wake_up: WakeUp, bench: Data<Bench>) -> Result<(), BoxDynError> {
    if bench.handover.mark(wake_up.0, bench.services.machine()) {
        do_one(&bench, wake_up.0).await;
    }
    Ok(())
}

/// Keeps Redis small until `stop` turns true: what is done, and workers that are gone.
pub(crate) async fn tidy(
    redis: RedisSettings,
    kinds: Vec<JobKind>,
    mut stop: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval(TIDY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        for kind in &kinds {
            // The executor says when Redis is gone; here it is only untidy.
            if let Err(error) = redis_keys::tidy(&redis, *kind).await {
                tracing::debug!(jobs = kind.name(), %error, "Redis was not tidied");
            }
        }
    }
}
