//! 征求专家意见: the step's clock stands where the program knows a stop for that, and only there.

use entities::{Added, CaseId, ClockKind, TaskId, clock, task};
use sea_orm::{EntityTrait, QueryFilter, prelude::*};
use workflow::{
    CommandError, Refusal,
    commands::{self, Done, Word},
};

use super::{SOURCE, adds, asks, person, staffed, told};
use crate::harness::{
    both,
    world::{World, refusal},
};

both![
    the_clock_stands_while_an_expert_is_asked,
    it_goes_on_by_itself_when_the_cap_is_used_up,
    without_such_a_stop_the_clock_runs_on,
    whoever_was_asked_for_an_opinion_is_not_late,
];

/// The sample with a stop of three working days for experts.
async fn with_experts(world: &mut World) -> CaseId {
    staffed(world).await;
    let source =
        SOURCE.replace("stops: {supplement: 20wd}", "stops: {supplement: 20wd, expert: 3wd}");
    assert_ne!(source, SOURCE);
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", &source).unwrap();
    asks(world).await
}

async fn asks_expert(
    world: &World,
    (name, whom): (&str, &str),
    task: TaskId,
) -> Result<Done, CommandError> {
    let (actor, whom) = (world.actor(name), person(world, whom));
    let done = world
        .command(async |tx| {
            let asked = (whom, None, "is the roof safe?".to_owned());
            commands::ask_expert(tx, &world.workflow, actor, task, asked).await
        })
        .await;
    world.settle().await;
    done
}

async fn answers(world: &World, case: CaseId, name: &str) -> Result<Done, CommandError> {
    let who = world.actor(name);
    let rows = task::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    let own = rows.iter().find(|row| row.added.is_some() && row.person_id == who.person).unwrap();
    let done = world
        .command(async |tx| {
            let said = (None, "it is safe".to_owned());
            commands::give_opinion(tx, &world.workflow, who, own.id, said).await
        })
        .await;
    world.settle().await;
    done
}

/// How much of the stops' own clocks is standing.
async fn standing(world: &World, case: CaseId) -> usize {
    let rows = clock::Entity::find()
        .filter(clock::Column::CaseId.eq(case))
        .filter(clock::Column::Kind.eq(ClockKind::Stop))
        .filter(clock::Column::EndedAt.is_null());
    rows.all(world.workflow.store.read()).await.unwrap().len()
}

async fn the_clock_stands_while_an_expert_is_asked(mut world: World) {
    let case = with_experts(&mut world).await;
    assert_eq!(world.due(case, "first").await, "09-17 18:00");
    let task = world.slot(case, "first", "Li").await;
    world.until("09-11 10:00").await;
    asks_expert(&world, ("Li", "Fin"), task).await.unwrap();
    assert_eq!(standing(&world, case).await, 1);
    let early = refusal(world.says("Li", case, "first", Word::Approve).await);
    assert!(matches!(early, Refusal::NotNow { .. }), "it stands: {early:?}");
    world.until("09-13 10:00").await;
    answers(&world, case, "Fin").await.unwrap();
    assert_eq!(standing(&world, case).await, 0);
    assert_eq!(world.due(case, "first").await, "09-19 18:00", "two working days later");
    let story = world.story(case).await;
    assert!(story.contains("paused") && story.contains("unpaused"), "{story}");
    world.says("Li", case, "first", Word::Approve).await.unwrap();
}

async fn it_goes_on_by_itself_when_the_cap_is_used_up(mut world: World) {
    let case = with_experts(&mut world).await;
    let task = world.slot(case, "first", "Li").await;
    asks_expert(&world, ("Li", "Fin"), task).await.unwrap();
    // A second one asked beside the first changes nothing; the stop is one.
    asks_expert(&world, ("Li", "City"), task).await.unwrap();
    assert_eq!(standing(&world, case).await, 1);
    answers(&world, case, "City").await.unwrap();
    assert_eq!(standing(&world, case).await, 1, "the other one has not answered");
    world.until("09-14 10:00").await;
    assert_eq!(standing(&world, case).await, 0, "three working days are over");
    assert_eq!(world.due(case, "first").await, "09-20 18:00");
    answers(&world, case, "Fin").await.unwrap();
    assert_eq!(world.due(case, "first").await, "09-20 18:00", "an answer moves nothing then");
    asks_expert(&world, ("Li", "Boss"), task).await.unwrap();
    assert_eq!(standing(&world, case).await, 0, "there is no more of it");
}

async fn without_such_a_stop_the_clock_runs_on(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let due = world.due(case, "first").await;
    let task = world.slot(case, "first", "Li").await;
    asks_expert(&world, ("Li", "Fin"), task).await.unwrap();
    assert_eq!(standing(&world, case).await, 0);
    world.until("09-12 10:00").await;
    answers(&world, case, "Fin").await.unwrap();
    assert_eq!(world.due(case, "first").await, due);
    world.says("Li", case, "first", Word::Approve).await.unwrap();
}

/// Whoever helps with a word has no time to answer for.
async fn whoever_was_asked_for_an_opinion_is_not_late(mut world: World) {
    staffed(&mut world).await;
    let source = SOURCE.replace("remind: R0", "remind: R0\nladder: EM");
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", &source).unwrap();
    let case = asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    adds(&world, "Li", task, (Added::Opinion, "City")).await.unwrap();
    world.until("09-18 10:00").await;
    assert_eq!((told(&world, "Li", "urged").await, told(&world, "City", "urged").await), (1, 0));
    assert_eq!(told(&world, "Boss", "urged").await, 0, "nor is the head of their office told");
}
