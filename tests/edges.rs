//! The edges of the rules: lists too short to agree, branches that ask at the same time, grounds
//! that overlap.

use chrono::TimeDelta;
use entities::{CaseId, ClockKind, Duty, RunState, clock};
use futures_util::future::join;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use workflow::{
    CommandError, Refusal,
    commands::{self, Done, RequestSupplement, Word},
};

use crate::harness::{
    both,
    story::local,
    world::{World, refusal},
};

both![
    a_list_shorter_than_its_quorum_is_held_by_the_owner,
    of_two_branches_that_ask_at_once_one_does_and_both_stand,
    two_grounds_on_one_clock_do_not_add,
];

fn publish(world: &mut World, route: &str) {
    let source = format!(
        "program: sample\ncode: SP\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\n\
         form: [{{id: days, type: integer, required: true}}]\nroute:\n  {route}\n\
         clock: {{total: 30wd, from: accepted, to: outcome, stops: {{supplement: 20wd, expert: 20wd}}}}\n"
    );
    let programs = world.workflow.programs.with_source("sample.yaml", &source);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
}

async fn staffed(world: &mut World, route: &str) -> CaseId {
    publish(world, route);
    for (name, unit) in [
        ("Li", "county/education"),
        ("Bai", "county/education"),
        ("Fin", "county/finance"),
        ("Poor", "county/poverty_relief"),
    ] {
        world.works(name, unit, Duty::Handler).await;
    }
    world.applies("Ma").await;
    let case = world.drafts("Ma", "sample", json!({ "days": 1 })).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    case
}

async fn a_list_shorter_than_its_quorum_is_held_by_the_owner(mut world: World) {
    let vote =
        "- {id: vote, by: county/poverty_relief, take: {quorum: 2}, within: 3wd, on_empty: climb}";
    let case = staffed(&mut world, vote).await;
    let run = world.run(case, "vote").await;
    assert_eq!(run.holders["held"], json!(true), "one voice is no two");
    assert_eq!(run.unit_id, Some(world.units["county/education"]));
    let story = world.story(case).await;
    assert!(story.contains("light_changed vote red"), "red at once: {story}");
    let alone = world.actor("Poor");
    let task = world.slot(case, "vote", "Li").await;
    let claims = world
        .command(async |tx| commands::claim_task(tx, &world.workflow, alone, task, None).await);
    assert!(matches!(refusal(claims.await), Refusal::NotYours(_)));
    world.says("Li", case, "vote", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "vote").await.state, RunState::Closed);
    world.can_be_told_again(case).await;
}

const TOGETHER: &str = "- together:\n      \
    - {id: one, by: county/education, within: 5wd, on_empty: climb}\n      \
    - {id: other, by: county/finance, within: 5wd, on_empty: climb}";

async fn asks_more(
    world: &World,
    (who, step): (&str, &str),
    case: CaseId,
) -> Result<Done, CommandError> {
    let (actor, task) = (world.actor(who), world.slot(case, step, who).await);
    let ask = RequestSupplement { fields: vec!["days".to_owned()], ..Default::default() };
    let done = world.command(async |tx| {
        commands::request_supplement(tx, &world.workflow, actor, task, ask.clone()).await
    });
    done.await
}

async fn answers(world: &World, case: CaseId) {
    let ma = world.actor("Ma");
    let back = world
        .command(async |tx| commands::resubmit_case(tx, &world.workflow, ma, case, None).await);
    back.await.unwrap();
    world.settle().await;
}

/// The grounds for which the clock stands.
async fn grounds(world: &World, case: CaseId, kind: ClockKind) -> Vec<String> {
    let rows = clock::Entity::find()
        .filter(clock::Column::CaseId.eq(case))
        .filter(clock::Column::Kind.eq(kind))
        .filter(clock::Column::EndedAt.is_null());
    let rows = rows.all(world.workflow.store.read()).await.unwrap();
    let kinds = |row: &clock::Model| {
        let kinds = row.face["stopped"]["kinds"].as_array().cloned().unwrap_or_default();
        kinds.into_iter().map(|kind| kind.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    rows.iter().flat_map(kinds).collect()
}

/// When the case as a whole is due.
async fn total(world: &World, case: CaseId) -> String {
    let row = clock::Entity::find()
        .filter(clock::Column::CaseId.eq(case))
        .filter(clock::Column::Kind.eq(ClockKind::Total));
    let row = row.one(world.workflow.store.read()).await.unwrap().unwrap();
    local(row.due_at.unwrap())
}

async fn of_two_branches_that_ask_at_once_one_does_and_both_stand(mut world: World) {
    let case = staffed(&mut world, TOGETHER).await;
    let (one, other) = Box::pin(join(
        asks_more(&world, ("Li", "one"), case),
        asks_more(&world, ("Fin", "other"), case),
    ))
    .await;
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "{one:?}\n{other:?}");
    let late = if one.is_ok() { refusal(other) } else { refusal(one) };
    assert!(matches!(late, Refusal::NotNow { .. }), "they are being asked: {late:?}");
    assert_eq!(world.told_times(case, "supplement_asked").await, 1);
    assert_eq!(grounds(&world, case, ClockKind::Step).await, ["supplement", "supplement"]);
    for (who, step) in [("Li", "one"), ("Fin", "other")] {
        let signs = refusal(world.says(who, case, step, Word::Approve).await);
        assert!(matches!(signs, Refusal::NotNow { .. }), "{who}: {signs:?}");
    }
    world.until("09-12 10:00").await;
    answers(&world, case).await;
    assert!(grounds(&world, case, ClockKind::Step).await.is_empty());
    for step in ["one", "other"] {
        assert_eq!(world.due(case, step).await, "09-19 18:00", "{step}: five days of its own");
    }
    let again = refusal(asks_more(&world, ("Fin", "other"), case).await);
    assert_eq!(again, Refusal::AskedOnce, "once for all branches");
    for (who, step) in [("Li", "one"), ("Fin", "other")] {
        world.says(who, case, step, Word::Approve).await.unwrap();
    }
    world.can_be_told_again(case).await;
}

async fn two_grounds_on_one_clock_do_not_add(mut world: World) {
    let case = staffed(&mut world, TOGETHER).await;
    let task = world.slot(case, "one", "Li").await;
    let accepts = world.actor("Li");
    world
        .command(async |tx| commands::accept_case(tx, &world.workflow, accepts, task, None).await)
        .await
        .unwrap();
    let due = total(&world, case).await;
    assert_eq!(due, "10-26 18:00");
    // From the 10th an expert is asked, from the 11th the applicant; they answer on the 13th.
    let li = world.actor("Li");
    world
        .command(async |tx| {
            let why = (None, "expert".to_owned(), "a second opinion".to_owned());
            commands::pause_step(tx, &world.workflow, li, task, why).await
        })
        .await
        .unwrap();
    world.until("09-11 10:00").await;
    asks_more(&world, ("Fin", "other"), case).await.unwrap();
    let both = grounds(&world, case, ClockKind::Total).await;
    assert_eq!(both, ["expert", "supplement"], "both hold the one clock");
    world.until("09-13 10:00").await;
    answers(&world, case).await;
    assert_eq!(grounds(&world, case, ClockKind::Total).await, ["expert"], "the other holds it on");
    world.until("09-14 10:00").await;
    world
        .command(async |tx| commands::continue_step(tx, &world.workflow, li, task, None).await)
        .await
        .unwrap();
    assert!(grounds(&world, case, ClockKind::Total).await.is_empty());
    // Four working days from the 10th to the 14th, and not six.
    assert_eq!(total(&world, case).await, "11-01 18:00");
    world.workflow.clock.advance(TimeDelta::minutes(1));
    for (who, step) in [("Li", "one"), ("Fin", "other")] {
        world.says(who, case, step, Word::Approve).await.unwrap();
    }
    world.can_be_told_again(case).await;
}
