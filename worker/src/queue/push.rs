//! The fast path into Redis: hints for the workers of other processes. A request only puts a
//! ticket into a channel; what Redis does not take within a moment is left to the relay.

use std::{sync::Arc, time::Duration};

use apalis_core::task::builder::TaskBuilder;
use apalis_redis::queries::push_tasks;
use redis::{AsyncConnectionConfig, aio::MultiplexedConnection};
use tokio::{
    sync::{mpsc::Receiver, watch},
    time::{Instant, MissedTickBehavior},
};
use workflow::{
    JobKind, Ticket,
    health::{Condition, Health},
};

use super::{RedisSettings, WakeUp, redis_keys};

/// So long may Redis take over one batch of hints.
const ANSWER: Duration = Duration::from_millis(200);
/// After a failure Redis is left alone for so long.
const PAUSE: Duration = Duration::from_secs(1);
/// How often Redis is asked whether it is there, so that readiness knows without any traffic.
const LOOK: Duration = Duration::from_secs(2);
/// Hints of one push.
const BATCH: usize = 64;

/// Why hints were not taken.
#[derive(Debug, thiserror::Error)]
enum NotPushed {
    #[error("it did not answer within 200 ms")]
    Silent(#[from] tokio::time::error::Elapsed),
    #[error("{0}")]
    Redis(#[from] redis::RedisError),
    #[error("{0}")]
    Apalis(#[from] apalis_redis::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

/// Hands what comes by `tickets` to Redis until `stop` turns true or the channel closes. Says in
/// `health` how Redis is, under the part `redis`.
pub async fn push(
    redis: RedisSettings,
    mut tickets: Receiver<Ticket>,
    health: Arc<Health>,
    mut stop: watch::Receiver<bool>,
) {
    let mut wire = Wire { redis, connection: None, not_before: None };
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut batch = Vec::new();
        tokio::select! {
            taken = tickets.recv_many(&mut batch, BATCH) => if taken == 0 { return },
            _ = looks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if wire.not_before.is_some_and(|at| Instant::now() < at) {
            health.count_dropped(batch.len());
            continue;
        }
        match tokio::time::timeout(ANSWER, wire.push(&batch)).await.map_err(NotPushed::from) {
            Ok(Ok(left_out)) => {
                health.count_dropped(left_out);
                health.count_pushed(batch.len().saturating_sub(left_out));
                wire.not_before = None;
                health.say("redis", Condition::Well);
            }
            Ok(Err(error)) | Err(error) => {
                health.count_dropped(batch.len());
                // What is half said on a connection cannot be taken back: a new one next time.
                wire.connection = None;
                if wire.not_before.is_none() {
                    tracing::warn!(%error, "Redis took no hints");
                }
                wire.not_before = Some(Instant::now() + PAUSE);
                // Whoever asks is not told why: errors name users and hosts.
                let why = "Redis takes no hints; jobs begin up to a second later";
                health.say("redis", Condition::Degraded(why.to_owned()));
            }
        }
    }
}

/// The way to Redis: closed for a while after it failed.
struct Wire {
    redis: RedisSettings,
    connection: Option<MultiplexedConnection>,
    not_before: Option<Instant>,
}

impl Wire {
    /// Pushes a batch, which may be empty: then it only asks whether Redis is there. Returns how
    /// many hints were left out because too many wait already.
    async fn push(&mut self, batch: &[Ticket]) -> Result<usize, NotPushed> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(connect(&self.redis).await?),
        };
        if batch.is_empty() {
            redis::cmd("PING").query_async::<String>(connection).await?;
        }
        let mut left_out = 0;
        for kind in JobKind::ALL {
            let mut hints = Vec::new();
            for ticket in batch.iter().filter(|ticket| ticket.kind == kind) {
                let hint = serde_json::to_vec(&WakeUp(ticket.id))?;
                hints.push(TaskBuilder::new(hint).build());
            }
            if hints.is_empty() {
                continue;
            }
            let queue = self.redis.queue(kind);
            if redis_keys::waiting(connection, &queue).await? >= redis_keys::MOST {
                left_out += hints.len();
                continue;
            }
            push_tasks(connection, &queue, &hints).await?;
        }
        Ok(left_out)
    }
}

async fn connect(redis: &RedisSettings) -> Result<MultiplexedConnection, redis::RedisError> {
    let patience = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(ANSWER))
        .set_response_timeout(Some(ANSWER));
    redis.client()?.get_multiplexed_async_connection_with_config(&patience).await
}
