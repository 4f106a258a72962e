//! Lights that are not of time, and where documents stand.

use entities::CaseId;
use serde_json::{Value, json};
use workflow::commands::Word;

use super::{PEOPLE, gets, json_of, page_rows, pauses, sheet_rows, two_counties};
use crate::{
    harness::{both, house::House, world::World},
    oversight,
};

both![a_unit_that_lets_its_clock_stand_has_a_light, documents_stand_where_their_steps_are,];

async fn a_unit_that_lets_its_clock_stand_has_a_light(mut world: World) {
    two_counties(&mut world).await;
    let case = world.asks(PEOPLE[0]).await;
    world.until("09-11 10:00").await;
    pauses(&world, case).await;
    world.until("09-12 09:00").await;
    let house = super::house(&world, &["Sun"]).await;
    let view = json_of(&house, "Sun", "/api/v1/oversight/units").await;
    let figures = &view["rows"][0]["figures"];
    assert_eq!((&figures["stopped"], &figures["red"]), (&json!(1), &json!(0)));
    // A day of work, not quite a day of standing.
    assert_eq!(figures["stop_percent"], 49);
    assert_eq!(figures["stops_too_much"], false);
    world.until("09-13 10:00").await;
    let house = super::house(&world, &["Sun"]).await;
    let view = json_of(&house, "Sun", "/api/v1/oversight/units").await;
    let figures = &view["rows"][0]["figures"];
    assert_eq!(figures["stop_percent"], 67);
    assert_eq!(figures["stops_too_much"], true);
    let page = gets(&house, "Sun", "/staff/oversight").await.text();
    assert_eq!(page_rows(&page)["county"].last().unwrap(), "67% 过高", "in words, not by colour");
}

/// The lane of the only document on a board, and the document.
async fn lane(house: &House, name: &str, kind: &str) -> (String, Value) {
    let view = json_of(house, name, &format!("/api/v1/oversight/boards?kind={kind}")).await;
    let lanes = view["lanes"].as_array().unwrap().iter();
    let mut found: Vec<(String, Value)> = lanes
        .flat_map(|lane| {
            let state = lane["state"].as_str().unwrap().to_owned();
            lane["cards"].as_array().unwrap().iter().map(move |card| (state.clone(), card.clone()))
        })
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

async fn documents_stand_where_their_steps_are(mut world: World) {
    oversight::late_world(&mut world).await;
    world.asks("Ma").await;
    world.until("09-21 18:00").await;
    let house = super::house(&world, &["Sun", "Edu"]).await;
    let kind = "circulated-notice";
    let (state, card) = lane(&house, "Sun", kind).await;
    assert_eq!((state.as_str(), &card["document_number"]), ("drafted", &Value::Null));
    assert_eq!(card["addressed"], json!(["county/education"]));
    let notice = case_of(&world, &card).await;
    let draft = json!({
        "period": "9月", "problems": "逾期未办", "requirements": "限期办结",
        "deadline": "2018-09-28",
    });
    world.says_with("Sun", notice, "draft", (Word::HandIn, draft)).await.unwrap();
    world.says("Lead", notice, "leader", Word::Approve).await.unwrap();
    let (state, card) = lane(&house, "Sun", kind).await;
    assert_eq!((state.as_str(), &card["document_number"]), ("issued", &json!("city通〔2018〕1号")));
    let page = gets(&house, "Sun", "/staff/oversight/boards").await.text();
    assert!(page.contains("city通〔2018〕1号") && page.contains("county/education"), "{page}");
    let link = format!("/staff/tasks/{}", card["task"].as_str().unwrap());
    assert_eq!(gets(&house, "Sun", &link).await.status, 200);
    world.says("Edu", notice, "receive", Word::Receive).await.unwrap();
    let (state, card) = lane(&house, "Sun", kind).await;
    assert_eq!(state, "under_way");
    assert_eq!(card["due"]["at"], "2018-09-28T10:00:00Z", "{card}");
    let done = json!({ "done": "已办结", "cause": "人手不足" });
    world.says_with("Chief", notice, "report", (Word::HandIn, done)).await.unwrap();
    assert_eq!(lane(&house, "Sun", kind).await.0, "to_close");
    world.says("Sun", notice, "check", Word::Approve).await.unwrap();
    let (state, card) = lane(&house, "Sun", kind).await;
    assert_eq!(state, "done", "{}", world.story(notice).await);
    let csv = gets(&house, "Sun", &format!("/staff/oversight/boards.csv?kind={kind}")).await.text();
    let number = card["case_number"].as_str().unwrap();
    let line = format!("已销号,city通〔2018〕1号,{number},city,county/education,,");
    assert_eq!(csv.lines().nth(1).unwrap(), line);
    let xlsx = gets(&house, "Sun", &format!("/staff/oversight/boards.xlsx?kind={kind}")).await;
    assert!(sheet_rows(&xlsx.bytes)[1].starts_with(&["已销号".to_owned()]));
}

async fn case_of(world: &World, card: &Value) -> CaseId {
    let number = card["case_number"].as_str().unwrap();
    let found = entities::case_file::Entity::with_number(number);
    found.one(world.workflow.store.read()).await.unwrap().unwrap().id
}
