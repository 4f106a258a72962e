//! The loops: what is lost on the fast path is found, and a stop finishes what is in hand.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::Instant,
};
use worker::{Settings, run};
use workflow::{JobKind, Ticket, Wake, clock::Clock};

use crate::{
    sink::{Mood, Sink},
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_relay_finds_what_the_fast_path_has_lost() {
    let (_lost, fast_path) = mpsc::channel(64);
    let world = World::with(Clock::wall(), Wake::default(), at_any_hour).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let services = world.services.clone();
    let works = tokio::spawn(run(services, fast_path, soon_after(stopped)));
    for _ in 0..20 {
        world.notice().await;
    }
    until(async || world.unfinished().await == 0).await;
    assert_eq!(world.letters().len(), 20);
    stop.send(()).unwrap();
    works.await.unwrap().unwrap();
    assert_eq!(world.services.health.restarts(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_finishes_what_is_in_hand() {
    let told = Arc::new(Notify::new());
    let sink = Sink::with([Mood::Waits(Arc::clone(&told))]).await;
    let (sender, fast_path) = mpsc::channel(64);
    let port = sink.port;
    let world = World::with(Clock::wall(), Wake::to(sender), |settings| {
        at_any_hour(settings);
        settings.mail.smtp = Some(format!("smtp://127.0.0.1:{port}").into());
    })
    .await;
    let (stop, stopped) = oneshot::channel::<()>();
    let services = world.services.clone();
    let works = tokio::spawn(run(services, fast_path, soon_after(stopped)));
    let (_, job) = world.notice().await;
    world.workflow().wake.hand(&[Ticket { id: job, kind: JobKind::Letters }]);
    sink.has(1).await;
    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!works.is_finished(), "a letter is on its way");
    told.notify_one();
    works.await.unwrap().unwrap();
    assert!(world.outbox(job).await.done_at.is_some());
}

/// These run by the clock on the wall: at night letters would wait for the morning.
fn at_any_hour(settings: &mut Settings) {
    settings.mail.quiet_hours = false;
}

/// When all must be over that is told to stop now.
async fn soon_after(stopped: oneshot::Receiver<()>) -> Instant {
    drop(stopped.await);
    Instant::now() + Duration::from_secs(20)
}

/// Waits for what other tasks bring about.
async fn until(met: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !met().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap();
}
