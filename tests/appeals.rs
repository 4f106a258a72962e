//! 申诉: against a refusal, or a cut, to the superior of the one who decided.

use entities::{
    CaseId, Duty, Outcome, PaymentState, Phase, RunState, VoiceKind, award_line, publicity,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use workflow::{
    Bar, Refusal,
    commands::{self, RaiseVoice, Word},
};

use crate::{
    complaints::{opened_by, raises},
    harness::{
        api::Api,
        both,
        house::{Body, House},
        world::{World, refusal},
    },
    objections::{answers, linked, objects},
};

both![
    an_appeal_that_is_upheld_brings_the_case_back_to_the_step_that_refused,
    an_appeal_that_is_not_upheld_says_why_and_what_is_left,
    an_appeal_comes_too_late_after_its_last_day,
    a_cut_is_not_paid_while_somebody_appeals,
    the_time_of_a_payment_stands_while_somebody_appeals,
    a_payment_that_waits_goes_on_when_the_appeal_is_not_upheld,
    the_refused_page_leads_to_the_appeal,
];

/// The county says yes or no, and is itself looked after by the city and the region.
async fn staffed(world: &mut World) {
    world.full_staff().await;
    for (name, unit, duty) in [
        ("Review", "city/education", Duty::Handler),
        ("Mayor of the city", "city", Duty::Head),
        ("Relief", "city/poverty_relief", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
}

async fn to_the_county(world: &World) -> CaseId {
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

fn appeal(case: CaseId) -> RaiseVoice {
    let words = "The hospital's bill was not read.".to_owned();
    RaiseVoice { case, kind: VoiceKind::Appeal, words, grade: None, seen: None }
}

/// The city looks into an appeal, and its head says what comes of it.
async fn decides(world: &World, appeal: CaseId, word: Word) {
    let found =
        json!({ "reviewed": "The bill is there.", "answer_text": "We looked at it again." });
    world.says_with("Review", appeal, "review", (Word::HandIn, found)).await.unwrap();
    world.says("Mayor of the city", appeal, "leader", word).await.unwrap();
}

async fn an_appeal_that_is_upheld_brings_the_case_back_to_the_step_that_refused(mut world: World) {
    staffed(&mut world).await;
    let case = to_the_county(&world).await;
    world.says("Edu", case, "county", Word::Refuse("no_proof".to_owned())).await.unwrap();
    let file = world.case(case).await;
    assert_eq!((file.outcome, file.phase), (Some(Outcome::Refused), Phase::Ended));
    raises(&world, "Ma", appeal(case)).await.unwrap();
    let again = refusal(raises(&world, "Ma", appeal(case)).await);
    let [opened] = &opened_by(&world, case).await[..] else { panic!("one case") };
    assert_eq!(again, Refusal::UnderWay { number: opened.number.clone() });
    assert_eq!((opened.program.as_str(), opened.anchor_id), ("appeal", Some(world.units["city"])));

    // "City" has no hand in it, though of the right office: nobody who signed in the case has one.
    decides(&world, opened.id, Word::Approve).await;
    let file = world.case(case).await;
    assert_eq!((file.outcome, file.phase, file.ended_at), (None, Phase::Running, None));
    // What another case has gone on with is not undone.
    let (leader, head) = (
        world.slot(opened.id, "leader", "Mayor of the city").await,
        world.actor("Mayor of the city"),
    );
    let undone = world.command(async |tx| {
        let why = (None, "the wrong button".to_owned());
        commands::undo_decision(tx, &world.workflow, head, leader, why).await
    });
    let undone = refusal(undone.await);
    assert!(matches!(undone, Refusal::NotNow { .. }), "{undone:?}");
    let county = world.run(case, "county").await;
    assert_eq!((county.state, county.round), (RunState::Open, 2), "{}", world.story(case).await);
    assert_eq!(world.run(case, "village").await.round, 1, "what was signed before stands");
    let story = world.story(case).await;
    assert!(story.contains("reopened") && story.contains("step_opened county#2"), "{story}");
    for (name, step) in [("Edu", "county"), ("Poor", "county"), ("City", "city")] {
        world.says(name, case, step, Word::Approve).await.unwrap();
    }
    let file = world.case(case).await;
    assert!(matches!(file.outcome, None | Some(Outcome::Granted)), "{}", world.story(case).await);
    let api = Api::of(&world);
    let read = api.get(&world, "Ma", &format!("/cases/{case}/voices")).await;
    assert_eq!(read.json["said"][0]["state"], "upheld");
    assert_eq!(read.json["said"][0]["reply"], "We looked at it again.");
    world.can_be_told_again(case).await;
}

async fn an_appeal_that_is_not_upheld_says_why_and_what_is_left(mut world: World) {
    staffed(&mut world).await;
    // Whoever has signed in the case is kept from the appeal.
    world.works("Edu", "city/education", Duty::Handler).await;
    let case = to_the_county(&world).await;
    world.says("Edu", case, "county", Word::Refuse("no_proof".to_owned())).await.unwrap();
    raises(&world, "Ma", appeal(case)).await.unwrap();
    let [opened] = &opened_by(&world, case).await[..] else { panic!("one case") };
    let review = world.slot(opened.id, "review", "Edu").await;
    let mine = world.signs("Edu", review, (Word::HandIn, json!({}))).await;
    assert_eq!(refusal(mine), Refusal::NotYours(Bar::Involved));
    decides(&world, opened.id, Word::Refuse("decided_rightly".to_owned())).await;
    let file = world.case(case).await;
    assert_eq!((file.outcome, file.phase), (Some(Outcome::Refused), Phase::Ended));
    let mut house = House::of(&world).await;
    house.lets_applicant_in(&world, "Ma", "13912345678").await;
    let knock = house.open().await;
    let path = format!("/cases/{}", file.number.unwrap());
    let request = actix_web::test::TestRequest::get().uri(&path);
    let page = knock(house.by("Ma", request, &Body::Nothing)).await.text();
    for told in ["维持原决定", "原决定事实清楚、依据正确", "We looked at it again.", "行政诉讼"]
    {
        assert!(page.contains(told), "no {told} in {page}");
    }
}

async fn an_appeal_comes_too_late_after_its_last_day(mut world: World) {
    staffed(&mut world).await;
    let case = to_the_county(&world).await;
    world.says("Edu", case, "county", Word::Refuse("no_proof".to_owned())).await.unwrap();
    let api = Api::of(&world);
    let read = api.get(&world, "Ma", &format!("/cases/{case}/decision")).await;
    // Sixty days from Monday, 10 September: a Friday.
    assert_eq!(read.json["remedies"]["appeal_until"], "2018-11-09");
    world.until("11-09 18:01").await;
    let path = format!("/cases/{case}/appeal");
    let late = api.post(&world, "Ma", &path, json!({ "text": "Only now I can write." })).await;
    assert_eq!(late.problem(), (409, "appeal-over"));
    assert!(late.text("detail").contains("2018-11-09"), "{}", late.json);
    assert!(opened_by(&world, case).await.is_empty());
}

async fn a_cut_is_not_paid_while_somebody_appeals(mut world: World) {
    staffed(&mut world).await;
    let case = to_the_county(&world).await;
    world.says("Edu", case, "county", Word::ApproveLess(entities::Fen(300_000))).await.unwrap();
    world.says("Poor", case, "county", Word::Approve).await.unwrap();
    world.until("09-17 18:00").await;
    let file = world.case(case).await;
    assert_eq!((file.outcome, file.award_fen.0), (Some(Outcome::Granted), 300_000));
    assert_eq!(world.run(case, "pay").await.state, RunState::Open);
    raises(&world, "Ma", appeal(case)).await.unwrap();
    let pay = world.says("Pay", case, "pay", Word::Pay).await;
    assert!(matches!(refusal(pay), Refusal::NotNow { .. }));
    let opened = opened_by(&world, case).await;
    let opened = opened.iter().find(|one| one.program == "appeal").unwrap().id;
    decides(&world, opened, Word::Approve).await;
    let county = world.run(case, "county").await;
    assert_eq!((county.state, county.round), (RunState::Open, 2), "{}", world.story(case).await);
    assert_eq!(world.case(case).await.outcome, None);
    for name in ["Edu", "Poor"] {
        world.says(name, case, "county", Word::Approve).await.unwrap();
    }
    let lines = award_line::Entity::find().filter(award_line::Column::CaseId.eq(case));
    let lines = lines.all(world.workflow.store.read()).await.unwrap();
    assert!(lines.iter().all(|line| line.state != PaymentState::Paid), "{lines:?}");
    let sum: i64 = lines.iter().map(|line| line.fen.0).sum();
    assert!(sum > 300_000, "the cut is gone: {lines:?}");
}

/// The county has cut what was asked for.
async fn cut(world: &World, case: CaseId) {
    world.says("Edu", case, "county", Word::ApproveLess(entities::Fen(300_000))).await.unwrap();
    world.says("Poor", case, "county", Word::Approve).await.unwrap();
}

async fn the_time_of_a_payment_stands_while_somebody_appeals(mut world: World) {
    staffed(&mut world).await;
    let case = to_the_county(&world).await;
    cut(&world, case).await;
    world.until("09-17 18:00").await;
    assert_eq!(world.due(case, "pay").await, "09-18 18:00");
    raises(&world, "Ma", appeal(case)).await.unwrap();
    let why = Api::of(&world).get(&world, "Ma", &format!("/cases/{case}/why")).await;
    let said = why.json["sentence"]["en"].as_str().unwrap();
    assert!(said.contains("waits until it has come out"), "{said}");
    // A week later nobody is late with what nobody may do.
    world.until("09-26 10:00").await;
    let story = world.story(case).await;
    assert!(story.contains("clock_stopped pay objection"), "{story}");
    assert!(!story.contains("light_changed pay") && !story.contains("rung_climbed pay"), "{story}");
    assert!(!world.run(case, "pay").await.late);
    let opened = opened_by(&world, case).await;
    let opened = opened.iter().find(|one| one.program == "appeal").unwrap().id;
    decides(&world, opened, Word::Refuse("decided_rightly".to_owned())).await;
    // It had one working day left, and has it from now on.
    assert_eq!(world.due(case, "pay").await, "09-27 18:00", "{}", world.story(case).await);
    world.says("Pay", case, "pay", Word::Pay).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn a_payment_that_waits_goes_on_when_the_appeal_is_not_upheld(mut world: World) {
    staffed(&mut world).await;
    world.works("Leader", "county", Duty::Head).await;
    let case = to_the_county(&world).await;
    cut(&world, case).await;
    let up = publicity::Entity::find().one(world.workflow.store.read()).await.unwrap().unwrap();
    objects(&world, up.id, ("The family owns two houses.", "")).await.unwrap();
    let [objection] = &linked(&world, case).await[..] else { panic!("one case") };
    world.until("09-17 18:00").await;
    assert_eq!(world.run(case, "pay").await.state, RunState::Waiting);
    raises(&world, "Ma", appeal(case)).await.unwrap();
    answers(&world, objection.id).await;
    assert_eq!(world.run(case, "pay").await.state, RunState::Waiting, "the appeal is open");
    let opened = opened_by(&world, case).await;
    let opened = opened.iter().find(|one| one.program == "appeal").unwrap().id;
    decides(&world, opened, Word::Refuse("decided_rightly".to_owned())).await;
    assert_eq!(world.run(case, "pay").await.state, RunState::Open, "{}", world.story(case).await);
    world.says("Pay", case, "pay", Word::Pay).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn the_refused_page_leads_to_the_appeal(mut world: World) {
    staffed(&mut world).await;
    let case = to_the_county(&world).await;
    world.says("Edu", case, "county", Word::Refuse("no_proof".to_owned())).await.unwrap();
    let number = world.case(case).await.number.unwrap();
    let mut house = House::of(&world).await;
    house.lets_applicant_in(&world, "Ma", "13912345678").await;
    let knock = house.open().await;
    let form = format!("/cases/{number}/appeal");
    for path in [format!("/cases/{number}"), format!("/cases/{number}/decision")] {
        let request = actix_web::test::TestRequest::get().uri(&path);
        let page = knock(house.by("Ma", request, &Body::Nothing)).await.text();
        assert!(page.contains(&format!("href=\"{form}\"")), "{path}: {page}");
        assert!(page.contains("最迟 2018年11月9日"), "{path} tells the last day: {page}");
    }
    let request = actix_web::test::TestRequest::get().uri(&form);
    let page = knock(house.by("Ma", request, &Body::Nothing)).await.text();
    assert!(page.contains("新情况") && page.contains("name=\"text\""), "what to bring: {page}");
    let request = actix_web::test::TestRequest::post().uri(&form);
    let body = Body::Form(vec![("text", "医院的单据没有看。".to_owned())]);
    let sent = knock(house.by("Ma", request, &body)).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    world.settle().await;
    assert_eq!(opened_by(&world, case).await.len(), 1);
}
