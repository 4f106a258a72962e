//! The process that answers dies, or its caller does: before the commit nothing has happened,
//! after it all has, and the same request under the same key tells which.

use std::time::{Duration, Instant};

use super::play::{
    Play, SOON, at_rest, hold, in_hand, promised, slot, times, until_somebody_waits,
};
use crate::harness::{
    Store, both,
    cluster::Cluster,
    http::Answer,
    proxy::{Proxy, Way},
    until,
};

both![
    before_the_commit_nothing_has_happened,
    after_the_commit_all_has_and_the_answer_is_kept,
    a_caller_who_leaves_leaves_no_half,
    a_stop_finishes_what_is_in_hand,
];

/// Nobody answered; or, on a machine that was busy elsewhere for seconds, that it cannot be had.
fn unknown(answer: &Result<Answer, String>) {
    let fits = answer.as_ref().is_ok_and(|answer| answer.status == 503);
    assert!(answer.is_err() || fits, "{answer:?}");
}

/// F1.
async fn before_the_commit_nothing_has_happened(store: Store) {
    let cluster = Cluster::start(store).await;
    let (mut play, mut banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    at_rest(&cluster.world).await;
    let held = hold(&cluster.world, case).await;
    let (act, head) = (play.says(task, "approve"), cluster.caller(&banjie, "Head"));
    let asked = {
        let (head, act) = (head.clone(), act.clone());
        tokio::task::spawn_local(async move { head.tries(&act).await })
    };
    until_somebody_waits(&cluster.world).await;
    banjie.kill();
    held.rollback().await.unwrap();
    play.kills(&cluster, &mut banjie).await;
    unknown(&asked.await.unwrap());
    assert_eq!(times(&cluster.world, case, "task_signed").await, 0);
    play.nothing_is_broken(&cluster).await;
    let began = Instant::now();
    banjie.start_again().await;
    promised("a restart", Duration::from_secs(2), began.elapsed());
    play.approves(&cluster, &banjie, task).await;
    play.pays(&cluster, &banjie, case).await;
    assert_eq!(times(&cluster.world, case, "task_signed").await, 2);
    play.all_is_well(&cluster).await;
}

/// F2: the answer gets lost on its way, and the process with it.
async fn after_the_commit_all_has_and_the_answer_is_kept(store: Store) {
    let cluster = Cluster::start(store).await;
    let (mut play, mut banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    let way = Proxy::to(banjie.url.trim_start_matches("http://"));
    let act = play.says(task, "approve");
    let far = cluster.caller(&banjie, "Head").at(&format!("http://{}", way.address()));
    // Requests pass, answers do not.
    way.be(Way::Unanswered);
    let asked = {
        let act = act.clone();
        tokio::task::spawn_local(async move { far.tries(&act).await })
    };
    until("the decision", SOON, async || {
        (times(&cluster.world, case, "task_signed").await == 1).then_some(())
    })
    .await;
    play.kills(&cluster, &mut banjie).await;
    drop(way);
    assert!(asked.await.unwrap().is_err(), "the answer was lost");
    play.nothing_is_broken(&cluster).await;
    banjie.start_again().await;
    let began = Instant::now();
    slot(&cluster.world, case, "pay").await;
    promised("the next step after a restart", Duration::from_secs(15), began.elapsed());
    let head = cluster.caller(&banjie, "Head");
    let first = head.does(&act).await;
    play.learns(&cluster.world, "Head", task, &first);
    assert_eq!(first.status, 200, "{}", first.text());
    let second = head.does(&act).await;
    assert_eq!(first.bytes, second.bytes, "byte for byte");
    assert_eq!(times(&cluster.world, case, "task_signed").await, 1);
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}

/// F3: the program drops what it was doing when the caller hangs up.
async fn a_caller_who_leaves_leaves_no_half(store: Store) {
    let cluster = Cluster::start(store).await;
    let (mut play, banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    at_rest(&cluster.world).await;
    let way = Proxy::to(banjie.url.trim_start_matches("http://"));
    let far = cluster.caller(&banjie, "Head").at(&format!("http://{}", way.address()));
    let held = hold(&cluster.world, case).await;
    let act = play.says(task, "approve");
    let asked = {
        let act = act.clone();
        tokio::task::spawn_local(async move { far.tries(&act).await })
    };
    until_somebody_waits(&cluster.world).await;
    way.be(Way::Cut);
    unknown(&asked.await.unwrap());
    held.rollback().await.unwrap();
    let answer = cluster.caller(&banjie, "Head").does(&act).await;
    play.learns(&cluster.world, "Head", task, &answer);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(times(&cluster.world, case, "task_signed").await, 1);
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}

/// F7.
async fn a_stop_finishes_what_is_in_hand(store: Store) {
    let cluster = Cluster::start(store).await;
    let (mut play, mut banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    at_rest(&cluster.world).await;
    let held = hold(&cluster.world, case).await;
    let (act, head) = (play.says(task, "approve"), cluster.caller(&banjie, "Head"));
    let asked = {
        let act = act.clone();
        tokio::task::spawn_local(async move { head.tries(&act).await })
    };
    until_somebody_waits(&cluster.world).await;
    let began = Instant::now();
    banjie.running().signal("TERM");
    tokio::time::sleep(Duration::from_millis(300)).await;
    held.rollback().await.unwrap();
    let answer = asked.await.unwrap().expect("what is in hand is answered");
    play.learns(&cluster.world, "Head", task, &answer);
    // 503 where the lock was not had in time, on a machine that was busy elsewhere.
    assert!([200, 503].contains(&answer.status), "{}", answer.text());
    let status = banjie.running().ended(Duration::from_secs(40)).await;
    promised("a stop in order", Duration::from_secs(20), began.elapsed());
    assert_eq!(status.code(), Some(0), "{}", banjie.running().log());
    for kind in ["route_case", "send_notice"] {
        let kept = in_hand(&cluster.world, kind).await;
        assert!(kept.is_empty(), "no lease is kept: {kept:?}");
    }
    banjie.start_again().await;
    let again = cluster.caller(&banjie, "Head").does(&act).await;
    play.learns(&cluster.world, "Head", task, &again);
    assert_eq!(again.status, 200, "{}", again.text());
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}
