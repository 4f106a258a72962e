//! W1: cases through four levels over HTTP, beside pgbench with the same rows.

use std::{path::Path, time::Duration};

use crate::{
    Times, baseline,
    cluster::{Cluster, Session},
    figure,
    load::{self, LEVELS, Load, percentile},
    service::{self, Caller, Service},
    usage::{Usage, memory},
};

/// Cases that are under way at once.
const IN_FLIGHT: usize = 64;

/// A migrated and seeded database, a copy of it for pgbench, and the service on the first.
pub(crate) async fn stage() -> (Cluster, Session, Service) {
    let cluster = Cluster::start();
    let (session, service) = stage_in(&cluster, &service::folder()).await;
    (cluster, session, service)
}

/// The same on a server and in a folder that are there.
pub(crate) async fn stage_in(cluster: &Cluster, data: &Path) -> (Session, Service) {
    let admin = cluster.connect("postgres").await;
    admin.run("CREATE DATABASE banjie").await;
    service::migrate(data, &cluster.url("banjie"));
    let seed = cluster.connect("banjie").await;
    seed.run(include_str!("seed.sql")).await;
    seed.0.close().await.expect("the connection closes");
    admin.run("CREATE DATABASE baseline TEMPLATE banjie").await;
    let service = Service::serve(data, &cluster.url("banjie"));
    let session = cluster.connect("banjie").await;
    (session, service)
}

/// One case alone, from the opening to the last letter.
pub(crate) async fn one_case(service: &Service, session: &Session) {
    let mut caller = Caller::new(&service.address).unwrap();
    let case = load::open(&mut caller, 0);
    for level in 0..LEVELS {
        let sql = format!("SELECT id::text FROM task WHERE case_id = '{case}' AND state = 'open'");
        let task = wait_for(session, service, &sql).await;
        load::decide(&mut caller, level, &task);
    }
    let ended = format!("SELECT number FROM case_file WHERE id = '{case}' AND phase = 'ended'");
    wait_for(session, service, &ended).await;
    drained(session, service).await;
}

/// The first text of a query that has one.
async fn wait_for(session: &Session, service: &Service, sql: &str) -> String {
    for _ in 0..2000 {
        if let Some(found) = session.texts(sql).await.pop() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never: {sql}\n{}", service.log());
}

/// Waits until no job is left.
pub(crate) async fn drained(session: &Session, service: &Service) {
    let sql = "SELECT 'done' WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE done_at IS NULL)";
    wait_for(session, service, sql).await;
}

/// All figures of W1.
pub(crate) async fn run(times: Times) {
    let (cluster, session, service) = stage().await;
    figure("w1.memory_idle", service.pids().into_iter().map(memory).sum(), "MiB");
    one_case(&service, &session).await; // the first finds caches cold
    baseline::remember(&session).await;
    one_case(&service, &session).await;
    let (script, transactions, rows) = baseline::script(&session, false).await;
    figure("w1.case_transactions", transactions as f64, "transactions");
    figure("w1.case_rows", rows as f64, "rows");
    let before = cluster.pgbench(&script, 0, times.pgbench);
    let ours = measure(&cluster, &service, &session, times).await;
    drained(&session, &service).await; // what is left would be in pgbench's way
    let after = pgbench_again(&cluster, &script, times);
    figure("w1.pgbench_before", before, "cases/s");
    figure("w1.pgbench_after", after, "cases/s");
    figure("w1.ratio", ours / f64::midpoint(before, after), "of pgbench");
    figure("w1.memory_after", service.pids().into_iter().map(memory).sum(), "MiB");
}

fn pgbench_again(cluster: &Cluster, script: &Path, times: Times) -> f64 {
    let usage = || Usage::now(&[], cluster.postmaster(), &[]);
    let before = usage();
    let cases = cluster.pgbench(script, 100_000_000_000, times.pgbench);
    let (_, postgres) = usage().since(&before);
    // What PostgreSQL alone needs for the same rows: no service can be below it.
    let decisions = cases * times.pgbench as f64 * LEVELS as f64;
    figure("w1.pgbench_cpu", postgres / decisions, "ms/decision");
    cases
}

async fn measure(cluster: &Cluster, service: &Service, session: &Session, times: Times) -> f64 {
    let except = [session.backend().await];
    let mut load = Load::start(&service.address, IN_FLIGHT);
    load.run(session, Duration::from_secs(times.warm)).await;
    // Statements were planned when the tables were empty; elsewhere the server sees to that itself,
    // once a minute.
    session.run("ANALYZE").await;
    load.run(session, Duration::from_secs(times.warm)).await;
    let usage = || Usage::now(&service.pids(), cluster.postmaster(), &except);
    let before = usage();
    let done = load.run(session, Duration::from_secs(times.look)).await;
    let (banjie, postgres) = usage().since(&before);
    let left = session.number("SELECT count(*) FROM outbox WHERE done_at IS NULL").await;
    load.stop();
    let seconds = done.took.as_secs_f64();
    let decisions = done.decisions.len() as f64;
    let cases = done.cases as f64 / seconds;
    figure("w1.cases", cases, "cases/s");
    figure("w1.decision_p50", percentile(&done.decisions, 0.5), "ms");
    figure("w1.decision_p99", percentile(&done.decisions, 0.99), "ms");
    figure("w1.cpu", (banjie + postgres) / decisions, "ms/decision");
    figure("w1.cpu_banjie", banjie / decisions, "ms/decision");
    figure("w1.cpu_postgres", postgres / decisions, "ms/decision");
    figure("w1.jobs_left", left as f64, "jobs");
    cases
}
