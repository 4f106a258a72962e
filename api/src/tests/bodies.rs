//! Wrong bodies, and the same request twice.

use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    test::TestRequest,
    web,
};
use serde::Deserialize;
use serde_json::json;

use super::world::{World, as_holder};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once, answer_once, json_answer, respond},
    json_body::Json,
    routes::{Asks, Door},
};

fn raw(kind: &'static str, body: impl Into<web::Bytes>) -> TestRequest {
    let request = TestRequest::post().uri("/api/v1/sessions");
    request.insert_header(("content-type", kind)).set_payload(body)
}

#[actix_web::test]
async fn every_wrong_body_is_refused_by_name() {
    let world = World::new().await;
    let json = "application/json";
    let long = format!("{{\"login\": \"{}\"", "x".repeat(70_000));
    let table = [
        (raw(json, "{\"login\": \"zhang\",\n  oops"), 400, "malformed-json"),
        (raw(json, ""), 400, "malformed-json"),
        (raw(json, vec![0xff, 0xfe]), 400, "malformed-json"),
        (raw(json, "{\"login\": \"a\\u0000\", \"password\": \"b\"}"), 400, "malformed-json"),
        (raw(json, "{\"login\": \"a\"}"), 422, "invalid-fields"),
        (raw(json, "{\"login\": 7, \"password\": \"b\"}"), 422, "invalid-fields"),
        (
            raw(json, "{\"login\": \"a\", \"password\": \"b\", \"role\": \"x\"}"),
            422,
            "unknown-field",
        ),
        (raw(json, long), 413, "body-too-large"),
        (
            raw("text/plain", "{\"login\": \"a\", \"password\": \"b\"}"),
            415,
            "unsupported-media-type",
        ),
        (raw("multipart/form-data; boundary=x", "--x"), 415, "unsupported-media-type"),
        (raw("", "{}"), 415, "unsupported-media-type"),
    ];
    for (request, status, name) in table {
        let answer = world.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (status, name));
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let answer = world.send(raw(json, "{\"login\": \"zhang\",\n  oops")).await;
    assert!(answer.json()["detail"].as_str().unwrap().contains("第 2 行第 3 列"));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    text: String,
}

/// How often [`note`] has worked, in the one test that asks it.
static WORKED: AtomicU32 = AtomicU32::new(0);

/// Answers with what it was asked and how often it has worked.
async fn note(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<Note>,
) -> Result<HttpResponse, Problem> {
    let what = Once { operation: "test-note", key: key.0, hash: ask.hash };
    let answer = answer_once(&services, &actor, &what, async |_| {
        if ask.value.text == "refuse" {
            return Err(Problem::NotFound);
        }
        let count = WORKED.fetch_add(1, Ordering::Relaxed);
        let body = json!({ "text": ask.value.text, "worked": count + 1 });
        json_answer(StatusCode::CREATED, Some("/notes/1".to_owned()), &body)
    })
    .await?;
    Ok(respond(answer))
}

#[actix_web::test]
async fn a_repeated_request_gets_the_first_answer_byte_for_byte() {
    let mut world = World::new().await;
    world.doors.push(Door {
        method: Method::POST,
        path: "/notes",
        asks: Asks::Account,
        handler: || web::route().to(note),
    });
    world.staff("zhang").await;
    world.staff("wang").await;
    let zhang = world.sign_in("zhang", "north wind 7").await.session();
    let wang = world.sign_in("wang", "north wind 7").await.session();
    let ask = async |session: &str, key: Option<&str>, text: &str| {
        let mut request = as_holder(session, Method::POST, "/notes");
        if let Some(key) = key {
            request = request.insert_header(("idempotency-key", key));
        }
        world.send(request.set_json(json!({ "text": text }))).await
    };
    let first = ask(&zhang, Some("k1"), "hello").await;
    assert_eq!(first.status, 201);
    let second = ask(&zhang, Some("\"k1\""), "hello").await;
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    assert_eq!(second.header("location"), "/notes/1");
    let reused = ask(&zhang, Some("k1"), "other").await;
    assert_eq!(
        (reused.status.as_u16(), reused.problem().as_str()),
        (422, "idempotency-key-reused")
    );
    assert_eq!(ask(&wang, Some("k1"), "other").await.json()["worked"], 2, "keys are one's own");
    assert_eq!(ask(&zhang, None, "hello").await.json()["worked"], 3, "no key, no memory");
    assert_eq!(ask(&zhang, Some("k2"), "refuse").await.status, 404);
    assert_eq!(ask(&zhang, Some("k2"), "now").await.json()["worked"], 4, "a refusal keeps nothing");
    for bad in ["", " ", "a b", &"k".repeat(201)] {
        let answer = ask(&zhang, Some(bad), "hello").await;
        assert_eq!(answer.problem(), "malformed-idempotency-key", "{bad:?}");
    }
}
