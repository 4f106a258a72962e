//! Business time walks forward, and is followed.

use chrono::TimeDelta;
use entities::business_time;
use sea_orm::EntityTrait;
use worker::{move_if_asked, move_to};
use workflow::business_time::{advance, follow};

use crate::world::{World, morning};

#[tokio::test]
async fn business_time_moves_forward_and_is_remembered() {
    let world = World::new().await;
    let clock = &world.workflow().clock;
    let target = morning() + TimeDelta::days(3);
    move_to(&world.services, target).await.unwrap();
    assert_eq!((clock.now(), clock.machine()), (target, morning()));
    move_to(&world.services, morning()).await.unwrap();
    assert_eq!(clock.now(), target, "it does not move back");
    clock.set_offset(TimeDelta::zero());
    follow(world.workflow()).await.unwrap();
    assert_eq!(clock.now(), target, "a new process takes it over");
}

#[tokio::test]
async fn the_demo_asks_by_a_row() {
    let world = World::new().await;
    assert!(!move_if_asked(&world.services).await.unwrap(), "nobody has asked");
    let target = morning() + TimeDelta::hours(30);
    let row = business_time::Model { id: 1, offset_us: 0, target_at: Some(target) };
    world.insert::<business_time::Entity>(row).await;
    assert!(move_if_asked(&world.services).await.unwrap());
    assert_eq!(world.workflow().clock.now(), target);
    let row = business_time::Entity::find_by_id(1).one(world.workflow().store.read()).await;
    let expected = business_time::Model {
        id: 1,
        offset_us: TimeDelta::hours(30).num_microseconds().unwrap(),
        target_at: None,
    };
    assert_eq!(row.unwrap().unwrap(), expected, "it has arrived");
}

#[tokio::test]
async fn of_two_that_move_it_at_once_neither_moves_it_back() {
    let world = World::new().await;
    let (workflow, near) = (world.workflow(), morning() + TimeDelta::hours(1));
    let target = morning() + TimeDelta::days(1);
    let row = business_time::Model { id: 1, offset_us: 0, target_at: Some(target) };
    world.insert::<business_time::Entity>(row).await;
    advance(workflow, target).await.unwrap();
    advance(workflow, near).await.unwrap();
    assert_eq!(workflow.clock.now(), target);
    assert_eq!(follow(workflow).await.unwrap(), Some(target), "whoever asked is not forgotten");
}
