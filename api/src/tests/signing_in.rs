//! Signing in and out.

use actix_web::{cookie::Cookie, http::Method, test::TestRequest};
use serde_json::json;

use super::world::{World, as_holder};

#[actix_web::test]
async fn a_wrong_password_looks_and_works_the_same_for_known_and_unknown() {
    let world = World::new().await;
    world.staff("zhang").await;
    let mut answers = Vec::new();
    for login in ["zhang", "nobody"] {
        let before = world.services.passwords.checked();
        let answer = world.sign_in(login, "guess").await;
        assert_eq!(world.services.passwords.checked(), before + 1, "{login} is hashed");
        assert_eq!((answer.status.as_u16(), answer.cookies.len()), (401, 0));
        let mut body = answer.json();
        body["instance"].take();
        answers.push(body);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0]["type"], "/problems/wrong-password");
}

#[actix_web::test]
async fn after_five_wrong_ones_the_right_password_waits_too() {
    let world = World::new().await;
    world.staff("zhang").await;
    for _ in 0..5 {
        assert_eq!(world.sign_in("zhang", "guess").await.problem(), "wrong-password");
    }
    let locked = world.sign_in("zhang", "north wind 7").await;
    assert_eq!((locked.status.as_u16(), locked.problem().as_str()), (429, "locked"));
    assert_eq!(locked.header("retry-after"), "900");
    world.pass(900);
    assert_eq!(world.sign_in("zhang", "north wind 7").await.status, 201);
}

#[actix_web::test]
async fn the_cookie_is_new_hidden_and_nowhere_in_the_answer() {
    let world = World::new().await;
    world.staff("zhang").await;
    let planted = Cookie::new("__Host-banjie", "A".repeat(43));
    let ask = json!({ "login": "zhang", "password": "north wind 7" });
    let request = TestRequest::post().uri("/api/v1/sessions").cookie(planted).set_json(ask);
    let answer = world.send(request).await;
    let session = answer.session();
    assert_ne!(session, "A".repeat(43), "a planted cookie does not survive");
    assert_eq!(world.ask(&"A".repeat(43), Method::GET, "/api/v1/me").await.status, 401);
    let set = answer.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(set.contains(attribute), "{set}");
    }
    assert!(!String::from_utf8(answer.body).unwrap().contains(&session));
    let again = world.sign_in("zhang", "north wind 7").await;
    assert_ne!(again.session(), session);
}

#[actix_web::test]
async fn signing_in_again_ends_the_session_the_browser_came_with() {
    let world = World::new().await;
    world.staff("zhang").await;
    let first = world.sign_in("zhang", "north wind 7").await.session();
    let ask = json!({ "login": "zhang", "password": "north wind 7" });
    let second = as_holder(&first, Method::POST, "/api/v1/sessions").set_json(ask);
    let second = world.send(second).await.session();
    assert_eq!(world.ask(&first, Method::GET, "/api/v1/me").await.status, 401);
    assert_eq!(world.ask(&second, Method::GET, "/api/v1/me").await.status, 200);
}

#[actix_web::test]
async fn signing_out_ends_it_on_the_server() {
    let world = World::new().await;
    world.staff("zhang").await;
    let session = world.sign_in("zhang", "north wind 7").await.session();
    let me = world.ask(&session, Method::GET, "/api/v1/me").await;
    assert_eq!(me.json()["name"], "张伟");
    let out = world.ask(&session, Method::DELETE, "/api/v1/sessions/current").await;
    assert_eq!((out.status.as_u16(), out.session().as_str()), (204, ""));
    assert_eq!(world.ask(&session, Method::GET, "/api/v1/me").await.status, 401);
}

#[actix_web::test]
async fn one_sees_and_ends_ones_own_sessions_only() {
    let world = World::new().await;
    world.staff("zhang").await;
    world.staff("wang").await;
    let (one, two) = (
        world.sign_in("zhang", "north wind 7").await,
        world.sign_in("zhang", "north wind 7").await,
    );
    let other = world.sign_in("wang", "north wind 7").await.session();
    let listed = world.ask(&one.session(), Method::GET, "/api/v1/sessions").await.json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let path = format!("/api/v1/sessions/{}", two.json()["session"]["id"].as_str().unwrap());
    assert_eq!(world.ask(&other, Method::DELETE, &path).await.status, 404);
    assert_eq!(world.ask(&one.session(), Method::DELETE, &path).await.status, 204);
    assert_eq!(world.ask(&two.session(), Method::GET, "/api/v1/me").await.status, 401);
    assert_eq!(world.ask(&one.session(), Method::DELETE, "/api/v1/sessions/x").await.status, 404);
    assert_eq!(world.ask(&one.session(), Method::DELETE, "/api/v1/sessions").await.status, 204);
    assert_eq!(world.ask(&one.session(), Method::GET, "/api/v1/me").await.status, 401);
}

#[actix_web::test]
async fn a_new_password_ends_what_the_old_one_opened() {
    let world = World::new().await;
    world.staff("zhang").await;
    let old = world.sign_in("zhang", "north wind 7").await.session();
    let change = async |new: &str| {
        let ask = json!({ "old": "north wind 7", "new": new });
        world.send(as_holder(&old, Method::PUT, "/api/v1/me/password").set_json(ask)).await
    };
    assert_eq!(change("12345678").await.problem(), "weak-password");
    let new = change("south wind 8").await;
    assert_eq!(new.status, 201);
    assert_eq!(world.ask(&old, Method::GET, "/api/v1/me").await.status, 401);
    assert_eq!(world.ask(&new.session(), Method::GET, "/api/v1/me").await.status, 200);
}

#[actix_web::test]
async fn a_session_in_use_lasts_and_an_idle_one_does_not() {
    let world = World::new().await;
    world.staff("zhang").await;
    let session = world.sign_in("zhang", "north wind 7").await.session();
    for _ in 0..3 {
        world.pass(29 * 60);
        assert_eq!(world.ask(&session, Method::GET, "/api/v1/me").await.status, 200);
    }
    world.pass(30 * 60);
    assert_eq!(world.ask(&session, Method::GET, "/api/v1/me").await.status, 401);
}

#[actix_web::test]
async fn a_phone_signs_in_by_code_once_and_nobody_learns_whether_it_is_known() {
    let world = World::new().await;
    let phone = json!({ "phone": "139 1234 5678" });
    let unknown = world.post("/api/v1/sign-in-codes", phone.clone()).await;
    assert_eq!(unknown.status, 202);
    let enter = json!({ "phone": "13912345678", "code": world.code_of("13912345678") });
    let opened = world.post("/api/v1/sessions/by-code", enter.clone()).await;
    assert_eq!(opened.status, 201);
    assert_eq!(world.ask(&opened.session(), Method::GET, "/api/v1/me").await.status, 200);
    let again = world.post("/api/v1/sessions/by-code", enter).await;
    assert_eq!((again.status.as_u16(), again.problem().as_str()), (401, "wrong-code"));

    let early = world.post("/api/v1/sign-in-codes", phone.clone()).await;
    assert_eq!((early.status.as_u16(), early.header("retry-after")), (429, "60"));
    world.pass(60);
    let known = world.post("/api/v1/sign-in-codes", phone).await;
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
}

#[actix_web::test]
async fn codes_and_numbers_that_are_wrong_have_names() {
    let world = World::new().await;
    let bad = world.post("/api/v1/sign-in-codes", json!({ "phone": "12345" })).await;
    assert_eq!((bad.status.as_u16(), bad.problem().as_str()), (422, "invalid-fields"));
    assert_eq!(bad.json()["errors"][0]["field"], "phone");
    let never = json!({ "phone": "13912345678", "code": "123456" });
    assert_eq!(world.post("/api/v1/sessions/by-code", never).await.problem(), "wrong-code");
    let phone = json!({ "phone": "13912345678" });
    for _ in 0..5 {
        assert_eq!(world.post("/api/v1/sign-in-codes", phone.clone()).await.status, 202);
        world.pass(60);
    }
    let many = world.post("/api/v1/sign-in-codes", phone).await;
    assert_eq!((many.status.as_u16(), many.problem().as_str()), (429, "too-many-codes"));
}

#[actix_web::test]
async fn a_token_opens_until_it_is_ended_and_makes_no_tokens() {
    let world = World::new().await;
    world.staff("zhang").await;
    let session = world.sign_in("zhang", "north wind 7").await.session();
    let ask = json!({ "name": "nightly export" });
    let make = as_holder(&session, Method::POST, "/api/v1/me/tokens").set_json(&ask);
    let made = world.send(make).await.json();
    let header = ("authorization", format!("Bearer {}", made["token"].as_str().unwrap()));
    let me = || TestRequest::get().uri("/api/v1/me").insert_header(header.clone());
    assert_eq!(world.send(me()).await.status, 200);
    let more = TestRequest::post().uri("/api/v1/me/tokens").insert_header(header.clone());
    assert_eq!(world.send(more.set_json(&ask)).await.status, 401);
    let path = format!("/api/v1/me/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(world.ask(&session, Method::DELETE, &path).await.status, 204);
    let refused = world.send(me()).await;
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    for bad in ["Basic eDp5", "Bearer", "Bearer banjie_x", ""] {
        let request = as_holder(&session, Method::GET, "/api/v1/me");
        let request = request.insert_header(("authorization", bad));
        assert_eq!(world.send(request).await.status, 401, "no falling back to the cookie: {bad}");
    }
}
