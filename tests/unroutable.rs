//! What nobody can take anywhere does not lie there in silence.

use entities::{Duty, TaskState, notice};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use workflow::{
    commands::{self, Word},
    doctor::{self, Check, Reach},
};

use crate::{
    dismissed::leaves_in,
    harness::{both, world::World},
    organisation_life::{publish, slot_of},
};

both![what_nobody_can_take_is_told_to_who_stands_above_and_who_appoints];

const ROUTE: &str = "route:\n  - {id: first, by: county/education, within: 5wd, on_empty: climb}";

async fn told(world: &World, name: &str) -> u64 {
    let rows = notice::Entity::find()
        .filter(notice::Column::PersonId.eq(world.actor(name).person))
        .filter(notice::Column::Template.eq("unroutable"));
    rows.count(world.workflow.store.read()).await.unwrap()
}

async fn what_nobody_can_take_is_told_to_who_stands_above_and_who_appoints(mut world: World) {
    publish(&mut world, ROUTE);
    for (name, unit, duty) in [
        ("Admin", "region/education", Duty::Administrator),
        ("Boss", "city/education", Duty::Head),
        ("Other", "city/finance", Duty::Head),
        ("Li", "county/education", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
    let case = world.asks("Ma").await;
    leaves_in(&world, "Li", 0).await;
    for _ in 0..2 {
        commands::settle_slots(&world.workflow).await.unwrap();
        world.settle().await;
        for (name, letters) in [("Admin", 1), ("Boss", 1), ("Other", 0), ("Li", 0)] {
            assert_eq!(told(&world, name).await, letters, "{name}: each once");
        }
    }
    let slot = slot_of(&world, case, "first").await;
    assert_eq!(slot.unit_id, world.units["county/education"], "it waits where it was");
    let report = doctor::examine(&world.workflow, Reach::Whole).await.unwrap();
    assert_eq!(report.of(Check::Holders).unwrap().found, 1, "and the page says so");
    // Somebody is appointed, and goes on with it.
    world.works("Mi", "county/education", Duty::Handler).await;
    commands::settle_slots(&world.workflow).await.unwrap();
    assert_eq!(slot_of(&world, case, "first").await.state, TaskState::Open);
    world.says("Mi", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}
