//! Stopping in a hurry: whoever asks a second time does not wait for what is in hand.

use std::time::{Duration, Instant};

use entities::{CaseId, outbox};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, prelude::Expr};
use serde_json::json;

use crate::harness::{
    Store, both,
    cluster::{Banjie, Cluster},
    smtp::Manner,
    until,
};

both![a_second_signal_ends_the_process_at_once_and_nothing_is_lost];

const SOON: Duration = Duration::from_mins(1);

/// An urgent application, whose letters go out.
async fn applies(cluster: &Cluster, at: &Banjie) -> CaseId {
    let caller = cluster.caller(at, "Ma");
    let subject = cluster.world.subject("Ma");
    let ask = json!({ "program": "emergency-aid", "subject": subject, "filed_as": "self" });
    let begun = caller.surely("/cases", "begin", &ask).await;
    let case: CaseId = begun.body["id"].as_str().unwrap().parse().unwrap();
    let day = workflow::calendar::local_date(cluster.world.workflow.clock.now()).pred_opt();
    let fields = json!({ "fields": {
        "urgent": true, "cause": "accident", "day": day.unwrap().to_string(), "need": 150_000,
        "home": "at_school",
    }});
    assert_eq!(caller.patch(&format!("/api/v1/cases/{case}"), &fields).await.status, 200);
    let path = format!("/cases/{case}/submit");
    let filed = caller.surely(&path, "submit", &json!({ "declared": true })).await;
    assert_eq!(filed.status, 200, "{}", filed.text());
    case
}

async fn a_second_signal_ends_the_process_at_once_and_nothing_is_lost(store: Store) {
    let mut cluster = Cluster::start(store).await;
    cluster.applies("Ma").await;
    let mut banjie = cluster.banjie("serve", &[]).await;
    cluster.smtp.behave(Manner::Stalls);
    applies(&cluster, &banjie).await;
    let letters = || {
        outbox::Entity::not_done()
            .filter(outbox::Column::Kind.eq("send_notice"))
            .filter(outbox::Column::LeaseUntil.is_not_null())
    };
    let db = cluster.world.workflow.store.read();
    // Not a text message, which is done in a moment: one that waits for the mail server's word.
    until("a letter that the mail server has", SOON, async || {
        (cluster.smtp.callers() > 0).then_some(())
    })
    .await;
    banjie.running().signal("TERM");
    until("that it is stopping", SOON, async || {
        banjie.running().log().contains("stopping").then_some(())
    })
    .await;
    assert!(banjie.running().has_ended().is_none(), "a letter is in hand");
    let asked = Instant::now();
    banjie.running().signal("TERM");
    let status = banjie.running().ended(SOON).await;
    println!("{:?} after the second signal: {status}", asked.elapsed());
    assert_eq!(status.code(), Some(1), "{}", banjie.running().log());
    assert!(banjie.running().log().contains("asked to stop again"));
    assert!(letters().count(db).await.unwrap() > 0, "its lease is left to run out");
    // What it left is done by whoever comes next, when the lease has run out.
    cluster.smtp.behave(Manner::Accepts);
    let now = cluster.world.workflow.clock.machine();
    let run_out = outbox::Entity::update_many()
        .col_expr(outbox::Column::LeaseUntil, Expr::value(now))
        .filter(outbox::Column::LeaseUntil.gt(now));
    run_out.exec(db).await.unwrap();
    banjie.start_again().await;
    until("the end of all jobs", 3 * SOON, async || {
        (outbox::Entity::not_done().count(db).await.ok()? == 0).then_some(())
    })
    .await;
}
