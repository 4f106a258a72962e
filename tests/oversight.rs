//! Late work leads to cases about it: notices, interviews, orders. The machine opens and drafts;
//! people sign, answer and close.

use std::collections::BTreeSet;

use entities::{CaseId, Duty, Phase, case_file, case_row, document_number, letter, unit};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::json;
use workflow::{Refusal, commands::Word, program::Programs};

use crate::harness::{
    both,
    passing::at,
    world::{World, refusal},
};

both![
    a_late_step_leads_to_a_signed_notice,
    late_work_of_a_week_is_gathered_and_a_letter_counts_once,
    two_letters_at_once_are_gathered_in_one_notice,
    what_is_done_meanwhile_is_struck_from_the_notice,
    each_addressee_goes_at_its_own_pace,
    a_notice_names_units_and_never_applicants,
    a_notice_that_waits_too_long_is_its_own_offices_delay,
];

/// A program of one late step at the county, and the people who see to it.
pub(crate) async fn late_world(world: &mut World) {
    let source = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
         basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
         owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
         form: [{id: days, type: integer, required: true}]\n\
         route:\n  - {id: check, by: [county/education], within: 3wd, on_empty: climb}\n\
         clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd}}\n\
         remind: R0\nladder: E0\n";
    let programs: Programs = world.workflow.programs.with_source("sample.yaml", source).unwrap();
    world.workflow.programs = programs;
    for (name, unit, duty) in [
        ("Edu", "county/education", Duty::Handler),
        ("Chief", "county/education", Duty::Head),
        ("Edu2", "county2/education", Duty::Handler),
        ("Chief2", "county2/education", Duty::Head),
        ("Sun", "city/supervision", Duty::Handler),
        ("Lead", "city", Duty::Head),
        ("Second", "city", Duty::Head),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
}

/// The cases of a program, oldest first.
pub(crate) async fn cases(world: &World, program: &str) -> Vec<case_file::Model> {
    case_file::Entity::find()
        .filter(case_file::Column::Program.eq(program))
        .order_by_asc(case_file::Column::Id)
        .all(world.workflow.store.read())
        .await
        .unwrap()
}

async fn rows(world: &World, case: CaseId) -> Vec<case_row::Model> {
    case_row::Entity::of_cases([case]).all(world.workflow.store.read()).await.unwrap()
}

async fn number(world: &World, case: CaseId) -> Option<String> {
    let found = document_number::Entity::find_by_id(case).one(world.workflow.store.read()).await;
    found.unwrap().map(|row| row.text)
}

/// What a drafter fills in beside what the form starts with.
pub(crate) fn draft(deadline: &str) -> serde_json::Value {
    json!({
        "period": "9月", "problems": "逾期未办", "requirements": "限期办结", "deadline": deadline,
    })
}

async fn a_late_step_leads_to_a_signed_notice(mut world: World) {
    late_world(&mut world).await;
    let late = world.asks("Ma").await;
    world.until("09-18 08:59").await;
    assert!(cases(&world, "circulated-notice").await.is_empty());
    world.until("09-18 09:00").await;
    let notice = cases(&world, "circulated-notice").await.remove(0).id;
    let story = world.story(late).await;
    assert!(story.contains("rung_climbed check"), "{story}");
    assert!(story.contains("letter_sent"), "{story}");
    // The cause stays open, and keeps its own light.
    assert_eq!(world.run(late, "check").await.state, entities::RunState::Open);
    assert!(!world.story(notice).await.contains("step_opened"));

    // It collects until the end of the week; then it lies there as a draft with what is known.
    world.until("09-21 18:00").await;
    let story = world.story(notice).await;
    assert!(story.contains("step_opened draft [city/supervision]"), "{story}");
    let lines = rows(&world, notice).await;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].unit_id, Some(world.units["county/education"]));
    world.says_with("Sun", notice, "draft", (Word::HandIn, draft("2018-09-28"))).await.unwrap();
    assert_eq!(number(&world, notice).await, None);
    // The word is that of the office that issues it, not of its place.
    let office = unit::ActiveModel {
        id: Unchanged(world.units["city/supervision"]),
        mark: Set(Some("固教".to_owned())),
        ..Default::default()
    };
    world.command(async |tx| Ok(office.clone().update(tx).await?)).await.unwrap();
    world.says("Lead", notice, "leader", Word::Approve).await.unwrap();
    assert_eq!(number(&world, notice).await.unwrap(), "固教通〔2018〕1号");

    world.says("Edu", notice, "receive", Word::Receive).await.unwrap();
    let done = json!({ "done": "已办结", "cause": "人手不足" });
    world.says_with("Chief", notice, "report", (Word::HandIn, done)).await.unwrap();
    let case = world.case(notice).await;
    assert_eq!(case.phase, Phase::After);
    world.says("Sun", notice, "check", Word::Approve).await.unwrap();
    let story = world.story(notice).await;
    assert!(story.contains("outcome_reached done"), "{story}");
    assert_eq!(world.case(notice).await.phase, Phase::Ended, "{story}");
    world.can_be_told_again(notice).await;
    world.can_be_told_again(late).await;
    // Silence has accepted the cause; nobody has decided it.
    assert_eq!(world.case(late).await.phase, Phase::Running);
}

async fn late_work_of_a_week_is_gathered_and_a_letter_counts_once(mut world: World) {
    late_world(&mut world).await;
    let (first, second) = (world.asks("Ma").await, world.asks("Ma").await);
    world.until("09-18 09:00").await;
    let notices = cases(&world, "circulated-notice").await;
    assert_eq!(notices.len(), 1);
    let lines = rows(&world, notices[0].id).await;
    let of: BTreeSet<_> = lines.iter().map(|row| row.from_case.unwrap()).collect();
    assert_eq!(of, BTreeSet::from([first, second]));
    // Each letter a second time changes nothing.
    let letters = letter::Entity::find().all(world.workflow.store.read()).await.unwrap();
    assert_eq!(letters.len(), 2);
    for letter in &letters {
        world.reads(letter.id).await.unwrap();
    }
    assert_eq!(rows(&world, notices[0].id).await.len(), 2);
    // What is late after the week is closed is another notice's.
    let third = world.asks("Ma").await;
    world.until("10-08 18:00").await;
    let notices = cases(&world, "circulated-notice").await;
    assert_eq!(notices.len(), 2);
    assert_eq!(rows(&world, notices[1].id).await[0].from_case, Some(third));
}

/// Two workers read at once what two late steps lead to, and each finds no notice that collects.
async fn two_letters_at_once_are_gathered_in_one_notice(mut world: World) {
    late_world(&mut world).await;
    let (first, second) = (world.asks("Ma").await, world.asks("Ma").await);
    world.until("09-18 08:59").await;
    // The rungs are climbed, and nobody has read the letters yet.
    let due = at("09-18 09:00");
    world.workflow.clock.advance(due - world.workflow.clock.now());
    let sweep = workflow::commands::Sweep { most: 200, held: false };
    let fired =
        world.command(async |tx| workflow::commands::fire_due(tx, &world.workflow, sweep).await);
    assert_eq!(fired.await.unwrap().done.len(), 2);
    let letters = letter::Entity::find().all(world.workflow.store.read()).await.unwrap();
    let [one, other] = &letters[..] else { panic!("{letters:?}") };
    let reads = (Box::pin(world.reads(one.id)), Box::pin(world.reads(other.id)));
    let read = futures_util::future::join(reads.0, reads.1).await;
    // Whoever comes second is refused by the key, and reads its letter again.
    for (done, letter) in [(read.0, one), (read.1, other)] {
        if done.is_err() {
            world.reads(letter.id).await.unwrap();
        }
    }
    world.settle().await;
    let notices = cases(&world, "circulated-notice").await;
    assert_eq!(notices.len(), 1, "one, whoever was first");
    let lines = rows(&world, notices[0].id).await;
    let of: BTreeSet<_> = lines.iter().map(|row| row.from_case.unwrap()).collect();
    assert_eq!(of, BTreeSet::from([first, second]));
    world.can_be_told_again(notices[0].id).await;
}

async fn what_is_done_meanwhile_is_struck_from_the_notice(mut world: World) {
    late_world(&mut world).await;
    let (kept, done) = (world.asks("Ma").await, world.asks("Ma").await);
    world.until("09-21 18:00").await;
    let notice = cases(&world, "circulated-notice").await.remove(0).id;
    world.says("Edu", done, "check", Word::Approve).await.unwrap();
    let mut lines = rows(&world, notice).await;
    lines.sort_by_key(|row| row.settled);
    assert_eq!(lines.iter().map(|row| row.settled).collect::<Vec<_>>(), [false, true]);
    assert_eq!(lines[1].from_case, Some(done));
    assert_eq!(lines[1].facts["closed_on"], "2018-09-21");
    // Nobody but whoever holds the draft strikes.
    let task = world.slot(notice, "draft", "Sun").await;
    let barred = strikes(&world, "Edu", task, &lines[1], "done_late").await;
    assert!(matches!(refusal(barred), Refusal::NotYours(_)));
    let unknown = strikes(&world, "Sun", task, &lines[1], "because").await;
    assert!(matches!(refusal(unknown), Refusal::UnknownReason(_)));
    strikes(&world, "Sun", task, &lines[1], "done_late").await.unwrap();
    let again = strikes(&world, "Sun", task, &lines[1], "done_late").await;
    assert!(matches!(refusal(again), Refusal::NotFound("row")));
    let struck = rows(&world, notice).await.into_iter().find(|row| row.id == lines[1].id);
    assert_eq!(struck.unwrap().state, entities::RowState::Struck);
    world.can_be_told_again(notice).await;
    assert_eq!(world.run(kept, "check").await.state, entities::RunState::Open);
}

async fn strikes(
    world: &World,
    name: &str,
    task: entities::TaskId,
    row: &case_row::Model,
    reason: &str,
) -> Result<workflow::commands::Done, workflow::CommandError> {
    let ask =
        workflow::commands::StrikeRow { task, seen: None, row: row.id, reason: reason.to_owned() };
    let actor = world.actor(name);
    world
        .command(async |tx| {
            workflow::commands::strike_row(tx, &world.workflow, actor, ask.clone()).await
        })
        .await
}

async fn each_addressee_goes_at_its_own_pace(mut world: World) {
    late_world(&mut world).await;
    world.asks("Ma").await;
    world.until("09-21 18:00").await;
    let notice = cases(&world, "circulated-notice").await.remove(0).id;
    let (one, two) = (world.units["county/education"], world.units["county2/education"]);
    let mut form = draft("2018-09-28");
    form["addressees"] = json!([one, two]);
    world.says_with("Sun", notice, "draft", (Word::HandIn, form)).await.unwrap();
    world.says("Lead", notice, "leader", Word::Approve).await.unwrap();
    let done = json!({ "done": "已办结", "cause": "人手不足" });
    // One reports, is sent back, and reports again; the other has not even signed for receipt.
    world.says("Edu", notice, "receive", Word::Receive).await.unwrap();
    world.says_with("Chief", notice, "report", (Word::HandIn, done.clone())).await.unwrap();
    let back = Word::Return {
        to: "report".to_owned(),
        mode: workflow::event::ReturnMode::Replay,
        fields: vec![],
        papers: vec![],
    };
    for _ in 0..2 {
        world.says("Sun", notice, "check", back.clone()).await.unwrap();
        let again = world.says_with("Chief", notice, "report", (Word::HandIn, done.clone())).await;
        again.unwrap();
    }
    world.says("Sun", notice, "check", Word::Approve).await.unwrap();
    let story = world.story(notice).await;
    assert!(!story.contains("case_ended"), "{story}");
    // Red in its own thread alone.
    world.until("09-26 18:00").await;
    let story = world.story(notice).await;
    assert!(story.contains("light_changed receive red"), "{story}");
    let mut lights = story.lines().filter(|line| line.contains("light_changed"));
    assert!(lights.all(|line| line.contains("receive")), "{story}");
    world.says("Edu2", notice, "receive", Word::Receive).await.unwrap();
    world.says_with("Chief2", notice, "report", (Word::HandIn, done)).await.unwrap();
    world.says("Sun", notice, "check", Word::Approve).await.unwrap();
    world.settle().await;
    let interviews = cases(&world, "interview").await;
    let called: Vec<_> =
        interviews.iter().map(|case| case.facts["form"]["called"].clone()).collect();
    assert_eq!(called, [json!({ "text": one })], "{}", world.story(notice).await);
    world.can_be_told_again(notice).await;
}

async fn a_notice_names_units_and_never_applicants(mut world: World) {
    late_world(&mut world).await;
    let names = ["马小燕", "欧阳娜依", "马海燕"];
    for name in names {
        world.applies(name).await;
        let case = world.drafts(name, "sample", json!({ "days": 1 })).await;
        world.submits(name, case).await.unwrap();
        world.settle().await;
    }
    world.until("09-21 18:00").await;
    let notice = cases(&world, "circulated-notice").await.remove(0);
    let db = world.workflow.store.read();
    // All that the machine has written of it, and what the draft starts with.
    let letters = letter::Entity::find().all(db).await.unwrap();
    let mut written: Vec<String> = letters.iter().map(|row| row.body.to_string()).collect();
    written.extend(rows(&world, notice.id).await.iter().map(|row| row.facts.to_string()));
    let trail = entities::trail::Entity::of(entities::Stream::Case, notice.id.0);
    written.extend(trail.all(db).await.unwrap().into_iter().map(|row| row.body));
    let told = entities::notice::Entity::find()
        .filter(entities::notice::Column::CaseId.eq(notice.id))
        .all(db)
        .await
        .unwrap();
    written.extend(told.iter().map(|row| row.params.to_string()));
    let state = workflow::load::state(db, notice.clone()).await.unwrap();
    let now = world.workflow.clock.now();
    let facts = workflow::load::facts(db, &world.workflow, &notice, now).await.unwrap();
    let scope = facts.scope_in(&state, now, None);
    let step = facts.program.step("draft").unwrap();
    let starts = workflow::rules::form::starts(&step.form, &scope).unwrap();
    let begins = format!("{starts:?}");
    assert_eq!(begins.matches("应于2018年9月13日办结").count(), 3, "{begins}");
    written.push(begins);
    for name in names {
        assert!(written.iter().all(|text| !text.contains(name)), "{name} in {written:?}");
    }
    // Nor does a person write it in.
    for words in ["马小燕的申请逾期", "欧阳 娜依", "电话13800004211", "640424200001011234"]
    {
        let mut form = draft("2018-09-28");
        form["problems"] = json!(words);
        let task = world.slot(notice.id, "draft", "Sun").await;
        let refused = refusal(world.signs("Sun", task, (Word::HandIn, form)).await);
        let Refusal::Form(faults) = refused else { panic!("{words}: {refused:?}") };
        assert_eq!(faults[0].code, "names_somebody", "{words}");
    }
}

async fn a_notice_that_waits_too_long_is_its_own_offices_delay(mut world: World) {
    late_world(&mut world).await;
    world.works("Prefect", "city/supervision", Duty::Head).await;
    world.asks("Ma").await;
    world.until("09-21 18:00").await;
    let notice = cases(&world, "circulated-notice").await.remove(0).id;
    // It is sent to another unit than the one that is late, which so explains nothing.
    let mut form = draft("2018-09-28");
    form["addressees"] = json!([world.units["county2/education"]]);
    world.says_with("Sun", notice, "draft", (Word::HandIn, form)).await.unwrap();
    world.says("Lead", notice, "leader", Word::Approve).await.unwrap();
    world.says("Edu2", notice, "receive", Word::Receive).await.unwrap();
    let done = json!({ "done": "已学习", "cause": "无" });
    world.says_with("Chief2", notice, "report", (Word::HandIn, done)).await.unwrap();
    world.says("Sun", notice, "check", Word::Approve).await.unwrap();
    let waits = world.run(notice, "closed").await;
    assert_eq!(waits.unit_id, Some(world.units["city/supervision"]), "who sees to it");
    // What it waits for is never done.
    assert_eq!(world.due(notice, "closed").await, "10-18 18:00");
    world.until("10-19 10:00").await;
    assert!(world.run(notice, "closed").await.late);
    let db = world.workflow.store.read();
    let light = entities::red_light::Entity::find_by_id(waits.id).one(db).await.unwrap();
    assert_eq!(light.map(|light| light.unit_id), Some(world.units["city/supervision"]));
    let told = entities::notice::Entity::find()
        .filter(entities::notice::Column::CaseId.eq(notice))
        .filter(entities::notice::Column::Template.eq("urged"))
        .all(db)
        .await
        .unwrap();
    let told: BTreeSet<_> = told
        .iter()
        .filter(|row| row.params["step"] == "closed")
        .filter_map(|row| row.person_id)
        .collect();
    let expected = ["Sun", "Prefect"].map(|name| world.actor(name).person.unwrap());
    assert_eq!(told, BTreeSet::from(expected), "the office and its head");
    world.can_be_told_again(notice).await;
}
