//! The service as several processes: they start in any order, share the work, and stop when they
//! are asked to.

use std::{ffi::OsStr, path::Path, time::Duration};

use entities::{CaseId, TaskId, task};
use serde_json::{Value, json};
use workflow::state::CaseState;

use crate::harness::{
    Store,
    cluster::{Banjie, Cluster},
    http::Caller,
    postgres::Postgres,
    process::{free_port, scratch},
    redis::Redis,
    running::{Running, Start},
    until,
};

/// For what takes a moment, on a machine that does ten things at once.
const SOON: Duration = Duration::from_secs(90);

/// `banjie` with `words`, its data in `data`.
fn banjie(words: &[&str], data: &Path, settings: &[(&str, String)]) -> Running {
    let folder = data.display().to_string();
    let mut all = words.to_vec();
    all.extend(["--data", &folder]);
    let arguments = all.iter().map(OsStr::new).collect();
    let environment = settings.iter().map(|(key, value)| (format!("BANJIE__{key}"), value.clone()));
    let start = Start { arguments, environment: environment.collect(), user: None };
    Running::start(words[0], env!("CARGO_BIN_EXE_banjie").as_ref(), start)
}

#[actix_web::test]
async fn sqlite_has_room_for_one_process() {
    for role in ["api", "worker"] {
        let mut refused = banjie(&[role], &scratch("alone"), &[]);
        assert_eq!(refused.ended(SOON).await.code(), Some(1));
        let said = refused.log();
        assert!(said.contains(&format!("banjie {role} works beside")), "{said}");
        assert!(said.contains("banjie serve"), "{said}");
    }
}

#[actix_web::test]
async fn of_four_migrations_at_once_one_takes_the_steps() {
    let server = Postgres::start().await;
    for url in [server.url("banjie"), String::new()] {
        let data = scratch("migrated");
        let settings = [("DATABASE__URL", url.clone())];
        let all = [(); 4].map(|()| banjie(&["migrate"], &data, &settings));
        let mut steps = Vec::new();
        for mut one in all {
            let status = one.ended(SOON).await;
            let said = one.log();
            assert_eq!(status.code(), Some(0), "{said}");
            let line = said.lines().find(|line| line.contains("step(s) were taken")).unwrap();
            steps.push(line.split(' ').next().unwrap().parse::<u32>().unwrap());
        }
        steps.sort_unstable();
        assert_eq!(steps[..3], [0, 0, 0], "{url}");
        assert!(steps[3] > 0, "{url}");
    }
}

#[actix_web::test]
async fn they_wait_for_the_database_and_for_its_schema() {
    let mut server = Postgres::start().await;
    server.kill();
    let data = scratch("waiting");
    let listen = |port: u16| format!("127.0.0.1:{port}");
    let (api_at, worker_at) = (listen(free_port()), listen(free_port()));
    let settings = [
        ("DATABASE__URL", server.url("banjie")),
        ("API__LISTEN", api_at.clone()),
        ("WORKER__LISTEN", worker_at.clone()),
    ];
    let mut api = banjie(&["api"], &data, &settings);
    let mut worker = banjie(&["worker", "--only", "routing, letters"], &data, &settings);
    let api_caller = Caller::new(format!("http://{api_at}"));
    let worker_caller = Caller::new(format!("http://{worker_at}"));
    for (caller, base) in [(&api_caller, "/api/v1/health"), (&worker_caller, "/health")] {
        says(caller, base, "does not answer").await;
        let live = caller.get(&format!("{base}/live")).await;
        assert_eq!(live.status, 200);
    }
    server.start_again().await;
    for (caller, base) in [(&api_caller, "/api/v1/health"), (&worker_caller, "/health")] {
        says(caller, base, "step(s) behind").await;
    }
    let mut migrate = banjie(&["migrate"], &data, &settings);
    assert_eq!(migrate.ended(SOON).await.code(), Some(0), "{}", migrate.log());
    until("two that work", SOON, async || {
        let ready = api.log().contains(&format!("listening on http://{api_at}"))
            && worker.log().contains("working: routing, letters\n");
        ready.then_some(())
    })
    .await;
    for (caller, base) in [(&api_caller, "/api/v1/health"), (&worker_caller, "/health")] {
        until("readiness", SOON, async || {
            let ready = caller.get(&format!("{base}/ready")).await;
            (ready.status == 200).then_some(())
        })
        .await;
    }
    for process in [&mut api, &mut worker] {
        process.signal("TERM");
        assert_eq!(process.ended(SOON).await.code(), Some(0), "{}", process.log());
    }
}

/// Waits until readiness is refused in these words.
async fn says(caller: &Caller, base: &str, words: &str) {
    until(words, SOON, async || {
        let answer = caller.try_send("GET", &format!("{base}/ready"), None).await.ok()?;
        (answer.status == 503 && answer.text().contains(words)).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn another_key_file_is_refused() {
    let cluster = Cluster::start(Store::Postgres).await;
    let mut api = cluster.banjie("api", &[]).await;
    let strange = [
        ("DATABASE__URL", cluster.url.clone()),
        ("API__LISTEN", format!("127.0.0.1:{}", free_port())),
    ];
    let mut other = banjie(&["api"], &scratch("elsewhere"), &strange);
    assert_eq!(other.ended(SOON).await.code(), Some(1));
    assert!(other.log().contains("keys.file"), "{}", other.log());
    api.running().signal("TERM");
    assert_eq!(api.running().ended(SOON).await.code(), Some(0));
}

#[actix_web::test]
async fn two_of_each_take_cases_to_their_end_whatever_becomes_of_redis() {
    let mut cluster = Cluster::start(Store::Postgres).await;
    let mut redis = Redis::start().await;
    let url = redis.url();
    let settings = [("BANJIE__REDIS__URL", url.as_str())];
    let mut doors =
        [cluster.banjie("api", &settings).await, cluster.banjie("api", &settings).await];
    let mut workers =
        [cluster.banjie("worker", &settings).await, cluster.banjie("worker", &settings).await];
    for (number, fault) in ["none", "FLUSHALL", "frozen", "killed"].into_iter().enumerate() {
        match fault {
            "FLUSHALL" => drop(redis.ask(&["FLUSHALL"])),
            "frozen" => redis.freeze(),
            "killed" => {
                redis.thaw();
                redis.kill();
            }
            _ => {}
        }
        ends_well(&mut cluster, &doors, number).await;
        if fault == "none" {
            let workers = redis.ask(&["ZCARD", "banjie:routing:workers"]);
            assert_eq!(workers, "2", "both workers listen to hints");
        }
    }
    // Redis is told of as missing, and nothing else is.
    until("a degraded readiness", SOON, async || {
        let ready = Caller::new(doors[0].url.as_str()).get("/api/v1/health/ready").await;
        (ready.status == 200 && state_of(&ready.body, "redis") == Some("degraded")).then_some(())
    })
    .await;
    redis.start_again().await;
    until("a whole readiness", SOON, async || {
        let ready = Caller::new(doors[1].url.as_str()).get("/api/v1/health/ready").await;
        (state_of(&ready.body, "redis") == Some("well")).then_some(())
    })
    .await;
    until("workers that listen again", SOON, async || {
        (redis.ask(&["ZCARD", "banjie:letters:workers"]) == "2").then_some(())
    })
    .await;
    ends_well(&mut cluster, &doors, 9).await;
    for process in doors.iter_mut().chain(&mut workers) {
        process.running().signal("TERM");
    }
    for process in doors.iter_mut().chain(&mut workers) {
        let status = process.running().ended(SOON).await;
        assert_eq!(status.code(), Some(0), "{}", process.running().log());
    }
}

fn state_of<'a>(readiness: &'a Value, part: &str) -> Option<&'a str> {
    let parts = readiness["parts"].as_array()?;
    parts.iter().find(|found| found["part"] == part)?["state"].as_str()
}

/// An urgent application is decided and paid, each act at another door than the one before.
async fn ends_well(cluster: &mut Cluster, doors: &[Banjie; 2], number: usize) {
    let applicant = format!("Ma-{number}");
    cluster.applies(&applicant).await;
    let cluster = &*cluster;
    let at = |door: usize, name: &str| cluster.caller(&doors[door % 2], name);
    let ask = json!({
        "program": "emergency-aid", "subject": cluster.world.subject(&applicant), "filed_as": "self",
    });
    let key = |act: &str| format!("{act}-{number}");
    let begun = at(number, &applicant).surely("/cases", &key("begin"), &ask).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let case: CaseId = begun.body["id"].as_str().unwrap().parse().unwrap();
    let now = cluster.world.workflow.clock.now();
    let day = workflow::calendar::local_date(now).pred_opt().unwrap();
    let fields = json!({ "fields": {
        "urgent": true, "cause": "accident", "day": day.to_string(), "need": 150_000,
        "home": "at_school",
    }});
    let filled = at(number + 1, &applicant).patch(&format!("/api/v1/cases/{case}"), &fields).await;
    assert_eq!(filled.status, 200, "{}", filled.text());
    let path = format!("/cases/{case}/submit");
    let declared = json!({ "declared": true });
    let handed_in = at(number, &applicant).surely(&path, &key("submit"), &declared).await;
    assert_eq!(handed_in.status, 200, "{}", handed_in.text());
    for (name, step, verb) in [("Head", "quick", "approve"), ("Pay", "pay", "pay")] {
        let slot = slot(cluster, case, step).await;
        let path = format!("/tasks/{slot}/{verb}");
        let said = at(number + 1, name).surely(&path, &key(verb), &json!({})).await;
        assert_eq!(said.status, 200, "{}", said.text());
    }
    // Paid, it asks for the papers that were left out at first.
    slot(cluster, case, "papers").await;
}

async fn slot(cluster: &Cluster, case: CaseId, step: &str) -> TaskId {
    until(step, SOON, async || {
        let db = cluster.world.workflow.store.read();
        let rows = task::Entity::of_case(case).all(db).await.ok()?;
        rows.iter().find(|row| row.path == step && CaseState::is_open(row)).map(|row| row.id)
    })
    .await
}
