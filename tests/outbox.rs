//! What an administrator sees of the work that happens unasked, and sets going again.

use actix_web::{http::Method, test::TestRequest};
use chrono::TimeDelta;
use entities::{Duty, OutboxId, Stream, outbox, trail};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, QueryOrder, prelude::Uuid};
use serde_json::{Value, json};
use worker::{Services, Settings, settle};

use crate::harness::{
    api::Api,
    both,
    house::{Body, House},
    scratch,
    world::World,
};

both![
    what_is_set_aside_is_seen_and_set_going_again_by_an_administrator_only,
    every_state_of_a_job_is_told_apart,
    the_page_says_the_same_and_does_it_once,
];

/// A case that waits for its routing; the job's id.
async fn waiting(world: &mut World) -> OutboxId {
    world.full_staff().await;
    world.works("Admin", "region/education", Duty::Administrator).await;
    world.applies("Ma").await;
    let form = json!({
        "urgent": true, "cause": "accident", "day": "2018-09-01", "need": 180_000,
        "home": "at_school",
    });
    let case = world.drafts("Ma", "emergency-aid", form).await;
    world.submits("Ma", case).await.unwrap();
    let rows = outbox::Entity::find().order_by_asc(outbox::Column::Id);
    let rows = rows.all(world.workflow.store.read()).await.unwrap();
    rows.into_iter().find(|row| row.kind == "route_case").expect("a case to be routed").id
}

/// The worker does what it may.
async fn work(world: &World) {
    let settings = Settings { drawer: scratch("letters"), ..Settings::default() };
    settle(&Services::new(world.workflow.clone(), settings).unwrap()).await.unwrap();
}

async fn change(world: &World, row: outbox::ActiveModel) {
    row.update(world.workflow.store.for_migration()).await.unwrap();
}

async fn set_aside(world: &World, id: OutboxId) {
    let now = world.workflow.clock.machine();
    let aside = outbox::ActiveModel {
        id: Set(id),
        attempts: Set(5),
        quarantined_at: Set(Some(now)),
        last_error: Set(Some("it died".to_owned())),
        ..Default::default()
    };
    change(world, aside).await;
}

async fn job(world: &World, id: OutboxId) -> outbox::Model {
    let found = outbox::Entity::find_by_id(id).one(world.workflow.store.read()).await;
    found.unwrap().expect("the job")
}

/// What the system's own trail says, oldest first.
async fn noted(world: &World) -> Vec<trail::Model> {
    let rows = trail::Entity::of(Stream::System, Uuid::nil());
    let mut rows = rows.all(world.workflow.store.read()).await.unwrap();
    rows.retain(|row| row.kind == "job_retried");
    rows
}

async fn what_is_set_aside_is_seen_and_set_going_again_by_an_administrator_only(mut world: World) {
    let id = waiting(&mut world).await;
    set_aside(&world, id).await;
    work(&world).await;
    assert!(job(&world, id).await.done_at.is_none(), "nobody touches it");
    let api = Api::of(&world);
    for stranger in ["Edu", "Ma"] {
        let list = api.get(&world, stranger, "/jobs").await;
        assert_eq!(list.problem(), (403, "not-yours"), "{stranger}");
        let retry = api.post(&world, stranger, &format!("/jobs/{id}/retry"), json!({})).await;
        assert_eq!(retry.problem(), (403, "not-yours"), "{stranger}");
    }
    let list = api.get(&world, "Admin", "/jobs").await;
    assert_eq!(list.status, 200, "{}", list.json);
    assert_eq!(list.json["state"], "quarantined", "the worst first: {}", list.json);
    assert_eq!(list.json["states"][0]["jobs"], 1, "{}", list.json);
    let row = &list.json["rows"][0];
    assert_eq!((&row["id"], &row["kind"]), (&json!(id), &json!("route_case")));
    assert!(row["number"].as_str().is_some_and(|number| number.starts_with("640424-")), "{row}");
    assert_eq!((&row["attempts"], &row["last_error"]), (&json!(5), &json!("it died")));

    let unknown = OutboxId::at(world.workflow.clock.machine());
    let nothing = api.post(&world, "Admin", &format!("/jobs/{unknown}/retry"), json!({})).await;
    assert_eq!(nothing.problem(), (404, "not-found"));
    let path = format!("/api/v1/jobs/{id}/retry");
    let ask = || {
        let request = TestRequest::with_uri(&path).method(Method::POST).set_json(json!({}));
        request.insert_header(("idempotency-key", "once"))
    };
    for _ in 0..2 {
        let retried = api.send(&world, "Admin", ask()).await;
        assert_eq!((retried.status, &retried.json), (200, &json!({ "retried": 1 })));
    }
    assert_eq!(noted(&world).await.len(), 1, "it was done once");
    let note = noted(&world).await.remove(0);
    assert_eq!(note.account_id, Some(world.actor("Admin").account));
    assert!(note.body.contains(&id.to_string()), "{}", note.body);
    let going = job(&world, id).await;
    assert_eq!((going.quarantined_at, going.attempts), (None, 0));
    work(&world).await;
    assert!(job(&world, id).await.done_at.is_some(), "and now it is done");
    let again = api.post(&world, "Admin", &format!("/jobs/{id}/retry"), json!({})).await;
    assert_eq!(again.json, json!({ "retried": 0 }), "what is done is done");
}

async fn every_state_of_a_job_is_told_apart(mut world: World) {
    let id = waiting(&mut world).await;
    let api = Api::of(&world);
    let now = world.workflow.clock.machine();
    let plain = outbox::ActiveModel { id: Set(id), ..Default::default() };
    let stages = [
        ("waiting", plain.clone()),
        (
            "late",
            outbox::ActiveModel {
                next_attempt_at: Set(now - TimeDelta::minutes(1)),
                ..plain.clone()
            },
        ),
        (
            "failing",
            outbox::ActiveModel {
                last_error: Set(Some("no answer".to_owned())),
                next_attempt_at: Set(now + TimeDelta::minutes(1)),
                ..plain.clone()
            },
        ),
        (
            "in_hand",
            outbox::ActiveModel {
                lease_until: Set(Some(now + TimeDelta::minutes(1))),
                ..plain.clone()
            },
        ),
        ("quarantined", outbox::ActiveModel { quarantined_at: Set(Some(now)), ..plain }),
    ];
    for (state, row) in stages {
        if state != "waiting" {
            change(&world, row).await;
        }
        let list = api.get(&world, "Admin", &format!("/jobs?state={state}")).await;
        let ids: Vec<&Value> =
            list.json["rows"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
        assert!(ids.contains(&&json!(id)), "{state}: {}", list.json);
        let states = list.json["states"].as_array().unwrap();
        let own = states.iter().find(|other| other["state"] == state).unwrap();
        assert_eq!(own["jobs"], ids.len(), "{state}: {}", list.json);
    }
    let odd = api.get(&world, "Admin", "/jobs?state=odd").await;
    assert_eq!(odd.status, 400, "{}", odd.json);
}

async fn the_page_says_the_same_and_does_it_once(mut world: World) {
    let id = waiting(&mut world).await;
    set_aside(&world, id).await;
    let mut house = House::of(&world).await;
    for name in ["Admin", "Edu"] {
        house.lets_staff_in(&world, name).await;
    }
    let knock = house.open().await;
    let get = |path: &str| TestRequest::with_uri(path);
    let page = knock(house.by("Admin", get("/staff/jobs"), &Body::Nothing)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    assert!(
        text.contains("it died") && text.contains(&format!("/staff/jobs/{id}/retry")),
        "{text}"
    );
    assert!(text.contains("<a href=\"/staff/jobs\">"), "the way there is in the frame");
    let other = knock(house.by("Edu", get("/staff/tasks"), &Body::Nothing)).await;
    assert!(!other.text().contains("/staff/jobs"), "others are not led there");
    let closed = knock(house.by("Edu", get("/staff/jobs"), &Body::Nothing)).await;
    assert_eq!(closed.status, 403);
    let all = Body::Form(vec![("state", "quarantined".to_owned())]);
    let post = || TestRequest::with_uri("/staff/jobs/retry").method(Method::POST);
    let done = knock(house.by("Admin", post(), &all)).await;
    assert_eq!((done.status, done.header("location")), (303, "/staff/jobs?state=quarantined"));
    assert_eq!(noted(&world).await.len(), 1);
    work(&world).await;
    assert!(job(&world, id).await.done_at.is_some());
    let refused = knock(house.by("Edu", post(), &all)).await;
    assert_eq!(refused.status, 403);
}
