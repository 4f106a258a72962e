//! A program that there was not is written, proposed and confirmed while the service runs; then
//! people apply for it.

use actix_web::{http::Method, test::TestRequest};
use entities::Outcome;
use serde_json::{Value, json};
use workflow::commands::Word;

use crate::harness::{
    api::Api,
    both,
    house::{Answer, Body, House},
    world::World,
};

both![a_new_program_is_published_by_two_and_applied_for, a_new_program_is_written_on_its_page,];

const NEW: &str = "program: heating-aid\ncode: QN\ntitle: {zh: 取暖补助, en: Heating aid}\n\
    basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
    owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
    form: [{id: rooms, type: integer, required: true, title: {zh: 间数, en: Rooms}}]\n\
    route: [{id: county, by: county/education, within: 3wd, on_empty: climb}]\n\
    clock: {total: 10wd, from: accepted, to: outcome}\nprivacy: {publish: [], keep: 10y}\n";

async fn a_new_program_is_published_by_two_and_applied_for(mut world: World) {
    world.of_sample().await;
    let api = Api::of(&world);
    let text = |text: &str| json!({ "yaml": text });
    for (who, yaml, problem) in [
        ("Fin", NEW.to_owned(), (403, "not-yours")), // education leads it
        ("Cou", NEW.to_owned(), (403, "not-yours")), // at region only
        ("Li", NEW.to_owned(), (403, "not-yours")),
        ("Ann", NEW.replace("program: heating-aid", "program: sample"), (422, "draft-errors")),
        ("Ann", NEW.replace("program: heating-aid", "program: Heating"), (422, "draft-errors")),
        ("Ann", "program: [".to_owned(), (422, "draft-errors")),
    ] {
        let refused = api.post(&world, who, "/programs", text(&yaml)).await;
        assert_eq!(refused.problem(), problem, "{who}: {yaml}");
    }
    // What is wrong with it is told of the draft.
    let wrong = NEW.replace("county/education", "county/educaton");
    let begun = api.post(&world, "Ann", "/programs", text(&wrong)).await;
    assert_eq!((begun.status, &begun.json["number"]), (201, &json!(1)), "{:?}", begun.json);
    let draft = format!("/programs/heating-aid/drafts/{}", begun.text("draft"));
    let seen = api.get(&world, "Ann", &draft).await.json;
    assert_eq!((&seen["is_new"], &seen["errors"]), (&json!(true), &json!(1)), "{seen}");
    let why = || json!({ "reason": "winter" });
    let refused = api.post(&world, "Ann", &format!("{draft}/propose"), why()).await;
    assert_eq!(refused.problem(), (422, "draft-errors"));
    let save = async |yaml: &str| api.ask(&world, "Ann", (Method::PUT, &draft), text(yaml)).await;
    let given_away = save(&NEW.replace("{lead: education}", "{lead: finance}")).await;
    assert_eq!(given_away.problem(), (403, "not-yours"), "nobody writes what another leads");
    assert_eq!(save(NEW).await.status, 200);
    assert_eq!(api.get(&world, "Fin", &draft).await.problem(), (403, "not-yours"));

    // There are no past cases to look at.
    let since = json!({ "since": "2018-09-01" });
    let begun = api.post(&world, "Ann", &format!("{draft}/replay"), since).await;
    assert_eq!(begun.status, 200, "{:?}", begun.json);
    world.settle().await;
    let replay = format!("/programs/heating-aid/replays/{}", begun.text("replay"));
    let report = api.get(&world, "Ann", &replay).await.json;
    assert_eq!((&report["state"], &report["total"]), (&json!("done"), &json!(0)), "{report}");

    let proposed = api.post(&world, "Ann", &format!("{draft}/propose"), why()).await;
    assert_eq!(proposed.status, 200, "{:?}", proposed.json);
    let own = api.post(&world, "Ann", &format!("{draft}/publish"), json!({})).await;
    assert_eq!(own.problem(), (409, "four-eyes"));
    let done = api.post(&world, "Bob", &format!("{draft}/publish"), json!({})).await;
    assert_eq!(done.json["state"], json!("published"), "{:?}", done.json);
    let versions = api.get(&world, "Bob", "/programs/heating-aid/versions").await.json;
    assert_eq!(versions["in_force"], json!(1), "{versions}");
    let seen: Value = api.get(&world, "Ann", &draft).await.json;
    assert_eq!(seen["changes"], json!([]), "nothing went before it: {seen}");
    let again = api.post(&world, "Ann", "/programs", text(NEW)).await;
    assert_eq!(again.problem(), (422, "draft-errors"), "its next version is a draft of its own");

    let case = world.drafts("Ma", "heating-aid", json!({ "rooms": 2 })).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    world.says("Li", case, "county", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
}

async fn page(house: &House, who: &str, path: &str) -> Answer {
    let knock = house.open().await;
    let request = TestRequest::get().uri(path).insert_header(("accept-language", "en"));
    knock(house.by(who, request, &Body::Nothing)).await
}

async fn a_new_program_is_written_on_its_page(mut world: World) {
    world.of_sample().await;
    let mut house = House::of(&world).await;
    for name in ["Ann", "Fin", "Li"] {
        house.lets_staff_in(&world, name).await;
    }
    let sends = async |who: &str, yaml: &str| {
        let knock = house.open().await;
        let request =
            TestRequest::post().uri("/staff/new-program").insert_header(("accept-language", "en"));
        knock(house.by(who, request, &Body::Form(vec![("yaml", yaml.to_owned())]))).await
    };
    assert_eq!(page(&house, "Li", "/staff/new-program").await.status, 403);
    assert!(page(&house, "Ann", "/staff/programs").await.text().contains("/staff/new-program"));
    let blank = page(&house, "Ann", "/staff/new-program").await.text();
    assert!(blank.contains("program: my-program"), "{blank}");
    let taken = sends("Ann", &NEW.replace("heating-aid", "sample")).await;
    let told = taken.text();
    assert_eq!(taken.status, 422);
    assert!(told.contains("draft its next version instead") && told.contains("取暖补助"), "{told}");
    assert_eq!(sends("Fin", NEW).await.status, 403);
    let begun = sends("Ann", NEW).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    let draft = page(&house, "Ann", begun.header("location")).await.text();
    assert!(draft.contains("no past cases") && draft.contains("route.svg"), "{draft}");
    let list = page(&house, "Ann", "/staff/programs").await.text();
    assert!(list.contains("heating-aid"), "{list}");
    assert_eq!(page(&house, "Ann", "/staff/programs/heating-aid").await.status, 200);
    assert!(!page(&house, "Fin", "/staff/programs").await.text().contains("heating-aid"));
}
