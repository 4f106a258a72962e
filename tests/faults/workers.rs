//! Who works unasked dies, freezes, meets another, gets a job twice, or one that kills.

use std::time::{Duration, Instant};

use entities::{CaseId, OutboxId, TaskId, outbox, timer};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, prelude::Expr};
use serde_json::json;
use workflow::commands::Word;

use super::play::{
    Play, SOON, at_rest, hold, in_hand, leases_run_out, promised, slot, until_somebody_waits,
};
use crate::harness::{
    Store,
    cluster::{Banjie, Cluster},
    smtp::Manner,
    until,
};

/// The head has decided, and the worker of `banjie` stands before the case's lock with the
/// routing in hand.
async fn stands_in_routing(
    play: &mut Play,
    cluster: &Cluster,
    banjie: &mut Banjie,
    (case, task): (CaseId, TaskId),
) -> (DatabaseTransaction, outbox::Model) {
    at_rest(&cluster.world).await;
    // So that it is not quicker than the lock.
    banjie.running().freeze();
    cluster.world.signs("Head", task, (Word::Approve, json!({}))).await.unwrap();
    play.demand.decided.push((task, cluster.world.actor("Head").person.unwrap()));
    let held = hold(&cluster.world, case).await;
    banjie.running().thaw();
    let job = until("a job in hand", SOON, async || {
        let jobs = in_hand(&cluster.world, "route_case").await;
        jobs.into_iter().find(|job| job.case_id == Some(case))
    })
    .await;
    until_somebody_waits(&cluster.world).await;
    (held, job)
}

async fn job(cluster: &Cluster, id: OutboxId) -> outbox::Model {
    let found = outbox::Entity::find_by_id(id).one(cluster.world.workflow.store.read()).await;
    found.unwrap().unwrap()
}

/// Waits until all that is left to do is that job.
async fn nothing_but(cluster: &Cluster, id: OutboxId) {
    until("the end of all other jobs", SOON, async || {
        let others = outbox::Entity::unfinished().filter(outbox::Column::Id.ne(id));
        let left = others.one(cluster.world.workflow.store.read()).await.ok()?;
        left.is_none().then_some(())
    })
    .await;
}

/// F4, F8, F9, F29, on one cluster: a worker dies with a job in hand, another freezes with it,
/// and five die of the same one.
#[actix_web::test]
async fn a_job_outlives_whoever_has_it_in_hand() {
    let mut cluster = Cluster::start(Store::Postgres).await;
    for name in ["Li", "Wang", "Zhao"] {
        cluster.applies(name).await;
    }
    let (mut play, mut one) = (Play::default(), cluster.banjie("serve", &[]).await);

    // F4: it dies, and another goes on.
    let first = play.applies(&cluster, &one, "Ma").await;
    let (held, taken) = stands_in_routing(&mut play, &cluster, &mut one, first).await;
    assert_eq!(taken.attempts, 1, "counted before the work");
    play.kills(&cluster, &mut one).await;
    let starts = job(&cluster, taken.id).await.attempts;
    held.rollback().await.unwrap();
    let mut other = cluster.banjie("serve", &[]).await;
    at_rest(&cluster.world).await;
    assert_eq!(job(&cluster, taken.id).await.attempts, starts + 1);
    play.pays(&cluster, &other, first.0).await;
    play.all_is_well(&cluster).await;

    // F8 and F9: it freezes with the case's lock in its hands. The database lets go of that
    // after ten seconds; when it thaws, it must write nothing.
    let second = play.applies(&cluster, &other, "Li").await;
    let (held, taken) = stands_in_routing(&mut play, &cluster, &mut other, second).await;
    other.running().freeze();
    held.rollback().await.unwrap();
    let began = Instant::now();
    leases_run_out(&cluster.world).await;
    one.start_again().await;
    slot(&cluster.world, second.0, "pay").await;
    promised("a case whose process froze goes on", Duration::from_secs(10), began.elapsed());
    play.pays(&cluster, &one, second.0).await;
    at_rest(&cluster.world).await;
    let told = cluster.world.story(second.0).await;
    other.running().thaw();
    other.until_ready(200).await;
    assert_eq!(cluster.world.story(second.0).await, told, "the thawed one wrote nothing");
    assert!(job(&cluster, taken.id).await.done_at.is_some());
    play.all_is_well(&cluster).await;
    drop(one);

    // F29: five starts, five deaths.
    let third = play.applies(&cluster, &other, "Wang").await;
    let (mut held, taken) = stands_in_routing(&mut play, &cluster, &mut other, third).await;
    let mut deaths = 0;
    while job(&cluster, taken.id).await.quarantined_at.is_none() {
        // Nothing else is to die of the same deaths.
        nothing_but(&cluster, taken.id).await;
        play.kills(&cluster, &mut other).await;
        held.rollback().await.unwrap();
        held = hold(&cluster.world, third.0).await;
        other.start_again().await;
        deaths += 1;
        // A start that ends because the lock is not had in time is no death: then one more.
        assert!(deaths < 40, "it is never put away");
        until("a start more, or the end", SOON, async || {
            let now = cluster.world.workflow.clock.machine();
            let job = job(&cluster, taken.id).await;
            let begun = job.lease_until.is_some_and(|until| until > now);
            (begun || job.quarantined_at.is_some()).then_some(())
        })
        .await;
    }
    assert!(deaths >= 5, "{deaths}");
    held.rollback().await.unwrap();
    assert!(job(&cluster, taken.id).await.quarantined_at.is_some());
    play.demand.quarantined = 1;
    let fourth = play.applies(&cluster, &other, "Zhao").await;
    play.approves(&cluster, &other, fourth.1).await;
    play.pays(&cluster, &other, fourth.0).await;
    play.all_is_well(&cluster).await;
}

/// F27, F28: two workers see the same timer, and all jobs come again.
#[actix_web::test]
async fn what_comes_twice_happens_once() {
    let cluster = Cluster::start(Store::Postgres).await;
    let mut play = Play::default();
    let (one, two) = (cluster.banjie("serve", &[]).await, cluster.banjie("serve", &[]).await);
    let (case, task) = play.applies(&cluster, &one, "Ma").await;
    at_rest(&cluster.world).await;
    let past = cluster.world.workflow.clock.now() - chrono::TimeDelta::seconds(1);
    let db = cluster.world.workflow.store.read();
    let moved = timer::Entity::update_many()
        .col_expr(timer::Column::DueAt, Expr::value(past))
        .filter(timer::Column::CaseId.eq(case))
        .filter(timer::Column::FiredAt.is_null())
        .exec(db);
    let moved = moved.await.unwrap().rows_affected;
    assert!(moved > 0, "there are timers");
    until("all timers", SOON, async || {
        let open = timer::Entity::find().filter(timer::Column::FiredAt.is_null());
        let due = open.filter(timer::Column::DueAt.lte(past)).one(db).await.ok()?;
        due.is_none().then_some(())
    })
    .await;
    at_rest(&cluster.world).await;
    let told = cluster.world.story(case).await;
    let lines: Vec<&str> = told.lines().collect();
    let mut once = lines.clone();
    once.dedup();
    assert_eq!(lines, once, "no timer acted twice");
    outbox::Entity::update_many()
        .col_expr(outbox::Column::DoneAt, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
        .exec(db)
        .await
        .unwrap();
    at_rest(&cluster.world).await;
    assert_eq!(cluster.world.story(case).await, told, "what was done is not done again");
    play.approves(&cluster, &two, task).await;
    play.pays(&cluster, &one, case).await;
    play.all_is_well(&cluster).await;
}

/// F5: a death between the mail server's yes and the mark.
#[actix_web::test]
async fn a_letter_whose_mark_was_lost_comes_again_under_the_same_name() {
    let cluster = Cluster::start(Store::Postgres).await;
    let (mut play, mut banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    cluster.smtp.behave(Manner::Swallows);
    let (case, task) = play.applies(&cluster, &banjie, "Ma").await;
    until("letters that are taken", SOON, async || {
        let there = cluster.smtp.letters().len() == 2;
        (there && in_hand(&cluster.world, "send_notice").await.len() == 2).then_some(())
    })
    .await;
    cluster.smtp.behave(Manner::Accepts);
    play.kills(&cluster, &mut banjie).await;
    assert_eq!(play.demand.doubled, 2);
    banjie.start_again().await;
    at_rest(&cluster.world).await;
    assert_eq!(cluster.smtp.letters().len(), 4, "each came again");
    play.approves(&cluster, &banjie, task).await;
    play.pays(&cluster, &banjie, case).await;
    play.all_is_well(&cluster).await;
}
