//! Forms of pages, and requests from other sites.

use actix_web::{HttpResponse, Route, cookie::Cookie, http::Method, test::TestRequest, web};

use super::world::{World, as_holder};
use crate::{
    Problem, Settings,
    csrf::{CheckedForm, FIELD, FormKey},
    routes::{Asks, Door},
};

async fn draw(key: FormKey) -> Result<HttpResponse, Problem> {
    let mut response = HttpResponse::Ok();
    if let Some(cookie) = key.cookie() {
        response.cookie(cookie);
    }
    Ok(response.body(key.token()?))
}

async fn take(form: CheckedForm) -> Result<HttpResponse, Problem> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Typed {
        days: u8,
    }
    let typed: Typed = form.read()?;
    Ok(HttpResponse::Ok().body(format!("{} {}", typed.days, form.key)))
}

async fn world() -> World {
    let mut world = World::new().await;
    let handlers: [(Method, fn() -> Route); 2] =
        [(Method::GET, || web::route().to(draw)), (Method::POST, || web::route().to(take))];
    for (method, handler) in handlers {
        world.doors.push(Door { method, path: "/form", asks: Asks::Nothing, handler });
    }
    world
}

fn filled(request: TestRequest, token: &str, rest: &str) -> TestRequest {
    let kind = ("content-type", "application/x-www-form-urlencoded");
    request.insert_header(kind).set_payload(format!("{FIELD}={token}&{rest}"))
}

#[actix_web::test]
async fn a_form_counts_in_the_session_it_was_drawn_for() {
    let world = world().await;
    world.staff("zhang").await;
    let mine = world.sign_in("zhang", "north wind 7").await.session();
    let other = world.sign_in("zhang", "north wind 7").await.session();
    let drawn = world.ask(&mine, Method::GET, "/form").await;
    assert!(drawn.cookies.is_empty());
    let token = String::from_utf8(drawn.body).unwrap();
    let post = |session: &str| as_holder(session, Method::POST, "/form");
    let taken = world.send(filled(post(&mine), &token, "days=5")).await;
    let body = String::from_utf8(taken.body).unwrap();
    assert_eq!(body, format!("5 {}", token.split('.').next().unwrap()), "the nonce is the key");
    for (request, why) in [
        (filled(post(&other), &token, "days=5"), "another session's"),
        (filled(post(&mine), "", "days=5"), "none"),
        (filled(TestRequest::post().uri("/form"), &token, "days=5"), "signed out"),
    ] {
        let refused = world.send(request).await;
        assert_eq!(
            (refused.status.as_u16(), refused.problem().as_str()),
            (403, "stale-form"),
            "{why}"
        );
    }
    for rest in ["days=many", "days=5&role=x", "days=%00", ""] {
        let refused = world.send(filled(post(&mine), &token, rest)).await;
        assert_eq!(refused.status, 400, "{rest}");
    }
}

#[actix_web::test]
async fn a_strangers_form_leans_on_a_cookie_of_its_own() {
    let world = world().await;
    let drawn = world.send(TestRequest::get().uri("/form")).await;
    let cookie = drawn.cookies[0].clone();
    assert_eq!((cookie.name(), cookie.http_only()), ("__Host-banjie-form", Some(true)));
    let token = String::from_utf8(drawn.body).unwrap();
    let cookie = Cookie::new(cookie.name().to_owned(), cookie.value().to_owned());
    let post = TestRequest::post().uri("/form").cookie(cookie);
    assert_eq!(world.send(filled(post, &token, "days=1")).await.status, 200);
}

#[actix_web::test]
async fn what_a_browser_sends_from_another_site_is_refused() {
    let public_url = Some("https://banjie.example.cn".to_owned());
    let world = World::with(Settings { public_url, ..Settings::default() }).await;
    world.staff("zhang").await;
    let session = world.sign_in("zhang", "north wind 7").await.session();
    //  header, value, whether it is let in
    let table = [
        ("origin", "https://evil.example", false),
        ("origin", "null", false),
        ("origin", "https://banjie.example.cn.evil.example", false),
        ("origin", "https://banjie.example.cn", true),
        ("origin", "http://localhost:8080", true), // the host we were asked by
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "same-origin", true),
    ];
    for (name, value, passes) in table {
        let request = as_holder(&session, Method::DELETE, "/api/v1/sessions/x");
        let request = request.insert_header((name, value));
        let request = request.insert_header(("host", "localhost:8080"));
        let answer = world.send(request).await;
        let name = if passes { "not-found" } else { "foreign-origin" };
        assert_eq!(answer.problem(), name, "{value}");
    }
    let get = as_holder(&session, Method::GET, "/api/v1/me");
    assert_eq!(world.send(get.insert_header(("origin", "https://evil.example"))).await.status, 200);
}
