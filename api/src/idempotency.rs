//! Answering a repeated request with the first answer, byte for byte.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, http::StatusCode};
use sea_orm::DatabaseTransaction;
use serde::Serialize;
pub use workflow::once::StoredAnswer;
use workflow::{
    once::{Request, once},
    tx,
};

use crate::{Problem, Services, actor::Actor};

/// The header `Idempotency-Key`: 1 to 200 visible ASCII characters, in quotes or not.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("idempotency-key") else {
            return ready(Ok(Self(None)));
        };
        let key = value.to_str().unwrap_or_default().trim().trim_matches('"');
        let fits = (1..=200).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        ready(if fits { Ok(Self(Some(key.to_owned()))) } else { Err(Problem::MalformedKey) })
    }
}

/// What is to be done once.
#[derive(Clone, Debug)]
pub struct Once {
    /// A stable name such as `submit-case`, the same for a page's form and for JSON.
    pub operation: &'static str,
    /// From [`IdempotencyKey`] or a form; without one it is done each time.
    pub key: Option<String>,
    /// From [`crate::json_body::Json`] or a form.
    pub hash: [u8; 32],
}

/// Runs `work` in one transaction, once for each key, and keeps its answer in the same
/// transaction. A second request waits for the first and gets its answer.
///
/// # Errors
/// What `work` returns; 422 for a key used for another request, 409 while the first is at work.
pub async fn answer_once<F>(
    services: &Services,
    actor: &Actor,
    what: &Once,
    work: F,
) -> Result<StoredAnswer, Problem>
where
    F: for<'c> AsyncFn(&'c DatabaseTransaction) -> Result<StoredAnswer, Problem>,
{
    let now = services.workflow.clock.machine();
    tx::write_patiently(&services.workflow.store, async |tx| {
        let Some(key) = &what.key else { return work(tx).await };
        let Once { operation, hash, .. } = *what;
        let request = Request { account: actor.account, operation, key, hash };
        once(tx, now, request, &work).await
    })
    .await
}

/// A JSON answer to be kept.
///
/// # Errors
/// Ours, when `body` does not serialise.
pub fn json_answer<T: Serialize>(
    status: StatusCode,
    location: Option<String>,
    body: &T,
) -> Result<StoredAnswer, Problem> {
    let body = serde_json::to_string(body).map_err(|e| Problem::Unexpected(e.to_string()))?;
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(location.map(|to| ("location".to_owned(), to)));
    Ok(StoredAnswer { status: status.as_u16(), headers, body })
}

/// A stored answer, as it goes out.
pub fn respond(answer: StoredAnswer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in answer.headers {
        response.insert_header((name, value));
    }
    response.body(answer.body)
}
