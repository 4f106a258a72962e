//! Supplements, returns, withdrawals: the case goes back and comes again.

use entities::note;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;
use workflow::{
    Refusal,
    commands::{self, RequestSupplement, Word},
    event::ReturnMode,
    vault::{self, Owner},
};

use crate::harness::{
    both,
    story::told,
    world::{World, refusal},
};

both![
    a_supplement_stops_the_clocks_and_the_days_come_back,
    supplements_are_asked_for_once_and_by_name,
    a_silent_applicant_may_be_closed_by_a_person_only,
    a_late_answer_is_an_answer,
    a_return_to_an_earlier_step_is_signed_again_with_the_remainder,
    a_return_to_the_applicant_resumes_here_unless_the_award_changed,
    a_withdrawn_case_ends_and_frees_the_claim,
    a_supplement_answers_what_was_asked_and_nothing_else,
    what_was_withdrawn_is_no_longer_shown,
    an_answer_in_time_starts_the_silence_anew,
    a_lower_amount_lasts_as_long_as_its_signature,
    a_returned_case_left_lying_comes_back_to_somebody,
    what_was_said_to_the_applicant_stays_as_it_was_said,
];

async fn at_the_school(world: &mut World) -> entities::CaseId {
    world.full_staff().await;
    world.applies("Ma").await;
    let case = world.asks_for("Ma", 12_000).await;
    world.says("Teacher", case, "teacher", Word::Approve).await.unwrap();
    case
}

async fn asks_for_more(
    world: &World,
    case: entities::CaseId,
    papers: &[&str],
) -> Result<commands::Done, workflow::CommandError> {
    let task = world.slot(case, "school", "Aid").await;
    let aid = world.actor("Aid");
    let ask = RequestSupplement {
        papers: papers.iter().map(ToString::to_string).collect(),
        note: "the bill cannot be read".to_owned(),
        ..RequestSupplement::default()
    };
    world
        .command(async |tx| {
            commands::request_supplement(tx, &world.workflow, aid, task, ask.clone()).await
        })
        .await
}

/// What the applicant was told, in order, opened.
async fn was_told(world: &World, case: entities::CaseId) -> Vec<String> {
    let (workflow, db) = (&world.workflow, world.workflow.store.read());
    let key = vault::key(db, workflow, Owner::Case(case)).await.unwrap().unwrap();
    let rows = note::Entity::find().order_by_asc(note::Column::Id).all(db).await.unwrap();
    let text = |row: &note::Model| {
        let place = row.id.to_string();
        vault::open_text(&key, ("note", "sealed", &place), &row.sealed).unwrap().into_inner()
    };
    rows.iter().map(text).collect()
}

async fn what_was_said_to_the_applicant_stays_as_it_was_said(mut world: World) {
    let case = at_the_school(&mut world).await;
    asks_for_more(&world, case, &["proof"]).await.unwrap();
    let asked = world.case(case).await.asked.unwrap();
    let row = note::Entity::find().one(world.workflow.store.read()).await.unwrap().unwrap();
    assert_eq!(asked["note_id"], json!(row.id));
    world.workflow.clock.advance(chrono::TimeDelta::hours(1));
    world.attaches("Ma", case, "proof", None).await.unwrap();
    resubmits(&world, case).await;
    let back = Word::Return {
        to: "applicant".to_owned(),
        mode: ReturnMode::Replay,
        fields: vec!["need".to_owned()],
        papers: Vec::new(),
    };
    let again = refusal(world.says("Aid", case, "school", back.clone()).await);
    assert_eq!(again, Refusal::AskedOnce, "to be sent back is to be asked again");
    may_ask_again(&world, case).await;
    world.workflow.clock.advance(chrono::TimeDelta::minutes(1));
    world.says("Aid", case, "school", back).await.unwrap();
    assert_eq!(
        was_told(&world, case).await,
        ["the bill cannot be read", "the bill was blurred", "please mend"]
    );
}

/// The superior lets the school ask once more.
async fn may_ask_again(world: &World, case: entities::CaseId) {
    let (task, aid) = (world.slot(case, "school", "Aid").await, world.actor("Aid"));
    let wants = world.command(async |tx| {
        let why = (None, "the bill was blurred".to_owned());
        commands::ask_supplement_again(tx, &world.workflow, aid, task, why).await
    });
    wants.await.unwrap();
    let id = entities::extension::Entity::find().one(world.workflow.store.read()).await;
    let (id, edu) = (id.unwrap().unwrap().id, world.actor("Edu"));
    let gives = world
        .command(async |tx| commands::answer_extension(tx, &world.workflow, edu, id, true).await);
    gives.await.unwrap();
}

async fn resubmits(world: &World, case: entities::CaseId) {
    let ma = world.actor("Ma");
    world
        .command(async |tx| commands::resubmit_case(tx, &world.workflow, ma, case, None).await)
        .await
        .unwrap();
    world.settle().await;
}

async fn a_supplement_stops_the_clocks_and_the_days_come_back(mut world: World) {
    let case = at_the_school(&mut world).await;
    assert_eq!(world.due(case, "school").await, "09-11 18:00");
    asks_for_more(&world, case, &["proof"]).await.unwrap();
    let held = refusal(world.says("Aid", case, "school", Word::Approve).await);
    assert!(matches!(held, Refusal::NotNow { .. }), "{held:?}");
    world.until("09-18 20:00").await;
    world.attaches("Ma", case, "proof", None).await.unwrap();
    resubmits(&world, case).await;
    // Asked on the day it opened: its one working day is whole, and the 18th is the new day zero.
    assert_eq!(world.due(case, "school").await, "09-19 18:00");
    told!(tail(&world.story(case).await, 8), @"
    09-10 10:00  Aid        clock_stopped total supplement
    09-10 10:00  Aid        supplement_asked school until 10-12 18:00
    09-10 10:00  Aid        clock_started applicant due 10-12 18:00
    09-18 20:00  Ma         supplemented ¥12000.00
    09-18 20:00  Ma         award_set
    09-18 20:00  Ma         clock_ended applicant
    09-18 20:00  Ma         clock_resumed school due 09-19 18:00
    09-18 20:00  Ma         clock_resumed total due 10-08 18:00
    ");
}

async fn supplements_are_asked_for_once_and_by_name(mut world: World) {
    let case = at_the_school(&mut world).await;
    assert_eq!(refusal(asks_for_more(&world, case, &[]).await), Refusal::NothingAsked);
    let strange = refusal(asks_for_more(&world, case, &["passport"]).await);
    assert!(matches!(strange, Refusal::Form(_)), "{strange:?}");
    asks_for_more(&world, case, &["proof"]).await.unwrap();
    resubmits(&world, case).await;
    assert_eq!(refusal(asks_for_more(&world, case, &["proof"]).await), Refusal::AskedOnce);
}

async fn a_silent_applicant_may_be_closed_by_a_person_only(mut world: World) {
    let case = at_the_school(&mut world).await;
    asks_for_more(&world, case, &["proof"]).await.unwrap();
    let (task, aid) = (world.slot(case, "school", "Aid").await, world.actor("Aid"));
    let lapse = async |world: &World| {
        world
            .command(async |tx| {
                commands::close_as_lapsed(tx, &world.workflow, aid, task, None).await
            })
            .await
    };
    assert!(matches!(refusal(lapse(&world).await), Refusal::NotNow { .. }));
    world.until("10-17 10:00").await;
    let story = world.story(case).await;
    assert!(story.contains("lapse_proposed school"), "{story}");
    assert!(!story.contains("outcome_reached"), "the machine closes nothing: {story}");
    lapse(&world).await.unwrap();
    assert!(world.story(case).await.contains("outcome_reached lapsed"));
}

async fn a_late_answer_is_an_answer(mut world: World) {
    let case = at_the_school(&mut world).await;
    asks_for_more(&world, case, &["proof"]).await.unwrap();
    world.until("10-17 10:00").await;
    world.attaches("Ma", case, "proof", None).await.unwrap();
    resubmits(&world, case).await;
    let (task, aid) = (world.slot(case, "school", "Aid").await, world.actor("Aid"));
    let closed = world
        .command(async |tx| commands::close_as_lapsed(tx, &world.workflow, aid, task, None).await)
        .await;
    assert!(matches!(refusal(closed), Refusal::NotNow { .. }), "nobody is silent any more");
    world.says("Aid", case, "school", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn a_return_to_an_earlier_step_is_signed_again_with_the_remainder(mut world: World) {
    let case = at_the_school(&mut world).await;
    world.says("Aid", case, "school", Word::Approve).await.unwrap();
    world.says("Head", case, "school", Word::Approve).await.unwrap();
    let visit = world.slot(case, "village", "Visitor").await;
    world.attaches("Visitor", case, "visit_photo", Some(visit)).await.unwrap();
    let seen = (Word::Approve, json!({ "visit": "two rooms, one of them dry" }));
    world.says_with("Visitor", case, "village", seen).await.unwrap();
    world.until("09-12 10:00").await;
    let nowhere = Word::Return {
        to: "teacher".to_owned(),
        mode: ReturnMode::Replay,
        fields: vec![],
        papers: vec![],
    };
    let refused = refusal(world.says("Edu", case, "county", nowhere).await);
    assert_eq!(refused, Refusal::ReturnTarget("teacher".to_owned()));
    let back = Word::Return {
        to: "school".to_owned(),
        mode: ReturnMode::Replay,
        fields: vec![],
        papers: vec!["proof".to_owned()],
    };
    world.says("Edu", case, "county", back).await.unwrap();
    let school = world.run(case, "school").await;
    assert_eq!(school.round, 2);
    // Its one day was used to none: at least one working day is granted.
    assert_eq!(world.due(case, "school").await, "09-13 18:00");
    let voided = refusal(world.says("Poor", case, "county", Word::Approve).await);
    assert!(matches!(voided, Refusal::Settled { .. }), "{voided:?}");
    world.says("Aid", case, "school", Word::Approve).await.unwrap();
    world.says("Head", case, "school", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "village").await.round, 2);
}

async fn a_return_to_the_applicant_resumes_here_unless_the_award_changed(mut world: World) {
    let case = at_the_school(&mut world).await;
    let back = Word::Return {
        to: "applicant".to_owned(),
        mode: ReturnMode::Here,
        fields: vec!["need".to_owned()],
        papers: vec![],
    };
    world.says("Aid", case, "school", back.clone()).await.unwrap();
    assert!(world.case(case).await.supplementing);
    resubmits(&world, case).await;
    assert_eq!(world.run(case, "teacher").await.round, 1, "signatures stand");
    assert_eq!(world.run(case, "school").await.round, 2);

    may_ask_again(&world, case).await;
    world.says("Aid", case, "school", back).await.unwrap();
    world.fills("Ma", case, json!({ "need": 900_000 })).await.unwrap();
    resubmits(&world, case).await;
    assert_eq!(world.run(case, "teacher").await.round, 2, "the award changed: all sign again");
    assert_eq!(world.case(case).await.award_fen, entities::Fen(900_000));
}

async fn a_withdrawn_case_ends_and_frees_the_claim(mut world: World) {
    let case = at_the_school(&mut world).await;
    let again = json!({
        "urgent": false, "cause": "illness", "day": "2018-09-02", "need": 100_000, "home": "at_school",
    });
    let twice = world.drafts("Ma", "emergency-aid", again).await;
    for paper in ["proof", "identity"] {
        world.attaches("Ma", twice, paper, None).await.unwrap();
    }
    assert!(matches!(refusal(world.submits("Ma", twice).await), Refusal::Once { .. }));
    let ma = world.actor("Ma");
    world
        .command(async |tx| commands::withdraw_case(tx, &world.workflow, ma, case, None).await)
        .await
        .unwrap();
    let late = refusal(world.says("Aid", case, "school", Word::Approve).await);
    assert!(matches!(late, Refusal::Settled { .. }), "{late:?}");
    world.submits("Ma", twice).await.unwrap();
}

async fn a_supplement_answers_what_was_asked_and_nothing_else(mut world: World) {
    let case = at_the_school(&mut world).await;
    asks_for_more(&world, case, &["proof"]).await.unwrap();
    world.fills("Ma", case, json!({ "need": 1_900_000, "cause": "accident" })).await.unwrap();
    let ma = world.actor("Ma");
    let answer = world
        .command(async |tx| commands::resubmit_case(tx, &world.workflow, ma, case, None).await)
        .await;
    let Refusal::Form(faults) = refusal(answer) else { panic!("not a form's refusal") };
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["cause", "need"]);
    assert!(faults.iter().all(|fault| fault.code == "not_asked"), "{faults:?}");
    world.fills("Ma", case, json!({ "need": 1_200_000, "cause": "illness" })).await.unwrap();
    resubmits(&world, case).await;
    assert_eq!(world.run(case, "teacher").await.round, 1);
}

async fn what_was_withdrawn_is_no_longer_shown(mut world: World) {
    let case = at_the_school(&mut world).await;
    for (name, step) in [("Aid", "school"), ("Head", "school")] {
        world.says(name, case, step, Word::Approve).await.unwrap();
    }
    let visit = world.slot(case, "village", "Visitor").await;
    world.attaches("Visitor", case, "visit_photo", Some(visit)).await.unwrap();
    let seen = (Word::Approve, json!({ "visit": "two rooms, one of them dry" }));
    world.says_with("Visitor", case, "village", seen).await.unwrap();
    for (name, step) in [("Edu", "county"), ("Poor", "county"), ("City", "city")] {
        world.says(name, case, step, Word::Approve).await.unwrap();
    }
    assert_eq!(world.told_times(case, "published").await, 1);
    let ma = world.actor("Ma");
    world
        .command(async |tx| commands::withdraw_case(tx, &world.workflow, ma, case, None).await)
        .await
        .unwrap();
    assert_eq!(world.told_times(case, "taken_down").await, 1);
}

async fn an_answer_in_time_starts_the_silence_anew(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let case = world.asks_for("Ma", 500).await;
    let (task, teacher) = (world.slot(case, "teacher", "Teacher").await, world.actor("Teacher"));
    let ask =
        RequestSupplement { papers: vec!["proof".to_owned()], ..RequestSupplement::default() };
    world
        .command(async |tx| {
            commands::request_supplement(tx, &world.workflow, teacher, task, ask.clone()).await
        })
        .await
        .unwrap();
    world.until("09-18 10:00").await;
    assert_eq!(world.told_times(case, "accepted").await, 0, "the defects were named in time");
    resubmits(&world, case).await;
    world.until("09-26 18:00").await;
    let story = world.story(case).await;
    assert!(story.contains("accepted silence as_of 09-18 10:00"), "{story}");
}

async fn a_lower_amount_lasts_as_long_as_its_signature(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let case = world.asks_for("Ma", 12_000).await;
    world.says("Teacher", case, "teacher", Word::Approve).await.unwrap();
    world.says("Aid", case, "school", Word::ApproveLess(entities::Fen(800_000))).await.unwrap();
    world.says("Head", case, "school", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.award_fen, entities::Fen(800_000));
    let visit = world.slot(case, "village", "Visitor").await;
    world.attaches("Visitor", case, "visit_photo", Some(visit)).await.unwrap();
    let seen = (Word::Approve, json!({ "visit": "two rooms, one of them dry" }));
    world.says_with("Visitor", case, "village", seen).await.unwrap();
    let back = Word::Return {
        to: "school".to_owned(),
        mode: ReturnMode::Replay,
        fields: vec!["need".to_owned()],
        papers: vec![],
    };
    world.says("Edu", case, "county", back).await.unwrap();
    assert_eq!(world.case(case).await.award_fen, entities::Fen(1_200_000));
}

async fn a_returned_case_left_lying_comes_back_to_somebody(mut world: World) {
    let case = at_the_school(&mut world).await;
    let back = Word::Return {
        to: "applicant".to_owned(),
        mode: ReturnMode::Here,
        fields: vec!["need".to_owned()],
        papers: vec![],
    };
    world.says("Aid", case, "school", back).await.unwrap();
    world.until("10-17 10:00").await;
    assert!(!world.case(case).await.supplementing);
    let (task, aid) = (world.slot(case, "school", "Aid").await, world.actor("Aid"));
    world
        .command(async |tx| commands::close_as_lapsed(tx, &world.workflow, aid, task, None).await)
        .await
        .unwrap();
    assert!(world.story(case).await.contains("outcome_reached lapsed"));
}

fn tail(story: &str, lines: usize) -> String {
    let all: Vec<&str> = story.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
