//! A supervision office opens a case of its own accord, and reopens one that was closed too soon.

use actix_web::test::TestRequest;
use entities::{CaseId, Phase, case_file};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{gets, house, json_of};
use crate::{
    harness::{
        both,
        house::{Answer, Body, House},
        world::World,
    },
    oversight, oversight_chain,
};

both![
    an_office_opens_a_case_of_its_own_accord,
    a_closed_order_is_opened_again_from_its_board,
    after_its_time_a_closed_order_stays_closed,
];

async fn posts(house: &House, name: &str, (path, key): (&str, &str), body: &Body) -> Answer {
    let knock = house.open().await;
    let request = TestRequest::post().uri(path).insert_header(("idempotency-key", key.to_owned()));
    knock(house.by(name, request, body)).await
}

async fn all(world: &World, program: &str) -> Vec<case_file::Model> {
    let found = case_file::Entity::find().filter(case_file::Column::Program.eq(program));
    found.all(world.workflow.store.read()).await.unwrap()
}

async fn an_office_opens_a_case_of_its_own_accord(mut world: World) {
    oversight::late_world(&mut world).await;
    let house = house(&world, &["Sun", "Edu"]).await;
    let board = json_of(&house, "Sun", "/api/v1/oversight/boards").await;
    let openable = board["openable"].as_array().unwrap();
    let programs: Vec<&str> = openable.iter().map(|one| one["program"].as_str().unwrap()).collect();
    assert!(programs.contains(&"complaint") && programs.contains(&"supervision-order"));
    let at = openable[0]["at"]["id"].as_str().unwrap();

    let path = "/api/v1/oversight/cases";
    let ask = |program: &str| Body::Json(json!({ "program": program, "at": at }));
    let first = posts(&house, "Sun", (path, "one"), &ask("complaint")).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let again = posts(&house, "Sun", (path, "one"), &ask("complaint")).await;
    assert_eq!((again.status, &again.bytes), (201, &first.bytes), "sent twice, opened once");
    world.settle().await;
    let complaints = all(&world, "complaint").await;
    assert_eq!(complaints.len(), 1);
    let case = complaints[0].id;
    let story = world.story(case).await;
    assert_eq!(complaints[0].phase, Phase::Filed, "{story}");
    assert!(story.contains("step_opened"), "its first step is open: {story}");
    let queue = gets(&house, "Sun", "/staff/tasks").await.text();
    assert!(queue.contains(complaints[0].number.as_deref().unwrap()), "{queue}");
    assert!(story.contains("Sun"), "who opened it is on record: {story}");

    // Who has no such office, what is not there, and what only a person applies for.
    let refused = posts(&house, "Edu", (path, "two"), &ask("complaint")).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let refused = posts(&house, "Sun", (path, "three"), &ask("nothing")).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let refused = posts(&house, "Sun", (path, "four"), &ask("emergency-aid")).await;
    assert_eq!(refused.status, 403, "{}", refused.text());

    // The page offers the same, and leads to the board.
    let page = gets(&house, "Sun", "/staff/oversight/boards").await.text();
    assert!(page.contains(&format!("supervision-order@{at}")), "{page}");
    let what = Body::Form(vec![("what", format!("supervision-order@{at}"))]);
    let done = posts(&house, "Sun", ("/staff/oversight/cases", "five"), &what).await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert!(done.header("location").contains("kind=supervision-order"));
    assert_eq!(all(&world, "supervision-order").await.len(), 1);
    let wrong = Body::Form(vec![("what", "nonsense".to_owned())]);
    let wrong = posts(&house, "Sun", ("/staff/oversight/cases", "six"), &wrong).await;
    assert_eq!(wrong.status, 404);
    world.can_be_told_again(case).await;
}

async fn a_closed_order_is_opened_again_from_its_board(mut world: World) {
    let case = oversight_chain::closed_order(&mut world).await;
    let house = house(&world, &["Ren", "Sun"]).await;
    let kind = "/api/v1/oversight/boards?kind=supervision-order";
    let reopens = async |name: &str| -> Option<Value> {
        let board = json_of(&house, name, kind).await;
        let lanes = board["lanes"].as_array().unwrap();
        let done = lanes.iter().find(|lane| lane["state"] == "done").unwrap();
        done["cards"].as_array().unwrap().first().map(|card| card["reopens"].clone())
    };
    assert_eq!(reopens("Ren").await, Some(json!(case.to_string())));
    // The office of the city does not see, and may not touch, what the region has closed.
    assert_eq!(reopens("Sun").await, None);
    let path = format!("/api/v1/oversight/cases/{case}/reopen");
    let nothing = Body::Json(json!({}));
    let refused = posts(&house, "Sun", (&path, "one"), &nothing).await;
    assert!([403, 404].contains(&refused.status), "{}", refused.text());
    let page = format!("/staff/oversight/cases/{case}/reopen");
    let done = posts(&house, "Ren", (&page, "two"), &Body::Form(vec![])).await;
    assert_eq!(done.status, 303, "{}", done.text());
    world.settle().await;
    assert_eq!(world.case(case).await.phase, Phase::After);
    assert_eq!(world.run(case, "act").await.round, 2);
    // A second time there is nothing to reopen; a case that is not there is none.
    let refused = posts(&house, "Ren", (&path, "three"), &nothing).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    let nowhere =
        format!("/api/v1/oversight/cases/{}/reopen", CaseId::at(world.workflow.clock.now()));
    assert_eq!(posts(&house, "Ren", (&nowhere, "four"), &nothing).await.status, 404);
}

async fn after_its_time_a_closed_order_stays_closed(mut world: World) {
    let case = oversight_chain::closed_order(&mut world).await;
    let ended = world.case(case).await.ended_at.unwrap();
    let days = |days| ended + chrono::TimeDelta::days(days);
    let path = format!("/api/v1/oversight/cases/{case}/reopen");
    let nothing = Body::Json(json!({}));
    // The 90th day ends when the offices close; the 91st is too late.
    let clock = &world.workflow.clock;
    clock.advance(days(91) - clock.now());
    let house = house(&world, &["Ren"]).await;
    let refused = posts(&house, "Ren", (&path, "late"), &nothing).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(world.case(case).await.phase, Phase::Ended);
}
