//! W4: timers that are all due at once, by the sweep, beside claims and marks by hand.

use std::time::{Duration, Instant};

use crate::{
    cluster::{Cluster, Session},
    copies::{make, size},
    figure, load,
    service::{self, Caller, Service},
    usage::memory,
    w1::{drained, stage_in},
};

/// A sweep that fires nothing for so long is an error.
const STUCK: Duration = Duration::from_mins(2);

/// What is due and has not fired.
const LEFT: &str = "SELECT count(*) FROM timer WHERE fired_at IS NULL AND due_at <= now()";

/// All figures of W4. `BENCH_TIMERS` says how many.
pub(crate) async fn run() {
    let timers = size("BENCH_TIMERS", 100_000);
    let cluster = Cluster::start();
    let data = service::folder();
    let (session, service) = stage_in(&cluster, &data).await;
    let case = load::open(&mut Caller::new(&service.address).unwrap(), 0);
    drained(&session, &service).await;
    drop(service); // nothing shall fire meanwhile
    // Of a case's timers the one of its open step; its clock runs out as well.
    session
        .run(
            "UPDATE timer SET fired_at = now() WHERE kind <> 'due' OR run_id IS NULL;
             UPDATE timer SET due_at = now() + interval '1 day' WHERE fired_at IS NULL;
             UPDATE clock SET due_at = now() - interval '10 days'",
        )
        .await;
    make(&session, &case, (1, timers)).await;
    session.run(&format!("UPDATE timer SET fired_at = now() WHERE case_id = '{case}'")).await;
    let before = raw(&session).await;
    let ours = sweep(&cluster, &data, &session).await;
    let after = raw(&session).await;
    figure("w4.timers", timers as f64, "timers");
    figure("w4.raw_before", before, "timers/s");
    figure("w4.fired", ours, "timers/s");
    figure("w4.raw_after", after, "timers/s");
    figure("w4.ratio", ours / f64::midpoint(before, after), "of raw SQL");
}

/// The copies' timers are due, or will be.
async fn arm(session: &Session, when: &str) -> i64 {
    let copies = "id IN (SELECT timer.id FROM timer JOIN case_file ON case_file.id = case_id
        WHERE timer.kind = 'due' AND case_file.number LIKE '%-%-%'
        AND run_id IS NOT NULL AND clock_id IS NOT NULL)";
    session.run(&format!("UPDATE timer SET fired_at = NULL, due_at = {when} WHERE {copies}")).await;
    session.run("VACUUM ANALYZE timer").await;
    session.number(&LEFT.replace("now()", "now() + interval '3 days'")).await
}

/// Claims and marks by hand, a hundred at a time, each in a transaction. They are not due, so that
/// no service takes them.
async fn raw(session: &Session) -> f64 {
    let timers = arm(session, "now() + interval '2 days'").await;
    let claim = "SELECT id::text FROM timer WHERE fired_at IS NULL AND due_at <= now() +
        interval '3 days' ORDER BY due_at, id LIMIT 100 FOR UPDATE SKIP LOCKED";
    let begin = Instant::now();
    loop {
        session.run("BEGIN").await;
        let ids = session.texts(claim).await;
        let list = ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",");
        if !ids.is_empty() {
            session.run(&format!("UPDATE timer SET fired_at = now() WHERE id IN ({list})")).await;
        }
        session.run("COMMIT").await;
        if ids.is_empty() {
            return timers as f64 / begin.elapsed().as_secs_f64();
        }
    }
}

/// The same rows by the service: each turns a light red, with its row of the trail.
async fn sweep(cluster: &Cluster, data: &std::path::Path, session: &Session) -> f64 {
    let all = arm(session, "now() - interval '1 minute'").await;
    let url = cluster.url("banjie");
    let begin = Instant::now();
    let service = Service::serve(data, &url);
    let (mut left, mut moved, mut most) = (all, Instant::now(), 0.0_f64);
    while left > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        most = most.max(service.pids().into_iter().map(memory).sum());
        let now = session.number(LEFT).await;
        if now < left {
            moved = Instant::now();
        }
        left = now;
        assert!(moved.elapsed() < STUCK, "{left} are left: {}", service.log());
    }
    let took = begin.elapsed();
    let red = session.number("SELECT count(*) FROM trail WHERE kind = 'light_changed'").await;
    assert!(red >= all, "{red} lights of {all} turned red");
    figure("w4.memory", most, "MiB");
    all as f64 / took.as_secs_f64()
}
