//! The keys of one queue in Redis: how many hints wait, what is thrown away. apalis itself keeps
//! every task for ever, and every worker that ever was.

use std::{error::Error, time::Duration};

use apalis_redis::Config;
use redis::{
    AsyncConnectionConfig, RedisError, Script,
    aio::{ConnectionLike, MultiplexedConnection},
};
use workflow::JobKind;

use super::RedisSettings;

/// Never more hints in Redis than this: a fetch of thousands at once fails for every worker.
pub(super) const MOST: u64 = 2000;

/// So many are more than one fetch could ever take: they are thrown away before it tries.
const TOO_MANY: u64 = 3 * MOST;

/// So long may Redis take over any of this.
const ANSWER: Duration = Duration::from_secs(5);

/// Takes up to `ARGV[1]` finished tasks out of the three places where they are kept.
const SWEEP: &str = "
    local gone = 0
    for _, ended in ipairs({KEYS[1], KEYS[2]}) do
        local ids = redis.call('spop', ended, ARGV[1])
        for _, id in ipairs(ids) do
            redis.call('hdel', KEYS[3], id)
            redis.call('del', KEYS[4] .. ':' .. id)
        end
        gone = gone + #ids
    end
    return gone";

/// A worker registers with apalis within so long, or it is gone.
const YOUNG: Duration = Duration::from_mins(1);

/// Names stand with the time at which they were noted, by Redis' own clock.
const REGISTER: &str = "
    local now = redis.call('time')[1]
    return redis.call('zadd', KEYS[1], now, ARGV[1])";

/// Forgets the workers that are no longer among apalis' living.
const FORGET: &str = "
    local before = tonumber(redis.call('time')[1]) - tonumber(ARGV[1])
    local old = redis.call('zrangebyscore', KEYS[1], '-inf', before, 'limit', 0, ARGV[2])
    local gone = 0
    for _, name in ipairs(old) do
        if not redis.call('zscore', KEYS[2], name) then
            redis.call('unlink', KEYS[3] .. name)
            redis.call('zrem', KEYS[1], name)
            gone = gone + 1
        end
    end
    return gone";

/// How many one sweep takes.
const BATCH: u64 = 500;

/// What `unpack` of Lua says of too long a list: no fetch will ever succeed again.
pub(super) fn is_poison(death: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(death);
    while let Some(error) = cause {
        if error.to_string().contains("too many results to unpack") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// How many hints of a queue wait.
pub(super) async fn waiting(
    connection: &mut impl ConnectionLike,
    queue: &Config,
) -> Result<u64, RedisError> {
    let (scheduled, active): (u64, u64) = redis::pipe()
        .zcard(queue.scheduled_jobs_set())
        .llen(queue.active_jobs_list())
        .query_async(connection)
        .await?;
    Ok(scheduled + active)
}

/// Throws away all hints of one kind. Their rows are in the database.
pub(super) async fn forget(redis: &RedisSettings, kind: JobKind) -> Result<(), RedisError> {
    let mut connection = connect(redis).await?;
    forget_keys(&mut connection, &format!("{}:*", redis.queue(kind).queue)).await
}

/// Sweeps out what is done, workers that are gone, and a backlog that no fetch could take.
pub(super) async fn tidy(redis: &RedisSettings, kind: JobKind) -> Result<(), RedisError> {
    let queue = redis.queue(kind);
    let mut connection = connect(redis).await?;
    if waiting(&mut connection, &queue).await? > TOO_MANY {
        tracing::error!(jobs = kind.name(), "too many hints in Redis: they are thrown away");
        return forget_keys(&mut connection, &format!("{}:*", queue.queue)).await;
    }
    let sweep = Script::new(SWEEP);
    loop {
        let gone: u64 = sweep
            .key(queue.done_jobs_set())
            .key(queue.dead_jobs_set())
            .key(queue.job_data_hash())
            .key(queue.job_meta_hash())
            .arg(BATCH)
            .invoke_async(&mut connection)
            .await?;
        if gone < BATCH {
            break;
        }
    }
    forget_workers(&mut connection, &queue).await.map(drop)
}

/// Notes the name of a worker that is about to begin, so that what apalis keeps of it can be found
/// when it is gone, without looking through all keys.
pub(super) async fn register(
    redis: &RedisSettings,
    kind: JobKind,
    name: &str,
) -> Result<(), RedisError> {
    let mut connection = connect(redis).await?;
    let names = names(&redis.queue(kind));
    Script::new(REGISTER).key(names).arg(name).invoke_async(&mut connection).await
}

/// What is known of workers that have not been heard of for long.
async fn forget_workers(
    connection: &mut MultiplexedConnection,
    queue: &Config,
) -> Result<u64, RedisError> {
    Script::new(FORGET)
        .key(names(queue))
        .key(queue.workers_set())
        .key(format!("{}:workers:metadata:", queue.queue))
        .arg(YOUNG.as_secs())
        .arg(BATCH)
        .invoke_async(connection)
        .await
}

/// The names of all workers that are, or were until they are forgotten.
fn names(queue: &Config) -> String {
    format!("{}:workers:names", queue.queue)
}

async fn forget_keys(
    connection: &mut MultiplexedConnection,
    pattern: &str,
) -> Result<(), RedisError> {
    for some in keys(connection, pattern).await?.chunks(500) {
        redis::cmd("UNLINK").arg(some).query_async::<u64>(connection).await?;
    }
    Ok(())
}

/// By going through all of Redis: only for what happens once in a long while.
async fn keys(
    connection: &mut MultiplexedConnection,
    pattern: &str,
) -> Result<Vec<String>, RedisError> {
    let (mut found, mut cursor) = (Vec::new(), 0_u64);
    loop {
        let (next, some): (u64, Vec<String>) = redis::cmd("SCAN")
            .arg(cursor)
            .arg("MATCH")
            .arg(pattern)
            .arg("COUNT")
            .arg(1000)
            .query_async(connection)
            .await?;
        found.extend(some);
        cursor = next;
        if cursor == 0 {
            return Ok(found);
        }
    }
}

async fn connect(redis: &RedisSettings) -> Result<MultiplexedConnection, RedisError> {
    let patience = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(ANSWER))
        .set_response_timeout(Some(ANSWER));
    redis.client()?.get_multiplexed_async_connection_with_config(&patience).await
}
