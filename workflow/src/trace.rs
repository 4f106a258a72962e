//! What leads from a request to the jobs it left behind: the W3C `traceparent` of its span.
//!
//! Where nothing is traced, nothing is made up and nothing is kept.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The present span as a `traceparent`; none when it is not traced.
pub fn current() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    let sampled = span.is_valid() && span.is_sampled();
    sampled.then(|| format!("00-{}-{}-01", span.trace_id(), span.span_id()))
}

/// Makes `span`, which must not have been entered yet, a child of the span that `parent` names.
/// What does not read as a `traceparent` is passed over.
pub fn follow(span: &Span, parent: Option<&str>) {
    if let Some(parent) = parent.and_then(read) {
        let context = Context::new().with_remote_span_context(parent);
        // It fails where nothing is traced, and then there is nothing to lead on to.
        drop(span.set_parent(context));
    }
}

/// Says that `span` is also about what `parent` led to: of work that is done for several at once,
/// and is nobody's child.
pub fn link(span: &Span, parent: Option<&str>) {
    if let Some(parent) = parent.and_then(read) {
        span.add_link(parent);
    }
}

/// `00-<32 hex>-<16 hex>-<2 hex>`, of version 0 (W3C Trace Context).
fn read(text: &str) -> Option<SpanContext> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || version != "00" || (trace.len(), span.len()) != (32, 16) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_reads_and_what_is_none_does_not() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let context = read(good).unwrap();
        assert_eq!(context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert!(context.is_sampled() && context.is_remote());
        let bad = [
            "",
            "00",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz",
        ];
        for text in bad {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn where_nothing_is_traced_there_is_nothing_to_follow() {
        assert_eq!(current(), None);
        follow(&tracing::info_span!("a job"), Some("00-a-b-01"));
    }
}
