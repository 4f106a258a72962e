//! What was signed a moment ago comes back.

use entities::{CaseId, Outcome, Phase, RunState, TaskId, notice};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use workflow::{
    Bar, CommandError, Refusal,
    commands::{self, Done, Word},
};

use super::{asks, staffed, told};
use crate::{
    harness::{
        both,
        world::{World, refusal},
    },
    organisation_life::publish,
};

both![
    what_was_signed_comes_back_until_somebody_has_taken_the_next_step,
    a_decision_is_undone_within_two_hours,
    what_is_signed_after_the_outcome_comes_back_too,
    whoever_came_after_a_signature_in_the_same_step_waits_for_it_again,
    whoever_was_let_go_by_a_refusal_waits_again,
    whoever_is_put_before_somebody_and_takes_it_back_is_waited_for_again,
    one_hand_takes_back_both_steps_that_were_merged,
    nobody_approves_what_has_changed_since_they_looked,
];

async fn takes_back(world: &World, name: &str, task: TaskId) -> Result<Done, CommandError> {
    let actor = world.actor(name);
    let done =
        world.command(async |tx| commands::take_back(tx, &world.workflow, actor, task, None).await);
    let done = done.await;
    world.settle().await;
    done
}

async fn what_was_signed_comes_back_until_somebody_has_taken_the_next_step(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let due = world.due(case, "first").await;
    let task = world.slot(case, "first", "Li").await;
    world.until("09-11 10:00").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "second").await.state, RunState::Open);
    let other = refusal(takes_back(&world, "Bai", task).await);
    assert_eq!(other, Refusal::NotYours(Bar::OtherOffice), "only who signed");
    world.until("09-11 11:00").await;
    takes_back(&world, "Li", task).await.unwrap();
    assert_eq!(world.run(case, "first").await.state, RunState::Open);
    assert_eq!(world.due(case, "first").await, due, "it runs since it first came");
    let void = world.run(case, "second").await;
    assert_eq!(void.state, RunState::Void, "{}", world.story(case).await);
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "second").await.round, 2);
    let next = world.slot(case, "second", "Fin").await;
    let fin = world.actor("Fin");
    let claimed =
        world.command(async |tx| commands::claim_task(tx, &world.workflow, fin, next, None).await);
    claimed.await.unwrap();
    let late = refusal(takes_back(&world, "Li", task).await);
    assert!(matches!(late, Refusal::NotNow { .. }), "somebody has it: {late:?}");
    world.can_be_told_again(case).await;

    // What comes back after its time is late at once.
    world.applies("Hai").await;
    let other = world.drafts("Hai", "sample", json!({ "need": 10_000 })).await;
    world.submits("Hai", other).await.unwrap();
    world.settle().await;
    let task = world.slot(other, "first", "Li").await;
    world.until("09-18 17:30").await;
    world.says("Li", other, "first", Word::Approve).await.unwrap();
    assert!(!world.run(other, "first").await.late);
    world.until("09-18 18:30").await;
    takes_back(&world, "Li", task).await.unwrap();
    world.until("09-18 18:31").await;
    assert!(world.run(other, "first").await.late, "{}", world.story(other).await);
}

async fn decided(world: &World, word: Word) -> (CaseId, TaskId) {
    let case = asks(world).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.says("Fin", case, "second", Word::Approve).await.unwrap();
    let task = world.slot(case, "last", "City").await;
    world.says("City", case, "last", word).await.unwrap();
    (case, task)
}

async fn undoes(world: &World, name: &str, task: TaskId) -> Result<Done, CommandError> {
    let actor = world.actor(name);
    let done = world.command(async |tx| {
        let why = (None, "the wrong button".to_owned());
        commands::undo_decision(tx, &world.workflow, actor, task, why).await
    });
    let done = done.await;
    world.settle().await;
    done
}

async fn a_decision_is_undone_within_two_hours(mut world: World) {
    staffed(&mut world).await;
    let (case, task) = decided(&world, Word::Refuse("not_in_need".to_owned())).await;
    assert_eq!(world.case(case).await.phase, Phase::Ended);
    world.until("09-10 11:59").await;
    undoes(&world, "City", task).await.unwrap();
    let again = world.case(case).await;
    assert_eq!((again.phase, again.outcome), (Phase::Running, None));
    assert_eq!(told(&world, "City", "task_opened").await, 1);
    let undone = notice::Entity::find().filter(notice::Column::Template.eq("undone"));
    assert_eq!(undone.count(world.workflow.store.read()).await.unwrap(), 1, "the applicant knows");
    let twice = world.drafts("Ma", "sample", json!({ "need": 90_000 })).await;
    let twice = refusal(world.submits("Ma", twice).await);
    assert!(matches!(twice, Refusal::Once { .. }), "the claim is this case's again: {twice:?}");
    world.says("City", case, "last", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    // A grant too, as long as nothing is paid.
    undoes(&world, "City", task).await.unwrap();
    assert_eq!(world.case(case).await.outcome, None);
    world.says("City", case, "last", Word::Approve).await.unwrap();
    world.until("09-10 14:30").await;
    let late = refusal(undoes(&world, "City", task).await);
    assert!(matches!(late, Refusal::NotNow { .. }), "{late:?}");
    world.says("Fin", case, "pay", Word::Pay).await.unwrap();
    assert_eq!(world.case(case).await.phase, Phase::Ended);
    world.can_be_told_again(case).await;
}

const THEN: &str = "route:\n  - {id: first, by: county/education, within: 5wd, on_empty: climb}\n\
    then:\n  - {id: visit, by: county/finance, within: 5wd, verdicts: [approve, return], on_empty: climb}\n  \
    - {id: close, by: city/education, within: 5wd, verdicts: [approve, return], on_empty: climb}";

async fn what_is_signed_after_the_outcome_comes_back_too(mut world: World) {
    publish(&mut world, THEN);
    for (name, unit) in
        [("Li", "county/education"), ("Fin", "county/finance"), ("City", "city/education")]
    {
        world.works(name, unit, entities::Duty::Handler).await;
    }
    world.applies("Ma").await;
    let case = world.asks("Ma").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    let first = world.slot(case, "first", "Li").await;
    let decided = refusal(takes_back(&world, "Li", first).await);
    assert!(matches!(decided, Refusal::NotNow { .. }), "a decision is undone: {decided:?}");
    let due = world.due(case, "visit").await;
    let task = world.slot(case, "visit", "Fin").await;
    world.says("Fin", case, "visit", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "close").await.state, RunState::Open);
    world.until("09-10 15:00").await;
    takes_back(&world, "Fin", task).await.unwrap();
    assert_eq!(world.run(case, "visit").await.state, RunState::Open);
    assert_eq!(world.due(case, "visit").await, due, "it runs since it first came");
    assert_eq!(world.run(case, "close").await.state, RunState::Void);
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted), "the grant stands");
    world.says("Fin", case, "visit", Word::Approve).await.unwrap();
    let (next, city) = (world.slot(case, "close", "City").await, world.actor("City"));
    let claimed =
        world.command(async |tx| commands::claim_task(tx, &world.workflow, city, next, None).await);
    claimed.await.unwrap();
    let late = refusal(takes_back(&world, "Fin", task).await);
    assert!(matches!(late, Refusal::NotNow { .. }), "somebody has it: {late:?}");
    world.says("City", case, "close", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.phase, Phase::Ended);
    let over = refusal(takes_back(&world, "City", next).await);
    assert!(matches!(over, Refusal::NotNow { .. }), "{over:?}");
    world.can_be_told_again(case).await;
}

const ORDER: &str = "route:\n  - {id: first, by: [county/education, county/finance], take: in_order, \
    within: 5wd, on_empty: climb}\n  - {id: last, by: city/education, within: 5wd, on_empty: climb}";

async fn in_order(world: &mut World) -> CaseId {
    publish(world, ORDER);
    for (name, unit) in
        [("Li", "county/education"), ("Fin", "county/finance"), ("City", "city/education")]
    {
        world.works(name, unit, entities::Duty::Handler).await;
    }
    world.applies("Ma").await;
    world.asks("Ma").await
}

async fn claims(world: &World, name: &str, task: TaskId) -> Result<Done, CommandError> {
    let actor = world.actor(name);
    let flow = &world.workflow;
    world.command(async |tx| commands::claim_task(tx, flow, actor, task, None).await).await
}

async fn whoever_came_after_a_signature_in_the_same_step_waits_for_it_again(mut world: World) {
    let case = in_order(&mut world).await;
    let (one, two) =
        (world.slot(case, "first", "Li").await, world.slot(case, "first", "Fin").await);
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    takes_back(&world, "Li", one).await.unwrap();
    let early = refusal(world.signs("Fin", two, (Word::Approve, json!({}))).await);
    assert!(matches!(early, Refusal::Settled { .. }), "not before the first one: {early:?}");
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.workflow.clock.advance(chrono::TimeDelta::minutes(1));
    claims(&world, "Fin", two).await.unwrap();
    let late = refusal(takes_back(&world, "Li", one).await);
    assert!(matches!(late, Refusal::NotNow { .. }), "the next one has it: {late:?}");
    world.says("Fin", case, "first", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "last").await.state, RunState::Open);
    world.can_be_told_again(case).await;
}

/// What was let go when the step was refused comes back in its turn.
async fn whoever_was_let_go_by_a_refusal_waits_again(mut world: World) {
    let case = in_order(&mut world).await;
    let (one, two) =
        (world.slot(case, "first", "Li").await, world.slot(case, "first", "Fin").await);
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    takes_back(&world, "Li", one).await.unwrap();
    let refuses = (Word::Refuse("not_in_need".to_owned()), json!({}));
    world.signs("Li", one, refuses).await.unwrap();
    takes_back(&world, "Li", one).await.unwrap();
    let early = refusal(world.signs("Fin", two, (Word::Approve, json!({}))).await);
    assert!(matches!(early, Refusal::Settled { .. }), "{early:?}");
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.says("Fin", case, "first", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "last").await.state, RunState::Open);
    world.can_be_told_again(case).await;
}

async fn whoever_is_put_before_somebody_and_takes_it_back_is_waited_for_again(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    claims(&world, "Li", task).await.unwrap();
    super::adds(&world, "Li", task, (entities::Added::Before, "Bai")).await.unwrap();
    world.workflow.clock.advance(chrono::TimeDelta::minutes(1));
    let before = world.slot(case, "first", "Bai").await;
    world.signs("Bai", before, (Word::Approve, json!({}))).await.unwrap();
    takes_back(&world, "Bai", before).await.unwrap();
    let early = refusal(world.signs("Li", task, (Word::Approve, json!({}))).await);
    assert!(matches!(early, Refusal::Settled { .. }), "{early:?}");
    world.signs("Bai", before, (Word::Approve, json!({}))).await.unwrap();
    world.signs("Li", task, (Word::Approve, json!({}))).await.unwrap();
    world.settle().await;
    assert_eq!(world.run(case, "second").await.state, RunState::Open);
    world.can_be_told_again(case).await;
}

const MERGES: &str = "merge: true\nroute:\n  \
    - {id: first, by: county/education, within: 5wd, on_empty: climb}\n  \
    - {id: second, by: county/education, within: 3wd, on_empty: climb}\n  \
    - {id: last, by: city/education, within: 5wd, on_empty: climb}";

async fn one_hand_takes_back_both_steps_that_were_merged(mut world: World) {
    publish(&mut world, MERGES);
    for (name, unit) in [("Li", "county/education"), ("City", "city/education")] {
        world.works(name, unit, entities::Duty::Handler).await;
    }
    world.applies("Ma").await;
    let case = world.asks("Ma").await;
    let task = world.slot(case, "first", "Li").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    assert_eq!(world.told_times(case, "step_merged").await, 1);
    takes_back(&world, "Li", task).await.unwrap();
    assert_eq!(world.run(case, "second").await.state, RunState::Void);
    assert_eq!(world.run(case, "last").await.state, RunState::Void);
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "last").await.state, RunState::Open, "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}

/// A colleague asked for more, and the applicant changed the form: the old page decides nothing.
async fn nobody_approves_what_has_changed_since_they_looked(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    let (li, bai, ma) = (world.actor("Li"), world.actor("Bai"), world.actor("Ma"));
    let seen = async || {
        let row = super::row(&world, task).await;
        Some(row.version)
    };
    let page = seen().await;
    let ask = commands::RequestSupplement { fields: vec!["need".to_owned()], ..Default::default() };
    let asked = world.command(async |tx| {
        commands::request_supplement(tx, &world.workflow, bai, task, ask.clone()).await
    });
    asked.await.unwrap();
    world.fills("Ma", case, json!({ "need": 90_000 })).await.unwrap();
    let back = world
        .command(async |tx| commands::resubmit_case(tx, &world.workflow, ma, case, None).await);
    back.await.unwrap();
    world.settle().await;
    let approves = async |seen| {
        let ask = commands::SignTask {
            task,
            seen,
            word: Word::Approve,
            note: None,
            fields: std::collections::BTreeMap::new(),
        };
        world
            .command(async |tx| commands::sign_task(tx, &world.workflow, li, ask.clone()).await)
            .await
    };
    let old = refusal(approves(page).await);
    assert!(matches!(old, Refusal::Stale { .. }), "{old:?}");
    approves(seen().await).await.unwrap();
    world.can_be_told_again(case).await;
}
