//! W5: from the start of the process to the first answer, and what it takes of memory.

use crate::{
    cluster::Cluster,
    figure,
    service::{self, Service},
    usage::memory,
};

/// Starts are this many; the middle one counts.
const STARTS: usize = 9;

/// All figures of W5.
pub(crate) async fn run() {
    let cluster = Cluster::start();
    cluster.connect("postgres").await.run("CREATE DATABASE banjie").await;
    let (data, url) = (service::folder(), cluster.url("banjie"));
    service::migrate(&data, &url);
    drop(Service::serve(&data, &url)); // makes the keys, publishes the programs
    let mut starts = Vec::new();
    let mut idle = 0.0;
    for _ in 0..STARTS {
        let service = Service::serve(&data, &url);
        starts.push(service.cold);
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        idle = service.pids().into_iter().map(memory).sum();
    }
    starts.sort_unstable();
    figure("w5.cold_start", starts[STARTS / 2].as_secs_f64() * 1000.0, "ms");
    figure("w5.memory_idle", idle, "MiB");
}
