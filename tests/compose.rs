//! `docker/compose.yaml` without an engine: the same commands with the same settings, as processes.
//!
//! Only what is a matter of containers is replaced: the names of hosts, the addresses to listen
//! on, the paths of secrets and data.

use std::{collections::BTreeMap, process::Command, time::Duration};

use entities::step_run;
use serde_json::{Value, json};

use crate::harness::{
    Store,
    cluster::{Banjie, Cluster, START},
    http::Caller,
    process::free_port,
    redis::Redis,
    scratch, until,
};

const COMPOSE: &str = include_str!("../docker/compose.yaml");
const DOCKERFILE: &str = include_str!("../docker/Dockerfile");
const TOKEN: &str = "a token for what is measured";

/// A graceful stop takes twenty seconds at most; the machine may be busy.
const STOP: Duration = Duration::from_mins(1);

/// A service of the file that is our program.
struct Service {
    name: String,
    command: Vec<String>,
    environment: BTreeMap<String, String>,
    check: Vec<String>,
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().map(|list| list.iter().map(text).collect()).unwrap_or_default()
}

/// The services that are our program, by name.
fn services() -> BTreeMap<String, Service> {
    let file: Value = serde_saphyr::from_str(COMPOSE).expect("compose.yaml reads");
    let services = file["services"].as_object().expect("services").clone();
    let ours = services.into_iter().filter(|(_, service)| service["image"] == "banjie:latest");
    let read = |(name, service): (String, Value)| {
        let environment = service["environment"].as_object().expect("settings");
        let environment = environment.iter().map(|(key, value)| (key.clone(), text(value)));
        let (command, check) = (texts(&service["command"]), texts(&service["healthcheck"]["test"]));
        (name.clone(), Service { name, command, environment: environment.collect(), check })
    };
    ours.map(read).collect()
}

/// What the containers' world is here.
struct Here {
    cluster: Cluster,
    redis: Redis,
    database_url: String,
    metrics_token: String,
}

impl Here {
    async fn new() -> Self {
        let cluster = Cluster::start(Store::Postgres).await;
        let secret = |name: &str, said: &str| {
            let file = scratch(name);
            std::fs::write(&file, said).unwrap();
            file.display().to_string()
        };
        let database_url = secret("database_url", &cluster.url);
        let metrics_token = secret("metrics_token", TOKEN);
        Self { redis: Redis::start().await, cluster, database_url, metrics_token }
    }

    /// A service with the addresses of this machine; the port in its check moves with it.
    fn placed(&self, service: &Service) -> (Banjie, Vec<String>) {
        let mut settings = vec![("BANJIE__DATABASE__URL".to_owned(), String::new())];
        let mut check = service.check.clone();
        for (key, value) in &service.environment {
            let value = match value.as_str() {
                "/run/secrets/database_url" => self.database_url.clone(),
                "/run/secrets/metrics_token" => self.metrics_token.clone(),
                "redis://redis:6379/0" => format!("{}/0", self.redis.url()),
                "smtp://mail:1025?tls=none" => format!("{}?tls=none", self.cluster.smtp.url()),
                "${BANJIE_ADDRESS:-http://localhost:8080}" => "http://localhost:8080".to_owned(),
                other => match other.strip_prefix("0.0.0.0:") {
                    Some(port) => {
                        let here = format!("127.0.0.1:{}", free_port());
                        for word in &mut check {
                            *word = word.replace(&format!("127.0.0.1:{port}"), &here);
                        }
                        here
                    }
                    None => other.to_owned(),
                },
            };
            settings.push((key.clone(), value));
        }
        let settings: Vec<(&str, &str)> =
            settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(service.command.len(), 1, "{}: {:?}", service.name, service.command);
        (self.cluster.prepared(&service.command[0], &settings), check)
    }
}

/// Whether the check of a container finds the process well.
fn is_healthy(check: &[String]) -> bool {
    let [kind, program, arguments @ ..] = check else { panic!("no check: {check:?}") };
    assert_eq!((kind.as_str(), program.as_str()), ("CMD", "/usr/bin/banjie"));
    let asked = Command::new(env!("CARGO_BIN_EXE_banjie")).args(arguments).output().unwrap();
    asked.status.success()
}

/// The only task in the queue of `name`, once it is there.
async fn task(caller: &Caller) -> String {
    until("a task", START, async || {
        let queue = caller.get("/api/v1/tasks").await;
        queue.body["rows"][0]["task"].as_str().map(str::to_owned)
    })
    .await
}

#[actix_web::test]
async fn what_compose_starts_serves_a_case_from_draft_to_payment() {
    let (services, here) = (services(), Here::new().await);
    let entry = "ENTRYPOINT [\"/usr/bin/banjie\", \"--data\", \"/var/lib/banjie\"]";
    assert!(DOCKERFILE.contains(entry), "the program is started as it is here");

    let (mut migrate, _) = here.placed(&services["migrate"]);
    migrate.launch();
    assert!(migrate.running().ended(START).await.success(), "{}", migrate.running().log());
    let mut running = BTreeMap::new();
    for name in ["api-1", "api-2", "worker-1", "worker-2"] {
        let (mut banjie, check) = here.placed(&services[name]);
        banjie.launch();
        running.insert(name, (banjie, check));
    }
    for (name, (banjie, check)) in &mut running {
        until(&format!("health of {name}"), START, async || {
            assert!(banjie.running().has_ended().is_none(), "{}", banjie.running().log());
            is_healthy(check).then_some(())
        })
        .await;
    }
    a_case_is_walked(&here, [&running["api-1"].0, &running["api-2"].0]).await;
    for worker in ["worker-1", "worker-2"] {
        a_worker_tells_what_it_measures(&running[worker].1).await;
    }
    for (banjie, _) in running.values_mut() {
        banjie.running().signal("TERM");
    }
    for (name, (banjie, _)) in &mut running {
        let ended = banjie.running().ended(STOP).await;
        assert!(ended.success(), "{name}: {ended}: {}", banjie.running().log());
    }
}

/// At one front door and the other in turn.
async fn a_case_is_walked(here: &Here, doors: [&Banjie; 2]) {
    let at = |door: usize, name: &str| here.cluster.caller(doors[door], name);
    let world = &here.cluster.world;
    let ask = json!({
        "program": "emergency-aid", "subject": world.subject("Ma"), "filed_as": "self",
    });
    let begun = at(0, "Ma").post("/api/v1/cases", &ask).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let case = begun.body["id"].as_str().unwrap().to_owned();
    let day = workflow::calendar::local_date(world.workflow.clock.now()).pred_opt().unwrap();
    let fields = json!({ "fields": {
        "urgent": true, "cause": "accident", "day": day.to_string(), "need": 150_000,
        "home": "at_school",
    }});
    let filled = at(1, "Ma").patch(&format!("/api/v1/cases/{case}"), &fields).await;
    assert_eq!(filled.status, 200, "{}", filled.text());
    let submit = format!("/api/v1/cases/{case}/submit");
    let handed_in = at(1, "Ma").post(&submit, &json!({ "declared": true })).await;
    assert_eq!(handed_in.status, 200, "{}", handed_in.text());
    for (door, name, verb) in [(0, "Head", "approve"), (1, "Pay", "pay")] {
        let task = task(&at(door, name)).await;
        let done = at(door, name).post(&format!("/api/v1/tasks/{task}/{verb}"), &json!({})).await;
        assert_eq!(done.status, 200, "{}", done.text());
    }
    // Paid, it asks for the papers that were left out at first.
    until("the papers that are owed", START, async || {
        let db = world.workflow.store.read();
        let rows = step_run::Entity::of_case(case.parse().ok()?).all(db).await.ok()?;
        rows.into_iter().find(|row| row.path == "papers")
    })
    .await;
    until("a letter", START, async || (!here.cluster.smtp.letters().is_empty()).then_some(()))
        .await;
}

async fn a_worker_tells_what_it_measures(check: &[String]) {
    let url = check.last().unwrap().trim_end_matches("/health/ready");
    let stranger = Caller::new(url).get("/metrics").await;
    assert_eq!(stranger.status, 401);
    let caller = Caller::new(url).with_header("authorization", format!("Bearer {TOKEN}"));
    let metrics = caller.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    let text = metrics.text();
    assert!(text.contains("banjie_database_up 1") && text.contains("banjie_jobs_total{"), "{text}");
}

#[test]
fn two_of_each_wait_for_what_they_need() {
    let services = services();
    let names: Vec<&str> = services.keys().map(String::as_str).collect();
    assert_eq!(names, ["api-1", "api-2", "migrate", "worker-1", "worker-2"]);
    let file: Value = serde_saphyr::from_str(COMPOSE).unwrap();
    for name in names {
        let service = &file["services"][name];
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"][0], "ALL", "{name}");
        assert!(service["depends_on"]["postgres"]["condition"] == "service_healthy", "{name}");
        let waits = &service["depends_on"]["migrate"]["condition"];
        assert!(name == "migrate" || waits == "service_completed_successfully", "{name}");
    }
}
