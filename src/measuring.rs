//! The recorder of what is measured; it keeps, and whoever asks is told.

use std::{sync::Arc, time::Duration};

use api::MetricsText;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use workflow::measures;

use crate::fault::Fault;

/// Upper ends of the buckets, in seconds: requests and jobs take milliseconds, lags may take hours.
const BUCKETS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0,
    3600.0,
];

/// How often what was recorded is put into its buckets, though nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// Begins to record, for as long as the process lives. Returns what writes it out.
///
/// # Errors
/// [`Fault::Measuring`] when somebody records already.
pub(crate) fn begin() -> Result<MetricsText, Fault> {
    let builder = PrometheusBuilder::new();
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let builder = builder.set_buckets_for_metric(seconds, &BUCKETS);
    let builder = builder.map_err(|error| Fault::Measuring(error.to_string()))?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    let set = metrics::set_global_recorder(recorder);
    set.map_err(|error| Fault::Measuring(error.to_string()))?;
    measures::describe(env!("CARGO_PKG_VERSION"));
    tokio::spawn(keep_up(handle.clone()));
    Ok(Arc::new(move || handle.render()))
}

async fn keep_up(handle: PrometheusHandle) {
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}
