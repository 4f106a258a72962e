//! 投诉: whoever applied complains of how their case is dealt with, and the office above deals with
//! that, without the unit complained of.

use entities::{CaseId, Duty, case_file, letter, voice};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use workflow::{
    Bar, CommandError, Refusal,
    commands::{Done, RaiseVoice, Word, raise_voice},
};

use crate::harness::{
    api::{Answer, Api},
    both,
    house::{Body, House},
    world::{World, refusal},
};

both![
    a_complaint_is_dealt_with_one_level_up_and_answered,
    one_complaint_runs_at_a_time,
    whoever_works_in_the_unit_has_no_hand_in_it,
    a_complaint_is_written_on_a_page,
    only_the_applicants_side_complains,
];

const WORDS: &str = "Three weeks, and nobody tells me what is missing.";

/// A case that lies at the county, and the people who deal with complaints of the county: the city.
async fn lies_at_the_county(world: &mut World) -> CaseId {
    world.full_staff().await;
    world.works("Watch", "city/supervision", Duty::Handler).await;
    world.works("Mayor of the city", "city", Duty::Head).await;
    world.works("Chief", "county/education", Duty::Head).await;
    world.applies("Ma").await;
    let case = world.asks_for("Ma", 12_000).await;
    for (name, step) in [("Teacher", "teacher"), ("Aid", "school"), ("Head", "school")] {
        world.says(name, case, step, Word::Approve).await.unwrap();
    }
    let visit = world.slot(case, "village", "Visitor").await;
    world.attaches("Visitor", case, "visit_photo", Some(visit)).await.unwrap();
    let seen = (Word::Approve, json!({ "visit": "two rooms, the father is in hospital" }));
    world.says_with("Visitor", case, "village", seen).await.unwrap();
    case
}

pub(crate) async fn raises(
    world: &World,
    name: &str,
    ask: RaiseVoice,
) -> Result<Done, CommandError> {
    let actor = world.actor(name);
    let done =
        world.command(async |tx| raise_voice(tx, &world.workflow, actor, ask.clone()).await).await;
    world.settle().await;
    done
}

fn complaint(case: CaseId, words: &str) -> RaiseVoice {
    let kind = entities::VoiceKind::Complaint;
    RaiseVoice { case, kind, words: words.to_owned(), grade: None, seen: None }
}

/// The cases that letters of `case` have opened.
pub(crate) async fn opened_by(world: &World, case: CaseId) -> Vec<case_file::Model> {
    let db = world.workflow.store.read();
    let letters = letter::Entity::find().filter(letter::Column::FromCase.eq(case));
    let letters = letters.all(db).await.unwrap();
    let cases = letters.into_iter().filter_map(|letter| letter.to_case);
    let cases = case_file::Entity::find().filter(case_file::Column::Id.is_in(cases));
    let mut cases = cases.all(db).await.unwrap();
    cases.sort_by_key(|case| case.id);
    cases
}

async fn said(api: &Api, world: &World, case: CaseId) -> Value {
    let read = api.get(world, "Ma", &format!("/cases/{case}/voices")).await;
    assert_eq!(read.status, 200, "{}", read.json);
    read.json
}

fn may<'a>(read: &'a Value, kind: &str) -> &'a Value {
    let all = read["may"].as_array().unwrap();
    all.iter().find(|one| one["kind"] == kind).unwrap()
}

async fn complains(api: &Api, world: &World, name: &str, case: CaseId) -> Answer {
    let path = format!("/cases/{case}/complaint");
    let done = api.post(world, name, &path, json!({ "text": WORDS })).await;
    world.settle().await;
    done
}

async fn a_complaint_is_dealt_with_one_level_up_and_answered(mut world: World) {
    let case = lies_at_the_county(&mut world).await;
    let before = world.due(case, "county").await;
    let api = Api::of(&world);
    let done = complains(&api, &world, "Ma", case).await;
    assert_eq!(done.status, 201, "{}", done.json);
    assert_eq!(world.due(case, "county").await, before, "no clock listens");
    let [complaint] = &opened_by(&world, case).await[..] else { panic!("one case") };
    assert_eq!((complaint.program.as_str(), complaint.subject_id), ("complaint", None));
    assert_eq!(complaint.anchor_id, Some(world.units["city"]), "above the unit that has it");
    let number = complaint.number.clone().unwrap();
    let read = said(&api, &world, case).await;
    assert_eq!(read["said"][0]["number"], json!(number));
    assert_eq!(read["said"][0]["state"], "under_way");

    // The words: encrypted, before those who deal with it, and before nobody else.
    let rows = voice::Entity::find().all(world.workflow.store.read()).await.unwrap();
    let sealed = rows[0].sealed.clone().unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("Three weeks"));
    assert!(!world.story(case).await.contains("Three weeks"));
    let register = world.slot(complaint.id, "register", "Watch").await;
    let seen = api.get(&world, "Watch", &format!("/tasks/{register}")).await;
    assert_eq!(seen.json["voices"][0]["text"], WORDS);
    let registered =
        json!({ "complained": "The case lies.", "against": world.units["county/education"] });
    world.says_with("Watch", complaint.id, "register", (Word::HandIn, registered)).await.unwrap();
    let explain = world.slot(complaint.id, "explain", "Chief").await;
    let seen = api.get(&world, "Chief", &format!("/tasks/{explain}")).await;
    assert_eq!((seen.status, &seen.json["voices"]), (200, &json!([])), "not before the unit");

    let explained = (Word::HandIn, json!({ "explanation": "Somebody was ill." }));
    world.says_with("Chief", complaint.id, "explain", explained).await.unwrap();
    let found = (Word::HandIn, json!({ "finding": "It lay.", "justified": false }));
    world.says_with("Watch", complaint.id, "examine", found).await.unwrap();
    world.says("Mayor of the city", complaint.id, "leader", Word::Approve).await.unwrap();
    let answer = (Word::HandIn, json!({ "answer_text": "We are sorry; it goes on today." }));
    world.says_with("Watch", complaint.id, "answer", answer).await.unwrap();
    let read = said(&api, &world, case).await;
    assert_eq!(read["said"][0]["state"], "answered");
    assert_eq!(read["said"][0]["reply"], "We are sorry; it goes on today.");
    assert_eq!(may(&read, "complaint")["may"], true, "and may complain again");
    let trail = world.story(case).await;
    assert!(trail.contains("voiced"), "{trail}");
    world.can_be_told_again(case).await;
    world.can_be_told_again(complaint.id).await;
}

async fn one_complaint_runs_at_a_time(mut world: World) {
    let case = lies_at_the_county(&mut world).await;
    let api = Api::of(&world);
    // Before its case is opened it is known all the same.
    let actor = world.actor("Ma");
    let ask = complaint(case, WORDS);
    let first =
        world.command(async |tx| raise_voice(tx, &world.workflow, actor, ask.clone()).await).await;
    first.unwrap();
    let again = refusal(raises(&world, "Ma", complaint(case, "And it goes on.")).await);
    assert_eq!(again, Refusal::UnderWay { number: None });
    let [one] = &opened_by(&world, case).await[..] else { panic!("one case") };
    let number = one.number.clone().unwrap();
    let again = complains(&api, &world, "Ma", case).await;
    assert_eq!(again.problem(), (409, "under-way"));
    assert!(again.text("detail").contains(&number), "which number runs: {}", again.json);
    let why = api.get(&world, "Ma", &format!("/cases/{case}/why")).await;
    let told = why.json["cannot"].as_array().unwrap();
    let told = told.iter().find(|one| one["verb"] == "complaint").unwrap();
    assert!(told["why"].as_str().unwrap().contains(&number), "{told}");
    assert_eq!(opened_by(&world, case).await.len(), 1);
    let short = refusal(raises(&world, "Ma", complaint(case, "No")).await);
    assert!(matches!(short, Refusal::UnderWay { .. } | Refusal::Form(_)));
}

async fn whoever_works_in_the_unit_has_no_hand_in_it(mut world: World) {
    let case = lies_at_the_county(&mut world).await;
    // Works in the office complained of, and in the one that deals with complaints.
    world.works("Both", "county/education", Duty::Handler).await;
    world.works("Both", "city/supervision", Duty::Handler).await;
    let api = Api::of(&world);
    assert_eq!(complains(&api, &world, "Ma", case).await.status, 201);
    let [complaint] = &opened_by(&world, case).await[..] else { panic!("one case") };
    let register = world.slot(complaint.id, "register", "Watch").await;
    let done = world.signs("Both", register, (Word::HandIn, json!({}))).await;
    assert_eq!(refusal(done), Refusal::NotYours(Bar::Involved));
    let barred = api.post(&world, "Both", &format!("/tasks/{register}/hand-in"), json!({})).await;
    assert!(barred.text("detail").contains("your unit did"), "{}", barred.json);
    let seen = api.get(&world, "Both", &format!("/tasks/{register}")).await;
    assert_eq!(seen.json["voices"], json!([]), "nor does one read the words");
}

async fn a_complaint_is_written_on_a_page(mut world: World) {
    let case = lies_at_the_county(&mut world).await;
    let number = world.case(case).await.number.unwrap();
    let mut house = House::of(&world).await;
    house.lets_applicant_in(&world, "Ma", "13912345678").await;
    let knock = house.open().await;
    let get = async |path: &str| {
        let request = actix_web::test::TestRequest::get().uri(path);
        knock(house.by("Ma", request, &Body::Nothing)).await
    };
    let page = get(&format!("/cases/{number}")).await.text();
    let form = format!("/cases/{number}/complaint");
    assert!(page.contains(&format!("href=\"{form}\"")), "{page}");
    let page = get(&form).await.text();
    assert!(page.contains(&format!("action=\"{form}\"")) && page.contains("name=\"text\""));
    let post = async |text: &str| {
        let request = actix_web::test::TestRequest::post().uri(&form);
        let body = Body::Form(vec![("text", text.to_owned())]);
        knock(house.by("Ma", request, &body)).await
    };
    let empty = post("").await;
    assert_eq!(empty.status, 422);
    assert!(empty.text().contains("请填写此项"), "{}", empty.text());
    let sent = post("材料交了三周，没有人说缺什么。").await;
    assert_eq!((sent.status, sent.header("location")), (303, &*format!("/cases/{number}")));
    world.settle().await;
    let [complaint] = &opened_by(&world, case).await[..] else { panic!("one case") };
    let page = get(&format!("/cases/{number}")).await.text();
    assert!(page.contains(complaint.number.as_ref().unwrap()) && page.contains("正在办理"));
    let page = get(&form).await.text();
    assert!(!page.contains("name=\"text\""), "one at a time: {page}");
    assert!(page.contains("正在办理，编号"), "{page}");
}

async fn only_the_applicants_side_complains(mut world: World) {
    let case = lies_at_the_county(&mut world).await;
    world.applies("Li").await;
    let api = Api::of(&world);
    for name in ["Li", "Edu", "Watch"] {
        let done = complains(&api, &world, name, case).await;
        assert_eq!(done.status, 404, "{name}: {}", done.json);
    }
    let done = refusal(raises(&world, "Edu", complaint(case, WORDS)).await);
    assert_eq!(done, Refusal::NotYours(Bar::NotApplicant));
    assert!(opened_by(&world, case).await.is_empty());
}
