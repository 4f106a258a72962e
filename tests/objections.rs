//! Objections to public notices: each opens a case of its own, holds the payment and nothing else.

use std::collections::BTreeSet;

use entities::{
    CaseId, Duty, PaymentState, PublicityId, RunState, award_line, case_file, gathering, letter,
    publicity,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use workflow::{
    CommandError, Refusal,
    commands::{Objection, Word, object_to_notice},
    record::Recorded,
};

use crate::harness::{
    api::Api,
    both,
    world::{World, refusal},
};

both![
    an_objection_opens_a_case_and_holds_the_payment,
    several_objections_hold_it_until_the_last_has_come_out,
    nobody_buries_an_office_under_objections,
    a_notice_is_gone_the_minute_after_its_end,
];

/// A case whose notice is up until 09-13 18:00.
async fn published(world: &mut World) -> (CaseId, publicity::Model) {
    world.full_staff().await;
    world.works("Leader", "county", Duty::Head).await;
    world.applies("Ma").await;
    let case = world.asks_for("Ma", 12_000).await;
    for (name, step) in [("Teacher", "teacher"), ("Aid", "school"), ("Head", "school")] {
        world.says(name, case, step, Word::Approve).await.unwrap();
    }
    let visit = world.slot(case, "village", "Visitor").await;
    world.attaches("Visitor", case, "visit_photo", Some(visit)).await.unwrap();
    let seen = (Word::Approve, json!({ "visit": "two rooms, the father is in hospital" }));
    world.says_with("Visitor", case, "village", seen).await.unwrap();
    for (name, step) in [("Edu", "county"), ("Poor", "county"), ("City", "city")] {
        world.says(name, case, step, Word::Approve).await.unwrap();
    }
    let up = publicity::Entity::find().one(world.workflow.store.read()).await.unwrap().unwrap();
    (case, up)
}

/// Somebody who does not say who they are.
pub(crate) async fn objects(
    world: &World,
    publicity: PublicityId,
    (text, contact): (&str, &str),
) -> Result<Recorded, CommandError> {
    let ask = Objection {
        publicity,
        text: text.to_owned(),
        contact: contact.to_owned(),
        key: "the form's".to_owned(),
    };
    let done =
        world.command(async |tx| object_to_notice(tx, &world.workflow, ask.clone()).await).await;
    world.settle().await;
    done
}

pub(crate) async fn linked(world: &World, case: CaseId) -> Vec<case_file::Model> {
    let db = world.workflow.store.read();
    let letters = letter::Entity::find().filter(letter::Column::FromCase.eq(case));
    let letters = letters.all(db).await.unwrap();
    let cases = letters.into_iter().filter_map(|letter| letter.to_case);
    let cases = case_file::Entity::find().filter(case_file::Column::Id.is_in(cases));
    let mut cases = cases.all(db).await.unwrap();
    cases.sort_by_key(|case| case.id);
    cases
}

async fn line(world: &World, case: CaseId) -> PaymentState {
    let rows = award_line::Entity::find().filter(award_line::Column::CaseId.eq(case));
    rows.one(world.workflow.store.read()).await.unwrap().unwrap().state
}

/// The people of the county answer.
pub(crate) async fn answers(world: &World, objection: CaseId) {
    let found =
        (Word::HandIn, json!({ "objected": "two houses", "finding": "one", "upheld": false }));
    world.says_with("Edu", objection, "examine", found).await.unwrap();
    world.says("Leader", objection, "leader", Word::Approve).await.unwrap();
    let told = (Word::HandIn, json!({ "replied": true }));
    world.says_with("Edu", objection, "answer", told).await.unwrap();
    world.settle().await;
}

async fn an_objection_opens_a_case_and_holds_the_payment(mut world: World) {
    let (case, up) = published(&mut world).await;
    world.until("09-13 12:00").await;
    let before = world.case(case).await.trail_number;
    let said = ("The family owns two houses.", "");
    assert!(!objects(&world, up.id, said).await.unwrap().jobs.is_empty());
    objects(&world, up.id, said).await.unwrap();
    let [objection] = &linked(&world, case).await[..] else { panic!("one case") };
    assert_eq!(world.case(case).await.trail_number, before + 1, "said twice, it is one line");
    assert_eq!(line(&world, case).await, PaymentState::Held);
    let api = Api::of(&world);
    let task = world.slot(objection.id, "examine", "Edu").await;
    let seen = api.get(&world, "Edu", &format!("/tasks/{task}")).await;
    assert_eq!(seen.json["objections"][0]["text"], said.0, "who examines it reads it there");
    let story = world.story(objection.id).await;
    assert!(story.contains("clock_started total due 09-20 18:00"), "five working days: {story}");

    // The notice comes to its end and the award stands; nobody is told to pay it.
    world.until("09-14 09:00").await;
    let pay = world.run(case, "pay").await;
    assert_eq!((pay.state, pay.due_at), (RunState::Waiting, None));
    assert!(!world.story(case).await.contains("payment_ordered"));
    assert_eq!(line(&world, case).await, PaymentState::Held);

    world.until("09-17 10:00").await;
    answers(&world, objection.id).await;
    let objection = world.case(objection.id).await;
    assert!(objection.ended_at.is_some(), "{}", world.story(objection.id).await);
    let pay = world.run(case, "pay").await;
    let due = pay.due_at.map(|due| due.to_rfc3339());
    assert_eq!((pay.state, due.as_deref()), (RunState::Open, Some("2018-09-20T10:00:00+00:00")));
    assert_eq!(line(&world, case).await, PaymentState::Ordered);
    world.says("Pay", case, "pay", Word::Pay).await.unwrap();
    let story = world.story(case).await;
    for told in ["letter_sent", "step_waiting pay", "letter_taken", "payment_made"] {
        assert!(story.contains(told), "no {told} in {story}");
    }
    assert!(story.contains("outcome_reached granted"), "what was decided stands: {story}");
    world.can_be_told_again(case).await;
}

async fn several_objections_hold_it_until_the_last_has_come_out(mut world: World) {
    let (case, up) = published(&mut world).await;
    objects(&world, up.id, ("The family owns two houses.", "")).await.unwrap();
    objects(&world, up.id, ("The father works in the city.", "13800000421")).await.unwrap();
    let [first, second] = &linked(&world, case).await[..] else { panic!("two cases") };
    world.until("09-14 09:00").await;
    answers(&world, first.id).await;
    assert_eq!(world.run(case, "pay").await.state, RunState::Waiting);
    assert_eq!(line(&world, case).await, PaymentState::Held);
    answers(&world, second.id).await;
    assert_eq!(world.run(case, "pay").await.state, RunState::Open);
}

async fn nobody_buries_an_office_under_objections(mut world: World) {
    let (case, notice) = published(&mut world).await;
    let text = |nth: u32| format!("I know the family well, and doubt it ({nth}).");
    for nth in 1..=22 {
        objects(&world, notice.id, (&text(nth), "")).await.unwrap();
        objects(&world, notice.id, (&text(nth), "")).await.unwrap(); // sent twice, said once
    }
    let cases = linked(&world, case).await;
    let db = world.workflow.store.read();
    let collects = gathering::Entity::find().one(db).await.unwrap().unwrap().case_id;
    let (together, alone): (Vec<_>, Vec<_>) =
        cases.iter().partition(|objection| objection.id == collects);
    let [together] = together[..] else { panic!("one case for the rest") };
    assert_eq!(alone.len(), 20, "no more cases than people can look into");
    let said = workflow::commands::objections(db, &world.workflow, case);
    assert_eq!(said.await.unwrap().len(), 22, "and every word is kept");

    // Those beyond are examined as well: all of a working day in one case.
    assert!(!world.story(together.id).await.contains("step_opened"), "it collects");
    world.until("09-11 18:00").await;
    let lines = entities::case_row::Entity::of_cases([together.id]).all(db).await.unwrap();
    assert_eq!(lines.len(), 2);
    let api = Api::of(&world);
    let task = world.slot(together.id, "examine", "Edu").await;
    let seen = api.get(&world, "Edu", &format!("/tasks/{task}")).await;
    let words = seen.json["objections"].as_array().unwrap().iter();
    let words: BTreeSet<String> =
        words.map(|word| word["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(words, BTreeSet::from([text(21), text(22)]), "{}", seen.json);
    for objection in alone {
        answers(&world, objection.id).await;
    }
    world.until("09-14 09:00").await;
    assert_eq!(world.run(case, "pay").await.state, RunState::Waiting, "two are not examined yet");
    assert_eq!(line(&world, case).await, PaymentState::Held);
    answers(&world, together.id).await;
    assert_eq!(world.run(case, "pay").await.state, RunState::Open);
    assert_eq!(line(&world, case).await, PaymentState::Ordered);
    world.can_be_told_again(case).await;
    world.can_be_told_again(together.id).await;
}

async fn a_notice_is_gone_the_minute_after_its_end(mut world: World) {
    let (case, up) = published(&mut world).await;
    assert_eq!(up.ends_at.to_rfc3339(), "2018-09-13T10:00:00+00:00");
    let shown = async |world: &World| {
        let db = world.workflow.store.read();
        let up = publicity::Entity::up(world.workflow.clock.now()).all(db).await.unwrap();
        !up.is_empty()
    };
    world.until("09-13 17:59").await;
    assert!(shown(&world).await);
    objects(&world, up.id, ("In the last minute of it.", "")).await.unwrap();
    world.until("09-13 18:00").await;
    assert!(!shown(&world).await);
    let late = refusal(objects(&world, up.id, ("A minute after its end.", "")).await);
    assert_eq!(late, Refusal::NotFound("notice"));
    assert_eq!(linked(&world, case).await.len(), 1);
}
