//! Who may know of a case, and who reads what the public says of it.

use entities::{Duty, Stream, notice, trail};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use workflow::commands::{SavePerson, Word, look_up_person, save_person};

use crate::harness::{api::Api, both, world::World};

both![
    objections_reach_people_who_can_read_them,
    a_case_is_seen_by_those_who_decide_it,
    who_comes_late_is_told_who_decided,
    people_are_looked_up_by_whom_they_belong_to,
];

async fn objections_reach_people_who_can_read_them(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let api = Api::of(&world);
    let case = world.asks_for("Ma", 12_000).await;
    for (name, step) in [("Teacher", "teacher"), ("Aid", "school"), ("Head", "school")] {
        world.says(name, case, step, Word::Approve).await.unwrap();
    }
    let visit = world.slot(case, "village", "Visitor").await;
    world.attaches("Visitor", case, "visit_photo", Some(visit)).await.unwrap();
    let seen = (Word::Approve, json!({ "visit": "two rooms, the father is in hospital" }));
    world.says_with("Visitor", case, "village", seen).await.unwrap();
    for (name, step) in [("Edu", "county"), ("Poor", "county"), ("City", "city")] {
        world.says(name, case, step, Word::Approve).await.unwrap();
    }
    let notices = api.get(&world, "", "/notices").await;
    let path =
        format!("/api/v1/notices/{}/objections", notices.json["rows"][0]["id"].as_str().unwrap());
    for text in ["The family owns two houses.", "The father works.", "The father works."] {
        let request = actix_web::test::TestRequest::post().uri(&path);
        let request = request.insert_header(("idempotency-key", "the-same"));
        let request = request.set_json(json!({ "text": text, "contact": "13800000421" }));
        let said = api.send(&world, "", request).await;
        assert_eq!(said.status, 202, "{}", said.json);
    }
    let told = notice::Entity::find().filter(notice::Column::Template.eq("objection"));
    let told = told.all(world.workflow.store.read()).await.unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|row| row.person_id.is_some()), "{told:?}");
    let done = api.get(&world, "City", "/tasks?tab=done").await;
    let task = done.json["rows"][0]["task"].as_str().unwrap().to_owned();
    let read = api.get(&world, "City", &format!("/tasks/{task}")).await;
    let said = read.json["objections"].as_array().unwrap();
    assert_eq!(said.len(), 2, "{said:?}");
    let houses = said.iter().find(|one| one["text"] == "The family owns two houses.").unwrap();
    assert_eq!(houses["contact"], "13800000421");
}

async fn a_case_is_seen_by_those_who_decide_it(mut world: World) {
    world.full_staff().await;
    world.works("Office", "school/class_teachers", Duty::Administrator).await;
    world.works("Watch", "county/supervision", Duty::Supervisor).await;
    world.works("Idle", "county/education", Duty::Supervisor).await;
    world.works("Uncle", "school/class_teachers", Duty::Handler).await;
    world.applies("Ma").await;
    world.declares_conflict("Uncle", "Ma").await;
    let api = Api::of(&world);
    api.apply(&world, "Ma", 100_000).await;
    let task = api.task(&world, "Teacher").await;
    for (name, sees, reveals) in [
        ("Teacher", 200, 404),
        ("Watch", 200, 403),
        ("Edu", 200, 403),
        ("Office", 404, 404),
        ("Idle", 404, 404),
        ("Uncle", 404, 404),
    ] {
        let seen = api.get(&world, name, &format!("/tasks/{task}")).await;
        assert_eq!(seen.status, sees, "{name} {}", seen.json);
        // Nobody knows a bank account: who may look is told that there is none.
        let show = json!({ "fact": "person.bank" });
        let shown = api.post(&world, name, &format!("/tasks/{task}/show"), show).await;
        assert_eq!(shown.status, reveals, "{name} {}", shown.json);
    }
}

async fn who_comes_late_is_told_who_decided(mut world: World) {
    world.full_staff().await;
    world.works("Colleague", "school/class_teachers", Duty::Handler).await;
    world.applies("Ma").await;
    let api = Api::of(&world);
    api.apply(&world, "Ma", 100_000).await;
    let task = api.task(&world, "Colleague").await;
    assert_eq!(api.does(&world, "Teacher", "approve", json!({})).await.status, 200);
    let late = api.post(&world, "Colleague", &format!("/tasks/{task}/approve"), json!({})).await;
    assert_eq!(late.problem(), (409, "settled-already"));
    assert_eq!(late.json["detail"], "Teacher has settled this already.");
}

async fn people_are_looked_up_by_whom_they_belong_to(mut world: World) {
    const ID: &str = "64042220000101123X";
    world.full_staff().await;
    world.works("Far", "county2/education", Duty::Handler).await;
    world.applies("Ma").await;
    let (ma, subject) = (world.actor("Ma"), world.subject("Ma"));
    let id = SavePerson { person: Some(subject), id_number: valid(ID), ..SavePerson::default() };
    let saved = world.command(async |tx| save_person(tx, &world.workflow, ma, id.clone()).await);
    saved.await.unwrap();
    for (name, found) in [("Teacher", true), ("Visitor", true), ("Far", false), ("Edu", false)] {
        let who = world.actor(name);
        let looked = world
            .command(async |tx| look_up_person(tx, &world.workflow, who, &valid(ID)).await)
            .await
            .unwrap();
        assert_eq!(looked.is_some(), found, "{name}");
    }
    let db = world.workflow.store.read();
    let noted = trail::Entity::find()
        .filter(trail::Column::Stream.eq(Stream::Person))
        .filter(trail::Column::Kind.eq("looked_up"))
        .count(db);
    assert_eq!(noted.await.unwrap(), 4);

    let api = Api::of(&world);
    api.apply(&world, "Ma", 100_000).await;
    for text in ["Ma".to_owned(), valid(ID)] {
        let by_address = api.get(&world, "Teacher", &format!("/tasks?search={text}")).await;
        assert_eq!(by_address.json["rows"], json!([]));
        let found = api.post(&world, "Teacher", "/tasks/search", json!({ "text": text })).await;
        assert_eq!(found.json["rows"].as_array().unwrap().len(), 1, "{}", found.json);
    }
}

/// The ID number with its right last digit (GB 11643).
fn valid(id: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = id.chars().zip(weights).map(|(c, w)| c.to_digit(10).unwrap() * w).sum();
    let last = "10X98765432".chars().nth((sum % 11) as usize).unwrap();
    format!("{}{last}", &id[..17])
}
