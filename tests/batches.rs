//! Jobs that come together share their transactions, and yet each succeeds or fails alone.

use entities::{CaseId, OutboxId, case_file, outbox};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use worker::{do_one, jobs::Did};

use crate::harness::{both, scratch, world::World};

both![
    what_waits_together_is_routed_together,
    a_case_that_cannot_go_on_holds_nobody_up,
    what_died_before_goes_alone
];

/// How many cases wait together.
const CASES: usize = 6;

/// Cases that were just handed in, each with the job that lets it go on.
async fn handed_in(world: &mut World) -> Vec<(CaseId, OutboxId)> {
    world.full_staff().await;
    let mut found = Vec::new();
    for nth in 0..CASES {
        let name = format!("Ma{nth}");
        world.applies(&name).await;
        let form = json!({
            "urgent": true, "cause": "accident", "day": "2018-09-01", "need": 90_000, "home": "at_school",
        });
        let case = world.drafts(&name, "emergency-aid", form).await;
        world.submits(&name, case).await.unwrap();
        let job = outbox::Entity::find()
            .filter(outbox::Column::CaseId.eq(case))
            .filter(outbox::Column::Kind.eq("route_case"))
            .one(world.workflow.store.read());
        found.push((case, job.await.unwrap().unwrap().id));
    }
    found
}

fn services(world: &World) -> worker::Services {
    let settings = worker::Settings { drawer: scratch("letters"), ..worker::Settings::default() };
    worker::Services::new(world.workflow.clone(), settings).unwrap()
}

/// What came of each job, all asked for at the same time.
async fn all_at_once(world: &World, jobs: &[(CaseId, OutboxId)]) -> Vec<Did> {
    let services = services(world);
    let did = join_all(jobs.iter().map(|(_, job)| do_one(&services, *job))).await;
    did.into_iter().map(Result::unwrap).collect()
}

async fn job(world: &World, id: OutboxId) -> outbox::Model {
    let found = outbox::Entity::find_by_id(id).one(world.workflow.store.read());
    found.await.unwrap().unwrap()
}

async fn what_waits_together_is_routed_together(mut world: World) {
    let jobs = handed_in(&mut world).await;
    let (one, others) = jobs.split_first().unwrap();
    let alone = statements_of(&world, std::slice::from_ref(one)).await;
    let together = statements_of(&world, others).await;
    for (case, id) in &jobs {
        assert_eq!(world.run(*case, "quick").await.round, 1);
        let row = job(&world, *id).await;
        assert!(row.done_at.is_some() && row.attempts == 1, "{row:?}");
    }
    println!("on {:?}: one case {alone} statements, {} cases {together}", world.on, others.len());
    if world.on == crate::harness::Store::Postgres {
        // How many meet depends on the machine; that they meet at all does not.
        assert!(together * 10 < alone * others.len() * 9, "{together} after {alone} for one");
    }
    assert_eq!(all_at_once(&world, &jobs).await, [Did::Nothing; CASES], "once is enough");
}

/// How many statements it takes to route these.
async fn statements_of(world: &World, jobs: &[(CaseId, OutboxId)]) -> usize {
    use std::sync::atomic::Ordering::SeqCst;
    let before = world.statements.load(SeqCst);
    let did = all_at_once(world, jobs).await;
    assert!(did.iter().all(|did| *did == Did::Done), "{did:?}");
    usize::try_from(world.statements.load(SeqCst) - before).unwrap()
}

async fn a_case_that_cannot_go_on_holds_nobody_up(mut world: World) {
    let jobs = handed_in(&mut world).await;
    let (broken, _) = jobs[3];
    let row = case_file::ActiveModel {
        id: Set(broken),
        program_hash: Set("of a version that nobody knows".to_owned()),
        ..Default::default()
    };
    row.update(world.workflow.store.for_migration()).await.unwrap();
    let did = all_at_once(&world, &jobs).await;
    for ((case, id), did) in jobs.iter().zip(did) {
        let row = job(&world, *id).await;
        if *case == broken {
            assert_eq!(did, Did::Later);
            assert!(row.done_at.is_none() && row.last_error.is_some(), "{row:?}");
        } else {
            assert_eq!(did, Did::Done);
            assert_eq!(world.run(*case, "quick").await.round, 1);
        }
    }
}

async fn what_died_before_goes_alone(mut world: World) {
    let jobs = handed_in(&mut world).await;
    for (_, id) in &jobs[..2] {
        let row = outbox::ActiveModel { id: Set(*id), attempts: Set(1), ..Default::default() };
        row.update(world.workflow.store.for_migration()).await.unwrap();
    }
    assert_eq!(all_at_once(&world, &jobs).await, [Did::Done; CASES]);
    for (nth, (case, id)) in jobs.iter().enumerate() {
        assert_eq!(world.run(*case, "quick").await.round, 1);
        assert_eq!(job(&world, *id).await.attempts, if nth < 2 { 2 } else { 1 });
    }
}
