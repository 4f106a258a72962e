//! A red light counts against the units that are late, and against no other.

use std::collections::BTreeSet;

use entities::{CaseId, Duty, UnitId, red_light, red_light_beside};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use workflow::commands::Word;

use crate::harness::{both, world::World};

both![
    a_joint_step_counts_against_whoever_has_not_signed,
    both_units_of_a_joint_step_may_be_late,
    a_light_that_is_taken_back_is_taken_back_of_all,
];

async fn staffed(world: &mut World) -> CaseId {
    let source = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
         basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
         owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
         form: [{id: days, type: integer, required: true}]\nroute:\n  \
         - {id: joint, by: [county/education, county/poverty_relief], within: 3wd, on_empty: climb}\n\
         clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd}, \
         extend: {times: 1, by: 5wd, approved_by: superior}}\n";
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", source).unwrap();
    for (name, unit, duty) in [
        ("Edu", "county/education", Duty::Handler),
        ("Poor", "county/poverty_relief", Duty::Handler),
        ("Boss", "city/poverty_relief", Duty::Head),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
    let case = world.drafts("Ma", "sample", json!({ "days": 1 })).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    case
}

/// The units against which the lights of a case count.
async fn late(world: &World, case: CaseId) -> BTreeSet<UnitId> {
    let db = world.workflow.store.read();
    let own = red_light::Entity::find().filter(red_light::Column::CaseId.eq(case)).all(db);
    let own = own.await.unwrap();
    let runs: Vec<_> = own.iter().map(|light| light.run_id).collect();
    let beside = red_light_beside::Entity::find();
    let beside = beside.filter(red_light_beside::Column::RunId.is_in(runs)).all(db).await.unwrap();
    let beside = beside.into_iter().map(|light| light.unit_id);
    own.into_iter().map(|light| light.unit_id).chain(beside).collect()
}

async fn a_joint_step_counts_against_whoever_has_not_signed(mut world: World) {
    let case = staffed(&mut world).await;
    world.says("Edu", case, "joint", Word::Approve).await.unwrap();
    world.until("09-13 18:01").await;
    assert!(world.run(case, "joint").await.late);
    let poor = BTreeSet::from([world.units["county/poverty_relief"]]);
    assert_eq!(late(&world, case).await, poor, "education signed on the first day");
}

async fn both_units_of_a_joint_step_may_be_late(mut world: World) {
    let case = staffed(&mut world).await;
    world.until("09-13 18:01").await;
    let both = ["county/education", "county/poverty_relief"].map(|unit| world.units[unit]);
    assert_eq!(late(&world, case).await, BTreeSet::from(both));
    world.says("Edu", case, "joint", Word::Approve).await.unwrap();
    assert_eq!(late(&world, case).await, BTreeSet::from(both), "late all the same");
}

async fn a_light_that_is_taken_back_is_taken_back_of_all(mut world: World) {
    let case = staffed(&mut world).await;
    world.until("09-13 10:00").await;
    let (poor, task) = (world.actor("Poor"), world.slot(case, "joint", "Poor").await);
    let why = (None, "道路中断".to_owned());
    let asked = world.command(async |tx| {
        workflow::commands::ask_extension(tx, &world.workflow, poor, task, why.clone()).await
    });
    asked.await.unwrap();
    world.until("09-14 10:00").await;
    assert_eq!(late(&world, case).await.len(), 2);
    let db = world.workflow.store.read();
    let row = entities::extension::Entity::of_case(case).one(db).await.unwrap().unwrap();
    let boss = world.actor("Boss");
    let given = world.command(async |tx| {
        workflow::commands::answer_extension(tx, &world.workflow, boss, row.id, true).await
    });
    given.await.unwrap();
    assert_eq!(late(&world, case).await.len(), 0, "who asked in time was not late");
    let left = red_light_beside::Entity::find().all(db).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}
