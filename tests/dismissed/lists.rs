//! Who has left is waited for by nobody: a colleague votes in their place, or the others are enough,
//! or those are told who can appoint somebody.

use entities::{Added, CaseId, Duty, RunState, Verdict, notice, task};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use workflow::{
    Refusal,
    commands::{self, RequestSupplement, Word},
};

use super::{leaves_in, stands_in};
use crate::{
    hands,
    harness::{
        both,
        world::{World, refusal},
    },
    organisation_life::publish,
};

both![
    a_colleague_votes_in_the_place_of_who_has_left,
    where_there_is_no_colleague_the_others_are_enough,
    of_two_one_is_not_enough,
    whoever_was_to_sign_before_or_after_is_waited_for_no_longer,
    whoever_is_on_leave_has_not_left,
    nothing_is_closed_while_the_applicant_is_asked,
];

async fn board(world: &mut World, take: &str, people: &[&str]) -> CaseId {
    publish(
        world,
        &format!(
            "route:\n  - {{id: board, by: county/education, take: {take}, within: 5wd, \
             on_empty: climb}}\n  - {{id: last, by: city/education, within: 5wd, on_empty: climb}}"
        ),
    );
    world.works("Admin", "region/education", Duty::Administrator).await;
    world.works("City", "city/education", Duty::Handler).await;
    for name in people {
        world.works(name, "county/education", Duty::Handler).await;
    }
    world.applies("Ma").await;
    world.asks("Ma").await
}

async fn leaves(world: &World, name: &str) {
    leaves_in(world, name, 0).await;
    commands::settle_slots(&world.workflow).await.unwrap();
    world.settle().await;
}

async fn unroutable(world: &World) -> u64 {
    let told = notice::Entity::find()
        .filter(notice::Column::PersonId.eq(world.actor("Admin").person.unwrap()))
        .filter(notice::Column::Template.eq("unroutable"));
    told.count(world.workflow.store.read()).await.unwrap()
}

async fn a_colleague_votes_in_the_place_of_who_has_left(mut world: World) {
    let people = ["Li", "Bai", "Cai"];
    let case = board(&mut world, "{quorum: 2, of: 2}", &people).await;
    let rows = task::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    let is_listed = |name: &&str| {
        let person = world.actor(name).person;
        rows.iter().any(|row| row.path == "board" && row.person_id == person)
    };
    let (listed, free): (Vec<&str>, Vec<&str>) = people.into_iter().partition(is_listed);
    assert_eq!((listed.len(), free.len()), (2, 1));
    leaves(&world, listed[0]).await;
    assert_eq!(unroutable(&world).await, 0);
    for name in [listed[1], free[0]] {
        world.says(name, case, "board", Word::Approve).await.unwrap();
    }
    assert_eq!(world.run(case, "last").await.state, RunState::Open, "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}

async fn where_there_is_no_colleague_the_others_are_enough(mut world: World) {
    let case = board(&mut world, "all", &["Li", "Bai", "Cai"]).await;
    for name in ["Li", "Bai"] {
        world.says(name, case, "board", Word::Approve).await.unwrap();
    }
    assert_eq!(world.run(case, "board").await.state, RunState::Open);
    leaves(&world, "Cai").await;
    let board = world.run(case, "board").await;
    assert_eq!((board.state, board.verdict), (RunState::Closed, Some(Verdict::Approved)));
    world.says("City", case, "last", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn of_two_one_is_not_enough(mut world: World) {
    let case = board(&mut world, "all", &["Li", "Bai"]).await;
    world.says("Li", case, "board", Word::Approve).await.unwrap();
    leaves(&world, "Bai").await;
    assert_eq!(world.run(case, "board").await.state, RunState::Open, "two were to see it");
    assert_eq!(unroutable(&world).await, 1);
    commands::settle_slots(&world.workflow).await.unwrap();
    assert_eq!(unroutable(&world).await, 1, "it is told once");
    // Somebody comes in their place.
    world.works("Dai", "county/education", Duty::Handler).await;
    commands::settle_slots(&world.workflow).await.unwrap();
    world.says("Dai", case, "board", Word::Approve).await.unwrap();
    assert_eq!(world.run(case, "last").await.state, RunState::Open, "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}

async fn whoever_was_to_sign_before_or_after_is_waited_for_no_longer(mut world: World) {
    hands::staffed(&mut world).await;
    world.works("Cai", "county/education", Duty::Handler).await;
    let case = hands::asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    hands::adds(&world, "Li", task, (Added::Before, "Bai")).await.unwrap();
    leaves(&world, "Bai").await;
    // The one who let them sign first has it again, and puts somebody after themselves.
    hands::adds(&world, "Li", task, (Added::After, "Cai")).await.unwrap();
    world.signs("Li", task, (Word::Approve, json!({}))).await.unwrap();
    world.settle().await;
    assert_eq!(world.run(case, "first").await.state, RunState::Open);
    leaves(&world, "Cai").await;
    assert_eq!(world.run(case, "first").await.state, RunState::Closed);
    assert_eq!(world.run(case, "second").await.state, RunState::Open);
    world.can_be_told_again(case).await;
}

async fn whoever_is_on_leave_has_not_left(mut world: World) {
    let case = board(&mut world, "all", &["Li", "Bai", "Cai", "Dai"]).await;
    stands_in(&world, ("Li", "Bai"), None).await.unwrap();
    for name in ["Bai", "Dai"] {
        world.says(name, case, "board", Word::Approve).await.unwrap();
    }
    leaves(&world, "Cai").await;
    assert_eq!(world.run(case, "board").await.state, RunState::Open, "Li has a voice in it");
}

/// A step that closed meanwhile would be gone on with by nobody.
async fn nothing_is_closed_while_the_applicant_is_asked(mut world: World) {
    hands::staffed(&mut world).await;
    world.works("Cai", "county/education", Duty::Handler).await;
    let case = hands::asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    hands::adds(&world, "Li", task, (Added::After, "Cai")).await.unwrap();
    world.signs("Li", task, (Word::Approve, json!({}))).await.unwrap();
    world.settle().await;
    let after = world.slot(case, "first", "Cai").await;
    let (li, cai, ma) = (world.actor("Li"), world.actor("Cai"), world.actor("Ma"));
    let ask = RequestSupplement { fields: vec!["need".to_owned()], ..Default::default() };
    let asked = world.command(async |tx| {
        commands::request_supplement(tx, &world.workflow, cai, after, ask.clone()).await
    });
    asked.await.unwrap();
    let drops = async || {
        let flow = &world.workflow;
        world
            .command(async |tx| commands::drop_signer(tx, flow, li, task, (after, None)).await)
            .await
    };
    assert!(matches!(refusal(drops().await), Refusal::NotNow { .. }));
    leaves(&world, "Cai").await;
    assert_eq!(world.run(case, "first").await.state, RunState::Open);
    let back = world
        .command(async |tx| commands::resubmit_case(tx, &world.workflow, ma, case, None).await);
    back.await.unwrap();
    commands::settle_slots(&world.workflow).await.unwrap();
    world.settle().await;
    assert_eq!(
        world.run(case, "second").await.state,
        RunState::Open,
        "{}",
        world.story(case).await
    );
    world.can_be_told_again(case).await;
}
