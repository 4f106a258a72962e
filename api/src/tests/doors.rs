//! All doors: who gets in, what every answer carries, what is told of errors.

use std::net::SocketAddr;

use actix_web::{HttpResponse, http::Method, test::TestRequest, web};
use serde_json::Value;

use super::world::World;
use crate::{
    Problem, Settings,
    limits::{Rate, Rates},
    problem::ALL,
    routes::{Asks, Door, doors},
};

#[actix_web::test]
async fn no_door_that_asks_for_an_account_opens_to_a_stranger() {
    let world = World::new().await;
    for door in doors() {
        let path = door.path.replace("{id}", "018f0000-0000-7000-8000-000000000000");
        let path = path.replace("{file:.*}", "").replace("{name}", "locked");
        let path = path.replace("{verb}", "approve").replace("{paper}", "proof");
        let answer = world.send(TestRequest::with_uri(&path).method(door.method.clone())).await;
        let refused = answer.problem() == "unauthenticated";
        assert_eq!(refused, door.asks != Asks::Nothing, "{} {path}", door.method);
        assert!(answer.status.as_u16() < 500, "{} {path}", door.method);
    }
}

#[actix_web::test]
async fn every_answer_carries_the_headers_errors_too() {
    let public_url = Some("https://banjie.example.cn".to_owned());
    let world = World::with(Settings { public_url, ..Settings::default() }).await;
    for (method, path) in [
        (Method::GET, "/api/v1/health/live"),
        (Method::GET, "/nowhere"),
        (Method::TRACE, "/api/v1/sessions"),
        (Method::GET, "/api/v1/me"),
        (Method::GET, "/api/v1/health/live?x=%00"),
    ] {
        let answer = world.send(TestRequest::with_uri(path).method(method)).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(answer.header("content-security-policy").contains("script-src 'self';"));
        assert!(answer.header("strict-transport-security").contains("max-age"));
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("x-request-id").len(), 32);
        assert_eq!(answer.header("server"), "");
    }
}

#[actix_web::test]
async fn other_methods_are_told_which_there_are() {
    let world = World::new().await;
    let put = TestRequest::put().uri("/api/v1/sessions");
    let answer = world.send(put).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (405, "method-not-allowed"));
    assert_eq!(answer.header("allow"), "POST, GET, DELETE, HEAD");
    let head = TestRequest::with_uri("/api/v1/health/live").method(Method::HEAD);
    assert_eq!(world.send(head).await.status, 200);
}

#[actix_web::test]
async fn a_problem_speaks_the_callers_language_and_has_a_page_of_its_own() {
    let world = World::new().await;
    let ask = async |language: &str| {
        let request = TestRequest::get().uri("/api/v1/me");
        world.send(request.insert_header(("accept-language", language))).await.json()
    };
    assert_eq!(ask("en-GB").await["detail"], "Sign in first, or send a valid token.");
    assert_eq!(ask("fr").await["title"], "尚未登录");
    for kind in ALL {
        let path = format!("/problems/{}", kind.name);
        let told = world.send(TestRequest::get().uri(&path)).await;
        assert_eq!(told.json()["type"], path);
    }
    let all = world.send(TestRequest::get().uri("/problems")).await.json();
    assert_eq!(all.as_array().map(Vec::len), Some(ALL.len()));
    assert_eq!(world.send(TestRequest::get().uri("/problems/no")).await.status, 404);
}

#[actix_web::test]
async fn a_browser_gets_the_page_of_an_error_and_a_machine_its_json() {
    let mut world = World::new().await;
    world.services.error_page = Some(|_, told| {
        let page = format!("<h1>{}</h1>", told.kind.title(told.language));
        Some(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page))
    });
    let ask = async |path: &str| {
        let request = TestRequest::get().uri(path);
        world.send(request.insert_header(("accept", "text/html,*/*;q=0.8"))).await
    };
    let page = ask("/nowhere").await;
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (404, "text/html; charset=utf-8")
    );
    assert_eq!(String::from_utf8(page.body).unwrap(), "<h1>没有找到</h1>");
    assert_eq!(ask("/api/v1/nowhere").await.problem(), "not-found");
}

async fn panics() -> HttpResponse {
    panic!("640422199001011234")
}

async fn fails() -> Result<HttpResponse, Problem> {
    Err(sea_orm::DbErr::Custom("640422199001011234".to_owned()).into())
}

#[actix_web::test]
async fn a_panic_and_a_defect_say_nothing_of_the_inside() {
    let mut world = World::new().await;
    let door = |path, handler| Door { method: Method::GET, path, asks: Asks::Nothing, handler };
    world.doors.push(door("/panics", || web::route().to(panics)));
    world.doors.push(door("/fails", || web::route().to(fails)));
    for path in ["/panics", "/fails"] {
        let answer = world.send(TestRequest::get().uri(path)).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (500, "internal"));
        assert!(!String::from_utf8(answer.body.clone()).unwrap().contains("640422"));
        let id = answer.header("x-request-id");
        assert_eq!(answer.json()["instance"], format!("urn:request:{id}"));
    }
}

#[actix_web::test]
async fn one_network_that_hurries_waits_and_another_does_not() {
    let slow = Rate { per_second: 1, burst: 3 };
    let rates = Rates { network: slow, account: slow };
    let world = World::with(Settings { rates, ..Settings::default() }).await;
    let ask = async |peer: &str| {
        let peer = SocketAddr::new(peer.parse().unwrap(), 9);
        let request = TestRequest::get().uri("/api/v1/health/live");
        world.send(request.peer_addr(peer)).await
    };
    for _ in 0..3 {
        assert_eq!(ask("192.0.2.7").await.status, 200);
    }
    let hurried = ask("192.0.2.7").await;
    assert_eq!((hurried.status.as_u16(), hurried.problem().as_str()), (429, "too-many-requests"));
    assert_eq!(hurried.header("retry-after"), "1");
    assert_eq!(ask("192.0.2.8").await.status, 200);
}

#[actix_web::test]
async fn the_documentation_names_every_door_and_is_open_to_staff_and_in_a_demonstration() {
    let world = World::with(Settings { demo: true, ..Settings::default() }).await;
    let document = world.send(TestRequest::get().uri("/api/openapi.json")).await.json();
    assert_eq!(document["openapi"], "3.1.0");
    for door in doors().iter().filter(|door| door.path.starts_with("/api/v1/")) {
        let method = door.method.as_str().to_lowercase();
        let found = &document["paths"][door.path][method.as_str()];
        assert_ne!(found, &Value::Null, "{method} {}", door.path);
    }
    let page = world.send(TestRequest::get().uri("/api/docs/")).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html"));
    assert!(page.header("content-security-policy").contains("style-src 'self' 'unsafe-inline'"));
    let start = world.send(TestRequest::get().uri("/api/docs/swagger-initializer.js")).await;
    assert!(String::from_utf8(start.body).unwrap().contains("/api/openapi.json"));

    let world = World::new().await;
    assert_eq!(world.send(TestRequest::get().uri("/api/openapi.json")).await.status, 401);
    world.staff("zhang").await;
    let session = world.sign_in("zhang", "north wind 7").await.session();
    assert_eq!(world.ask(&session, Method::GET, "/api/docs/").await.status, 200);
}
