//! Reading a JSON body strictly: every way in which it can be wrong has a name.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    web::{Bytes, BytesMut},
};
use futures_util::StreamExt;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, error::Category};
use sha2::{Digest, Sha256};

use crate::{FieldError, Problem};

/// Bytes of a JSON body that are read at most.
pub const MOST: usize = 64 * 1024;

/// A JSON body, and what it takes to recognise the request when it comes again.
#[derive(Clone, Debug)]
pub struct Json<T> {
    /// What was sent.
    pub value: T,
    /// SHA-256 of method, path and body.
    pub hash: [u8; 32],
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let kind = request.content_type();
            if kind != "application/json" && !kind.ends_with("+json") {
                return Err(Problem::UnsupportedMediaType);
            }
            let body = read(&request, payload, MOST).await?;
            let value = parse(&body)?;
            Ok(Self { value, hash: hash(&request, &body) })
        })
    }
}

/// SHA-256 of method, path and body: what an idempotency key stands for.
pub fn hash(request: &HttpRequest, body: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in [request.method().as_str().as_bytes(), request.path().as_bytes()] {
        hasher.update(part);
        hasher.update([0]);
    }
    hasher.update(body);
    hasher.finalize().into()
}

/// Reads a body of at most `most` bytes. One that says it is longer is refused unread.
///
/// # Errors
/// [`Problem::BodyTooLarge`], [`Problem::MalformedRequest`] when it breaks off.
pub async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    most: usize,
) -> Result<Bytes, Problem> {
    let announced = request.headers().get("content-length");
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(Problem::BodyTooLarge { most });
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::MalformedRequest)?;
        if body.len() + chunk.len() > most {
            return Err(Problem::BodyTooLarge { most });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Reads JSON. Structs refuse unknown fields by `#[serde(deny_unknown_fields)]`.
///
/// # Errors
/// [`Problem::MalformedJson`], [`Problem::UnknownField`], [`Problem::InvalidFields`].
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // A struct would also read from an array, by position: nobody means that.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        serde_json::from_slice::<IgnoredAny>(body).map_err(|error| explain(&error))?;
        let english = "Send a JSON object.";
        let wrong = FieldError::new("", "not-an-object", "请发送 JSON 对象。", english);
        return Err(Problem::InvalidFields(vec![wrong]));
    }
    let value = serde_json::from_slice(body).map_err(|error| explain(&error))?;
    // PostgreSQL keeps no NUL in a text; refused here, it is nobody's 500 later.
    if body.windows(6).any(|six| six == b"\\u0000") && holds_nul(body) {
        return Err(Problem::MalformedJson { line: 1, column: 1 });
    }
    Ok(value)
}

fn holds_nul(body: &[u8]) -> bool {
    fn within(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(items) => items.iter().any(within),
            Value::Object(map) => map.iter().any(|(k, v)| k.contains('\0') || within(v)),
            _ => false,
        }
    }
    serde_json::from_slice(body).is_ok_and(|value| within(&value))
}

/// Names what is wrong, without repeating what was sent: it may be personal.
fn explain(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    if error.classify() != Category::Data {
        return Problem::MalformedJson { line, column };
    }
    let text = error.to_string();
    let named = text.split('`').nth(1).unwrap_or_default().to_owned();
    if text.starts_with("unknown field") {
        return Problem::UnknownField { field: named };
    }
    let at = format!("{line}:{column}");
    let wrong = if text.starts_with("missing field") {
        FieldError::new(named, "missing", "缺少此项。", "This field is missing.")
    } else if text.starts_with("duplicate field") {
        FieldError::new(named, "duplicate", "此项重复。", "This field stands twice.")
    } else {
        let expected = text.rsplit_once("expected ").map_or("", |(_, rest)| rest);
        let expected = expected.split(" at line").next().unwrap_or_default();
        let chinese = format!("第 {line} 行第 {column} 列的值类型不符。");
        let english = format!("Line {line}, column {column}: expected {expected}.");
        FieldError::new(at, "wrong-type", chinese, english)
    };
    Problem::InvalidFields(vec![wrong])
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::parse;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Ask {
        #[expect(dead_code, reason = "only reading it matters")]
        amount: i64,
        #[serde(default)]
        #[expect(dead_code, reason = "only reading it matters")]
        note: String,
    }

    #[test]
    fn every_wrong_body_has_a_name() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let table = [
            ("", "malformed-json"),
            ("{", "malformed-json"),
            ("{\"amount\": 1} x", "malformed-json"),
            ("\u{feff}{}", "malformed-json"),
            (&deep, "invalid-fields"),
            ("{\"amount\": 1, \"note\": \"\\u0000\"}", "malformed-json"),
            ("{\"amount\": 1e999}", "malformed-json"),
            ("{}", "invalid-fields"),
            ("[]", "invalid-fields"),
            ("[5, \"by position\"]", "invalid-fields"),
            ("null", "invalid-fields"),
            ("{\"amount\": \"640422199001011234\"}", "invalid-fields"),
            ("{\"amount\": 1.5}", "invalid-fields"),
            ("{\"amount\": 99999999999999999999}", "invalid-fields"),
            ("{\"amount\": 1, \"amount\": 2}", "invalid-fields"),
            ("{\"amount\": 1, \"status\": \"approved\"}", "unknown-field"),
        ];
        for (body, name) in table {
            let problem = parse::<Ask>(body.as_bytes()).unwrap_err();
            assert_eq!(problem.kind().name, name, "{body:.60}");
            assert!(!format!("{problem:?}").contains("640422"), "repeats what was sent");
        }
        parse::<Ask>("{\"amount\": 1, \"note\": \"\\\\u0000\"}".as_bytes()).unwrap();
    }
}
