//! 社会监督: anybody points something out, without an account, and reads the answer with number and
//! code.

use entities::{Duty, case_file, voice};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use workflow::commands::Word;

use crate::harness::{
    api::Api,
    both,
    house::{Body, House},
    world::World,
};

both![
    what_the_public_points_out_is_looked_into_and_answered,
    the_same_sent_twice_is_one,
    nobody_buries_an_office_under_tip_offs,
    it_is_written_and_looked_up_on_a_page,
];

const WORDS: &str = "The dormitory money is taken in cash.";

async fn staffed(world: &mut World) {
    world.full_staff().await;
    world.works("Watch", "county/supervision", Duty::Handler).await;
    world.works("Leader", "county", Duty::Head).await;
}

async fn the_case(world: &World) -> case_file::Model {
    let all = case_file::Entity::find().all(world.workflow.store.read()).await.unwrap();
    let [one] = &all[..] else { panic!("one case: {all:?}") };
    one.clone()
}

fn asks(world: &World, contact: &str) -> Value {
    json!({ "place": world.units["school"], "text": WORDS, "contact": contact })
}

async fn what_the_public_points_out_is_looked_into_and_answered(mut world: World) {
    staffed(&mut world).await;
    let api = Api::of(&world);
    let sent = api.post(&world, "", "/tip-offs", asks(&world, "13800000421")).await;
    assert_eq!(sent.status, 201, "{}", sent.json);
    let (number, code) = (sent.text("number"), sent.text("code"));
    world.settle().await;
    let case = the_case(&world).await;
    assert_eq!((case.program.as_str(), case.number.as_deref()), ("tip-off", Some(&*number)));
    assert_eq!(case.anchor_id, Some(world.units["county"]), "above the school");
    let rows = voice::Entity::find().all(world.workflow.store.read()).await.unwrap();
    let sealed = String::from_utf8_lossy(rows[0].sealed.as_ref().unwrap()).into_owned();
    assert!(!sealed.contains("dormitory") && !sealed.contains("13800000421"));
    let look = async |number: &str, code: &str| {
        api.post(&world, "", "/tip-offs/look-ups", json!({ "number": number, "code": code })).await
    };
    let found = look(&number, &code.to_lowercase()).await;
    assert_eq!((found.status, &found.json["state"]), (200, &json!("under_way")));
    assert_eq!(look(&number, "AAAAAAAA").await.status, 404);
    assert_eq!(look("640424-JB-2018-000009-9", &code).await.status, 404);

    let register = world.slot(case.id, "register", "Watch").await;
    let seen = api.get(&world, "Watch", &format!("/tasks/{register}")).await;
    assert_eq!(seen.json["voices"][0]["text"], WORDS);
    assert_eq!(seen.json["voices"][0]["contact"], "13800000421");
    let registered = json!({
        "anonymous": true, "pointed_out": "Money in cash.", "subject": "money",
        "source": "online", "about": world.units["school"],
    });
    world.says_with("Watch", case.id, "register", (Word::HandIn, registered)).await.unwrap();
    let explain = world.slot(case.id, "explain", "Head").await;
    let seen = api.get(&world, "Head", &format!("/tasks/{explain}")).await;
    assert_eq!((seen.status, &seen.json["voices"]), (200, &json!([])), "not before the unit");
    let said = (Word::HandIn, json!({ "explanation": "It was for one month." }));
    world.says_with("Head", case.id, "explain", said).await.unwrap();
    let found = json!({ "finding": "not_so", "facts": "There are receipts." });
    world.says_with("Watch", case.id, "examine", (Word::HandIn, found)).await.unwrap();
    world.says("Leader", case.id, "leader", Word::Approve).await.unwrap();
    let answer =
        json!({ "answer_text": "There are receipts for all of it.", "was_answered": true });
    world.says_with("Watch", case.id, "answer", (Word::HandIn, answer)).await.unwrap();
    let found = look(&number, &code).await;
    assert_eq!(found.json["state"], "answered", "{}", world.story(case.id).await);
    assert_eq!(found.json["reply"], "There are receipts for all of it.");
    assert!(world.story(case.id).await.contains("voiced"));
}

async fn the_same_sent_twice_is_one(mut world: World) {
    staffed(&mut world).await;
    let api = Api::of(&world);
    let first = api.post(&world, "", "/tip-offs", asks(&world, "")).await;
    let again = api.post(&world, "", "/tip-offs", asks(&world, "")).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json, again.json, "the same number and code");
    assert_eq!(case_file::Entity::find().count(world.workflow.store.read()).await.unwrap(), 1);
    let wrong = json!({ "place": world.start.timestamp().to_string(), "text": WORDS });
    assert!((400..500).contains(&api.post(&world, "", "/tip-offs", wrong).await.status));
    let none = json!({ "place": entities::UnitId::at(world.start), "text": WORDS });
    let none = api.post(&world, "", "/tip-offs", none).await;
    assert_eq!((none.status, none.first()), (422, ("place", "not_an_option")));
    let short = json!({ "place": world.units["county"], "text": "No" });
    assert_eq!(api.post(&world, "", "/tip-offs", short).await.first(), ("text", "length"));
}

async fn nobody_buries_an_office_under_tip_offs(mut world: World) {
    staffed(&mut world).await;
    let api = Api::of(&world);
    let mut statuses = Vec::new();
    for nth in 0..8 {
        let ask = json!({ "place": world.units["county"], "text": format!("{WORDS} ({nth})") });
        statuses.push(api.post(&world, "", "/tip-offs", ask).await.status);
    }
    assert!(statuses.starts_with(&[201; 5]) && statuses.contains(&429), "{statuses:?}");
}

async fn it_is_written_and_looked_up_on_a_page(mut world: World) {
    staffed(&mut world).await;
    let house = House::of(&world).await;
    let knock = house.open().await;
    let request = actix_web::test::TestRequest::get().uri("/tip-offs");
    let page = knock(house.by("nobody", request, &Body::Nothing)).await.text();
    for name in ["place", "name", "text", "contact", "number", "code"] {
        assert!(page.contains(&format!("name=\"{name}\"")), "no {name} in {page}");
    }
    let post = async |path: &str, fields: Vec<(&'static str, String)>| {
        let request = actix_web::test::TestRequest::post().uri(path);
        knock(house.by("nobody", request, &Body::Form(fields))).await
    };
    let wrong = post("/tip-offs", vec![("text", WORDS.to_owned())]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    let place = world.units["county"].to_string();
    let fields =
        vec![("place", place), ("name", "中心小学".to_owned()), ("text", WORDS.to_owned())];
    let sent = post("/tip-offs", fields).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    world.settle().await;
    let case = the_case(&world).await;
    let number = case.number.clone().unwrap();
    let page = sent.text();
    assert!(page.contains(&number), "{page}");
    let code = page.split("<dd class=\"fig\">").nth(2).unwrap().split('<').next().unwrap();
    let found = post("/tip-offs/answer", vec![("number", number), ("code", code.to_owned())]).await;
    assert!(found.text().contains("正在办理"), "{}", found.text());
    let api = Api::of(&world);
    world.works("Watch of the city", "city/supervision", Duty::Handler).await;
    let register = world.slot(case.id, "register", "Watch of the city").await;
    let seen = api.get(&world, "Watch of the city", &format!("/tasks/{register}")).await;
    let text = seen.json["voices"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("中心小学："), "what it is called stands with the words: {text}");
}
