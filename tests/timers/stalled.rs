//! The mail server takes a letter and says nothing: clocks do not wait for it.

use std::time::Duration;

use entities::{NoticeState, notice};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::{mpsc, oneshot};
use worker::{Services, Settings};
use workflow::seal::Sensitive;

use super::staffed;
use crate::harness::{
    both,
    passing::at,
    scratch,
    smtp::{Manner, Smtp},
    until,
    world::World,
};

both![a_timer_fires_while_the_mail_server_stalls];

/// The sweep looks every quarter of a minute, on a machine that does ten things at once.
const SOON: Duration = Duration::from_secs(90);

/// F24.
async fn a_timer_fires_while_the_mail_server_stalls(mut world: World) {
    staffed(&mut world).await;
    let server = Smtp::start();
    server.behave(Manner::Stalls);
    let mut settings = Settings { drawer: scratch("letters"), ..Settings::default() };
    settings.mail.smtp = Some(Sensitive::new(server.url()));
    settings.mail.quiet_hours = false;
    let services = Services::new(world.workflow.clone(), settings).unwrap();
    let case = world.asks("Ma").await;
    let (_own, fast_path) = mpsc::channel(1);
    let (stop, stopped) = oneshot::channel::<()>();
    let run = tokio::spawn(worker::run(services, fast_path, async move {
        drop(stopped.await);
        tokio::time::Instant::now() + Duration::from_secs(4)
    }));
    until("a letter that the mail server has", SOON, async || (server.callers() > 0).then_some(()))
        .await;
    let due = at("09-17 18:00");
    world.workflow.clock.advance(due - world.workflow.clock.now());
    until("that the step is late", SOON, async || {
        world.run(case, "first").await.late.then_some(())
    })
    .await;
    let sent = notice::Entity::find()
        .filter(notice::Column::Template.eq("task_opened"))
        .filter(notice::Column::State.eq(NoticeState::Sent))
        .one(world.workflow.store.read());
    assert_eq!(sent.await.unwrap(), None, "the letter still waits for its answer");
    assert!(server.letters().is_empty());
    drop(stop);
    run.await.unwrap().unwrap();
}
