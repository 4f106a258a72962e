//! The recorder of what is measured; it keeps, and whoever asks is told.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use actix_web::{HttpRequest, http::StatusCode};
use api::MetricsText;
use entities::Sensitive;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use workflow::{Workflow, measures};

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

/// What a process without front doors answers at `/metrics`.
#[derive(Clone)]
pub(crate) struct Measured {
    text: MetricsText,
    token: Option<Sensitive>,
    /// Whether only this machine reaches the address.
    near: bool,
    /// What is looked at; nothing before the database is open.
    workflow: Arc<OnceLock<Workflow>>,
}

impl Measured {
    /// With an empty `token` it opens only where no other machine reaches the address: `near`.
    pub(crate) fn new(text: MetricsText, token: &str, near: bool) -> Self {
        let token = Some(token).filter(|token| !token.is_empty());
        Self { text, token: token.map(Sensitive::new), near, workflow: Arc::default() }
    }

    /// The database is open.
    pub(crate) fn look_at(&self, workflow: Workflow) {
        drop(self.workflow.set(workflow));
    }

    /// Why the request may not read it: 401 without the right token, 403 where no token is set
    /// and others than this machine could ask.
    pub(crate) fn bars(&self, request: &HttpRequest) -> Option<StatusCode> {
        match &self.token {
            Some(token) => {
                (!api::carries_token(request, token)).then_some(StatusCode::UNAUTHORIZED)
            }
            None => (!self.near).then_some(StatusCode::FORBIDDEN),
        }
    }

    pub(crate) async fn text(&self) -> String {
        if let Some(workflow) = self.workflow.get() {
            measures::look(workflow).await;
        }
        (self.text)()
    }
}

async fn keep_up(handle: PrometheusHandle) {
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn without_a_token_only_this_machine_reads_what_is_measured() {
        let text: MetricsText = Arc::new(String::new);
        let stranger = TestRequest::default().to_http_request();
        let knows = ("authorization", "Bearer a token");
        let knows = TestRequest::default().insert_header(knows).to_http_request();
        let table = [
            ("", true, None, None),
            ("", false, Some(StatusCode::FORBIDDEN), Some(StatusCode::FORBIDDEN)),
            ("a token", true, Some(StatusCode::UNAUTHORIZED), None),
            ("a token", false, Some(StatusCode::UNAUTHORIZED), None),
        ];
        for (token, near, to_stranger, to_knowing) in table {
            let measured = Measured::new(Arc::clone(&text), token, near);
            let found = (measured.bars(&stranger), measured.bars(&knows));
            assert_eq!(found, (to_stranger, to_knowing), "{token:?}, near: {near}");
        }
    }
}
