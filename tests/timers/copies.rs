//! Many cases that wait for the same moment.

use std::collections::BTreeMap;

use entities::{
    CaseId, ClockId, StepRunId, Stream, TaskId, TimerId, case_file, clock, step_run, task, timer,
    trail,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use crate::harness::world::World;

/// A case as it lies in the store, `count` times over: what a day of filing leaves behind.
pub(crate) async fn copies(world: &World, case: CaseId, count: usize) -> Vec<CaseId> {
    let db = world.workflow.store.for_migration();
    let file = world.case(case).await;
    let runs = step_run::Entity::of_case(case).all(db).await.unwrap();
    let tasks = task::Entity::of_case(case).all(db).await.unwrap();
    let clocks = clock::Entity::of_case(case).all(db).await.unwrap();
    let timers = timer::Entity::of_case(case).all(db).await.unwrap();
    let lines = trail::Entity::of(Stream::Case, case.0).all(db).await.unwrap();
    let now = world.workflow.clock.now();
    let mut cases = Vec::new();
    for chunk in (0..count).collect::<Vec<_>>().chunks(500) {
        let (mut files, mut steps, mut slots) = (Vec::new(), Vec::new(), Vec::new());
        let (mut faces, mut moments, mut trails) = (Vec::new(), Vec::new(), Vec::new());
        for nth in chunk {
            let id = CaseId::at(now);
            cases.push(id);
            let mut runs_by: BTreeMap<StepRunId, StepRunId> = BTreeMap::new();
            let mut clocks_by: BTreeMap<ClockId, ClockId> = BTreeMap::new();
            let number = Some(format!("copy-{nth}"));
            files.push(case_file::Model { id, number, once_key: None, ..file.clone() });
            for row in &runs {
                let own = StepRunId::at(now);
                runs_by.insert(row.id, own);
                steps.push(step_run::Model { id: own, case_id: id, ..row.clone() });
            }
            for row in &tasks {
                let run_id = runs_by[&row.run_id];
                slots.push(task::Model { id: TaskId::at(now), case_id: id, run_id, ..row.clone() });
            }
            for row in &clocks {
                let (own, run_id) = (ClockId::at(now), row.run_id.map(|run| runs_by[&run]));
                clocks_by.insert(row.id, own);
                faces.push(clock::Model { id: own, case_id: id, run_id, ..row.clone() });
            }
            for row in &timers {
                moments.push(timer::Model {
                    id: TimerId::at(now),
                    case_id: id,
                    run_id: row.run_id.map(|run| runs_by[&run]),
                    clock_id: row.clock_id.map(|clock| clocks_by[&clock]),
                    ..row.clone()
                });
            }
            trails.extend(lines.iter().map(|row| trail::Model { stream_id: id.0, ..row.clone() }));
        }
        case_file::Entity::insert_many(files.into_iter().map(all)).exec(db).await.unwrap();
        step_run::Entity::insert_many(steps.into_iter().map(all)).exec(db).await.unwrap();
        task::Entity::insert_many(slots.into_iter().map(all)).exec(db).await.unwrap();
        clock::Entity::insert_many(faces.into_iter().map(all)).exec(db).await.unwrap();
        timer::Entity::insert_many(moments.into_iter().map(all)).exec(db).await.unwrap();
        trail::Entity::insert_many(trails.into_iter().map(all)).exec(db).await.unwrap();
    }
    cases
}

fn all<M: IntoActiveModel<A>, A: ActiveModelTrait>(row: M) -> A {
    row.into_active_model().reset_all()
}
