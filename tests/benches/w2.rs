//! W2: the queue of one approver over HTTP, its first page and its fiftieth, with few and with very
//! many cases that wait for them.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    copies::{make, size},
    figure,
    load::{self, percentile},
    service::{Caller, Service},
    w1::{drained, stage},
};

/// Each page is asked for so often.
const ASKED: usize = 200;
/// The far page.
const FAR: usize = 50;

/// All figures of W2. `BENCH_CASES` and `BENCH_CASES_MANY` say how many.
pub(crate) async fn run() {
    let (few, many) = (size("BENCH_CASES", 100_000), size("BENCH_CASES_MANY", 1_000_000));
    let (_cluster, session, service) = stage().await;
    let mut caller = Caller::new(&service.address).unwrap();
    let case = load::open(&mut caller, 0);
    drained(&session, &service).await;
    let began = Instant::now();
    make(&session, &case, (1, few)).await;
    let first = pages(&service, "w2.few");
    make(&session, &case, (few + 1, many)).await;
    figure("w2.seeded", began.elapsed().as_secs_f64(), "s");
    let second = pages(&service, "w2.many");
    figure("w2.cases", many as f64, "cases");
    figure("w2.many_more_than_few", second - first, "ms");
}

/// Half of the first pages come within this, in milliseconds.
fn pages(service: &Service, name: &str) -> f64 {
    // While the cases were made an idle connection was closed.
    let caller = &mut Caller::new(&service.address).unwrap();
    let mut path = "/api/v1/tasks".to_owned();
    let near = asked(caller, &path);
    for _ in 1..FAR {
        let page = page(caller, &path);
        let next = page["next"].as_str().expect("a next page").to_owned();
        path = format!("/api/v1/tasks?after={next}");
    }
    let far = asked(caller, &path);
    let (p50, p99) = (percentile(&near, 0.5), percentile(&near, 0.99));
    figure(&format!("{name}.first_p50"), p50, "ms");
    figure(&format!("{name}.first_p99"), p99, "ms");
    figure(&format!("{name}.page_{FAR}_p50"), percentile(&far, 0.5), "ms");
    figure(&format!("{name}.far_more_than_first"), percentile(&far, 0.5) - p50, "ms");
    p50
}

fn page(caller: &mut Caller, path: &str) -> Value {
    let (status, body) = caller.call("GET", path, "banjie_bench_1", "");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let page: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(page["rows"].as_array().map(Vec::len), Some(30), "a full page");
    page
}

fn asked(caller: &mut Caller, path: &str) -> Vec<Duration> {
    let once = |caller: &mut Caller| {
        let begin = Instant::now();
        page(caller, path);
        begin.elapsed()
    };
    let mut times: Vec<Duration> = (0..ASKED).map(|_| once(caller)).collect();
    times.sort_unstable();
    times
}
