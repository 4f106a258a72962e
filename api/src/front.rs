//! What every request passes first and every answer last.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap},
    },
    middleware::Next,
    web,
};
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use tracing::{Instrument, Span, field::Empty};
use uuid::{NoContext, Timestamp, Uuid};
use workflow::measures;

use crate::{Problem, Services, actor::look_up, csrf, headers, network, problem_answer};

/// So long may an answer take.
const DEADLINE: Duration = Duration::from_secs(8);
/// Bytes a second of the slowest line that a body is waited for on.
const SLOWEST: u64 = 32 * 1024;
/// How the addresses end that documents are sent to.
const UPLOADS: &str = "/papers/{paper}";
/// The largest body that any door reads, in bytes.
const MOST_BODY: u64 = 12 << 20;

/// Ids (in the log, in `X-Request-Id`, in a problem's `instance`), rates and origins before; problems in their final form, headers and the log line after.
pub(crate) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let services = request.app_data::<web::Data<Services>>().cloned();
    let services = services.ok_or_else(|| Problem::Unexpected("no services".to_owned()))?;
    let id = new_id(services.workflow.clock.machine());
    let span = tracing::info_span!(
        "request",
        request.id = id,
        http.method = %request.method(),
        http.route = Empty,
        http.status = Empty
    );
    let response = match admit(&request, &services) {
        Ok(()) => next.call(request).instrument(span.clone()).await?.map_into_boxed_body(),
        Err(problem) => request.error_response(problem).map_into_boxed_body(),
    };
    let mut response = problem_answer::finish(response, &id);
    headers::add(response.headers_mut(), &services.settings, &id);
    tell(&response, &span, &id, started);
    Ok(response)
}

/// Eight seconds, and at the doors that take documents those that one takes over a slow line.
fn most_time(pattern: Option<&str>, headers: &HeaderMap) -> Duration {
    if !pattern.is_some_and(|pattern| pattern.ends_with(UPLOADS)) {
        return DEADLINE;
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = match length.and_then(|text| text.parse::<u64>().ok()) {
        Some(length) => length,
        None if headers.contains_key(header::TRANSFER_ENCODING) => MOST_BODY,
        None => 0,
    };
    DEADLINE + Duration::from_secs(length.min(MOST_BODY) / SLOWEST)
}

/// Whether a request may go on to its handler.
fn admit(request: &ServiceRequest, services: &Services) -> Result<(), Problem> {
    let settings = &services.settings;
    if let Some(address) = network::client(request.request(), &settings.trusted_proxies) {
        let caller = format!("network/{}", network::counted_as(address));
        services.count(&caller, settings.rates.network)?;
    }
    // No address and no parameter of ours has a NUL, and PostgreSQL takes none.
    if request.uri().to_string().to_ascii_lowercase().contains("%00") {
        return Err(Problem::MalformedRequest);
    }
    csrf::of_this_site(request, settings)
}

/// What is open to whoever has a password that somebody else chose.
const BEFORE_OWN: [&str; 5] = [
    "/staff/password",
    "/sign-out",
    "/api/v1/me",
    "/api/v1/me/password",
    "/api/v1/sessions/current",
];

/// Lets those pass who are signed in, and whose password is known to nobody else.
pub(crate) async fn known(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(actor) = look_up(request.request()).await? else {
        return Err(Problem::Unauthenticated.into());
    };
    let open = || request.match_pattern().is_some_and(|at| BEFORE_OWN.contains(&at.as_str()));
    if actor.password_given && !open() {
        return Err(Problem::PasswordGiven.into());
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Turns a panic of a handler into a 500 like any other, and breaks off what is not answered in
/// time: a database that is frozen, or gone without a word, holds nobody up. What is broken off
/// may have happened; the same again, under its key, tells.
///
/// Wraps each resource rather than the whole: only behind the routing may a request be held on to.
pub(crate) async fn catch_panics(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let kept = request.request().clone();
    let most = most_time(request.match_pattern().as_deref(), request.headers());
    let answer = AssertUnwindSafe(next.call(request)).catch_unwind();
    let error = match tokio::time::timeout(most, answer).await {
        Ok(Ok(Ok(response))) => return Ok(response.map_into_boxed_body()),
        Ok(Ok(Err(error))) => error,
        Ok(Err(_)) => Problem::Unexpected("a handler panicked".to_owned()).into(),
        Err(_) => Problem::NotReady(format!("no answer within {} s", most.as_secs())).into(),
    };
    Ok(ServiceResponse::new(kept, HttpResponse::from_error(error)))
}

/// One line a request, and its measure: the path's template, never the path or the query.
fn tell(response: &ServiceResponse<BoxBody>, span: &Span, id: &str, started: Instant) {
    let (request, status) = (response.request(), response.status().as_u16());
    let (route, took) = (request.match_pattern(), started.elapsed());
    let route = route.unwrap_or_else(|| "none".to_owned());
    span.record("http.route", route.as_str()).record("http.status", status);
    tracing::info!(
        http.method = %request.method(),
        http.route = route,
        http.status = status,
        http.ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        request.id = id,
        "answered"
    );
    measures::request(method(request.method()), route, status, took);
}

/// A method by a word of a closed list: callers may invent others.
fn method(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// Sorts by time; its end is random.
fn new_id(now: DateTime<Utc>) -> String {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let stamp = Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos());
    Uuid::new_v7(stamp).simple().to_string()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn only_documents_are_waited_for_longer() {
        let (mut none, mut large, mut chunked) =
            (HeaderMap::new(), HeaderMap::new(), HeaderMap::new());
        none.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        large.insert(header::CONTENT_LENGTH, HeaderValue::from_static("3276800"));
        chunked.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        let table = [
            (Some("/api/v1/cases/{id}/papers/{paper}"), [8, 108, 392]),
            (Some("/drafts/{draft}/papers/{paper}"), [8, 108, 392]),
            (Some("/api/v1/cases"), [8, 8, 8]),
            (None, [8, 8, 8]),
        ];
        for (pattern, expected) in table {
            let found = [&none, &large, &chunked].map(|headers| most_time(pattern, headers));
            assert_eq!(found, expected.map(Duration::from_secs), "{pattern:?}");
        }
    }

    #[test]
    fn every_door_that_takes_a_document_is_known_by_its_address() {
        let doors = crate::routes::doors();
        let found = doors.iter().filter(|door| door.path.ends_with(UPLOADS)).count();
        let named = doors.iter().filter(|door| door.path.contains("{paper}")).count();
        assert_eq!((found, named), (8, 8));
    }
}
