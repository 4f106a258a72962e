//! The same by the doors: the page offers what may be done, and JSON does it.

use actix_web::test::TestRequest;
use entities::{Duty, TaskState};
use serde_json::{Value, json};

use super::{asks, person, row, staffed};
use crate::harness::{
    both,
    house::{Answer, Body, House},
    world::World,
};

both![
    the_desk_offers_what_may_be_done_and_does_it,
    absence_is_arranged_by_page_and_by_json,
    the_applicant_urges_from_the_page,
    an_urging_by_the_api_says_what_it_saw,
];

pub(super) async fn posts(
    house: &House,
    name: &str,
    (path, key): (&str, &str),
    body: &Body,
) -> Answer {
    let knock = house.open().await;
    let request = TestRequest::post().uri(path).insert_header(("idempotency-key", key.to_owned()));
    knock(house.by(name, request, body)).await
}

pub(super) async fn gets(house: &House, name: &str, path: &str) -> Answer {
    let knock = house.open().await;
    knock(house.by(name, TestRequest::get().uri(path), &Body::Nothing)).await
}

async fn json_of(house: &House, name: &str, path: &str) -> Value {
    let answer = gets(house, name, path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.bytes).unwrap()
}

pub(super) async fn house(world: &World, names: &[&str]) -> House {
    let mut house = House::of(world).await;
    for name in names {
        house.lets_staff_in(world, name).await;
    }
    house
}

async fn the_desk_offers_what_may_be_done_and_does_it(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    let house = house(&world, &["Li", "Bai", "Fin"]).await;
    let page = gets(&house, "Li", &format!("/staff/tasks/{task}")).await.text();
    for verb in ["transfer", "delegate", "add-signer", "ask-opinion", "copy"] {
        assert!(page.contains(&format!("/staff/tasks/{task}/{verb}")), "{verb}: {page}");
    }
    for verb in ["take-back", "undo", "drop-signer", "plan-holder", "give-back"] {
        assert!(!page.contains(&format!("/staff/tasks/{task}/{verb}")), "{verb}: {page}");
    }
    let bai = person(&world, "Bai").to_string();
    let empty = Body::Form(vec![("person", bai.clone()), ("note", String::new())]);
    let transfer = format!("/staff/tasks/{task}/transfer");
    let refused = posts(&house, "Li", (&transfer, "one"), &empty).await;
    assert_eq!(refused.status, 422, "a reason is asked for: {}", refused.text());
    let nobody = Body::Json(json!({ "note": "on leave" }));
    let path = format!("/api/v1/tasks/{task}/transfer");
    let refused = posts(&house, "Li", (&path, "two"), &nobody).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let form = Body::Form(vec![("person", bai.clone()), ("note", "on leave".to_owned())]);
    let done = posts(&house, "Li", (&transfer, "three"), &form).await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert_eq!(row(&world, task).await.person_id, Some(person(&world, "Bai")));
    let page = gets(&house, "Bai", &format!("/staff/tasks/{task}")).await.text();
    assert!(page.contains("on leave"), "the words stand in the history");
    let body = Body::Json(json!({ "person": person(&world, "Fin"), "note": "your view?" }));
    let path = format!("/api/v1/tasks/{task}/ask-opinion");
    let done = posts(&house, "Bai", (&path, "four"), &body).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let again = posts(&house, "Bai", (&path, "four"), &body).await;
    assert_eq!((again.status, again.bytes), (200, done.bytes), "the same key, the same answer");
    let queue = json_of(&house, "Fin", "/api/v1/tasks").await;
    let asked = queue["rows"][0]["task"].as_str().unwrap().to_owned();
    let page = gets(&house, "Fin", &format!("/staff/tasks/{asked}")).await.text();
    assert!(page.contains("/give-opinion") && !page.contains("/approve\""), "{page}");
    let said = Body::Json(json!({ "note": "no objection" }));
    let path = format!("/api/v1/tasks/{asked}/give-opinion");
    assert_eq!(posts(&house, "Fin", (&path, "five"), &said).await.status, 200);
    world.settle().await;
    let approve = format!("/api/v1/tasks/{task}/approve");
    let done = posts(&house, "Bai", (&approve, "six"), &Body::Json(json!({}))).await;
    assert_eq!(done.status, 200, "{}", done.text());
    world.settle().await;
    let page = gets(&house, "Bai", &format!("/staff/tasks/{task}")).await.text();
    assert!(page.contains(&format!("/staff/tasks/{task}/take-back")), "{page}");
    let path = format!("/api/v1/tasks/{task}/take-back");
    let done = posts(&house, "Bai", (&path, "seven"), &Body::Json(json!({}))).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(row(&world, task).await.state, TaskState::Claimed);
}

async fn absence_is_arranged_by_page_and_by_json(mut world: World) {
    staffed(&mut world).await;
    world.works("Kai", "county/poverty_relief", Duty::Handler).await;
    let house = house(&world, &["Fin", "Kai"]).await;
    let page = gets(&house, "Fin", "/staff/substitutes").await.text();
    let kai = person(&world, "Kai").to_string();
    assert!(page.contains(&kai), "{page}");
    let form = |to: &str| {
        let day = |text: &str| text.to_owned();
        Body::Form(vec![
            ("substitute", kai.clone()),
            ("from", day("2018-09-10")),
            ("to", day(to)),
            ("program", String::new()),
            ("amount", "2,000".to_owned()),
        ])
    };
    let wrong = posts(&house, "Fin", ("/staff/substitutes", "one"), &form("2018-09-01")).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    let done = posts(&house, "Fin", ("/staff/substitutes", "two"), &form("2018-09-12")).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let known = json_of(&house, "Kai", "/api/v1/substitutes").await;
    assert_eq!(known["rows"][0]["most_fen"], json!(200_000));
    assert_eq!(known["rows"][0]["ends"], json!(false), "only who is away ends it");
    let case = asks(&world).await;
    world.says("Li", case, "first", workflow::commands::Word::Approve).await.unwrap();
    let queue = json_of(&house, "Kai", "/api/v1/tasks").await;
    let task = queue["rows"][0]["task"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/tasks/{task}/approve");
    let done = posts(&house, "Kai", (&path, "three"), &Body::Json(json!({}))).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let page = gets(&house, "Kai", &format!("/staff/tasks/{task}")).await.text();
    assert!(page.contains("代Fin"), "the record shows both names: {page}");
    let ask = json!({ "substitute": kai, "from": "2018-10-08", "to": "2018-10-09" });
    let made = posts(&house, "Fin", ("/api/v1/substitutes", "four"), &Body::Json(ask)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id: Value = serde_json::from_slice(&made.bytes).unwrap();
    let end = format!("/staff/substitutes/{}/end", id["id"].as_str().unwrap());
    assert_eq!(posts(&house, "Kai", (&end, "five"), &Body::Form(vec![])).await.status, 404);
    assert_eq!(posts(&house, "Fin", (&end, "six"), &Body::Form(vec![])).await.status, 303);
}

async fn the_applicant_urges_from_the_page(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let number = world.case(case).await.number.unwrap();
    let mut house = house(&world, &["Chief", "Fin"]).await;
    house.lets_applicant_in(&world, "Ma", "13912345678").await;
    let page = gets(&house, "Ma", &format!("/cases/{number}")).await.text();
    let urge = format!("/cases/{number}/urge");
    assert!(page.contains(&urge), "{page}");
    let done = posts(&house, "Ma", (&urge, "one"), &Body::Form(vec![])).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let again = posts(&house, "Ma", (&urge, "two"), &Body::Form(vec![])).await;
    assert_eq!(again.status, 409);
    assert!(again.text().contains("9月12日"), "when one may again: {}", again.text());
    let path = format!("/api/v1/cases/{case}/urge");
    let head = posts(&house, "Chief", (&path, "three"), &Body::Json(json!({}))).await;
    assert_eq!(head.status, 200, "{}", head.text());
    let other = posts(&house, "Fin", (&path, "four"), &Body::Json(json!({}))).await;
    assert_eq!(other.status, 404, "none of their business");
}

async fn an_urging_by_the_api_says_what_it_saw(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let row = world.case(case).await;
    let mut house = house(&world, &["Chief"]).await;
    house.lets_applicant_in(&world, "Ma", "13912345678").await;
    // By its number, as at the doors beside it.
    let path = format!("/api/v1/cases/{}/urge", row.number.unwrap());
    let old = Body::Json(json!({ "version": row.version - 1 }));
    let stale = posts(&house, "Ma", (&path, "one"), &old).await;
    assert_eq!(stale.status, 409, "{}", stale.text());
    assert!(stale.text().contains("stale-version"), "{}", stale.text());
    assert_eq!(world.told_times(case, "urged").await, 0);
    let seen = Body::Json(json!({ "version": row.version }));
    let done = posts(&house, "Ma", (&path, "two"), &seen).await;
    assert_eq!(done.status, 200, "{}", done.text());
    // Whoever says nothing of it looks at whatever there is.
    let done = posts(&house, "Chief", (&path, "three"), &Body::Json(json!({}))).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(world.told_times(case, "urged").await, 2);
}
