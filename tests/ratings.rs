//! 好差评: five grades for a case that has ended, once; a bad one leads to a call back.

use entities::{CaseId, Duty, Grade, VoiceKind, voice};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use workflow::{
    Refusal,
    commands::{RaiseVoice, Word},
};

use crate::{
    complaints::{opened_by, raises},
    exported::{columns, handbook, lines},
    harness::{
        api::Api,
        both,
        house::{Body, House},
        world::{World, refusal},
    },
};

both![
    a_case_that_has_ended_is_rated_once,
    a_bad_grade_leads_to_a_call_back,
    who_supervises_counts_grades_and_reads_no_names,
    a_rating_is_given_on_a_page,
];

/// A case that the school has refused.
async fn ended(world: &World) -> CaseId {
    let case = world.asks_for("Ma", 12_000).await;
    world.says("Teacher", case, "teacher", Word::Refuse("not_in_need".to_owned())).await.unwrap();
    case
}

async fn staffed(world: &mut World) {
    world.full_staff().await;
    world.works("Watch", "county/supervision", Duty::Handler).await;
    world.applies("Ma").await;
}

fn rating(case: CaseId, grade: Grade, words: &str) -> RaiseVoice {
    let words = words.to_owned();
    RaiseVoice { case, kind: VoiceKind::Rating, words, grade: Some(grade), seen: None }
}

async fn a_case_that_has_ended_is_rated_once(mut world: World) {
    staffed(&mut world).await;
    let api = Api::of(&world);
    let open = world.asks_for("Ma", 12_000).await;
    let path = format!("/cases/{open}/rating");
    let early = api.post(&world, "Ma", &path, json!({ "grade": "fair" })).await;
    assert_eq!(early.problem(), (409, "not-now"));
    world.says("Teacher", open, "teacher", Word::Refuse("not_in_need".to_owned())).await.unwrap();
    let wrong = api.post(&world, "Ma", &path, json!({ "grade": "superb" })).await;
    assert!((400..500).contains(&wrong.status), "{}", wrong.json);
    let done = api.post(&world, "Ma", &path, json!({ "grade": "fair", "text": "Kind." })).await;
    assert_eq!(done.status, 201, "{}", done.json);
    let again = api.post(&world, "Ma", &path, json!({ "grade": "satisfied" })).await;
    assert_eq!(again.problem(), (409, "rated-already"));
    world.settle().await;
    assert!(opened_by(&world, open).await.is_empty(), "a good grade leads to nothing");
    let read = api.get(&world, "Ma", &format!("/cases/{open}/voices")).await;
    assert_eq!(read.json["said"][0]["grade"], "fair");
    assert_eq!(read.json["said"][0]["state"], "noted");
    let rows = voice::Entity::find().all(world.workflow.store.read()).await.unwrap();
    assert!(!String::from_utf8_lossy(rows[0].sealed.as_ref().unwrap()).contains("Kind"));
    let text = lines(&world).await;
    assert!(!text.contains("Kind."), "the words do not leave");
    assert_eq!(columns(&text).get("voice"), handbook().get("voice"), "as docs/export.md says");
    let none = refusal(
        raises(&world, "Ma", RaiseVoice { grade: None, ..rating(open, Grade::Fair, "") }).await,
    );
    assert!(matches!(none, Refusal::RatedAlready), "{none:?}");
}

async fn a_bad_grade_leads_to_a_call_back(mut world: World) {
    staffed(&mut world).await;
    let case = ended(&world).await;
    raises(&world, "Ma", rating(case, Grade::Dissatisfied, "Nobody listened.")).await.unwrap();
    let [call] = &opened_by(&world, case).await[..] else { panic!("one case") };
    assert_eq!(call.program, "call-back");
    assert_eq!(call.anchor_id, Some(world.units["county"]), "above the school");
    assert!(world.run(call.id, "call").await.due_at.is_some(), "it has a clock");
    let api = Api::of(&world);
    let task = world.slot(call.id, "call", "Watch").await;
    let seen = api.get(&world, "Watch", &format!("/tasks/{task}")).await;
    assert_eq!(seen.json["voices"][0]["text"], "Nobody listened.");
    let told = json!({
        "reached": true, "cause": "manner", "told_us": "The door was shut.", "to_mend": false,
        "answer_text": "We have spoken with the school.",
    });
    world.says_with("Watch", call.id, "call", (Word::HandIn, told)).await.unwrap();
    let read = api.get(&world, "Ma", &format!("/cases/{case}/voices")).await;
    assert_eq!(read.json["said"][0]["state"], "answered");
    assert_eq!(read.json["said"][0]["reply"], "We have spoken with the school.");
}

async fn who_supervises_counts_grades_and_reads_no_names(mut world: World) {
    staffed(&mut world).await;
    world.works("Eye", "county/supervision", Duty::Supervisor).await;
    for grade in [Grade::VerySatisfied, Grade::VerySatisfied, Grade::VeryDissatisfied] {
        let case = ended(&world).await;
        raises(&world, "Ma", rating(case, grade, "")).await.unwrap();
    }
    let api = Api::of(&world);
    let read = api.get(&world, "Eye", "/oversight/units").await;
    assert_eq!(read.status, 200, "{}", read.json);
    let rows = read.json["ratings"].as_array().unwrap();
    let row: &Value = rows.iter().find(|row| row["unit"]["name"] == "school").unwrap();
    assert_eq!(row["ratings"]["very_satisfied"], 2, "{row}");
    assert_eq!(row["ratings"]["very_dissatisfied"], 1, "{row}");
    assert!(!read.json.to_string().contains("Ma\""), "no names");
    let mut house = House::of(&world).await;
    house.lets_staff_in(&world, "Eye").await;
    let knock = house.open().await;
    let request = actix_web::test::TestRequest::get().uri("/staff/oversight");
    let page = knock(house.by("Eye", request, &Body::Nothing)).await.text();
    assert!(page.contains("群众评价"), "{page}");
}

async fn a_rating_is_given_on_a_page(mut world: World) {
    staffed(&mut world).await;
    let case = ended(&world).await;
    let number = world.case(case).await.number.unwrap();
    let mut house = House::of(&world).await;
    house.lets_applicant_in(&world, "Ma", "13912345678").await;
    let knock = house.open().await;
    let form = format!("/cases/{number}/rating");
    let request = actix_web::test::TestRequest::get().uri(&form);
    let page = knock(house.by("Ma", request, &Body::Nothing)).await.text();
    for grade in ["非常满意", "满意", "基本满意", "不满意", "非常不满意"] {
        assert!(page.contains(grade), "no {grade} in {page}");
    }
    let request = actix_web::test::TestRequest::post().uri(&form);
    let none = knock(house.by("Ma", request, &Body::Form(vec![]))).await;
    assert_eq!(none.status, 422, "{}", none.text());
    let request = actix_web::test::TestRequest::post().uri(&form);
    let body = Body::Form(vec![("grade", "very_satisfied".to_owned())]);
    let done = knock(house.by("Ma", request, &body)).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let request = actix_web::test::TestRequest::get().uri(&format!("/cases/{number}"));
    let page = knock(house.by("Ma", request, &Body::Nothing)).await.text();
    assert!(page.contains("非常满意") && !page.contains(&form), "once: {page}");
}
