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
use workflow::JobKind;

use super::{Bench, Handover, WakeUp, do_one, hands};
use crate::Services;

/// One life of the executor, under `name`: ends well when `stop` turns true and what is in hand
/// is finished, and badly when apalis gives up.
pub(crate) fn executor(
    services: Services,
    handover: Handover,
    (kind, source): (JobKind, Arc<Mutex<UnboundedReceiver<OutboxId>>>),
    name: &str,
    mut stop: watch::Receiver<bool>,
) -> BoxFuture<'static, Result<(), BoxDynError>> {
    let ids = stream::unfold(source, |source| async move {
        let id = source.lock().await.recv().await?;
        Some((Task::new(WakeUp(id)), source))
    });
    // Ids come by the channel only: nothing is put in through apalis' own end.
    let nothing = sink::drain().sink_map_err(|never| MemoryStorageError::Other(Box::new(never)));
    let nothing = MemorySink::new(Arc::new(futures_util::lock::Mutex::new(Box::new(nothing))));
    let worker = WorkerBuilder::new(name)
        .backend(MemoryStorage::new_with(nothing, ids.boxed()))
        .concurrency(hands(&services, kind))
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

async fn handle(wake_up: WakeUp, bench: Data<Bench>) -> Result<(), BoxDynError> {
    do_one(&bench, wake_up.0).await;
    Ok(())
}
