//! Redis is killed, emptied, frozen, cut off or full: it is a hint, and nobody waits for it.

use std::time::{Duration, Instant};

use super::play::{Play, at_rest, promised, slot};
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
        // 200 ms for Redis, and what an act takes on a busy machine.
        let most = Duration::from_millis(200) + Duration::from_secs(3);
        assert!(took.0 < most, "{fault:?}: the quicker of two acts took {:?}", took.0);
        promised(&format!("{fault:?}: the next step"), Duration::from_secs(15), took.1);
        mend(&mut redis, &way, fault).await;
        let took = walk(&mut play, &cluster, &api, &format!("Ma{}", 2 * number + 1)).await;
        promised(&format!("{fault:?} mended: the next step"), Duration::from_secs(15), took.1);
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

/// One case from its start to its end: how long the quicker of two acts took that leave jobs, and
/// the next step.
async fn walk(
    play: &mut Play,
    cluster: &Cluster,
    api: &crate::harness::cluster::Banjie,
    name: &str,
) -> (Duration, Duration) {
    let caller = cluster.caller(api, name);
    let case = play.drafts(&caller, &cluster.world, name).await;
    let (act, began) = (play.submits(case), Instant::now());
    let answer = caller.does(&act).await;
    let submitted = began.elapsed();
    assert_eq!(answer.status, 200, "{}", answer.text());
    play.demand.handed_in.push(case);
    let task = slot(&cluster.world, case, "quick").await;
    let began = Instant::now();
    play.approves(cluster, api, task).await;
    let decided = began.elapsed().min(submitted);
    slot(&cluster.world, case, "pay").await;
    let routed = began.elapsed();
    play.pays(cluster, api, case).await;
    at_rest(&cluster.world).await;
    (decided, routed)
}
