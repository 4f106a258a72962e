//! The database dies, is restarted, freezes, or the line to it goes bad.

use std::time::{Duration, Instant};

use super::play::{Play, SOON, at_rest, promised, slot};
use crate::harness::{
    Store,
    cluster::{Banjie, Cluster},
    http::Caller,
    proxy::{Proxy, Way},
    servers::connect,
    until,
};

/// Every answer within eight seconds; the rest is the machine's.
const MOST: Duration = Duration::from_secs(8 + 7);

/// What is asked while the database is away: answers are 503 with a time to wait, or right.
async fn asks_in_vain(caller: &Caller, path: &str) {
    let began = Instant::now();
    let answer = caller.try_send("GET", path, None).await.expect("an answer");
    let took = began.elapsed();
    assert!(took < MOST, "{path} took {took:?}");
    if answer.status != 200 {
        assert_eq!(answer.status, 503, "{path}: {}", answer.text());
        assert!(answer.header("retry-after").is_some(), "{path} says when to come back");
    }
}

async fn recovers(banjie: &Banjie, what: &str) {
    let began = Instant::now();
    banjie.until_ready(200).await;
    promised(&format!("{what}: ready after the database"), Duration::from_secs(3), began.elapsed());
}

/// F14, F6, on one cluster.
#[actix_web::test]
async fn a_database_that_dies_loses_nothing_and_is_waited_for() {
    let mut cluster = Cluster::start(Store::Postgres).await;
    for name in ["Li", "Wang", "Zhao"] {
        cluster.applies(name).await;
    }
    let (mut play, mut banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let head = cluster.caller(&banjie, "Head");

    // Killed.
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    cluster.postgres().kill();
    asks_in_vain(&head, "/api/v1/tasks").await;
    let act = play.says(task, "approve");
    let answer = head.tries(&act).await.expect("an answer");
    assert_eq!(answer.status, 503, "{}", answer.text());
    cluster.postgres().start_again().await;
    recovers(&banjie, "killed").await;
    play.picks_up(&cluster).await;
    let answer = head.does(&act).await;
    play.learns(&cluster.world, "Head", task, &answer);
    assert_eq!(answer.status, 200, "{}", answer.text());
    play.pays(&cluster, &banjie, case).await;
    at_rest(&cluster.world).await;

    // One of its processes killed: it throws all others out and recovers.
    let (case, task) = play.applies(&cluster, &banjie, "Li").await;
    let url = cluster.url.clone();
    let admin = connect(&url).await;
    cluster.postgres().kill_a_backend(&admin).await;
    play.approves(&cluster, &banjie, task).await;
    recovers(&banjie, "a backend killed").await;
    play.picks_up(&cluster).await;
    play.pays(&cluster, &banjie, case).await;
    at_rest(&cluster.world).await;

    // Restarted in order.
    let (case, task) = play.applies(&cluster, &banjie, "Wang").await;
    cluster.postgres().stop().await;
    asks_in_vain(&head, "/api/v1/tasks").await;
    cluster.postgres().start_again().await;
    recovers(&banjie, "restarted").await;
    play.picks_up(&cluster).await;
    play.approves(&cluster, &banjie, task).await;
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;

    // Everything dies at once (F6).
    let (case, task) = play.applies(&cluster, &banjie, "Zhao").await;
    let act = play.says(task, "approve");
    let asked = {
        let (head, act) = (head.clone(), act.clone());
        tokio::task::spawn_local(async move { head.tries(&act).await })
    };
    tokio::task::yield_now().await;
    banjie.kill();
    cluster.postgres().kill();
    if let Ok(answer) = asked.await.unwrap() {
        play.learns(&cluster.world, "Head", task, &answer);
    }
    cluster.postgres().start_again().await;
    play.kills(&cluster, &mut banjie).await;
    let began = Instant::now();
    banjie.start_again().await;
    banjie.until_ready(200).await;
    promised("all dead: ready", Duration::from_secs(5), began.elapsed());
    let answer = head.does(&act).await;
    play.learns(&cluster.world, "Head", task, &answer);
    assert_eq!(answer.status, 200, "{}", answer.text());
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}

/// F15: frozen, half-open, slow, unplugged.
#[actix_web::test]
async fn a_database_that_is_silent_holds_nobody_up() {
    let mut cluster = Cluster::start(Store::Postgres).await;
    for name in ["Li", "Wang"] {
        cluster.applies(name).await;
    }
    let way = Proxy::to(&cluster.postgres().address());
    let url = format!("postgres://banjie@{}/banjie", way.address());
    let settings = [("BANJIE__DATABASE__URL", url.as_str())];
    let (mut play, banjie) = (Play::default(), cluster.banjie("serve", &settings).await);
    let head = cluster.caller(&banjie, "Head");

    // Frozen.
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    let act = play.says(task, "approve");
    cluster.postgres().freeze();
    let asked = {
        let (head, act) = (head.clone(), act.clone());
        tokio::task::spawn_local(async move { (Instant::now(), head.tries(&act).await) })
    };
    asks_in_vain(&head, "/api/v1/tasks").await;
    let (began, answer) = asked.await.unwrap();
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(began.elapsed() < MOST, "{:?}", began.elapsed());
    cluster.postgres().thaw();
    recovers(&banjie, "frozen").await;
    play.picks_up(&cluster).await;
    let answer = head.does(&act).await;
    play.learns(&cluster.world, "Head", task, &answer);
    assert_eq!(answer.status, 200, "{}", answer.text());
    play.pays(&cluster, &banjie, case).await;
    at_rest(&cluster.world).await;

    // Slow, as over a bad line: all goes its way.
    way.be(Way::Slow(Duration::from_millis(20)));
    let (case, task) = play.applies(&cluster, &banjie, "Li").await;
    way.be(Way::Open);
    play.approves(&cluster, &banjie, task).await;
    play.pays(&cluster, &banjie, case).await;
    at_rest(&cluster.world).await;

    // Half-open while requests are under way, then unplugged for good: the pool must find new
    // connections by itself.
    let (case, task) = play.applies(&cluster, &banjie, "Wang").await;
    let act = play.says(task, "approve");
    way.be(Way::Mute);
    way.lose();
    let asked: Vec<_> = (0..20)
        .map(|_| {
            let (head, act) = (head.clone(), act.clone());
            tokio::task::spawn_local(async move { (Instant::now(), head.tries(&act).await) })
        })
        .collect();
    for asked in asked {
        let (began, answer) = asked.await.unwrap();
        assert!(began.elapsed() < MOST, "{:?}", began.elapsed());
        let status = answer.expect("an answer").status;
        assert!(status == 503 || status == 429, "{status}");
    }
    way.be(Way::Open);
    recovers(&banjie, "unplugged").await;
    play.picks_up(&cluster).await;
    let answer = head.does(&act).await;
    play.learns(&cluster.world, "Head", task, &answer);
    assert_eq!(answer.status, 200, "{}", answer.text());
    until("routing", 2 * SOON, async || {
        slot(&cluster.world, case, "pay").await;
        Some(())
    })
    .await;
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}
