//! Hints by Redis: a worker takes them, and whatever Redis does, it ends no worker for good.

use std::time::Duration;

use entities::{CaseId, OutboxId, outbox};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, PaginatorTrait};
use tokio::sync::{mpsc, oneshot, watch};
use worker::{RedisSettings, Services, Settings, push};
use workflow::{Job, JobKind, Ticket, clock::Clock};

use crate::harness::{OnStore, Store, redis::Redis, scratch, until, world::World};

/// For what takes a moment, on a machine that does ten things at once.
const SOON: Duration = Duration::from_secs(90);

/// A worker on a database of its own, and another process's way to it.
struct Hinted {
    world: World,
    services: Services,
    elsewhere: mpsc::Sender<Ticket>,
    /// Stops both when it is dropped.
    _running: (oneshot::Sender<()>, watch::Sender<bool>),
}

impl Hinted {
    async fn start(redis: &Redis) -> Self {
        let mut world = World::on(Store::Postgres).await;
        world.workflow.clock = Clock::wall();
        let redis = RedisSettings { url: redis.url().into(), prefix: "hints".to_owned() };
        let settings = Settings {
            drawer: scratch("letters"),
            redis: Some(redis.clone()),
            ..Settings::default()
        };
        let services = Services::new(world.workflow.clone(), settings).unwrap();
        let (_own, fast_path) = mpsc::channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        let run = worker::run(services.clone(), fast_path, async move {
            drop(stopped.await);
            tokio::time::Instant::now() + SOON
        });
        tokio::spawn(run);
        let (elsewhere, tickets) = mpsc::channel(4096);
        let (stop_push, told) = watch::channel(false);
        tokio::spawn(push(redis, tickets, services.health.clone(), told));
        Self { world, services, elsewhere, _running: (stop, stop_push) }
    }

    /// Jobs that another process leaves behind; each comes to nothing, and is done.
    async fn leaves(&self, jobs: usize) {
        let now = self.world.workflow.clock.machine();
        let job = Job::RouteCase { case: CaseId::at(now) };
        let row = |_| {
            let row = outbox::Model {
                id: OutboxId::at(now),
                job: serde_json::to_value(job).unwrap(),
                kind: job.kind().to_owned(),
                case_id: None,
                created_at: now,
                next_attempt_at: now,
                attempts: 0,
                lease_until: None,
                lease_token: None,
                done_at: None,
                quarantined_at: None,
                last_error: None,
                trace: None,
            };
            row.into_active_model().reset_all()
        };
        let rows: Vec<outbox::ActiveModel> = (0..jobs).map(row).collect();
        let ids: Vec<OutboxId> = rows.iter().map(|row| *row.id.as_ref()).collect();
        let db = self.world.workflow.store.read();
        outbox::Entity::insert_many(rows).exec_without_returning(db).await.unwrap();
        for id in ids {
            self.elsewhere.try_send(Ticket { id, kind: JobKind::Routing }).unwrap();
        }
    }

    async fn all_is_done(&self) {
        until("the end of all jobs", SOON, async || {
            let left = outbox::Entity::unfinished().count(self.world.workflow.store.read()).await;
            (left.ok()? == 0).then_some(())
        })
        .await;
    }
}

/// How many workers listen for hints of routing.
async fn until_listening(redis: &Redis) {
    until("a worker that listens", SOON, async || {
        let workers = redis.ask(&["ZCARD", "hints:routing:workers"]);
        workers.parse::<u32>().is_ok_and(|workers| workers > 0).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_worker_takes_hints_and_redis_keeps_nothing_of_them() {
    let redis = Redis::start().await;
    let hinted = Hinted::start(&redis).await;
    until_listening(&redis).await;
    hinted.leaves(200).await;
    hinted.all_is_done().await;
    // Only what fetches and acknowledges adds to sets.
    assert!(redis.ask(&["INFO", "commandstats"]).contains("cmdstat_sadd"), "no hint was taken");
    until("a tidy Redis", SOON, async || {
        let left =
            ["hints:routing:data", "hints:routing:meta"].map(|key| redis.ask(&["HLEN", key]));
        let done = redis.ask(&["SCARD", "hints:routing:done"]);
        (left == ["0", "0"] && done == "0").then_some(())
    })
    .await;
    assert_eq!(hinted.services.health.restarts(), 0);
}

#[actix_web::test]
async fn workers_that_are_gone_are_forgotten_and_nobody_looks_through_all_keys() {
    let redis = Redis::start().await;
    let (names, about) = ("hints:routing:workers:names", "hints:routing:workers:metadata:");
    // Died long ago; and one that is only about to begin.
    let now = redis.ask(&["TIME"]).lines().next().unwrap().to_owned();
    for (name, since) in [("gone", "1"), ("young", now.as_str())] {
        redis.ask(&["ZADD", names, since, name]);
        redis.ask(&["HSET", &format!("{about}{name}"), "service", "x"]);
    }
    let _hinted = Hinted::start(&redis).await;
    until_listening(&redis).await;
    let is_there = |name: &str| redis.ask(&["EXISTS", &format!("{about}{name}")]) == "1";
    until("the end of what is gone", SOON, async || (!is_there("gone")).then_some(())).await;
    assert!(is_there("young"));
    let living = redis.ask(&["ZRANGE", "hints:routing:workers", "0", "-1"]);
    assert!(is_there(&living), "{living} lives");
    assert!(redis.ask(&["ZRANGE", names, "0", "-1"]).contains(&living), "its name is noted");
    assert!(!redis.ask(&["INFO", "commandstats"]).contains("cmdstat_scan"), "all keys");
}

#[actix_web::test]
async fn a_backlog_that_no_fetch_can_take_is_thrown_away() {
    let redis = Redis::start().await;
    let fill = "for i = 1, 9000 do redis.call('zadd', KEYS[1], 1, 'x' .. i) end return 9000";
    assert_eq!(redis.ask(&["EVAL", fill, "1", "hints:routing:scheduled"]), "9000");
    let hinted = Hinted::start(&redis).await;
    until("an empty queue", SOON, async || {
        (redis.ask(&["ZCARD", "hints:routing:scheduled"]) == "0").then_some(())
    })
    .await;
    until_listening(&redis).await;
    hinted.leaves(50).await;
    hinted.all_is_done().await;
}

#[actix_web::test]
async fn a_worker_outlives_whatever_redis_does() {
    let mut redis = Redis::start().await;
    let hinted = Hinted::start(&redis).await;
    until_listening(&redis).await;
    redis.ask(&["FLUSHALL"]);
    hinted.leaves(50).await;
    hinted.all_is_done().await;
    until_listening(&redis).await;
    assert!(hinted.services.health.restarts() > 0, "the flush ended a life");
    redis.kill();
    hinted.leaves(50).await;
    hinted.all_is_done().await;
    redis.start_again().await;
    redis.ask(&["FLUSHALL"]);
    until_listening(&redis).await;
    redis.freeze();
    hinted.leaves(50).await;
    hinted.all_is_done().await;
    redis.thaw();
    until_listening(&redis).await;
    redis.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    hinted.leaves(50).await;
    hinted.all_is_done().await;
}
