//! What goes wrong has a status, a name and a sentence in the caller's language; never a 5xx.

mod rows;

use actix_web::test::TestRequest;
use entities::{CaseId, case_file};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use workflow::commands::Word;

use self::rows::{
    Row, Things, of_addresses, of_bodies, of_drafts, of_papers, of_people, of_tasks, row,
};
use crate::harness::{
    both,
    house::{Answer, Body, House},
    world::World,
};

both![
    every_refusal_has_a_name_and_a_sentence_in_both_languages,
    what_is_asked_above_the_ceiling_is_cut_and_told,
    what_is_sent_twice_with_one_key_is_answered_alike_and_done_once,
];

async fn every_refusal_has_a_name_and_a_sentence_in_both_languages(mut world: World) {
    let (house, things) = prepared(&mut world).await;
    let knock = house.open().await;
    let mut rows = of_bodies();
    rows.extend(of_addresses());
    rows.extend(of_people(&world));
    rows.extend(of_drafts(&world, &things));
    rows.extend(of_papers(&things));
    rows.extend(of_tasks(&things));
    let code = json!({ "phone": "13912345678" });
    let sent = TestRequest::post().uri("/api/v1/sign-in-codes").set_json(&code);
    assert_eq!(knock(sent).await.status, 202);
    rows.push(row(
        "",
        ("POST", "/api/v1/sign-in-codes"),
        Body::Json(code),
        (429, "too-many-codes"),
    ));
    let mut wrong = Vec::new();
    for row in rows {
        for language in ["zh-CN", "en"] {
            let request = TestRequest::with_uri(&row.call.1).method(row.call.0.parse().unwrap());
            let mut request = request.insert_header(("accept-language", language));
            if let Some(header) = row.header {
                request = request.insert_header(header);
            }
            let answer = knock(house.by(row.who, request, &row.body)).await;
            for fault in faults(&row, &answer, language == "zh-CN") {
                let Row { who, call: (method, path), expected, .. } = &row;
                let body = answer.text();
                wrong.push(format!("{fault}: {who} {method} {path} {expected:?} {body}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with an answer: its status, its name, words of another language.
fn faults(row: &Row, answer: &Answer, chinese: bool) -> Vec<String> {
    let problem: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
    let name = problem["type"].as_str().unwrap_or_default().trim_start_matches("/problems/");
    let mut faults = Vec::new();
    let mut expect = |fits: bool, what: &str| {
        if !fits {
            faults.push(what.to_owned());
        }
    };
    expect((answer.status, name) == row.expected, "not what is expected");
    expect(answer.header("content-type") == "application/problem+json", "no problem");
    let waits = !answer.header("retry-after").is_empty();
    expect((answer.status == 429) == waits, "Retry-After stands with 429 alone");
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    expect(name != "invalid-fields" || !errors.is_empty(), "which field?");
    for told in errors.iter().chain([&problem]) {
        let sentence = told["detail"].as_str().unwrap_or_default();
        let has_chinese = sentence.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let stop = if chinese { '。' } else { '.' };
        expect(has_chinese == chinese, &format!("the other language: {sentence:?}"));
        expect(sentence.ends_with(stop), &format!("no sentence: {sentence:?}"));
    }
    faults
}

/// People with sessions, and cases in the states that the rows need.
async fn prepared(world: &mut World) -> (House, Things) {
    world.full_staff().await;
    let mut house = House::of(world).await;
    for (name, phone) in [("Ma", "13800000001"), ("Often", "13800000002")] {
        world.applies(name).await;
        house.lets_applicant_in(world, name, phone).await;
    }
    for name in ["Teacher", "Aid", "Head", "City"] {
        house.lets_staff_in(world, name).await;
    }
    let case = world.asks_for("Ma", 1_200).await;
    let signed = world.slot(case, "teacher", "Teacher").await;
    world.says("Teacher", case, "teacher", Word::Approve).await.unwrap();
    let open = world.slot(case, "school", "Aid").await;
    // Two grants in a year are all there are.
    for cause in ["disaster", "accident"] {
        let case = world.drafts("Often", "emergency-aid", form("true", cause, 100_000)).await;
        world.submits("Often", case).await.unwrap();
        world.settle().await;
        world.says("Head", case, "quick", Word::Approve).await.unwrap();
        world.says("Pay", case, "pay", Word::Pay).await.unwrap();
    }
    let draft = world.drafts("Ma", "emergency-aid", form("false", "disaster", 90_000)).await;
    let wrong = json!({ "urgent": false, "cause": "other", "day": "2018-09-11", "need": 0 });
    let wrong = world.drafts("Ma", "emergency-aid", wrong).await;
    let again = world.drafts("Ma", "emergency-aid", form("true", "illness", 90_000)).await;
    let third = world.drafts("Often", "emergency-aid", form("true", "other", 90_000)).await;
    let much = world.asks_urgently("Ma", 2_500).await;
    let much = world.slot(much, "quick", "Head").await;
    (house, Things { draft, wrong, case, signed, open, again, third, much })
}

fn form(urgent: &str, cause: &str, need: i64) -> Value {
    json!({
        "urgent": urgent == "true", "cause": cause, "day": "2018-09-01", "need": need,
        "home": "at_school",
    })
}

async fn what_is_asked_above_the_ceiling_is_cut_and_told(mut world: World) {
    let mut house = House::of(&world).await;
    world.applies("Ma").await;
    house.lets_applicant_in(&world, "Ma", "13800000001").await;
    let draft = world.drafts("Ma", "emergency-aid", form("true", "accident", 2_500_000)).await;
    let knock = house.open().await;
    let check = TestRequest::get().uri(&format!("/drafts/{draft}/check"));
    let told = knock(house.by("Ma", check, &Body::Nothing)).await;
    assert_eq!(told.status, 200);
    assert!(told.text().contains("20,000") && told.text().contains("25,000"), "{}", told.text());
    world.submits("Ma", draft).await.unwrap();
    assert!(world.story(draft).await.contains("filed ¥20000.00"));
}

async fn what_is_sent_twice_with_one_key_is_answered_alike_and_done_once(mut world: World) {
    world.full_staff().await;
    let mut house = House::of(&world).await;
    world.applies("Ma").await;
    house.lets_applicant_in(&world, "Ma", "13800000001").await;
    let knock = house.open().await;
    let twice = async |key: &str, path: &str, body: Value| {
        let send = async || {
            let request = TestRequest::post().uri(path).insert_header(("idempotency-key", key));
            knock(house.by("Ma", request, &Body::Json(body.clone()))).await
        };
        let (first, second) = (send().await, send().await);
        assert!(first.status < 300, "{path}: {}", first.text());
        assert_eq!((first.status, &first.bytes), (second.status, &second.bytes), "{path}");
        assert_eq!(first.header("location"), second.header("location"), "{path}");
        serde_json::from_slice::<Value>(&first.bytes).unwrap()
    };
    let start = json!({
        "program": "emergency-aid", "subject": world.subject("Ma"), "filed_as": "self",
    });
    let begun = twice("one", "/api/v1/cases", start).await;
    let id: CaseId = begun["id"].as_str().unwrap().parse().unwrap();
    world.fills("Ma", id, form("true", "accident", 100_000)).await.unwrap();
    let path = format!("/api/v1/cases/{id}/submit");
    let filed = twice("two", &path, json!({ "declared": true })).await;
    assert_eq!(filed["number"].as_str(), world.case(id).await.number.as_deref());
    let db = world.workflow.store.read();
    assert_eq!(case_file::Entity::find().count(db).await.unwrap(), 1);
    assert_eq!(world.told_times(id, "filed").await, 1);
}
