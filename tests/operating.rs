//! What operators see: metrics, traces and the log of a running service.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};
use workflow::measures;

use crate::harness::{
    http::Caller,
    pages::Pages,
    process::{Guarded, guard},
    scratch,
};

const TOKEN: &str = "a token for what is measured";
const PASSWORD: &str = "banjie-demo-2026";
const PHONE: &str = "13800000003";

/// So long may anything take that happens by itself, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// Starts `$1` with its data in `$2`, its traces to `$3`; prints where it listens.
const WATCHED: &str = r#"
    log="$2.log"
    export BANJIE__API__LISTEN=127.0.0.1:0 BANJIE__LOG__FORMAT=json BANJIE__TELEMETRY__ENDPOINT="$3"
    export BANJIE__METRICS__TOKEN="$4" BANJIE__LOG__FILTER="info,sqlx=warn" OTEL_BSP_SCHEDULE_DELAY=200
    "$1" demo --data "$2" </dev/null >"$log" 2>"$2.err" &
    program=$!
    trap : INT TERM HUP PIPE
    until grep -q '^listening on ' "$log"; do
        kill -0 "$program" 2>/dev/null || { cat "$log" "$2.err" >&2; exit 1; }
        sleep 0.05
    done
    sed -n 's/^listening on //p' "$log"
    read -r _
    kill "$program" 2>/dev/null
    wait "$program" 2>/dev/null"#;

/// A demonstration of its own, with everything that operators may switch on.
struct Watched {
    running: Guarded,
    data: PathBuf,
    collector: Pages,
}

impl Watched {
    fn start() -> Self {
        let nothing = "content-type: application/x-protobuf";
        let collector = Pages::serve(move |_| Pages::answer(200, nothing, ""));
        let data = scratch("watched");
        let program = env!("CARGO_BIN_EXE_banjie");
        let to = collector.url();
        let arguments = [program.as_ref(), data.as_os_str(), to.as_ref(), TOKEN.as_ref()];
        let running = guard(WATCHED, &arguments, None).unwrap_or_else(|e| panic!("{e}"));
        Self { running, data, collector }
    }

    fn caller(&self) -> Caller {
        Caller::new(&self.running.said)
    }

    fn log(&self) -> String {
        fs::read_to_string(format!("{}.err", self.data.display())).unwrap()
    }

    async fn metrics(&self) -> String {
        let caller = self.caller().with_header("authorization", format!("Bearer {TOKEN}"));
        let answer = caller.get("/metrics").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text()
    }
}

/// Asks again and again until there is an answer.
async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    found.await.unwrap_or_else(|_| panic!("{what}: not in time"))
}

/// One process for all of it: it takes seconds to start.
#[actix_web::test]
async fn a_story_is_measured_traced_and_logged() {
    let watched = Watched::start();
    let caller = watched.caller();
    let wrong =
        caller.post("/api/v1/sessions", &json!({ "login": "admin", "password": "x" })).await;
    assert_eq!(wrong.status, 401);
    let code = caller.post("/api/v1/sign-in-codes", &json!({ "phone": PHONE })).await;
    assert_eq!(code.status, 202, "{}", code.text());
    let moved = caller.post("/api/v1/demo/clock", &json!({ "working_days": 9 })).await;
    assert_eq!(moved.status, 202, "{}", moved.text());
    until("business time arrives", async || {
        let clock = caller.get("/api/v1/demo/clock").await;
        clock.body["moving_to"].is_null().then_some(())
    })
    .await;

    only_who_may_reads_what_is_measured(&caller).await;
    everything_is_measured(&watched).await;
    a_job_belongs_to_the_trace_of_its_request(&watched).await;
    every_line_of_the_log_is_an_object_and_names_nobody(&watched.log());
}

async fn only_who_may_reads_what_is_measured(caller: &Caller) {
    assert_eq!(caller.get("/metrics").await.status, 401);
    let wrong = caller.clone().with_header("authorization", "Bearer another token altogether");
    assert_eq!(wrong.get("/metrics").await.status, 401);
    for (login, status) in [("county-edu", 403), ("admin", 200)] {
        let staff = Caller::new(caller.base());
        let ask = json!({ "login": login, "password": PASSWORD });
        assert_eq!(staff.post("/api/v1/sessions", &ask).await.status, 201);
        assert_eq!(staff.get("/metrics").await.status, status, "{login}");
    }
}

async fn everything_is_measured(watched: &Watched) {
    let text = watched.metrics().await;
    for measure in measures::ALL {
        let described = format!("# HELP {} {}", measure.name, measure.help);
        assert!(text.contains(&described), "{} is not there:\n{text}", measure.name);
    }
    let value = |series: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(series));
        let line = line.unwrap_or_else(|| panic!("no {series} in\n{text}"));
        line.trim().parse::<f64>().unwrap()
    };
    let failed = "banjie_sign_in_failures_total{by=\"password\",reason=\"wrong\"}";
    assert!(value(failed) >= 1.0);
    assert!(value("banjie_jobs_total{kind=\"send_notice\",outcome=\"done\"}") >= 1.0);
    assert!(value("banjie_letters_total{outcome=\"sent\"}") >= 1.0);
    assert!(value("banjie_timers_total{outcome=\"fired\"}") >= 1.0);
    assert!(value("banjie_outbox_jobs{kind=\"route_case\",state=\"quarantined\"}") < 1.0);
    assert!(value("banjie_database_up") > 0.0);
    let route = "route=\"/api/v1/demo/clock\",status=\"202\"}";
    assert!(value(&format!("banjie_requests_total{{method=\"POST\",{route}")) >= 1.0);
    let ids = text.lines().filter(|line| line.contains(PHONE) || line.contains("-7"));
    assert_eq!(ids.count(), 0, "no ids among the labels:\n{text}");
}

async fn a_job_belongs_to_the_trace_of_its_request(watched: &Watched) {
    until("the spans of a request and of its job", async || {
        let spans: Vec<Span> =
            watched.collector.requests().iter().flat_map(|sent| spans(&sent.bytes)).collect();
        let asked = spans
            .iter()
            .find(|span| span.name == "request" && span.text.contains("/api/v1/sign-in-codes"))?;
        let job = spans.iter().find(|span| span.name == "job" && span.trace == asked.trace)?;
        assert!(spans.iter().any(|span| span.id == job.parent), "its parent is in the trace");
        assert!(spans.iter().all(|span| !span.text.contains(PHONE)), "a span names somebody");
        Some(())
    })
    .await;
    for sent in watched.collector.requests() {
        assert_eq!((sent.method.as_str(), sent.path.as_str()), ("POST", "/v1/traces"));
    }
}

fn every_line_of_the_log_is_an_object_and_names_nobody(log: &str) {
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let said = |message: &str, field: &str| {
        lines.iter().any(|line| line["message"] == message && !line[field].is_null())
    };
    assert!(said("answered", "http.route") && said("answered", "request.id"), "{log}");
    assert!(said("done", "job.ms"), "{log}");
    assert!(said("timers fired", "timers"), "{log}");
    for secret in [PHONE, "示范", "示例", PASSWORD] {
        assert!(!log.contains(secret), "the log says {secret}:\n{log}");
    }
}

/// What a span is known by, and its bytes as a text.
struct Span {
    trace: Vec<u8>,
    id: Vec<u8>,
    parent: Vec<u8>,
    name: String,
    text: String,
}

/// The spans of an `ExportTraceServiceRequest`: `resource_spans` = 1, `scope_spans` = 2,
/// `spans` = 2; of a span, `trace_id` = 1, `span_id` = 2, `parent_span_id` = 4, `name` = 5.
fn spans(message: &[u8]) -> Vec<Span> {
    let within = |message: &[u8], wanted: u64| {
        let found = fields(message).into_iter().filter(move |(number, _)| *number == wanted);
        found.map(|(_, bytes)| bytes).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for resource in within(message, 1) {
        for scope in within(&resource, 2) {
            for span in within(&scope, 2) {
                let one = |wanted| within(&span, wanted).pop().unwrap_or_default();
                found.push(Span {
                    trace: one(1),
                    id: one(2),
                    parent: one(4),
                    name: String::from_utf8_lossy(&one(5)).into_owned(),
                    text: String::from_utf8_lossy(&span).into_owned(),
                });
            }
        }
    }
    found
}

/// The fields of a protobuf message that have a length: their numbers and their bytes.
fn fields(mut message: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let skip = match key & 7 {
            0 => {
                varint(&mut message);
                continue;
            }
            1 => 8,
            2 => usize::try_from(varint(&mut message)).unwrap(),
            5 => 4,
            odd => panic!("wire type {odd}"),
        };
        let (bytes, rest) = message.split_at(skip);
        if key & 7 == 2 {
            found.push((key >> 3, bytes.to_vec()));
        }
        message = rest;
    }
    found
}

fn varint(message: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, rest) = message.split_first().expect("a whole number");
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return value;
        }
        shift += 7;
    }
}

#[test]
fn the_handbook_names_every_metric_and_no_other() {
    let handbook = include_str!("../docs/operating.md");
    let rows = handbook.lines().filter_map(|line| line.strip_prefix("| `banjie_"));
    let named: BTreeSet<String> =
        rows.filter_map(|row| Some(format!("banjie_{}", row.split(['`', '{']).next()?))).collect();
    let measured: BTreeSet<String> =
        measures::ALL.iter().map(|measure| measure.name.to_owned()).collect();
    let mut wrong = String::new();
    for name in measured.symmetric_difference(&named) {
        writeln!(wrong, "{name}").unwrap();
    }
    assert!(wrong.is_empty(), "either not in the table or not measured:\n{wrong}");
}
