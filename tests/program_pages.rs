//! A program's deadline is changed in its pages and by the API: text, findings, differences, the
//! drawing, a replay, and two people.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::harness::{
    both,
    house::{Answer, Body, House},
    world::World,
};

both![
    a_deadline_is_changed_in_the_pages_by_two_people,
    a_deadline_is_changed_by_the_api_by_two_people,
];

async fn page(house: &House, who: &str, path: &str) -> Answer {
    let knock = house.open().await;
    let request = TestRequest::get().uri(path).insert_header(("accept-language", "en"));
    knock(house.by(who, request, &Body::Nothing)).await
}

async fn sends(house: &House, who: &str, path: &str, fields: &[(&'static str, &str)]) -> Answer {
    let knock = house.open().await;
    let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let request = TestRequest::post().uri(path).insert_header(("accept-language", "en"));
    knock(house.by(who, request, &Body::Form(fields))).await
}

async fn a_deadline_is_changed_in_the_pages_by_two_people(mut world: World) {
    world.of_sample().await;
    let old = world.begins("Ma").await;
    let mut house = House::of(&world).await;
    for name in ["Ann", "Bob", "Li"] {
        house.lets_staff_in(&world, name).await;
    }
    assert_eq!(page(&house, "Li", "/staff/programs").await.status, 403);
    let list = page(&house, "Ann", "/staff/programs").await;
    assert!(list.text().contains("/staff/programs/sample"), "{}", list.text());

    let begun = sends(&house, "Ann", "/staff/programs/sample/drafts", &[]).await;
    assert_eq!(begun.status, 303);
    let at = begun.header("location").to_owned();
    let draft = page(&house, "Ann", &at).await.text();
    assert!(draft.contains("5wd"));

    // What is wrong stands there with its line; it can neither be drawn nor proposed.
    let source = crate::publishing::SOURCE.replace("code: SP", "version: 2\ncode: SP");
    let wrong = source.replace("by: county/education", "by: county/educaton");
    let saved = sends(&house, "Ann", &at, &[("yaml", &wrong)]).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let draft = page(&house, "Ann", &at).await.text();
    assert!(draft.contains("Line 12") && draft.contains("educaton"), "{draft}");
    assert!(!draft.contains("route.svg"));
    assert_eq!(page(&house, "Ann", &format!("{at}/route.svg")).await.status, 422);
    let proposed = sends(&house, "Ann", &format!("{at}/propose"), &[("reason", "more time")]).await;
    assert_eq!(proposed.status, 422);

    let right = source.replace("within: 5wd", "within: 2wd");
    sends(&house, "Ann", &at, &[("yaml", &right)]).await;
    let draft = page(&house, "Ann", &at).await.text();
    assert!(draft.contains("5 working days → 2 working days"), "{draft}");
    let drawing = page(&house, "Ann", &format!("{at}/route.svg")).await;
    assert!(drawing.text().starts_with("<svg") && drawing.header("content-type").contains("svg"));

    let asked = sends(&house, "Ann", &format!("{at}/replay"), &[("since", "2018-09-01")]).await;
    assert_eq!(asked.status, 303);
    world.settle().await;
    let draft = page(&house, "Ann", &at).await.text();
    let number = world.case(old).await.number.unwrap();
    assert!(draft.contains(&number), "{draft}");

    let proposed = sends(&house, "Ann", &format!("{at}/propose"), &[("reason", "more time")]).await;
    assert_eq!(proposed.status, 303, "{}", proposed.text());
    assert_eq!(sends(&house, "Ann", &format!("{at}/publish"), &[]).await.status, 409);
    assert!(page(&house, "Bob", &at).await.text().contains("Confirm and publish"));
    assert_eq!(sends(&house, "Bob", &format!("{at}/publish"), &[]).await.status, 303);
    let new = world.begins("Yu").await;
    assert_eq!(world.due(new, "first").await, "09-12 18:00");
    assert_eq!(world.due(old, "first").await, "09-17 18:00");

    let preview = page(&house, "Ann", "/staff/programs/sample/rebase?to=2").await.text();
    assert!(preview.contains(&number) && preview.contains("due 2018-09-17 18:00"), "{preview}");
    let moved = sends(&house, "Ann", "/staff/programs/sample/rebase", &[("to", "2")]).await;
    assert_eq!(moved.status, 303, "{}", moved.text());
    assert_eq!(world.due(old, "first").await, "09-12 18:00");
    let desk = page(&house, "Ann", "/staff/programs/sample").await.text();
    assert!(desk.contains("more time") && desk.contains("Version 2"), "{desk}");
}

async fn a_deadline_is_changed_by_the_api_by_two_people(mut world: World) {
    world.of_sample().await;
    let old = world.begins("Ma").await;
    let api = crate::harness::api::Api::of(&world);
    let at = "/programs/sample";
    let begun = api.post(&world, "Ann", &format!("{at}/drafts"), json!({})).await;
    assert_eq!(begun.status, 201, "{:?}", begun.json);
    let draft = format!("{at}/drafts/{}", begun.text("draft"));
    let source = crate::publishing::SOURCE.replace("code: SP", "version: 2\ncode: SP");
    let save = async |text: &str| {
        let put = actix_web::http::Method::PUT;
        let saved = api.ask(&world, "Ann", (put, &draft), json!({ "yaml": text })).await;
        assert_eq!(saved.status, 200, "{:?}", saved.json);
    };
    save(&source.replace("within: 4wd", "within: 4wk")).await;
    let seen = api.get(&world, "Ann", &draft).await.json;
    assert!(seen["findings"][0]["line"].as_u64().unwrap() > 0, "{seen}");
    let propose = json!({ "reason": "more time", "effective_on": "2018-09-10" });
    let refused = api.post(&world, "Ann", &format!("{draft}/propose"), propose.clone()).await;
    assert_eq!(refused.problem(), (422, "draft-errors"));
    let elsewhere = draft.replace(at, "/programs/emergency-aid");
    let refused = api.post(&world, "Ann", &format!("{elsewhere}/discard"), json!({})).await;
    assert_eq!(refused.problem(), (404, "not-found"), "it is no draft of that program");
    save(&source.replace("within: 5wd", "within: 2wd")).await;

    let since = json!({ "since": "2018-09-01" });
    let begun = api.post(&world, "Ann", &format!("{draft}/replay"), since).await;
    assert_eq!(begun.status, 200, "{:?}", begun.json);
    world.settle().await;
    let replay = format!("{at}/replays/{}", begun.text("replay"));
    let report = api.get(&world, "Ann", &replay).await.json;
    assert_eq!((&report["state"], &report["done"]), (&json!("done"), &json!(1)), "{report}");
    assert_eq!(report["cases"][0]["number"], json!(world.case(old).await.number), "{report}");

    let proposed = api.post(&world, "Ann", &format!("{draft}/propose"), propose).await;
    assert_eq!(proposed.status, 200, "{:?}", proposed.json);
    let own = api.post(&world, "Ann", &format!("{draft}/publish"), json!({})).await;
    assert_eq!(own.problem(), (409, "four-eyes"));
    let done = api.post(&world, "Bob", &format!("{draft}/publish"), json!({})).await;
    assert_eq!(done.json["state"], json!("published"), "{:?}", done.json);
    let versions = api.get(&world, "Ann", &format!("{at}/versions")).await.json;
    assert_eq!(versions["in_force"], json!(2), "{versions}");
    assert_eq!(versions["versions"][0]["reason"], json!("more time"));

    let dry = json!({ "to": 2, "dry": true });
    let shown = api.post(&world, "Ann", &format!("{at}/rebase"), dry).await;
    assert_eq!(shown.json["movable"], json!(1), "{:?}", shown.json);
    assert_eq!(world.due(old, "first").await, "09-17 18:00");
    let moved = api.post(&world, "Ann", &format!("{at}/rebase"), json!({ "to": 2 })).await;
    assert_eq!(moved.status, 200, "{:?}", moved.json);
    assert_eq!(world.due(old, "first").await, "09-12 18:00");
    let strange: Value = api.get(&world, "Li", &format!("{at}/versions")).await.json;
    assert_eq!(strange["status"], json!(403), "{strange}");
}
