//! The page and the API of lines that are cases: whoever checks sees what was found before.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::{decided, inspects, lines_of, planned, says, staffed};
use crate::harness::{
    both,
    house::{Body, House},
    world::World,
};

both![
    whoever_checks_sees_what_was_found_before_and_says_their_own,
    a_unit_sees_its_own_lines_alone,
];

async fn whoever_checks_sees_what_was_found_before_and_says_their_own(mut world: World) {
    staffed(&mut world).await;
    decided(&mut world, [2, 0, 0]).await;
    let case = planned(&world, &["county"]).await;
    inspects(&world, case, "school", &["none", "grave"]).await;
    let mut house = House::of(&world).await;
    for name in ["Checker", "Watch"] {
        house.lets_staff_in(&world, name).await;
    }
    let knock = house.open().await;
    let task = world.slot(case, "again", "Checker").await;
    let (rows, page) = (format!("/api/v1/tasks/{task}/rows"), format!("/staff/tasks/{task}/rows"));
    let get = |uri: &str| TestRequest::get().uri(uri);
    let list = knock(house.by("Checker", get(&rows), &Body::Nothing)).await;
    assert_eq!(list.status, 200, "{}", list.text());
    let list: Value = serde_json::from_slice(&list.bytes).unwrap();
    assert_eq!(
        (&list["of_cases"], &list["fills"], &list["add"]),
        (&json!(true), &json!(true), &json!([]))
    );
    let lines = list["lines"].as_array().unwrap();
    let own = |nth: usize| &lines[nth]["cells"];
    assert_eq!((lines.len(), own(1)), (2, &json!(["", "", ""])), "nothing is said here yet");
    let before = &lines[1]["kept"][0];
    assert_eq!(before["cells"], json!(["资金使用", "严重问题", "发票与金额不符"]), "{before}");
    assert_eq!(list["samples"].as_array().map(Vec::len), Some(1), "the seed of the draw");
    let shown = knock(house.by("Checker", get(&page), &Body::Nothing)).await.text();
    let number = lines[1]["name"].as_str().unwrap();
    for said in ["办件清单", "县级自查", "严重问题", "共 2 件", "市级抽样", number]
    {
        assert!(shown.contains(said), "{said} is not in {shown}");
    }
    assert!(!shown.contains("身份证号") && !shown.contains("/rows/file"), "{shown}");
    // By the API, then on the page, one line at a time.
    let row = |nth: usize| lines[nth]["id"].as_str().unwrap().to_owned();
    let ask = json!({ "rows": [{ "row": row(0), "fields": says("none") }] });
    let post = TestRequest::post().uri(&rows).insert_header(("idempotency-key", "one"));
    let filled = knock(house.by("Checker", post, &Body::Json(ask))).await;
    assert_eq!(filled.status, 200, "{}", filled.text());
    let form = vec![
        ("row", row(1)),
        ("act", "save".to_owned()),
        ("form.subject", "effect".to_owned()),
        ("form.finding", "minor".to_owned()),
        ("form.evidence", "已整改".to_owned()),
    ];
    let post = TestRequest::post().uri(&page).insert_header(("idempotency-key", "two"));
    let saved = knock(house.by("Checker", post, &Body::Form(form))).await;
    assert_eq!((saved.status, saved.header("location")), (303, page.as_str()), "{}", saved.text());
    let list = knock(house.by("Checker", get(&rows), &Body::Nothing)).await;
    let list: Value = serde_json::from_slice(&list.bytes).unwrap();
    let line = &list["lines"][1];
    assert_eq!(line["cells"], json!(["工作成效", "一般问题", "已整改"]));
    assert_eq!(
        line["kept"][0]["cells"],
        json!(["资金使用", "严重问题", "发票与金额不符"]),
        "both stay"
    );
    // A line on nobody's list is refused, and told.
    let other = entities::CaseRowId::at(world.workflow.clock.now());
    let ask = json!({ "rows": [{ "row": other, "fields": {} }] });
    let post = TestRequest::post().uri(&rows).insert_header(("idempotency-key", "three"));
    let refused = knock(house.by("Checker", post, &Body::Json(ask))).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
}

async fn a_unit_sees_its_own_lines_alone(mut world: World) {
    staffed(&mut world).await;
    decided(&mut world, [1, 1, 0]).await;
    let case = planned(&world, &["county", "county2"]).await;
    inspects(&world, case, "school", &["minor"]).await;
    inspects(&world, case, "school2", &["grave"]).await;
    let none = std::collections::BTreeMap::new();
    let (both, purse) = (["school", "school2"], "Purse");
    super::checks(&world, "Checker", (case, "again", "city"), (&both, &none)).await;
    world.says("Checker", case, "again", workflow::commands::Word::HandIn).await.unwrap();
    super::checks(&world, "Watch", (case, "verify", "region"), (&both, &none)).await;
    for who in ["Watch", purse] {
        world.says(who, case, "verify", workflow::commands::Word::HandIn).await.unwrap();
    }
    let mut house = House::of(&world).await;
    house.lets_staff_in(&world, "Head").await;
    let knock = house.open().await;
    let task = world.slot(case, "hear", "Head").await;
    let page = TestRequest::get().uri(&format!("/staff/tasks/{task}/rows"));
    let shown = knock(house.by("Head", page, &Body::Nothing)).await.text();
    let number = |row: &entities::case_row::Model| row.facts["number"].as_str().unwrap().to_owned();
    let own = number(&lines_of(&world, case, "school").await[0]);
    let other = number(&lines_of(&world, case, "school2").await[0]);
    assert!(shown.contains(&own) && shown.contains("一般问题"), "{shown}");
    assert!(!shown.contains(&other) && !shown.contains("严重问题"), "{shown}");
}
