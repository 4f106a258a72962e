//! The worker's half of the service, from start to stop.

use std::{sync::Arc, time::Duration};

use entities::OutboxId;
use futures_util::FutureExt;
use sea_orm::DbErr;
use tokio::{
    sync::{Mutex, Notify, mpsc::UnboundedReceiver, watch},
    task::JoinSet,
};

use crate::{
    Services, business_time, housekeeping,
    queue::{self, Handover},
    relay,
    rounds::Rounds,
    sweep,
};

/// So long may what is in hand take to be finished after the stop.
const LAST: Duration = Duration::from_secs(20);

/// Works until `stop` resolves, then finishes what is in hand, for at most twenty seconds.
///
/// `fast_path` is the other end of the [`workflow::workflow::Wake`] of `services`.
///
/// # Errors
/// When business time cannot be read at the start.
pub async fn run(
    services: Services,
    fast_path: UnboundedReceiver<OutboxId>,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), DbErr> {
    business_time::follow(&services).await?;
    let (stopping, stopped) = watch::channel(false);
    let mut loops = JoinSet::new();
    start(&mut loops, &services, fast_path, &stopped);
    tracing::info!("the worker works");
    stop.await;
    stopping.send_replace(true);
    let finished = tokio::time::timeout(LAST, async { while loops.join_next().await.is_some() {} });
    if finished.await.is_err() {
        // Their leases run out, and another worker goes on with them.
        tracing::warn!("jobs were left unfinished at the stop");
        loops.shutdown().await;
    }
    Ok(())
}

fn start(
    loops: &mut JoinSet<()>,
    services: &Services,
    fast_path: UnboundedReceiver<OutboxId>,
    stopped: &watch::Receiver<bool>,
) {
    let (handover, ids) = Handover::new();
    loops.spawn(pump(services.clone(), handover.clone(), fast_path, stopped.clone()));
    loops.spawn(execute(services.clone(), handover.clone(), ids, stopped.clone()));
    let every = |name, period| {
        let early = Arc::new(Notify::new());
        (Rounds { name, period, early }, services.clone(), stopped.clone())
    };
    let (rounds, with, until) = every("relay", relay::PERIOD);
    loops.spawn(rounds.go(with, until, move |services| {
        let handover = handover.clone();
        async move { relay::relay_once(&services, &handover).await.map(drop) }.boxed()
    }));
    let (rounds, with, until) = every("sweep", sweep::PERIOD);
    let due = Arc::clone(&rounds.early);
    loops.spawn(rounds.go(with, until, |services| {
        async move { sweep::sweep_once(&services).await.map(drop) }.boxed()
    }));
    let (rounds, with, until) = every("housekeeping", housekeeping::PERIOD);
    loops.spawn(rounds.go(with, until, |services| {
        async move { housekeeping::tidy_once(&services).await.map(drop) }.boxed()
    }));
    if services.settings.moves_time {
        let (rounds, with, until) = every("business time", business_time::PERIOD);
        loops.spawn(rounds.go(with, until, move |services| {
            let due = Arc::clone(&due);
            async move {
                if business_time::move_if_asked(&services).await? {
                    due.notify_one();
                }
                Ok(())
            }
            .boxed()
        }));
    }
}

/// From the commit to the executor. What does not fit in, the relay finds.
async fn pump(
    services: Services,
    handover: Handover,
    mut fast_path: UnboundedReceiver<OutboxId>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            id = fast_path.recv() => match id {
                Some(id) => drop(handover.hand(id, services.machine())),
                None => return,
            },
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

async fn execute(
    services: Services,
    handover: Handover,
    ids: UnboundedReceiver<OutboxId>,
    stopped: watch::Receiver<bool>,
) {
    let ids = Arc::new(Mutex::new(ids));
    let build = |name: &str| {
        let (handover, ids) = (handover.clone(), Arc::clone(&ids));
        queue::executor(services.clone(), handover, ids, name, stopped.clone())
    };
    queue::supervise(&services.health, &services.workflow.clock, stopped.clone(), build).await;
}
