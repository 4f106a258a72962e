//! W3: how fast the outbox drains, and how soon a job begins.

use std::time::{Duration, Instant};

use crate::{
    cluster::Session,
    figure,
    load::percentile,
    service::Service,
    w1::{drained, one_case, stage},
};

/// Rows to be drained.
const ROWS: u32 = 20_000;

/// Jobs with nothing to do: the routing of cases that nobody has spoken on.
fn backlog(rows: u32) -> String {
    format!(
        "INSERT INTO outbox (id, job, kind, case_id, created_at, next_attempt_at, attempts)
         SELECT gen_random_uuid(), old.job, old.kind, old.case_id, now(), now(), 0
         FROM (SELECT *, row_number() OVER () AS n, count(*) OVER () AS all_of_them
               FROM (SELECT DISTINCT ON (case_id) job, kind, case_id FROM outbox
                     WHERE kind = 'route_case') AS known) AS old,
              generate_series(1, {rows}) AS nth
         WHERE nth % old.all_of_them = old.n - 1"
    )
}

/// All figures of W3.
pub(crate) async fn run() {
    let (_cluster, session, service) = stage().await;
    for _ in 0..16 {
        one_case(&service, &session).await;
    }
    let before = raw(&session).await;
    let ours = drain(&session, &service).await;
    let after = raw(&session).await;
    figure("w3.raw_before", before, "rows/s");
    figure("w3.drained", ours, "rows/s");
    figure("w3.raw_after", after, "rows/s");
    figure("w3.ratio", ours / f64::midpoint(before, after), "of raw SQL");
    latency(&session, &service).await;
}

/// Claims and acknowledges a backlog by hand, a hundred rows at a time. The rows are not due, so
/// that the service leaves them alone.
async fn raw(session: &Session) -> f64 {
    session
        .run(&backlog(ROWS).replace("now(), now(), 0", "now(), now() + interval '1 day', 0"))
        .await;
    session.run("VACUUM ANALYZE outbox").await;
    let claim = "UPDATE outbox SET attempts = attempts + 1, lease_token = gen_random_uuid(),
            lease_until = now() + interval '60 s'
        WHERE id IN (SELECT id FROM outbox WHERE done_at IS NULL AND quarantined_at IS NULL
            AND next_attempt_at <= now() + interval '2 days' AND lease_until IS NULL
            ORDER BY next_attempt_at, id LIMIT 100 FOR UPDATE SKIP LOCKED)
        RETURNING id::text";
    let begin = Instant::now();
    loop {
        let ids = session.texts(claim).await;
        if ids.is_empty() {
            return f64::from(ROWS) / begin.elapsed().as_secs_f64();
        }
        let list = ids.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",");
        session.run(&format!("UPDATE outbox SET done_at = now() WHERE id IN ({list})")).await;
    }
}

async fn drain(session: &Session, service: &Service) -> f64 {
    session.run(&backlog(ROWS)).await;
    let begin = Instant::now();
    let left = "SELECT count(*) FROM outbox WHERE done_at IS NULL";
    while session.number(left).await > 0 {
        assert!(begin.elapsed() < Duration::from_mins(2), "it does not drain: {}", service.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    f64::from(ROWS) / begin.elapsed().as_secs_f64()
}

/// From the making of a job, just before its commit, to its end, on a service with little to do:
/// more than from the commit to its start.
async fn latency(session: &Session, service: &Service) {
    let from = session.texts("SELECT now()::text").await.pop().unwrap();
    for _ in 0..50 {
        one_case(service, session).await;
    }
    drained(session, service).await;
    let sql = format!(
        "SELECT extract(epoch FROM done_at - created_at)::float8 FROM outbox
         WHERE kind = 'route_case' AND created_at > '{from}' ORDER BY 1"
    );
    let rows = session.rows(&sql).await;
    let times: Vec<Duration> = rows
        .iter()
        .map(|row| Duration::from_secs_f64(row.try_get_by_index::<f64>(0).unwrap()))
        .collect();
    figure("w3.latency_p50", percentile(&times, 0.5), "ms");
    figure("w3.latency_p99", percentile(&times, 0.99), "ms");
}
