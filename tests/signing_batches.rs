//! 批量办理: like cases are approved in one act, after the sample that the service draws was
//! opened; each case has its own result, whatever happens in between.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
};

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use entities::{BatchId, CaseId, Duty, Stream, TaskId, TaskState, batch_row, task, trail};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};
use workflow::{
    commands::{self, RequestSupplement, Word},
    rules::batching,
};

use crate::harness::{
    both,
    house::{Answer, Body, House},
    world::World,
};

mod breaks;
mod doors;

both![
    a_batch_is_signed_after_its_sample_was_opened,
    what_is_not_alike_is_not_in_it,
    what_changes_meanwhile_is_left_out_with_a_reason,
    nobody_draws_until_the_sample_pleases,
    what_lies_with_others_leaves_the_rest_their_place,
];

const SOURCE: &str = "program: many\nversion: 1\ncode: MY\ntitle: {zh: 示例, en: Sample}\n\
    basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
    owner: {lead: education}\nintake: {by: [self], once: [person]}\nanchor: applicant.school\n\
    form: [{id: need, type: money, required: true}]\n\
    award: {lines: [{id: main, amount: 'min(form.need, table(\"project_region_cap\", today))'}], split: [{payer: county, percent: 100}]}\n\
    route:\n  - {id: first, by: county/education, within: 5wd, on_empty: climb, may_return: [applicant], most: 'yuan(1000)'}\n  \
    - {id: second, by: county/finance, within: 3wd, on_empty: climb, form: [{id: checked, type: boolean, required: true}]}\n\
    then: [{id: pay, kind: pay, by: county/finance, to: applicant, within: 3wd, on_empty: hold}]\n\
    clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd}}\nremind: R0\n";

/// How often a batch was asked for.
static ASKED: AtomicUsize = AtomicUsize::new(0);

/// Cases of `count` applicants, `yuan` each, that wait for Li and Bai.
async fn waiting(world: &mut World, count: usize) -> Vec<CaseId> {
    world.workflow.programs = world.workflow.programs.with_source("many.yaml", SOURCE).unwrap();
    for (name, unit, duty) in [
        ("Li", "county/education", Duty::Handler),
        ("Bai", "county/education", Duty::Handler),
        ("Fin", "county/finance", Duty::Handler),
        ("Boss", "city/education", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    let mut cases = Vec::new();
    for nth in 0..count {
        cases.push(asks(world, &format!("Ma{nth}"), 500).await);
    }
    cases
}

async fn asks(world: &mut World, name: &str, yuan: i64) -> CaseId {
    world.applies(name).await;
    let case = world.drafts(name, "many", json!({ "need": yuan * 100 })).await;
    world.submits(name, case).await.unwrap();
    world.settle().await;
    case
}

async fn house(world: &World) -> House {
    let mut house = House::of(world).await;
    for name in ["Li", "Bai", "Fin"] {
        house.lets_staff_in(world, name).await;
    }
    house
}

async fn posts(house: &House, name: &str, (path, key): (&str, &str), body: &Body) -> Answer {
    let knock = house.open().await;
    let request = TestRequest::post().uri(path).insert_header(("idempotency-key", key.to_owned()));
    knock(house.by(name, request, body)).await
}

async fn gets(house: &House, name: &str, path: &str) -> Answer {
    let knock = house.open().await;
    knock(house.by(name, TestRequest::get().uri(path), &Body::Nothing)).await
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.bytes).unwrap_or_else(|_| panic!("{}", answer.text()))
}

/// The status and the problem's name.
fn problem(answer: &Answer) -> (u16, String) {
    let name = json_of(answer)["type"].as_str().unwrap_or_default().to_owned();
    (answer.status, name.trim_start_matches("/problems/").to_owned())
}

/// A batch of what is like the case, by its id.
async fn prepares(world: &World, house: &House, case: CaseId) -> Result<String, Answer> {
    let like = world.slot(case, "first", "Li").await;
    let body = Body::Json(json!({ "like": like }));
    // Each asks anew: what was answered under a key is answered again.
    let nth = ASKED.fetch_add(1, Ordering::Relaxed);
    let made = posts(house, "Li", ("/api/v1/batches", &format!("made-{like}-{nth}")), &body).await;
    if made.status != 201 {
        return Err(made);
    }
    Ok(json_of(&made)["id"].as_str().unwrap().to_owned())
}

async fn view(house: &House, batch: &str) -> Value {
    let answer = gets(house, "Li", &format!("/api/v1/batches/{batch}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    json_of(&answer)
}

/// Opens every case of the sample.
async fn opens_all(house: &House, batch: &str) {
    let view = view(house, batch).await;
    for row in view["rows"].as_array().unwrap().iter().filter(|row| row["sampled"] == true) {
        let body = Body::Json(json!({ "task": row["task"] }));
        let path = format!("/api/v1/batches/{batch}/open");
        let opened = posts(house, "Li", (&path, "open"), &body).await;
        assert_eq!(opened.status, 200, "{}", opened.text());
        assert_eq!(json_of(&opened)["number"], row["number"], "it is the case itself");
    }
}

async fn signs(house: &House, batch: &str, key: &str, leave_out: &[TaskId]) -> Answer {
    let body = Body::Json(json!({ "leave_out": leave_out }));
    posts(house, "Li", (&format!("/api/v1/batches/{batch}/sign"), key), &body).await
}

/// The result of each case of a batch, or why it was left out, by its number.
fn results(done: &Answer) -> BTreeMap<String, String> {
    let done = json_of(done);
    let row = |row: &Value| {
        let reason = row["reason"].as_str().or(row["result"].as_str());
        (row["number"].as_str().unwrap().to_owned(), reason.unwrap_or("none").to_owned())
    };
    done["rows"].as_array().unwrap().iter().map(row).collect()
}

async fn numbers(world: &World, cases: &[CaseId]) -> Vec<String> {
    let mut numbers = Vec::new();
    for case in cases {
        numbers.push(world.case(*case).await.number.unwrap());
    }
    numbers
}

/// The signatures on a step of a case, as the trail has them.
async fn signatures(world: &World, case: CaseId) -> Vec<Value> {
    let rows =
        trail::Entity::of(Stream::Case, case.0).filter(trail::Column::Kind.eq("task_signed"));
    let rows = rows.all(world.workflow.store.read()).await.unwrap();
    let signature = |row: trail::Model| {
        let body: Value = serde_json::from_str(&row.body).unwrap();
        body["what"]["signature"].clone()
    };
    rows.into_iter().map(signature).collect()
}

async fn a_batch_is_signed_after_its_sample_was_opened(mut world: World) {
    let cases = waiting(&mut world, 8).await;
    let house = house(&world).await;
    let offers = json_of(&gets(&house, "Li", "/api/v1/batches").await);
    assert_eq!(offers["offers"][0]["waiting"], 8, "{offers}");
    let batch = prepares(&world, &house, cases[0]).await.unwrap();
    let before = view(&house, &batch).await;
    assert_eq!((&before["size"], &before["sample"]), (&json!(8), &json!(3)));
    assert_eq!(before["unopened"], 3);
    // Whoever has the list and the seed finds the same sample.
    let rows = before["rows"].as_array().unwrap();
    let task = |row: &Value| row["task"].as_str().unwrap().parse::<TaskId>().unwrap();
    let all: Vec<TaskId> = rows.iter().map(task).collect();
    let seed = before["seed"].as_str().unwrap();
    let byte = |at| u8::from_str_radix(&seed[at..at + 2], 16).unwrap();
    let seed: Vec<u8> = (0..64).step_by(2).map(byte).collect();
    let drawn = batching::drawn(&seed.try_into().unwrap(), &all, 3);
    let sampled: BTreeSet<TaskId> =
        rows.iter().filter(|row| row["sampled"] == true).map(task).collect();
    assert_eq!(drawn, sampled);

    let early = signs(&house, &batch, "sign", &[]).await;
    assert_eq!(problem(&early), (422, "batch".to_owned()), "the sample was not opened");
    for case in &cases {
        assert_eq!(signatures(&world, *case).await.len(), 0, "nothing was signed");
    }
    opens_all(&house, &batch).await;
    let done = signs(&house, &batch, "sign", &[]).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(json_of(&done)["approved"], 8);
    world.settle().await;
    for case in &cases {
        let signed = signatures(&world, *case).await;
        assert_eq!(signed.len(), 1);
        let together = json!({ "batch": batch, "of": 8, "sample": 3 });
        assert_eq!(signed[0]["batch"], together, "the trail names the batch");
        assert_eq!(world.run(*case, "second").await.state, entities::RunState::Open);
        world.can_be_told_again(*case).await;
    }
    let again = signs(&house, &batch, "sign", &[]).await;
    assert_eq!((again.status, again.bytes), (200, done.bytes), "the same, byte for byte");
    let other = signs(&house, &batch, "sign", &[all[0]]).await;
    assert_eq!(
        problem(&other),
        (422, "idempotency-key-reused".to_owned()),
        "another request under the key"
    );
    let late = signs(&house, &batch, "another", &[all[0]]).await;
    assert_eq!(problem(&late), (422, "batch".to_owned()), "it has been signed");
    let strange = gets(&house, "Bai", &format!("/api/v1/batches/{batch}")).await;
    assert_eq!(strange.status, 404, "another's batch");
    let path = format!("/api/v1/batches/{batch}/sign");
    let strange = posts(&house, "Bai", (&path, "bai"), &Body::Json(json!({}))).await;
    assert_eq!(strange.status, 404);
    let page = gets(&house, "Li", &format!("/staff/tasks/{}", all[0])).await.text();
    assert!(page.contains("批量办理，共8件，抽查3件"), "the history says it: {page}");
}

async fn what_is_not_alike_is_not_in_it(mut world: World) {
    let cases = waiting(&mut world, 4).await;
    let dear = asks(&mut world, "Dear", 1_001).await;
    let near = asks(&mut world, "Near", 500).await;
    let asked = asks(&mut world, "Asked", 500).await;
    world.declares_conflict("Li", "Near").await;
    let slot = world.slot(asked, "first", "Bai").await;
    let (bai, applicant) = (world.actor("Bai"), world.actor("Asked"));
    let ask = RequestSupplement { fields: vec!["need".to_owned()], ..Default::default() };
    world
        .command(async |tx| {
            commands::request_supplement(tx, &world.workflow, bai, slot, ask.clone()).await
        })
        .await
        .unwrap();
    world
        .command(async |tx| {
            commands::resubmit_case(tx, &world.workflow, applicant, asked, None).await
        })
        .await
        .unwrap();
    world.settle().await;
    let house = house(&world).await;
    let batch = prepares(&world, &house, cases[0]).await.unwrap();
    let view = view(&house, &batch).await;
    let rows = view["rows"].as_array().unwrap().iter();
    let listed: BTreeSet<String> =
        rows.map(|row| row["number"].as_str().unwrap().to_owned()).collect();
    assert_eq!(listed, numbers(&world, &cases).await.into_iter().collect());
    for other in [dear, near, asked] {
        assert!(!listed.contains(&world.case(other).await.number.unwrap()));
    }
    // A step that asks something of each case is not for it, and neither are three cases.
    for case in &cases {
        world.says("Bai", *case, "first", Word::Approve).await.unwrap();
    }
    let like = world.slot(cases[0], "second", "Fin").await;
    let body = Body::Json(json!({ "like": like }));
    let fills = posts(&house, "Fin", ("/api/v1/batches", "fills"), &body).await;
    assert_eq!(problem(&fills), (422, "batch".to_owned()));
    let few = prepares(&world, &house, dear).await.unwrap_err();
    assert_eq!(problem(&few), (422, "batch".to_owned()), "{}", few.text());
    let strange = posts(&house, "Li", ("/api/v1/batches", "strange"), &body).await;
    assert_eq!(strange.status, 404, "another office's task");
}

async fn what_changes_meanwhile_is_left_out_with_a_reason(mut world: World) {
    let cases = waiting(&mut world, 9).await;
    let house = house(&world).await;
    let batch = prepares(&world, &house, cases[0]).await.unwrap();
    opens_all(&house, &batch).await;
    let [settled, taken, resting, plain, unticked, passed, ..] = cases[..] else { panic!() };
    world.says("Bai", settled, "first", Word::Approve).await.unwrap();
    let (bai, li) = (world.actor("Bai"), world.actor("Li"));
    let slot = world.slot(taken, "first", "Bai").await;
    world
        .command(async |tx| commands::claim_task(tx, &world.workflow, bai, slot, None).await)
        .await
        .unwrap();
    let slot = world.slot(resting, "first", "Li").await;
    let ask = RequestSupplement { fields: vec!["need".to_owned()], ..Default::default() };
    world
        .command(async |tx| {
            commands::request_supplement(tx, &world.workflow, li, slot, ask.clone()).await
        })
        .await
        .unwrap();
    world.settle().await;
    let slot = world.slot(passed, "first", "Li").await;
    for claims in [true, false] {
        let done = world.command(async |tx| {
            if claims {
                commands::claim_task(tx, &world.workflow, li, slot, None).await
            } else {
                commands::release_task(tx, &world.workflow, li, slot, None).await
            }
        });
        done.await.unwrap();
    }
    let off = world.slot(unticked, "first", "Li").await;
    let unknown = TaskId(plain.0);
    let wrong = signs(&house, &batch, "wrong", &[unknown]).await;
    assert_eq!(problem(&wrong), (422, "invalid-fields".to_owned()), "no case of the batch");
    let done = signs(&house, &batch, "sign", &[off]).await;
    assert_eq!(done.status, 200, "{}", done.text());
    world.settle().await;
    let numbers = numbers(&world, &cases).await;
    let expected = [
        "settled", "taken", "returned", "approved", "unticked", "changed", "approved", "approved",
        "approved",
    ];
    let found = results(&done);
    for (number, expected) in numbers.iter().zip(expected) {
        assert_eq!(found[number], expected, "{number} of {found:?}");
    }
    let rows = json_of(&done)["rows"].as_array().unwrap().clone();
    for row in rows.iter().filter(|row| row["result"] == "left_out") {
        assert!(row["why"]["zh"].as_str().unwrap().ends_with('。'), "a sentence: {row}");
    }
    for (case, signed) in cases.iter().zip([1, 0, 0, 1, 0, 0, 1, 1, 1]) {
        assert_eq!(signatures(&world, *case).await.len(), signed);
    }
    // What was left out waits as before.
    world.says("Li", unticked, "first", Word::Approve).await.unwrap();
}

async fn nobody_draws_until_the_sample_pleases(mut world: World) {
    let cases = waiting(&mut world, 8).await;
    let house = house(&world).await;
    let batch = prepares(&world, &house, cases[0]).await.unwrap();
    for case in &cases[1..3] {
        assert_eq!(prepares(&world, &house, *case).await.unwrap(), batch, "the same again");
    }
    let id: BatchId = batch.parse().unwrap();
    let db = world.workflow.store.read();
    let rows = batch_row::Entity::of_batch(id).all(db).await.unwrap();
    for row in rows.iter().take(5) {
        world.signs("Bai", row.task_id, (Word::Approve, json!({}))).await.unwrap();
    }
    world.settle().await;
    for nth in 0..3 {
        asks(&mut world, &format!("Hai{nth}"), 500).await;
    }
    let open = task::Entity::find_by_id(rows[7].task_id);
    let open = open.one(world.workflow.store.read()).await.unwrap().unwrap();
    let next = prepares(&world, &house, open.case_id).await.unwrap();
    assert_ne!(next, batch, "too few are left of the first");
    assert_eq!(view(&house, &next).await["size"], 6);
}

/// So many more slots like the one of `case`, due a day before all others.
async fn crowds(world: &World, case: CaseId, change: impl Fn(task::Model) -> task::Model) {
    let db = world.workflow.store.for_migration();
    let slot = world.slot(case, "first", "Li").await;
    let slot = task::Entity::find_by_id(slot).one(db).await.unwrap().unwrap();
    let due_at = slot.due_at.map(|due| due - TimeDelta::days(1));
    let more = (0..batching::MOST).map(|_| {
        let id = TaskId::at(world.workflow.clock.now());
        change(task::Model { id, due_at, ..slot.clone() }).into_active_model().reset_all()
    });
    task::Entity::insert_many(more).exec(db).await.unwrap();
}

async fn what_lies_with_others_leaves_the_rest_their_place(mut world: World) {
    let cases = waiting(&mut world, 6).await;
    let big = asks(&mut world, "Big", 2_000).await;
    // A colleague has taken as many as a batch can hold, and as many go beyond what may be granted
    // here; all of them are due first.
    let bai = world.actor("Bai").person;
    let taken =
        |slot: task::Model| task::Model { state: TaskState::Claimed, person_id: bai, ..slot };
    crowds(&world, cases[0], taken).await;
    crowds(&world, big, |slot| slot).await;
    let house = house(&world).await;
    let batch = prepares(&world, &house, cases[5]).await.unwrap();
    let seen = view(&house, &batch).await;
    assert_eq!(seen["size"], 6, "{seen}");
    let listed: BTreeSet<&str> = seen["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["number"].as_str().unwrap())
        .collect();
    let numbers = numbers(&world, &cases).await;
    assert_eq!(listed, numbers.iter().map(String::as_str).collect());
}
