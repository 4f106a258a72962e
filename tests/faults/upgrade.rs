//! F39: a newer version of the program works on the same database. An older one leaves alone what
//! it does not know, says so, and does all else.

use std::time::Duration;

use entities::{
    CaseId, OutboxId, ProgramVersionId, Stream, case_file, outbox, program_version, trail,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel, QueryOrder,
    prelude::Expr,
};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::json;
use workflow::{commands::Word, record, tx};

use super::play::{Play, SOON, at_rest, slot};
use crate::harness::{
    Store, both,
    cluster::{Banjie, Cluster},
    http::Caller,
    until,
    world::World,
};

both![
    a_schema_that_has_only_grown_is_worked_on,
    a_schema_that_has_lost_something_is_not_worked_on,
    a_case_of_a_version_unknown_here_waits_and_no_other_does,
    an_event_unknown_here_stands_in_nobodys_way,
    a_job_unknown_here_is_left_to_others,
];

/// The hash of what only a newer program can read.
const LATER: &str = "1a7e4";

async fn run(world: &World, sql: &str) {
    world.workflow.store.for_migration().execute_unprepared(sql).await.unwrap();
}

/// A newer program has taken a step of this name.
async fn takes_step(world: &World, name: &str) {
    let row = format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ('{name}', 0)");
    run(world, &row).await;
}

/// Waits until readiness has this status and these words.
async fn says(banjie: &Banjie, status: u16, words: &str) {
    let caller = Caller::new(banjie.url.as_str());
    until(&format!("readiness {status} with {words}"), SOON, async || {
        let answer = caller.try_send("GET", "/api/v1/health/ready", None).await.ok()?;
        (answer.status == status && answer.text().contains(words)).then_some(())
    })
    .await;
}

async fn a_schema_that_has_only_grown_is_worked_on(store: Store) {
    let mut cluster = Cluster::start(store).await;
    cluster.applies("Li").await;
    let (mut play, mut banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let first = play.applies(&cluster, &banjie, "Ma").await;
    run(&cluster.world, "ALTER TABLE case_file ADD COLUMN later VARCHAR(24)").await;
    run(&cluster.world, "ALTER TABLE task ADD COLUMN later INTEGER NOT NULL DEFAULT 7").await;
    run(&cluster.world, "CREATE TABLE later (id INTEGER PRIMARY KEY)").await;
    takes_step(&cluster.world, "m29990101_000001_later").await;
    says(&banjie, 200, "1 step(s) newer than this program").await;
    play.approves(&cluster, &banjie, first.1).await;
    play.pays(&cluster, &banjie, first.0).await;
    at_rest(&cluster.world).await;
    // It starts as well as it goes on.
    play.kills(&cluster, &mut banjie).await;
    banjie.start_again().await;
    says(&banjie, 200, "1 step(s) newer than this program").await;
    let second = play.applies(&cluster, &banjie, "Li").await;
    play.approves(&cluster, &banjie, second.1).await;
    play.pays(&cluster, &banjie, second.0).await;
    play.all_is_well(&cluster).await;
}

async fn a_schema_that_has_lost_something_is_not_worked_on(store: Store) {
    let cluster = Cluster::start(store).await;
    let (mut play, mut banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    at_rest(&cluster.world).await;
    let name = "m29990101_000002_less_contract";
    takes_step(&cluster.world, name).await;
    says(&banjie, 503, "for newer versions of this program only").await;
    play.kills(&cluster, &mut banjie).await;
    banjie.launch();
    let status = banjie.running().ended(SOON).await;
    assert_eq!(status.code(), Some(1), "{}", banjie.running().log());
    let said = banjie.running().log();
    assert!(said.contains("for newer versions of this program only"), "{said}");
    play.nothing_is_broken(&cluster).await;
    run(&cluster.world, &format!("DELETE FROM seaql_migrations WHERE version = '{name}'")).await;
    banjie.start_again().await;
    banjie.until_ready(200).await;
    play.approves(&cluster, &banjie, task).await;
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}

async fn stands_on(world: &World, case: CaseId, hash: &str) {
    let row = case_file::ActiveModel {
        id: Set(case),
        program_hash: Set(hash.to_owned()),
        ..Default::default()
    };
    row.update(world.workflow.store.for_migration()).await.unwrap();
}

async fn a_case_of_a_version_unknown_here_waits_and_no_other_does(store: Store) {
    let mut cluster = Cluster::start(store).await;
    for name in ["Li", "Wang"] {
        cluster.applies(name).await;
    }
    let (mut play, mut banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let routed = play.applies(&cluster, &banjie, "Ma").await;
    let asked = play.applies(&cluster, &banjie, "Li").await;
    let other = play.applies(&cluster, &banjie, "Wang").await;
    at_rest(&cluster.world).await;
    play.kills(&cluster, &mut banjie).await;

    // A newer process has published a version with words of its own; on that stand a case whose
    // step is signed and waits for its routing, and one that waits for its signature.
    let world = &cluster.world;
    world.signs("Head", routed.1, (Word::Approve, json!({}))).await.unwrap();
    play.demand.decided.push((routed.1, world.actor("Head").person.unwrap()));
    let known = world.case(routed.0).await.program_hash;
    let version = program_version::Model {
        id: ProgramVersionId::at(world.workflow.clock.now()),
        program: "emergency-aid".to_owned(),
        number: 99,
        hash: LATER.to_owned(),
        source: "program: emergency-aid\nword_of_tomorrow: 1\n".to_owned(),
        published_at: world.workflow.clock.now(),
        effective_on: None,
        retired_on: None,
        reason: None,
        yaml: None,
        draft_id: None,
        replay_id: None,
    };
    let version = version.into_active_model().reset_all();
    version.insert(world.workflow.store.for_migration()).await.unwrap();
    for (case, _) in [routed, asked] {
        stands_on(world, case, LATER).await;
    }
    let told = [world.story(routed.0).await, world.story(asked.0).await];

    banjie.start_again().await;
    says(&banjie, 200, "1 version(s) of programs are unknown here").await;
    let job = until("a job that is put off with its reason", SOON, async || {
        let all = outbox::Entity::unfinished().filter(outbox::Column::CaseId.eq(routed.0));
        let job = all.one(world.workflow.store.read()).await.ok()??;
        job.last_error.as_deref()?.contains(LATER).then_some(job)
    })
    .await;
    assert_eq!((job.attempts, job.quarantined_at), (0, None), "it is no death");
    let head = cluster.caller(&banjie, "Head");
    let queue = head.get("/api/v1/tasks").await;
    assert_eq!(queue.status, 200, "{}", queue.text());
    for task in [asked.1, other.1] {
        assert!(queue.text().contains(&task.to_string()), "{task} is hidden: {}", queue.text());
    }
    let act = play.says(asked.1, "approve");
    let answer = head.tries(&act).await.expect("an answer");
    assert_eq!(answer.status, 503, "nobody knows its rules here: {}", answer.text());
    assert!(answer.header("retry-after").is_some());
    play.approves(&cluster, &banjie, other.1).await;
    play.pays(&cluster, &banjie, other.0).await;
    assert_eq!(
        [world.story(routed.0).await, world.story(asked.0).await],
        told,
        "nothing happened to the others"
    );

    // A process comes that knows it.
    for (case, _) in [routed, asked] {
        stands_on(world, case, &known).await;
    }
    outbox::Entity::update_many()
        .col_expr(outbox::Column::NextAttemptAt, Expr::value(world.workflow.clock.machine()))
        .filter(outbox::Column::Id.eq(job.id))
        .exec(world.workflow.store.for_migration())
        .await
        .unwrap();
    let answer = head.does(&act).await;
    play.learns(world, "Head", asked.1, &answer);
    assert_eq!(answer.status, 200, "{}", answer.text());
    for (case, _) in [routed, asked] {
        play.pays(&cluster, &banjie, case).await;
    }
    play.all_is_well(&cluster).await;
}

async fn an_event_unknown_here_stands_in_nobodys_way(store: Store) {
    let cluster = Cluster::start(store).await;
    let (mut play, banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    at_rest(&cluster.world).await;
    let world = &cluster.world;
    tx::write(&world.workflow.store, async |tx| {
        let now = world.workflow.clock.now();
        let what = ("tea_served", json!({ "event": "tea_served", "cups": 3 }));
        record::append(tx, now, Stream::Case, case.0, None, what).await?;
        let rows = trail::Entity::of(Stream::Case, case.0).order_by_asc(trail::Column::Number);
        let last = rows.all(tx).await?.pop().expect("a row");
        let head = case_file::ActiveModel {
            id: Set(case),
            trail_number: Set(last.number),
            trail_head: Set(last.hash),
            ..Default::default()
        };
        head.update(tx).await?;
        Ok::<_, workflow::CommandError>(())
    })
    .await
    .unwrap();
    let head = cluster.caller(&banjie, "Head");
    let shown = head.get(&format!("/api/v1/tasks/{task}")).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert!(shown.text().contains("tea_served"), "its name is shown: {}", shown.text());
    play.approves(&cluster, &banjie, task).await;
    play.pays(&cluster, &banjie, case).await;
    at_rest(world).await;
    let story = world.story(case).await; // which is an unbroken chain
    assert_eq!(story.matches("tea_served").count(), 1, "{story}");
    assert!(story.contains("step_opened papers"), "it went on after it: {story}");
}

async fn a_job_unknown_here_is_left_to_others(store: Store) {
    let cluster = Cluster::start(store).await;
    let (mut play, banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    at_rest(&cluster.world).await;
    let world = &cluster.world;
    let now = world.workflow.clock.machine();
    let job = |kind: &str, job: serde_json::Value| outbox::Model {
        id: OutboxId::at(now),
        job,
        kind: kind.to_owned(),
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
    // One of a kind that is not known here, and one of a known kind with words that are not.
    let strange = job("serve_tea", json!({ "job": "serve_tea", "cups": 3 }));
    let changed = job("route_case", json!({ "job": "route_case", "cases": [case] }));
    for row in [&strange, &changed] {
        let row = row.clone().into_active_model().reset_all();
        row.insert(world.workflow.store.for_migration()).await.unwrap();
    }
    let of = async |id: OutboxId| {
        let found = outbox::Entity::find_by_id(id).one(world.workflow.store.read()).await;
        found.unwrap().unwrap()
    };
    let tried = until("a job that is put off with its reason", SOON, async || {
        let row = of(changed.id).await;
        row.last_error.is_some().then_some(row)
    })
    .await;
    assert_eq!((tried.attempts, tried.done_at, tried.quarantined_at), (0, None, None));
    assert!(tried.next_attempt_at > now + Duration::from_millis(500), "{tried:?}");
    play.approves(&cluster, &banjie, task).await;
    slot(world, case, "pay").await;
    assert_eq!(of(strange.id).await, strange, "nobody here has touched it");
    let ids = [strange.id, changed.id];
    let gone = outbox::Entity::delete_many().filter(outbox::Column::Id.is_in(ids));
    gone.exec(world.workflow.store.for_migration()).await.unwrap();
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}
