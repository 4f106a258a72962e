//! What the head of an office does with the slots of its people.

use entities::{Added, TaskState, task};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use workflow::{
    Bar, CommandError, Refusal,
    commands::{self, Done, Word},
    event::How,
};

use super::{adds, asks, hands_on, person, row, staffed};
use crate::harness::{
    both,
    world::{World, refusal},
};

both![
    a_head_lets_one_of_their_people_prepare_what_another_has,
    a_head_puts_a_signer_beside_a_slot,
    a_head_gives_back_what_lies_with_one_of_their_people,
];

async fn a_head_lets_one_of_their_people_prepare_what_another_has(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    let free = refusal(hands_on(&world, "Chief", task, (How::Delegated, "Bai")).await);
    assert_eq!(free, Refusal::NotYours(Bar::OtherOffice), "to whom should it come back?");
    claims(&world, "Li", task).await.unwrap();
    let other = refusal(hands_on(&world, "Boss", task, (How::Delegated, "Bai")).await);
    assert_eq!(other, Refusal::NotYours(Bar::OtherOffice), "not of this office");
    hands_on(&world, "Chief", task, (How::Delegated, "Bai")).await.unwrap();
    let prepared = row(&world, task).await;
    assert_eq!(prepared.owner_id, Some(person(&world, "Li")), "it comes back to whose it is");
    assert_eq!(prepared.person_id, Some(person(&world, "Bai")));
    let bai = world.actor("Bai");
    let back = world.command(async |tx| {
        commands::give_back(tx, &world.workflow, bai, task, (None, "ready".to_owned())).await
    });
    back.await.unwrap();
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn a_head_puts_a_signer_beside_a_slot(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    adds(&world, "Chief", task, (Added::Before, "Bai")).await.unwrap();
    let beside = task::Entity::find().filter(task::Column::BesideId.eq(task));
    let beside = beside.one(world.workflow.store.read()).await.unwrap().unwrap();
    assert_eq!(beside.person_id, Some(person(&world, "Bai")));
    let waits = row(&world, task).await;
    assert_eq!(
        (waits.state, waits.person_id),
        (TaskState::Waiting, None),
        "not in the head's hand"
    );
    world.signs("Bai", beside.id, (Word::Approve, json!({}))).await.unwrap();
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn claims(world: &World, name: &str, task: entities::TaskId) -> Result<Done, CommandError> {
    let actor = world.actor(name);
    let done = world
        .command(async |tx| commands::claim_task(tx, &world.workflow, actor, task, None).await);
    done.await
}

async fn a_head_gives_back_what_lies_with_one_of_their_people(mut world: World) {
    staffed(&mut world).await;
    let case = asks(&world).await;
    let task = world.slot(case, "first", "Li").await;
    let release = async |name: &str| {
        let actor = world.actor(name);
        let done = world.command(async |tx| {
            commands::release_task(tx, &world.workflow, actor, task, None).await
        });
        done.await
    };
    let free = refusal(release("Chief").await);
    assert_eq!(free, Refusal::NotYours(Bar::OtherOffice), "nobody has it");
    claims(&world, "Li", task).await.unwrap();
    for (name, bar) in [("Bai", Bar::Claimed), ("Boss", Bar::OtherOffice)] {
        assert_eq!(refusal(release(name).await), Refusal::NotYours(bar), "{name}");
    }
    release("Chief").await.unwrap();
    let free = row(&world, task).await;
    assert_eq!((free.state, free.person_id), (TaskState::Open, None));
    world.says("Bai", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}
