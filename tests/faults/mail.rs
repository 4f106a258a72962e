//! The mail server is slow, or takes letters and says nothing.

use std::time::{Duration, Instant};

use entities::outbox;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Expr};

use super::play::{Play, SOON, in_hand, slot};
use crate::harness::{Store, cluster::Cluster, smtp::Manner, until};

/// F24: letters wait fifteen seconds for each answer, and nobody waits for letters.
#[actix_web::test]
async fn a_mail_server_that_stalls_delays_letters_and_nothing_else() {
    let mut cluster = Cluster::start(Store::Postgres).await;
    let names: Vec<String> = (0..6).map(|number| format!("Ma{number}")).collect();
    for name in &names {
        cluster.applies(name).await;
    }
    let (mut play, banjie) = (Play::default(), cluster.banjie("serve", &[]).await);
    cluster.smtp.behave(Manner::Stalls);
    let mut cases = Vec::new();
    for name in &names {
        cases.push(play.applies(&cluster, &banjie, name).await);
    }
    until("letters that stall", SOON, async || {
        (in_hand(&cluster.world, "send_notice").await.len() >= 8).then_some(())
    })
    .await;
    for (case, task) in &cases {
        let began = Instant::now();
        play.approves(&cluster, &banjie, *task).await;
        slot(&cluster.world, *case, "pay").await;
        let took = began.elapsed();
        assert!(took < Duration::from_secs(12), "routing waited for letters: {took:?}");
    }
    cluster.smtp.behave(Manner::Accepts);
    for (case, _) in &cases {
        play.pays(&cluster, &banjie, *case).await;
    }
    // No answer came after the letter was handed over: that is tried again in ten minutes, which
    // pass in no time as soon as each has been noted down.
    until("letters that are tried again", 2 * SOON, async || {
        let now = cluster.world.workflow.clock.machine();
        let db = cluster.world.workflow.store.read();
        outbox::Entity::update_many()
            .col_expr(outbox::Column::NextAttemptAt, Expr::value(now))
            .filter(outbox::Column::NextAttemptAt.gt(now))
            .filter(outbox::Column::DoneAt.is_null())
            .exec(db)
            .await
            .ok()?;
        outbox::Entity::unfinished().one(db).await.ok()?.is_none().then_some(())
    })
    .await;
    play.all_is_well(&cluster).await;
}
