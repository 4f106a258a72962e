//! What is told while the program runs: the log, and traces where somebody takes them.

use std::{fmt, io::IsTerminal, time::Duration};

use async_trait::async_trait;
use http::{Request, Response};
use opentelemetry::{InstrumentationScope, trace::TracerProvider};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, layer::SubscriberExt, registry::LookupSpan,
    util::SubscriberInitExt,
};
use ureq::Agent;

use crate::{
    fault::Fault,
    settings::{Format, Settings},
};

/// For one delivery of traces, and for the last one at the stop.
const DELIVERY: Duration = Duration::from_secs(5);

/// Ends with the program: hands over the last traces.
pub(crate) struct Telling(Option<SdkTracerProvider>);

impl fmt::Debug for Telling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telling").field("traces", &self.0.is_some()).finish()
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        if let Some(provider) = &self.0
            && let Err(error) = provider.shutdown_with_timeout(DELIVERY)
        {
            tracing::warn!(%error, "the last traces were not taken");
        }
    }
}

/// Begins to tell: the log to standard error, since standard output is for what people asked
/// for; traces to `telemetry.endpoint`, if there is one.
///
/// # Errors
/// [`Fault::Telling`].
pub(crate) fn begin(settings: &Settings) -> Result<Telling, Fault> {
    let provider = traces(settings)?;
    let spans = provider.as_ref().map(layer);
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let filter = EnvFilter::new(&settings.log.filter);
    let log = match settings.log.format {
        Format::Text => log.with_ansi(std::io::stderr().is_terminal()).with_filter(filter).boxed(),
        Format::Json => {
            log.json().flatten_event(true).with_span_list(false).with_filter(filter).boxed()
        }
    };
    let registry = tracing_subscriber::registry().with(log).with(spans);
    registry.try_init().map_err(|error| Fault::Telling(error.to_string()))?;
    Ok(Telling(provider))
}

/// Spans of ours become spans of a trace. What is logged within them stays in the log: an error's
/// text may be about somebody.
fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let scope = InstrumentationScope::builder("banjie").with_version(env!("CARGO_PKG_VERSION"));
    let ours = |data: &Metadata<'_>| {
        let own = ["api", "worker", "workflow", "banjie"];
        data.is_span() && own.iter().any(|name| data.target().split(':').next() == Some(name))
    };
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer_with_scope(scope.build()))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(ours))
}

fn traces(settings: &Settings) -> Result<Option<SdkTracerProvider>, Fault> {
    let telemetry = &settings.telemetry;
    let endpoint = telemetry.endpoint.trim_end_matches('/');
    if endpoint.is_empty() {
        return Ok(None);
    }
    let path = "/v1/traces";
    let bare = endpoint.strip_suffix(path).unwrap_or(endpoint);
    let agent = Agent::config_builder()
        .timeout_global(Some(DELIVERY))
        .http_status_as_error(false)
        .max_redirects(0)
        .build();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client(agent.into()))
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{bare}{path}"))
        .with_timeout(DELIVERY)
        .build()
        .map_err(|error| Fault::Telling(error.to_string()))?;
    let sampler = Sampler::TraceIdRatioBased(telemetry.share);
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(sampler)))
        .with_resource(Resource::builder_empty().with_service_name("banjie").build());
    Ok(Some(provider.build()))
}

/// Delivers traces. It blocks: the exporter has a thread of its own.
#[derive(Clone, Debug)]
struct Client(Agent);

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts, body.to_vec());
        let answer = self.0.run(request)?;
        let (parts, mut body) = answer.into_parts();
        Ok(Response::from_parts(parts, body.read_to_vec()?.into()))
    }
}
