//! Too few connections, a file that another process keeps locked, others in the way.

use std::{
    cell::Cell,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    time::{Duration, Instant},
};

use entities::{Sensitive, account, unit};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::json;
use workflow::{CommandError, sign_in::Passwords, tx};

use super::play::{Play, SOON, at_rest, hold, until_somebody_waits};
use crate::harness::{Store, both, cluster::Cluster, http::Caller, until, world::World};

both![a_transaction_that_met_another_is_run_again];

/// F17.
async fn a_transaction_that_met_another_is_run_again(world: World) {
    if world.on == Store::Sqlite {
        // One writer waits for the other, and neither meets anybody.
        let tries = AtomicUsize::new(0);
        let write = async || {
            let count = "UPDATE unit SET code = coalesce(code, '') || '1'";
            let done = tx::write_patiently(&world.workflow.store, async |tx| {
                tries.fetch_add(1, SeqCst);
                tx.execute_unprepared(count).await.map_err(CommandError::from)
            });
            done.await.map(drop)
        };
        let (one, two) = futures_util::future::join(write(), write()).await;
        assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
        assert_eq!(tries.load(SeqCst), 2, "each once");
        let rows = unit::Entity::find().all(world.workflow.store.read()).await.unwrap();
        assert!(rows.iter().all(|row| row.code.as_deref() == Some("11")), "both are there");
        return;
    }
    for code in ["40001", "40P01", "55P03"] {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$");
        for (failures, passes) in [(3, true), (9, false)] {
            let tries = AtomicUsize::new(0);
            let done = tx::write_patiently(&world.workflow.store, async |tx| {
                if tries.fetch_add(1, SeqCst) < failures {
                    tx.execute_unprepared(&raise).await?;
                }
                Ok::<_, CommandError>(())
            });
            assert_eq!(done.await.is_ok(), passes, "{code}");
            assert_eq!(tries.load(SeqCst), 4, "{code}: once, and three times more");
        }
    }
}

/// F18: whoever comes finds the door, and is told to wait; signing in has its own connections.
#[actix_web::test]
async fn when_all_connections_are_taken_people_are_told_so_and_still_come_in() {
    let cluster = Cluster::start(Store::Postgres).await;
    let settings = [("BANJIE__DATABASE__CONNECTIONS", "2")];
    let (mut play, banjie) = (Play::default(), cluster.banjie("serve", &settings).await);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    at_rest(&cluster.world).await;
    let password = "north wind 7";
    let hash = Passwords::new().unwrap().hash(Sensitive::new(password)).await.unwrap();
    let row = account::ActiveModel {
        id: Set(cluster.world.actor("Head").account),
        password_hash: Set(Some(hash)),
        ..Default::default()
    };
    row.update(cluster.world.workflow.store.read()).await.unwrap();
    let held = hold(&cluster.world, case).await;
    let head = cluster.caller(&banjie, "Head");
    let enough = Rc::new(Cell::new(false));
    let asked: Vec<_> = (0..6)
        .map(|_| {
            let (head, act) = (head.clone(), play.says(task, "approve"));
            let enough = Rc::clone(&enough);
            tokio::task::spawn_local(async move {
                loop {
                    let answer = head.tries(&act).await.expect("an answer");
                    assert_ne!(answer.status, 500, "{}", answer.text());
                    if enough.get() {
                        return;
                    }
                }
            })
        })
        .collect();
    until_somebody_waits(&cluster.world).await;
    let anyone = Caller::new(banjie.url.as_str());
    // The quickest of three: what takes longer than that waits for the machine.
    let mut refusals = Vec::new();
    until("three refusals", SOON, async || {
        let began = Instant::now();
        let answer = head.try_send("GET", "/api/v1/tasks", None).await.ok()?;
        if answer.status == 503 {
            refusals.push(began.elapsed());
            assert!(answer.header("retry-after").is_some());
        }
        (refusals.len() == 3).then_some(())
    })
    .await;
    let took = refusals.iter().min().unwrap();
    assert!(*took < Duration::from_secs(2 + 3), "two seconds are promised: {refusals:?}");
    banjie.until_ready(503).await;
    assert_eq!(anyone.get("/api/v1/health/live").await.status, 200);
    let ask = json!({ "login": "head", "password": password });
    let opened = anyone.post("/api/v1/sessions", &ask).await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    held.rollback().await.unwrap();
    enough.set(true);
    for asked in asked {
        asked.await.unwrap();
    }
    // It may have been done by one of the six: then this is a no.
    let act = play.says(task, "approve");
    let answer = head.does(&act).await;
    assert!([200, 409].contains(&answer.status), "{}", answer.text());
    banjie.until_ready(200).await;
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}

/// F19.
#[actix_web::test]
async fn a_locked_file_is_waited_for_and_nobody_reads_of_locks() {
    let cluster = Cluster::start(Store::Sqlite).await;
    let (mut play, banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    at_rest(&cluster.world).await;
    let head = cluster.caller(&banjie, "Head");
    let held = hold(&cluster.world, case).await;
    let act = play.says(task, "approve");
    let asked = {
        let (head, act) = (head.clone(), act.clone());
        tokio::task::spawn_local(async move { head.tries(&act).await })
    };
    let answer = asked.await.unwrap().expect("an answer");
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    assert!(!answer.text().contains("locked"), "{}", answer.text());
    held.rollback().await.unwrap();
    let held = hold(&cluster.world, case).await;
    let asked = {
        let (head, act) = (head.clone(), act.clone());
        tokio::task::spawn_local(async move { head.does(&act).await })
    };
    tokio::time::sleep(Duration::from_millis(700)).await;
    held.rollback().await.unwrap();
    let answer = asked.await.unwrap();
    play.learns(&cluster.world, "Head", task, &answer);
    assert_eq!(answer.status, 200, "{}", answer.text());
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}
