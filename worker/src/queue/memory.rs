//! The executor inside one process: apalis on its memory backend, over a channel of our own that
//! outlives a dead worker.

use std::sync::Arc;

use apalis::prelude::{
    BoxDynError, Data, MemorySink, MemoryStorage, MemoryStorageError, Task, WorkerBuilder,
    WorkerBuilderExt,
};
use entities::OutboxId;
use futures_util::{FutureExt, SinkExt, StreamExt, future::BoxFuture, sink, stream};
use tokio::sync::{Mutex, mpsc::UnboundedReceiver, watch};

use super::Handover;
use crate::{Services, jobs};

/// One id under way.
#[derive(Clone, Copy, Debug)]
struct WakeUp(OutboxId);

/// What each job is done with.
#[derive(Clone, Debug)]
struct Bench {
    services: Services,
    handover: Handover,
}

/// One life of the executor, under `name`: ends well when `stop` turns true and what is in hand
/// is finished, and badly when apalis gives up.
pub(crate) fn executor(
    services: Services,
    handover: Handover,
    source: Arc<Mutex<UnboundedReceiver<OutboxId>>>,
    name: &str,
    mut stop: watch::Receiver<bool>,
) -> BoxFuture<'static, Result<(), BoxDynError>> {
    let concurrency = services.settings.concurrency;
    let ids = stream::unfold(source, |source| async move {
        let id = source.lock().await.recv().await?;
        Some((Task::new(WakeUp(id)), source))
    });
    // Ids come by the channel only: nothing is put in through apalis' own end.
    let nothing = sink::drain().sink_map_err(|never| MemoryStorageError::Other(Box::new(never)));
    let nothing = MemorySink::new(Arc::new(futures_util::lock::Mutex::new(Box::new(nothing))));
    let worker = WorkerBuilder::new(name)
        .backend(MemoryStorage::new_with(nothing, ids.boxed()))
        .concurrency(concurrency)
        .data(Bench { services, handover })
        .build(handle);
    async move {
        let stopped = async move {
            // A sender that is gone is a process that ends: stop as well.
            let _ = stop.wait_for(|stop| *stop).await;
            Ok::<(), std::io::Error>(())
        };
        worker.run_until(stopped).await.map_err(BoxDynError::from)
    }
    .boxed()
}

/// Does one job in a task of its own, so that jobs run side by side and one that panics ends
/// neither the executor nor the process. Its start is counted; its lease runs out.
async fn handle(wake_up: WakeUp, bench: Data<Bench>) -> Result<(), BoxDynError> {
    let WakeUp(id) = wake_up;
    let services = bench.services.clone();
    match tokio::spawn(async move { jobs::do_one(&services, id).await }).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            tracing::error!(outbox.id = %id, %error, "the database failed under a job");
        }
        Err(died) => tracing::error!(outbox.id = %id, %died, "a job died"),
    }
    bench.handover.finished(id);
    Ok(())
}
