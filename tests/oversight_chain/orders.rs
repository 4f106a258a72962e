//! An order in its time: weekly reports, more time, who closes it; and who says that they do not
//! come to an interview.

use entities::{CaseId, Duty, RunState, extension};
use serde_json::json;
use workflow::{
    Bar, Refusal,
    commands::{self, NameSubstitute, Word},
};

use super::{acts, back, closes, interview, late_world};
use crate::harness::{
    both,
    passing::at,
    world::{World, refusal},
};

both![
    an_order_is_given_more_time_once,
    who_acted_in_the_place_of_another_does_not_close_it,
    who_cannot_come_says_why,
];

/// An order that a place opens of its own accord: drafted by one, issued by another.
async fn issued(world: &World, place: &str, (drafts, issues): (&str, &str)) -> CaseId {
    let (program, place) = ("supervision-order".to_owned(), world.units[place]);
    let ask = commands::OpenCase::numbered(&world.workflow, program, place).await.unwrap();
    let drafter = world.actor(drafts);
    let done = world
        .command(async |tx| commands::open_case(tx, &world.workflow, drafter, ask.clone()).await);
    let case = done.await.unwrap().case;
    world.settle().await;
    let form = json!({
        "matter": "清理积压", "source": "instruction", "grade": "normal",
        "lead": world.units["county/education"], "requirements": "限期办结",
    });
    world.says_with(drafts, case, "register", (Word::HandIn, form)).await.unwrap();
    world.says(issues, case, "leader", Word::Approve).await.unwrap();
    case
}

/// Story 12.
async fn an_order_is_given_more_time_once(mut world: World) {
    late_world(&mut world).await;
    world.until("09-19 10:00").await;
    let by = ("Sun", "Lead");
    let (case, other) = (issued(&world, "city", by).await, issued(&world, "city", by).await);
    world.until("09-20 10:00").await;
    for case in [case, other] {
        world.says("Edu", case, "receive", Word::Receive).await.unwrap();
        assert_eq!(world.due(case, "work").await, "10-17 18:00");
    }
    // Each week a report; of the Friday in the holidays on the first day after them.
    world.until("10-15 10:00").await;
    let story = world.story(case).await;
    let opened = story.lines().filter(|line| line.contains("step_opened weekly"));
    let days: Vec<&str> = opened.filter_map(|line| line.get(..11)).collect();
    assert_eq!(days, ["09-21 00:00", "09-28 00:00", "10-08 00:00", "10-12 00:00"], "{story}");

    let asks = async |case: CaseId| {
        let (chief, task) = (world.actor("Chief"), world.slot(case, "act", "Chief").await);
        let why = (None, "需跨部门协调".to_owned());
        let done = world.command(async |tx| {
            commands::ask_extension(tx, &world.workflow, chief, task, why.clone()).await
        });
        done.await
    };
    world.until("10-16 10:00").await;
    asks(case).await.unwrap();
    assert_eq!(refusal(asks(case).await), Refusal::ExtendedAlready, "it is being asked for");
    let asked = extension::Entity::of_case(case).one(world.workflow.store.read()).await;
    let asked = asked.unwrap().unwrap();
    assert_eq!(asked.unit_id, world.units["city"], "the leader of whose case it is answers");
    let lead = world.actor("Lead");
    let answer = world.command(async |tx| {
        commands::answer_extension(tx, &world.workflow, lead, asked.id, true).await
    });
    answer.await.unwrap();
    for step in ["work", "act"] {
        assert_eq!(world.due(case, step).await, "11-07 18:00", "{step}");
    }
    assert_eq!(world.due(case, "weekly").await, "10-12 18:00", "no other clock listens");
    let story = world.story(case).await;
    assert!(story.contains("clock_extended total"), "the whole with it: {story}");
    assert_eq!(refusal(asks(case).await), Refusal::ExtendedAlready, "once");
    world.until("10-18 10:00").await;
    assert!(!world.run(case, "act").await.late && world.run(other, "act").await.late);
    assert!(matches!(refusal(asks(other).await), Refusal::TooLate(_)));

    world.until("11-01 10:00").await;
    acts(&world, case).await;
    world.until("11-05 10:00").await;
    world.says("Sun", case, "review", back("act")).await.unwrap();
    let again = world.run(case, "act").await;
    assert_eq!((again.round, world.due(case, "act").await.as_str()), (2, "11-07 18:00"));
    assert_eq!(refusal(asks(case).await), Refusal::ExtendedAlready, "nor in the next round");
    world.can_be_told_again(case).await;
}

async fn who_acted_in_the_place_of_another_does_not_close_it(mut world: World) {
    late_world(&mut world).await;
    for (name, unit, duty) in [
        ("Guo", "county/supervision", Duty::Handler),
        ("First", "county", Duty::Head),
        ("Other", "county", Duty::Head),
    ] {
        world.works(name, unit, duty).await;
    }
    let case = issued(&world, "county", ("Guo", "First")).await;
    world.says("Edu", case, "receive", Word::Receive).await.unwrap();
    // A leader of the county stands in for the head of its education office for a while.
    let person = |name: &str| world.actor(name).person.unwrap();
    let ask = NameSubstitute {
        absent: person("Chief"),
        substitute: person("Other"),
        from: at("09-10 09:00"),
        to: at("10-31 18:00"),
        program: None,
        most: None,
    };
    let chief = world.actor("Chief");
    let named = world.command(async |tx| {
        commands::name_substitute(tx, &world.workflow, chief, ask.clone()).await
    });
    named.await.unwrap();
    let task = world.slot(case, "act", "Chief").await;
    world.attaches("Other", case, "result", Some(task)).await.unwrap();
    world.signs("Other", task, (Word::HandIn, json!({ "result": "已办结" }))).await.unwrap();
    world.settle().await;
    world.says("Guo", case, "review", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "close").await.state, RunState::Open);
    let refused = refusal(closes(&world, case, "Other").await);
    assert_eq!(refused, Refusal::NotYours(Bar::Apart), "they had a part in it");
    closes(&world, case, "First").await.unwrap();
    world.can_be_told_again(case).await;
}

async fn who_cannot_come_says_why(mut world: World) {
    let case = interview(&mut world).await;
    let form = json!({ "time": "2018-10-12", "place": "市政府三楼" });
    world.says_with("Sun", case, "summons", (Word::HandIn, form)).await.unwrap();
    let task = world.slot(case, "receipt", "Chief").await;
    let silent = world.signs("Chief", task, (Word::Receive, json!({ "comes": false }))).await;
    let Refusal::Form(faults) = refusal(silent) else { panic!("without a reason") };
    assert_eq!(faults[0].field, "why_not");
    let receipt = json!({ "comes": false, "why_not": "在外参加培训" });
    world.says_with("Chief", case, "receipt", (Word::Receive, receipt)).await.unwrap();
    // It is held all the same, without them; then they are called once more.
    world.until("10-12 09:00").await;
    let minutes = (Word::HandIn, json!({ "present": false }));
    world.says_with("Sun", case, "held", minutes).await.unwrap();
    let again = world.run(case, "summons").await;
    assert_eq!((again.round, again.state), (2, RunState::Open), "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}
