//! What goes back inside blocks, threads and rounds takes along what followed it there, and nothing
//! else.

use entities::{CaseId, Duty, Outcome, RunState, TaskId, step_run};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use workflow::{
    commands::{self, Word},
    event::ReturnMode,
};

use crate::{
    harness::{both, world::World},
    organisation_life::publish,
};

both![
    a_refusal_undone_inside_a_block_leaves_its_signatures,
    a_refusal_undone_beside_threads_leaves_what_they_have_done,
    what_was_returned_past_threads_asks_all_of_them_again,
    a_signature_in_a_thread_comes_back_after_all_have_signed,
    a_return_in_one_round_leaves_the_rounds_before,
    what_was_returned_past_rounds_begins_them_anew,
    signatures_stand_only_while_nothing_but_the_named_changes,
    weekly_reports_that_begin_again_ask_once_for_a_day,
];

/// A case of a program with this route, and who signs it.
async fn begun(world: &mut World, route: &str) -> CaseId {
    publish(world, route);
    for (name, unit, duty) in [
        ("Edu", "county/education", Duty::Handler),
        ("Fin", "county/finance", Duty::Handler),
        ("Poor", "county/poverty_relief", Duty::Handler),
        ("City", "city/education", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
    let case = world.drafts("Ma", "sample", json!({ "days": 3 })).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    case
}

async fn undoes(world: &World, name: &str, task: TaskId) {
    let actor = world.actor(name);
    let done = world.command(async |tx| {
        let why = (None, "the wrong button".to_owned());
        commands::undo_decision(tx, &world.workflow, actor, task, why).await
    });
    done.await.unwrap();
    world.settle().await;
}

fn back(to: &str, mode: ReturnMode, fields: &[&str]) -> Word {
    let fields = fields.iter().map(ToString::to_string).collect();
    Word::Return { to: to.to_owned(), mode, fields, papers: Vec::new() }
}

/// The steps that were entered, in order.
async fn runs(world: &World, case: CaseId) -> Vec<step_run::Model> {
    let rows = step_run::Entity::find().filter(step_run::Column::CaseId.eq(case));
    let rows = rows.order_by_asc(step_run::Column::Position);
    rows.all(world.workflow.store.read()).await.unwrap()
}

/// The rounds of a step that count, and how they stand.
async fn rounds(world: &World, case: CaseId, step: &str) -> Vec<(i32, RunState)> {
    let runs = runs(world, case).await.into_iter();
    let own = runs.filter(|run| run.path == step && run.state != RunState::Void);
    own.map(|run| (run.round, run.state)).collect()
}

const IN_BLOCKS: &str = "route:\n  - when: 'form.days > 0'\n    within: 10wd\n    steps:\n      \
    - {id: first, by: county/education, within: 5wd, on_empty: climb}\n      \
    - {id: second, by: county/finance, within: 3wd, on_empty: climb}\n  \
    - {id: last, by: city/education, within: 3wd, on_empty: climb}";

async fn a_refusal_undone_inside_a_block_leaves_its_signatures(mut world: World) {
    let case = begun(&mut world, IN_BLOCKS).await;
    world.says("Edu", case, "first", Word::Approve).await.unwrap();
    let task = world.slot(case, "second", "Fin").await;
    let due = world.due(case, "second").await;
    world.says("Fin", case, "second", Word::Refuse("not_in_need".to_owned())).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Refused));
    undoes(&world, "Fin", task).await;
    assert_eq!(rounds(&world, case, "first").await, [(1, RunState::Closed)]);
    assert_eq!(rounds(&world, case, "second").await, [(1, RunState::Open)]);
    assert_eq!(world.due(case, "second").await, due);
    world.says("Fin", case, "second", Word::Approve).await.unwrap();
    world.says("City", case, "last", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    world.can_be_told_again(case).await;
}

const BESIDE_THREADS: &str = "route:\n  - together:\n      \
    - each: '[\"one\", \"two\"]'\n        steps:\n          \
    - {id: look, by: county/finance, within: 3wd, on_empty: climb}\n      \
    - {id: word, by: county/education, within: 5wd, on_empty: climb}";

async fn a_refusal_undone_beside_threads_leaves_what_they_have_done(mut world: World) {
    let case = begun(&mut world, BESIDE_THREADS).await;
    world.says("Fin", case, "look", Word::Approve).await.unwrap();
    let task = world.slot(case, "word", "Edu").await;
    world.says("Edu", case, "word", Word::Refuse("not_in_need".to_owned())).await.unwrap();
    undoes(&world, "Edu", task).await;
    let looks = rounds(&world, case, "look").await;
    assert_eq!(looks.len(), 2, "{looks:?} {}", world.story(case).await);
    assert!(looks.contains(&(1, RunState::Closed)), "{looks:?}");
    world.says("Edu", case, "word", Word::Approve).await.unwrap();
    world.says("Fin", case, "look", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    world.can_be_told_again(case).await;
}

const PAST_THREADS: &str = "route:\n  \
    - {id: list, by: county/education, within: 5wd, on_empty: climb}\n  \
    - {id: class, by: county/finance, each: '[\"one\", \"two\"]', within: 3wd, on_empty: climb}\n  \
    - {id: school, by: city/education, within: 3wd, may_return: [list], on_empty: climb}";

async fn what_was_returned_past_threads_asks_all_of_them_again(mut world: World) {
    let case = begun(&mut world, PAST_THREADS).await;
    world.says("Edu", case, "list", Word::Approve).await.unwrap();
    for _ in 0..2 {
        world.says("Fin", case, "class", Word::Approve).await.unwrap();
    }
    world.says("City", case, "school", back("list", ReturnMode::Replay, &[])).await.unwrap();
    world.says("Edu", case, "list", Word::Approve).await.unwrap();
    let asked = rounds(&world, case, "class").await;
    assert_eq!(asked, [(2, RunState::Open); 2], "{}", world.story(case).await);
    assert!(rounds(&world, case, "school").await.is_empty(), "not before all have signed");
    for _ in 0..2 {
        world.says("Fin", case, "class", Word::Approve).await.unwrap();
    }
    world.says("City", case, "school", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    world.can_be_told_again(case).await;
}

async fn a_signature_in_a_thread_comes_back_after_all_have_signed(mut world: World) {
    let case = begun(&mut world, PAST_THREADS).await;
    world.says("Edu", case, "list", Word::Approve).await.unwrap();
    world.says("Fin", case, "class", Word::Approve).await.unwrap();
    let task = world.slot(case, "class", "Fin").await;
    world.says("Fin", case, "class", Word::Approve).await.unwrap();
    assert_eq!(rounds(&world, case, "school").await, [(1, RunState::Open)]);
    let fin = world.actor("Fin");
    let taken =
        world.command(async |tx| commands::take_back(tx, &world.workflow, fin, task, None).await);
    taken.await.unwrap();
    world.settle().await;
    assert!(rounds(&world, case, "school").await.is_empty(), "{}", world.story(case).await);
    world.says("Fin", case, "class", Word::Approve).await.unwrap();
    world.says("City", case, "school", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    world.can_be_told_again(case).await;
}

const IN_ROUNDS: &str = "route:\n  - {id: begin, by: county/education, within: 5wd, on_empty: climb}\n\
    then:\n  - repeat: {at_most: 2}\n    steps:\n      \
    - {id: present, kind: fill, by: county/finance, within: 3wd, on_empty: climb, form: [{id: note, type: text, title: {zh: 说明, en: Note}}]}\n      \
    - {id: accept, by: city/education, within: 3wd, may_return: [present], verdicts: [approve, return], on_empty: climb}";

async fn a_return_in_one_round_leaves_the_rounds_before(mut world: World) {
    let case = begun(&mut world, IN_ROUNDS).await;
    world.says("Edu", case, "begin", Word::Approve).await.unwrap();
    world.says("Fin", case, "present", Word::HandIn).await.unwrap();
    world.says("City", case, "accept", Word::Approve).await.unwrap();
    world.says("Fin", case, "present", Word::HandIn).await.unwrap();
    world.says("City", case, "accept", back("present", ReturnMode::Replay, &[])).await.unwrap();
    let first = runs(&world, case).await.into_iter().filter(|run| run.state == RunState::Closed);
    let first: Vec<String> = first.map(|run| run.path).collect();
    assert!(first.contains(&"accept".to_owned()), "{first:?} {}", world.story(case).await);
    world.says("Fin", case, "present", Word::HandIn).await.unwrap();
    world.says("City", case, "accept", Word::Approve).await.unwrap();
    assert!(world.case(case).await.ended_at.is_some(), "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}

const PAST_ROUNDS: &str = "route:\n  \
    - {id: begin, by: county/education, within: 5wd, on_empty: climb}\n  \
    - repeat: {at_most: 2}\n    steps:\n      \
    - {id: look, by: county/finance, within: 3wd, on_empty: climb}\n      \
    - {id: see, by: county/poverty_relief, within: 3wd, on_empty: climb}\n  \
    - {id: last, by: city/education, within: 3wd, may_return: [begin], on_empty: climb}";

async fn what_was_returned_past_rounds_begins_them_anew(mut world: World) {
    let case = begun(&mut world, PAST_ROUNDS).await;
    let up_to_last = async |world: &World| {
        let round = [("Fin", "look"), ("Poor", "see")];
        for (name, step) in [("Edu", "begin")].into_iter().chain(round).chain(round) {
            world.says(name, case, step, Word::Approve).await.unwrap();
        }
    };
    up_to_last(&world).await;
    world.says("City", case, "last", back("begin", ReturnMode::Replay, &[])).await.unwrap();
    assert!(rounds(&world, case, "look").await.is_empty(), "{}", world.story(case).await);
    up_to_last(&world).await;
    assert_eq!(rounds(&world, case, "look").await.len(), 2);
    world.says("City", case, "last", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    world.can_be_told_again(case).await;
}

const HERE: &str = "route:\n  \
    - {id: apply, kind: fill, by: county/education, within: 5wd, on_empty: climb, form: [{id: name, type: text, required: true, title: {zh: 名称, en: Name}}, {id: sum, type: integer, required: true, title: {zh: 数额, en: Sum}}]}\n  \
    - {id: middle, by: county/finance, within: 3wd, on_empty: climb}\n  \
    - {id: last, by: city/education, within: 3wd, may_return: [apply], on_empty: climb}";

async fn signatures_stand_only_while_nothing_but_the_named_changes(mut world: World) {
    let case = begun(&mut world, HERE).await;
    let hands_in = async |world: &World, name: &str, sum: i64| {
        let said = (Word::HandIn, json!({ "name": name, "sum": sum }));
        world.says_with("Edu", case, "apply", said).await.unwrap();
    };
    hands_in(&world, "a hall", 5).await;
    world.says("Fin", case, "middle", Word::Approve).await.unwrap();
    world.says("City", case, "last", back("apply", ReturnMode::Here, &["name"])).await.unwrap();
    hands_in(&world, "a great hall", 5).await;
    assert_eq!(rounds(&world, case, "middle").await, [(1, RunState::Closed)], "it stands");
    assert_eq!(rounds(&world, case, "last").await, [(2, RunState::Open)]);
    world.says("City", case, "last", back("apply", ReturnMode::Here, &["name"])).await.unwrap();
    hands_in(&world, "a hall", 9).await;
    let middle = rounds(&world, case, "middle").await;
    assert_eq!(middle, [(2, RunState::Open)], "all sign again: {}", world.story(case).await);
    assert!(rounds(&world, case, "last").await.is_empty());
    world.says("Fin", case, "middle", Word::Approve).await.unwrap();
    assert_eq!(rounds(&world, case, "last").await, [(3, RunState::Open)]);
    world.says("City", case, "last", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    world.can_be_told_again(case).await;
}

const WEEKLY: &str = "route:\n  - {id: begin, by: county/education, within: 5wd, on_empty: climb}\n\
    then:\n  - together:\n      - id: work\n        steps:\n          \
    - {id: act, kind: fill, by: county/finance, within: 30wd, on_empty: climb, form: [{id: note, type: text, title: {zh: 说明, en: Note}}]}\n          \
    - {id: review, by: city/education, within: 5wd, may_return: [act], verdicts: [approve, return], on_empty: climb}\n      \
    - {id: weekly, kind: fill, by: county/poverty_relief, repeat: {every: {week: 1, day: fri}, until: 'done(\"act\")'}, within: 0d, on_empty: hold, form: [{id: note, type: text, title: {zh: 说明, en: Note}}]}";

async fn weekly_reports_that_begin_again_ask_once_for_a_day(mut world: World) {
    let case = begun(&mut world, WEEKLY).await;
    world.says("Edu", case, "begin", Word::Approve).await.unwrap();
    for day in ["09-14 09:00", "09-21 09:00"] {
        world.until(day).await;
        world.says("Poor", case, "weekly", Word::HandIn).await.unwrap();
    }
    world.until("09-28 09:00").await;
    // Done while a report is asked for: it is not waited for any more.
    world.says("Fin", case, "act", Word::HandIn).await.unwrap();
    world.says("City", case, "review", back("act", ReturnMode::Replay, &[])).await.unwrap();
    // That of the week of the holidays is asked for on the day after them.
    world.until("10-08 09:00").await;
    let open = async |world: &World| {
        let all = rounds(world, case, "weekly").await;
        all.into_iter().filter(|(_, state)| *state == RunState::Open).count()
    };
    assert_eq!(open(&world).await, 1, "one a week: {}", world.story(case).await);
    assert_eq!(world.due(case, "weekly").await, "10-08 18:00", "the day itself");
    world.says("Poor", case, "weekly", Word::HandIn).await.unwrap();
    world.until("10-12 09:00").await;
    assert_eq!(open(&world).await, 1, "{}", world.story(case).await);
    world.says("Poor", case, "weekly", Word::HandIn).await.unwrap();
    world.says("Fin", case, "act", Word::HandIn).await.unwrap();
    world.says("City", case, "review", Word::Approve).await.unwrap();
    assert!(world.case(case).await.ended_at.is_some(), "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}
