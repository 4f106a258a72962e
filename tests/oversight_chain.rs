//! The interview and the order: summons, absence, commitments, weekly progress, closing by
//! somebody else, and opening again.

use actix_web::test::TestRequest;
use entities::{CaseId, Phase, RunState, case_file, document_number};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use workflow::{
    Refusal,
    commands::{self, RequestSupplement, Word},
};

use crate::{
    harness::{
        both,
        house::{Body, House},
        world::{World, refusal},
    },
    oversight::late_world,
};

mod orders;

both![
    who_is_absent_twice_is_not_judged_by_the_machine,
    a_commitment_that_is_not_kept_leads_to_an_order,
    an_order_is_closed_by_somebody_who_had_no_part_in_it,
    an_order_is_opened_again_with_its_old_number,
    three_red_lights_of_a_quarter_lead_to_an_interview,
    nobody_is_asked_to_mend_what_the_machine_has_opened,
];

/// The newest case of a program at a place.
async fn latest(world: &World, program: &str, place: &str) -> Option<case_file::Model> {
    case_file::Entity::find()
        .filter(case_file::Column::Program.eq(program))
        .filter(case_file::Column::AnchorId.eq(world.units[place]))
        .order_by_desc(case_file::Column::Id)
        .all(world.workflow.store.read())
        .await
        .unwrap()
        .into_iter()
        .find(|case| is_about(world, case))
}

/// How many orders a place has.
async fn orders(world: &World, place: &str) -> u64 {
    case_file::Entity::find()
        .filter(case_file::Column::Program.eq("supervision-order"))
        .filter(case_file::Column::AnchorId.eq(world.units[place]))
        .count(world.workflow.store.read())
        .await
        .unwrap()
}

/// Whether it is about the late county, and not about those who let its notice lie.
fn is_about(world: &World, case: &case_file::Model) -> bool {
    let called = &case.facts["form"]["called"]["text"];
    called.is_null() || *called == json!(world.units["county/education"])
}

/// An interview that the ladder proposed: its first step is open.
async fn interview(world: &mut World) -> CaseId {
    late_world(world).await;
    world.asks("Ma").await;
    // Ten working days after 09-13 are over on 09-28; it collects for two more.
    world.until("09-30 18:00").await;
    let case = latest(world, "interview", "city").await.expect("an interview was proposed");
    assert_eq!(case.phase, Phase::Filed);
    let plan = json!({ "basis": "第八条", "person": "局长", "convener": "督学" });
    world.says_with("Sun", case.id, "plan", (Word::HandIn, plan)).await.unwrap();
    world.says("Lead", case.id, "leader", Word::Approve).await.unwrap();
    case.id
}

async fn summons(world: &World, case: CaseId, day: &str) {
    let form = json!({ "time": day, "place": "市政府三楼" });
    world.says_with("Sun", case, "summons", (Word::HandIn, form)).await.unwrap();
    let receipt = json!({ "comes": true });
    world.says_with("Chief", case, "receipt", (Word::Receive, receipt)).await.unwrap();
}

async fn held(world: &World, case: CaseId, form: Value) {
    world.says_with("Sun", case, "held", (Word::HandIn, form)).await.unwrap();
}

async fn who_is_absent_twice_is_not_judged_by_the_machine(mut world: World) {
    let case = interview(&mut world).await;
    for day in ["2018-10-12", "2018-10-18"] {
        let soon = json!({ "time": "2018-09-30", "place": "市政府三楼" });
        let task = world.slot(case, "summons", "Sun").await;
        let refused = world.signs("Sun", task, (Word::HandIn, soon)).await;
        assert!(matches!(refusal(refused), Refusal::Form(_)), "three working days ahead");
        summons(&world, case, day).await;
        assert_eq!(world.run(case, "held").await.state, RunState::Waiting);
        world.until(&format!("{} 09:00", &day[5..])).await;
        held(&world, case, json!({ "present": false })).await;
    }
    let story = world.story(case).await;
    assert!(story.contains("step_skipped then.2"), "{story}");
    let row = world.case(case).await;
    assert_eq!((row.phase, row.outcome), (Phase::Ended, Some(entities::Outcome::Done)), "{story}");
    let order = latest(&world, "supervision-order", "city").await.unwrap();
    assert_eq!(world.run(order.id, "register").await.state, RunState::Open);
    world.can_be_told_again(case).await;
}

async fn a_commitment_that_is_not_kept_leads_to_an_order(mut world: World) {
    let case = interview(&mut world).await;
    summons(&world, case, "2018-10-12").await;
    world.until("10-12 09:00").await;
    // By the ladders of what is late.
    let before = (orders(&world, "city").await, orders(&world, "region").await);
    let minutes = json!({
        "present": true, "problems": "逾期", "explanation": "人手不足",
        "commitments": [
            { "matter": "清理积压", "person": "副局长", "due": "2018-10-19" },
            { "matter": "增加人手", "due": "2018-10-26" },
        ],
    });
    held(&world, case, minutes).await;
    let story = world.story(case).await;
    assert!(story.contains("step_opened signed [county/education] [city]"), "{story}");
    world.says("Chief", case, "signed", Word::Receive).await.unwrap();
    world.says("Lead", case, "signed", Word::Receive).await.unwrap();
    // The words of a commitment are private; when it is due is not.
    let story = world.story(case).await;
    assert_eq!(story.matches("step_opened did").count(), 2, "{story}");
    assert!(story.contains("due 10-19 18:00") && story.contains("due 10-26 18:00"), "{story}");
    for verdict in [Word::Approve, Word::Refuse("untrue".to_owned())] {
        let task = world.slot(case, "did", "Edu").await;
        world.attaches("Edu", case, "proof", Some(task)).await.unwrap();
        let result = (Word::HandIn, json!({ "result": "已清理" }));
        world.signs("Edu", task, result).await.unwrap();
        world.settle().await;
        world.says("Sun", case, "check", verdict).await.unwrap();
    }
    let task = world.slot(case, "report", "Chief").await;
    world.attaches("Chief", case, "report", Some(task)).await.unwrap();
    world.says("Chief", case, "report", Word::HandIn).await.unwrap();
    assert_eq!(world.case(case).await.phase, Phase::Ended, "{}", world.story(case).await);
    // One level further up: not at the city itself, whose interview it was.
    let after = (orders(&world, "city").await, orders(&world, "region").await);
    assert_eq!(after, (before.0, before.1 + 1));
    let order = latest(&world, "supervision-order", "region").await.unwrap();
    let rows = entities::case_row::Entity::of_cases([order.id]);
    assert_eq!(rows.all(world.workflow.store.read()).await.unwrap().len(), 1);
    world.can_be_told_again(case).await;
}

/// An order that was issued and received; `support` names the supporting units.
async fn order(world: &mut World, support: &[&str]) -> CaseId {
    late_world(world).await;
    // The rung of fifteen days goes two levels up: the region.
    for (name, unit, duty) in [
        ("Ren", "region/supervision", entities::Duty::Handler),
        ("Top", "region", entities::Duty::Head),
        ("Other", "region", entities::Duty::Head),
    ] {
        world.works(name, unit, duty).await;
    }
    world.asks("Ma").await;
    world.until("10-12 09:00").await;
    let case = latest(world, "supervision-order", "region").await.expect("an order was opened").id;
    let support: Vec<_> = support.iter().map(|unit| world.units[*unit]).collect();
    let form = json!({
        "source": "ladder", "grade": "normal", "requirements": "限期办结", "support": support,
    });
    world.says_with("Ren", case, "register", (Word::HandIn, form)).await.unwrap();
    world.says("Top", case, "leader", Word::Approve).await.unwrap();
    world.says("Edu", case, "receive", Word::Receive).await.unwrap();
    case
}

async fn acts(world: &World, case: CaseId) {
    let task = world.slot(case, "act", "Chief").await;
    world.attaches("Chief", case, "result", Some(task)).await.unwrap();
    world.signs("Chief", task, (Word::HandIn, json!({ "result": "已办结" }))).await.unwrap();
    world.settle().await;
}

/// An order that the region has closed.
pub(super) async fn closed_order(world: &mut World) -> CaseId {
    let case = order(world, &[]).await;
    acts(world, case).await;
    world.says("Ren", case, "review", Word::Approve).await.unwrap();
    closes(world, case, "Other").await.unwrap();
    assert_eq!(world.case(case).await.phase, Phase::Ended, "{}", world.story(case).await);
    case
}

fn back(to: &str) -> Word {
    let (fields, papers) = (vec![], vec![]);
    Word::Return { to: to.to_owned(), mode: workflow::event::ReturnMode::Replay, fields, papers }
}

async fn closes(
    world: &World,
    case: CaseId,
    name: &str,
) -> Result<commands::Done, workflow::CommandError> {
    let checks = json!({
        "facts_clear": true, "solved": true, "done": true, "lawful": true, "papers_complete": true,
    });
    world.says_with(name, case, "close", (Word::Approve, checks)).await
}

async fn an_order_is_closed_by_somebody_who_had_no_part_in_it(mut world: World) {
    let case = order(&mut world, &["county2/education"]).await;
    // Fifteen working days from the receipt on 10-12; inside, nothing has a clock of its own.
    assert_eq!(world.due(case, "work").await, "11-02 18:00");
    assert_eq!(world.due(case, "act").await, "11-02 18:00");
    assert_eq!(world.due(case, "weekly").await, "10-12 18:00");
    world.until("10-26 10:00").await;
    let story = world.story(case).await;
    assert_eq!(story.matches("step_opened weekly").count(), 3, "each week a round:\n{story}");
    acts(&world, case).await;
    let story = world.story(case).await;
    assert!(story.contains("step_voided weekly#3 ended"), "what was not waited for:\n{story}");
    world.says("Ren", case, "review", back("act")).await.unwrap();
    assert_eq!(world.due(case, "act").await, "11-02 18:00");
    world.until("11-02 09:00").await;
    let story = world.story(case).await;
    assert!(story.contains("step_opened weekly#4"), "it goes on with the work:\n{story}");
    acts(&world, case).await;
    // The supporting unit has not even signed: the order does not wait for it.
    world.says("Ren", case, "review", Word::Approve).await.unwrap();
    let story = world.story(case).await;
    assert!(story.contains("step_voided got ended"), "{story}");
    let half = json!({ "facts_clear": true, "solved": false, "done": true, "lawful": true, "papers_complete": true });
    let task = world.slot(case, "close", "Other").await;
    let refused = world.signs("Other", task, (Word::Approve, half)).await;
    assert!(matches!(refusal(refused), Refusal::Form(_)));
    closes(&world, case, "Other").await.unwrap();
    let row = world.case(case).await;
    assert_eq!((row.phase, row.outcome), (Phase::Ended, Some(entities::Outcome::Done)));
    world.can_be_told_again(case).await;
}

async fn an_order_is_opened_again_with_its_old_number(mut world: World) {
    let case = closed_order(&mut world).await;
    let number = || async {
        let found = document_number::Entity::find_by_id(case).one(world.workflow.store.read());
        found.await.unwrap().unwrap().text
    };
    assert_eq!(number().await, "region督〔2018〕1号");
    let reopens = async |name: &str| {
        let actor = world.actor(name);
        let done = world
            .command(async |tx| commands::reopen_case(tx, &world.workflow, actor, case, None).await)
            .await;
        world.settle().await;
        done
    };
    world.until("12-11 10:00").await;
    assert!(matches!(refusal(reopens("Sun").await), Refusal::NotYours(_)));
    reopens("Ren").await.unwrap();
    let story = world.story(case).await;
    assert_eq!(world.run(case, "act").await.round, 2, "{story}");
    // A new clock, not what the old one had left.
    assert_eq!(world.due(case, "act").await, "2019-01-02 18:00", "{story}");
    acts(&world, case).await;
    world.says("Ren", case, "review", Word::Approve).await.unwrap();
    closes(&world, case, "Other").await.unwrap();
    assert_eq!(number().await, "region督〔2018〕1号");
    assert_eq!(world.case(case).await.phase, Phase::Ended);
    world.until("2019-05-20 10:00").await;
    assert!(matches!(refusal(reopens("Ren").await), Refusal::NotNow { .. }));
    world.can_be_told_again(case).await;
}

async fn three_red_lights_of_a_quarter_lead_to_an_interview(mut world: World) {
    late_world(&mut world).await;
    let mut cases = vec![world.asks("Ma").await, world.asks("Ma").await];
    world.until("09-14 09:00").await;
    assert!(latest(&world, "interview", "city").await.is_none());
    cases.push(world.asks("Ma").await);
    world.until("09-17 10:00").await;
    world.asks("Ma").await;
    world.until("09-21 09:00").await;
    let found = case_file::Entity::find().filter(case_file::Column::Program.eq("interview"));
    let found = found.all(world.workflow.store.read()).await.unwrap();
    assert_eq!(found.len(), 1, "the third, and not the fourth again");
    let called = &found[0].facts["form"]["called"]["text"];
    assert_eq!(*called, json!(world.units["county/education"]));
    let rows = entities::case_row::Entity::of_cases([found[0].id]);
    let rows = rows.all(world.workflow.store.read()).await.unwrap();
    let late: Vec<CaseId> = rows.iter().filter_map(|row| row.from_case).collect();
    assert_eq!(late.len(), 3, "{rows:#?}");
    assert!(cases.iter().all(|case| late.contains(case)), "every light that was counted is a line");
    let steps: Vec<_> = rows.iter().map(|row| row.facts["step"].clone()).collect();
    assert!(steps.iter().all(|step| *step == json!("check")), "{steps:?}");
}

async fn nobody_is_asked_to_mend_what_the_machine_has_opened(mut world: World) {
    late_world(&mut world).await;
    world.asks("Ma").await;
    world.until("09-30 18:00").await;
    let case = latest(&world, "interview", "city").await.expect("an interview was proposed").id;
    let plan = json!({ "basis": "第八条", "person": "局长", "convener": "督学" });
    world.says_with("Sun", case, "plan", (Word::HandIn, plan)).await.unwrap();
    // Their leader looks at it: approves, or sends it back to the plan; nobody can hand it in again.
    let (lead, task) = (world.actor("Lead"), world.slot(case, "leader", "Lead").await);
    let mut house = House::of(&world).await;
    house.lets_staff_in(&world, "Lead").await;
    let knock = house.open().await;
    let request = TestRequest::get().uri(&format!("/staff/tasks/{task}"));
    let page = knock(house.by("Lead", request, &Body::Nothing)).await.text();
    assert!(page.contains(&format!("/staff/tasks/{task}/return")), "{page}");
    assert!(!page.contains("request-supplement"), "{page}");
    let ask = RequestSupplement { fields: vec!["called".to_owned()], ..Default::default() };
    let asked = world.command(async |tx| {
        commands::request_supplement(tx, &world.workflow, lead, task, ask.clone()).await
    });
    assert_eq!(refusal(asked.await), Refusal::NobodyToAsk);
    let wants = world.command(async |tx| {
        let why = (None, "once more".to_owned());
        commands::ask_supplement_again(tx, &world.workflow, lead, task, why).await
    });
    assert!(matches!(refusal(wants.await), Refusal::NotNow { .. }), "it was never asked once");
    let path = format!("/api/v1/tasks/{task}/request-supplement");
    let request = TestRequest::post().uri(&path).insert_header(("idempotency-key", "one"));
    let body = Body::Json(json!({ "fields": ["called"] }));
    let refused = knock(house.by("Lead", request, &body)).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains("没有申请人"), "a sentence says why: {}", refused.text());
    assert!(!world.case(case).await.supplementing, "the case does not stand");
    world.says("Lead", case, "leader", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}
