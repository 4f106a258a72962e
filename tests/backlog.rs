//! Ten thousand cases that all fell due while nothing ran.

use std::collections::BTreeMap;

use entities::notice;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use worker::digest_once;

use crate::{
    harness::{both, world::World},
    timers::{at, copies::copies, rungs, staffed, sweep_all, worker_of},
};

both![after_three_days_each_case_climbs_once_a_day_and_nobody_is_flooded];

/// Beside the one that they are copies of.
const MANY: usize = 9_999;

async fn after_three_days_each_case_climbs_once_a_day_and_nobody_is_flooded(mut world: World) {
    staffed(&mut world).await;
    let services = worker_of(&world);
    let case = world.asks("Ma").await;
    let all = u64::try_from(MANY).unwrap() + 1;
    copies(&world, case, MANY).await;
    // Nothing runs from before the due instant (Monday 18:00) to Thursday 18:30.
    world.workflow.clock.advance(at("09-20 18:30") - world.workflow.clock.now());
    let before = notice::Entity::find().count(world.workflow.store.read()).await.unwrap();
    sweep_all(&services).await;
    assert_eq!(rungs(&world).await, BTreeMap::from([(0, all)]), "one rung, each case once");
    let told = notice::Entity::find().filter(notice::Column::Template.is_in([
        "reminded",
        "overdue",
        "urged",
        "escalated",
    ]));
    assert_eq!(told.clone().count(world.workflow.store.read()).await.unwrap(), 0);
    // The second rung on the next working morning, though its own moment has long gone by.
    world.workflow.clock.advance(at("09-21 08:59") - world.workflow.clock.now());
    sweep_all(&services).await;
    assert_eq!(rungs(&world).await, BTreeMap::from([(0, all)]));
    digest_once(&services).await.unwrap();
    assert_eq!(world.told("digest").await, 2, "one letter each: Li and the head");
    world.workflow.clock.advance(at("09-21 09:00") - world.workflow.clock.now());
    sweep_all(&services).await;
    assert_eq!(rungs(&world).await, BTreeMap::from([(0, all), (1, all)]), "in order");
    world.workflow.clock.advance(at("09-21 10:30") - world.workflow.clock.now());
    digest_once(&services).await.unwrap();
    assert_eq!(world.told("digest").await, 3, "and one to the supervision");
    assert_eq!(told.count(world.workflow.store.read()).await.unwrap(), 0, "no letter of its own");
    let after = notice::Entity::find().count(world.workflow.store.read()).await.unwrap();
    // Beside those each applicant is told: that it counts as accepted, and one apology.
    assert_eq!(world.told("late").await, all);
    assert_eq!(after - before, 3 + 2 * all);
    world.can_be_told_again(case).await;
}
