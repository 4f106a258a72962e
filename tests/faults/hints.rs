//! Redis is killed, emptied, frozen, cut off or full: it is a hint, and nobody waits for it.

use std::time::{Duration, Instant};

use super::play::{Play, at_rest, slot};
use crate::harness::{
    Store,
    cluster::Cluster,
    proxy::{Proxy, Way},
    redis::Redis,
};

/// What is done to Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Killed,
    Emptied,
    Frozen,
    HalfOpen,
    Full,
    ReadOnly,
}

const FAULTS: [Fault; 6] =
    [Fault::Killed, Fault::Emptied, Fault::Frozen, Fault::HalfOpen, Fault::Full, Fault::ReadOnly];

/// F10 to F13.
#[actix_web::test]
async fn whatever_becomes_of_redis_requests_and_jobs_go_on() {
    let mut cluster = Cluster::start(Store::Postgres).await;
    for number in 0..2 * FAULTS.len() {
        cluster.applies(&format!("Ma{number}")).await;
    }
    let mut redis = Redis::start().await;
    let way = Proxy::to(&redis.address());
    let url = format!("redis://{}", way.address());
    let settings = [("BANJIE__REDIS__URL", url.as_str())];
    let api = cluster.banjie("api", &settings).await;
    let _worker = cluster.banjie("worker", &settings).await;
    let mut play = Play::default();
    for (number, fault) in FAULTS.into_iter().enumerate() {
        strike(&mut redis, &way, fault);
        let took = walk(&mut play, &cluster, &api, &format!("Ma{}", 2 * number)).await;
        println!("{fault:?}: decision {:?}, next step {:?}", took.0, took.1);
        // 200 ms for Redis, and what a decision takes on a busy machine.
        assert!(took.0 < Duration::from_secs(10), "{fault:?}: a decision took {:?}", took.0);
        assert!(took.1 < Duration::from_secs(15 + 15), "{fault:?}: routing took {:?}", took.1);
        mend(&mut redis, &way, fault).await;
        let took = walk(&mut play, &cluster, &api, &format!("Ma{}", 2 * number + 1)).await;
        println!("{fault:?} mended: decision {:?}, next step {:?}", took.0, took.1);
    }
    play.all_is_well(&cluster).await;
}

fn strike(redis: &mut Redis, way: &Proxy, fault: Fault) {
    match fault {
        Fault::Killed => redis.kill(),
        Fault::Emptied => drop(redis.ask(&["FLUSHALL"])),
        Fault::Frozen => redis.freeze(),
        Fault::HalfOpen => {
            way.be(Way::Mute);
            way.lose();
        }
        Fault::Full => drop(redis.ask(&["CONFIG", "SET", "maxmemory", "1"])),
        Fault::ReadOnly => drop(redis.ask(&["REPLICAOF", "127.0.0.1", "1"])),
    }
}

async fn mend(redis: &mut Redis, way: &Proxy, fault: Fault) {
    match fault {
        Fault::Killed => redis.start_again().await,
        Fault::Emptied => {}
        Fault::Frozen => redis.thaw(),
        Fault::HalfOpen => way.be(Way::Open),
        Fault::Full => drop(redis.ask(&["CONFIG", "SET", "maxmemory", "0"])),
        Fault::ReadOnly => drop(redis.ask(&["REPLICAOF", "NO", "ONE"])),
    }
}

/// One case from its start to its end: how long the decision took, and the next step.
async fn walk(
    play: &mut Play,
    cluster: &Cluster,
    api: &crate::harness::cluster::Banjie,
    name: &str,
) -> (Duration, Duration) {
    let (case, task) = play.applies(cluster, api, name).await;
    let began = Instant::now();
    play.approves(cluster, api, task).await;
    let decided = began.elapsed();
    slot(&cluster.world, case, "pay").await;
    let routed = began.elapsed();
    play.pays(cluster, api, case).await;
    at_rest(&cluster.world).await;
    (decided, routed)
}
