//! Who of an office is offered a case first: by load, by turns, whoever had it before; and which
//! case comes next for somebody.

use std::collections::BTreeMap;

use actix_web::test::TestRequest;
use entities::{CaseId, Duty, PersonId, TaskId, TaskState, task};
use serde_json::{Value, json};
use workflow::{
    Bar, Refusal,
    commands::{self, Word},
};

use crate::harness::{
    both,
    house::{Answer, Body, House},
    world::{World, refusal},
};

both![
    the_one_with_least_in_hand_is_offered_it_and_others_may_take_it,
    turns_go_round_an_office,
    whoever_had_the_person_before_has_them_again,
    a_vote_asks_those_who_have_least,
    what_is_offered_to_somebody_who_leaves_goes_back,
    the_next_case_is_what_is_due_first_and_says_why,
    like_cases_follow_each_other,
];

/// A program of one step and what comes after it.
fn source(step: &str) -> String {
    format!(
        "program: shared\nversion: 1\ncode: SH\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\n\
         form: [{{id: need, type: money, required: true}}]\n\
         award: {{lines: [{{id: main, amount: 'min(form.need, table(\"project_region_cap\", today))'}}], split: [{{payer: county, percent: 100}}]}}\n\
         route:\n  - {{id: first, by: county/education, within: 5wd, on_empty: climb{step}}}\n  \
         - {{id: second, by: county/finance, within: 3wd, on_empty: climb}}\n\
         then: [{{id: pay, kind: pay, by: county/finance, to: applicant, within: 3wd, on_empty: hold}}]\n\
         clock: {{total: 30wd, from: accepted, to: outcome, stops: {{supplement: 20wd}}}}\nremind: R0\n"
    )
}

async fn staffed(world: &mut World, step: &str) {
    let source = source(step);
    world.workflow.programs = world.workflow.programs.with_source("shared.yaml", &source).unwrap();
    for name in ["Li", "Bai", "Cai"] {
        world.works(name, "county/education", Duty::Handler).await;
    }
    world.works("Fin", "county/finance", Duty::Handler).await;
}

async fn asks(world: &mut World, name: &str) -> CaseId {
    if !world.people.contains_key(name) {
        world.applies(name).await;
    }
    let case = world.drafts(name, "shared", json!({ "need": 50_000 })).await;
    world.submits(name, case).await.unwrap();
    world.settle().await;
    // Of two that are due alike the first to come is first.
    world.workflow.clock.advance(chrono::TimeDelta::seconds(1));
    case
}

fn person(world: &World, name: &str) -> PersonId {
    world.actor(name).person.unwrap()
}

async fn first(world: &World, case: CaseId) -> task::Model {
    let rows = task::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    rows.into_iter().find(|row| row.path == "first").unwrap()
}

/// How many of `cases` were offered to each.
async fn shares(world: &World, cases: &[CaseId]) -> BTreeMap<PersonId, usize> {
    let mut shares = BTreeMap::new();
    for case in cases {
        let row = first(world, *case).await;
        *shares.entry(row.person_id.expect("it is offered to somebody")).or_default() += 1;
    }
    shares
}

async fn the_one_with_least_in_hand_is_offered_it_and_others_may_take_it(mut world: World) {
    staffed(&mut world, ", assign: least_loaded").await;
    let mut cases = Vec::new();
    for nth in 0..6 {
        cases.push(asks(&mut world, &format!("Ma{nth}")).await);
    }
    let even = shares(&world, &cases).await;
    assert!(["Li", "Bai", "Cai"].iter().all(|name| even[&person(&world, name)] == 2), "{even:?}");
    // Handed in together and routed together: each sees what the one before has got.
    let mut together = Vec::new();
    for nth in 0..6 {
        let name = format!("Hai{nth}");
        world.applies(&name).await;
        let case = world.drafts(&name, "shared", json!({ "need": 50_000 })).await;
        world.submits(&name, case).await.unwrap();
        together.push(case);
    }
    world
        .command(async |tx| commands::route_cases(tx, &world.workflow, &together).await)
        .await
        .unwrap();
    let even = shares(&world, &together).await;
    assert!(["Li", "Bai", "Cai"].iter().all(|name| even[&person(&world, name)] == 2), "{even:?}");
    // An offer is not taken: a colleague sees it, and may sign it or take it.
    let row = first(&world, cases[0]).await;
    assert_eq!((row.state, row.addressed), (TaskState::Open, false));
    assert!(world.story(cases[0]).await.contains("task_offered"));
    let own = row.person_id.unwrap();
    let other = ["Li", "Bai"].into_iter().find(|name| person(&world, name) != own).unwrap();
    world.signs(other, row.id, (Word::Approve, json!({}))).await.unwrap();
    let second = first(&world, cases[1]).await;
    let own = ["Li", "Bai", "Cai"].into_iter();
    let own: Vec<&str> =
        own.filter(|name| Some(person(&world, name)) != second.person_id).collect();
    let (takes, late) = (own[0], own[1]);
    let actor = world.actor(takes);
    world
        .command(async |tx| commands::claim_task(tx, &world.workflow, actor, second.id, None).await)
        .await
        .unwrap();
    let no = refusal(world.signs(late, second.id, (Word::Approve, json!({}))).await);
    assert_eq!(no, Refusal::NotYours(Bar::Claimed), "now it is taken");
    world.settle().await;
    world.can_be_told_again(cases[0]).await;
    world.can_be_told_again(cases[1]).await;
}

async fn turns_go_round_an_office(mut world: World) {
    staffed(&mut world, ", assign: round_robin").await;
    let mut order = Vec::new();
    for nth in 0..7 {
        let case = asks(&mut world, &format!("Ma{nth}")).await;
        let row = first(&world, case).await;
        let own = row.person_id.unwrap();
        order.push(own);
        // Whoever is quick is not given more for it.
        if nth % 2 == 0 {
            let names = ["Li", "Bai", "Cai"].into_iter();
            let name = names.clone().find(|name| person(&world, name) == own).unwrap();
            world.signs(name, row.id, (Word::Approve, json!({}))).await.unwrap();
            world.settle().await;
        }
        world.workflow.clock.advance(chrono::TimeDelta::minutes(1));
    }
    let expected: Vec<PersonId> = ["Li", "Bai", "Cai", "Li", "Bai", "Cai", "Li"]
        .into_iter()
        .map(|name| person(&world, name))
        .collect();
    assert_eq!(order, expected);
}

async fn whoever_had_the_person_before_has_them_again(mut world: World) {
    staffed(&mut world, ", assign: same_as_before").await;
    let case = asks(&mut world, "Ma").await;
    assert_eq!(first(&world, case).await.person_id, None, "nobody knows Ma: the office has it");
    world.says("Bai", case, "first", Word::Approve).await.unwrap();
    let again = asks(&mut world, "Ma").await;
    assert_eq!(first(&world, again).await.person_id, Some(person(&world, "Bai")));
    let other = asks(&mut world, "Hai").await;
    assert_eq!(first(&world, other).await.person_id, None);
    world.declares_conflict("Bai", "Ma").await;
    let third = asks(&mut world, "Ma").await;
    assert_eq!(first(&world, third).await.person_id, None, "who must keep away is offered nothing");
}

async fn a_vote_asks_those_who_have_least(mut world: World) {
    staffed(&mut world, ", take: {quorum: 2, of: 2}").await;
    let mut asked: BTreeMap<PersonId, usize> = BTreeMap::new();
    for nth in 0..3 {
        let case = asks(&mut world, &format!("Ma{nth}")).await;
        let rows = task::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
        let voters: Vec<PersonId> = rows.iter().filter_map(|row| row.person_id).collect();
        assert_eq!(voters.len(), 2, "so many are asked, and no more");
        for voter in voters {
            *asked.entry(voter).or_default() += 1;
        }
    }
    assert!(asked.len() == 3 && asked.values().all(|times| *times == 2), "{asked:?}");
}

async fn what_is_offered_to_somebody_who_leaves_goes_back(mut world: World) {
    staffed(&mut world, ", assign: least_loaded").await;
    let case = asks(&mut world, "Ma").await;
    let row = first(&world, case).await;
    assert_eq!(row.person_id, Some(person(&world, "Li")));
    let row_of =
        entities::appointment::Entity::held_by(person(&world, "Li"), world.workflow.clock.now());
    let held = row_of.one(world.workflow.store.read()).await.unwrap().unwrap();
    let ended = entities::appointment::ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(held.id),
        to_at: sea_orm::ActiveValue::Set(Some(world.workflow.clock.now())),
        ..Default::default()
    };
    sea_orm::ActiveModelTrait::update(ended, world.workflow.store.for_migration()).await.unwrap();
    world.workflow.clock.advance(chrono::TimeDelta::minutes(1));
    world.command(async |tx| commands::settle_case(tx, &world.workflow, case).await).await.unwrap();
    let row = first(&world, case).await;
    assert_eq!((row.state, row.person_id), (TaskState::Open, None), "the office has it");
    world.can_be_told_again(case).await;
}

async fn house(world: &World, names: &[&str]) -> House {
    let mut house = House::of(world).await;
    for name in names {
        house.lets_staff_in(world, name).await;
    }
    house
}

async fn gets(house: &House, name: &str, path: &str) -> Answer {
    let knock = house.open().await;
    knock(house.by(name, TestRequest::get().uri(path), &Body::Nothing)).await
}

async fn next(house: &House, name: &str, query: &str) -> Value {
    let answer = gets(house, name, &format!("/api/v1/tasks/next{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body: Value = serde_json::from_slice(&answer.bytes).unwrap();
    body["next"].clone()
}

async fn the_next_case_is_what_is_due_first_and_says_why(mut world: World) {
    staffed(&mut world, "").await;
    let house = house(&world, &["Li", "Fin"]).await;
    assert_eq!(next(&house, "Li", "").await, Value::Null, "nothing waits");
    let answer = gets(&house, "Li", "/staff/tasks/next").await;
    assert_eq!(answer.headers.get("location").unwrap().to_str().unwrap(), "/staff/tasks");
    let taken = asks(&mut world, "Ma0").await;
    let near = asks(&mut world, "Ma1").await;
    let own = asks(&mut world, "Ma2").await;
    let bai = world.actor("Bai");
    let slot = first(&world, taken).await.id;
    world
        .command(async |tx| commands::claim_task(tx, &world.workflow, bai, slot, None).await)
        .await
        .unwrap();
    let found = next(&house, "Li", "").await;
    let slot = first(&world, near).await.id;
    assert_eq!((&found["task"], &found["because"]), (&json!(slot), &json!("first")));
    assert!(found["said"]["zh"].as_str().unwrap().ends_with('。'));
    let after = next(&house, "Li", &format!("?after={slot}")).await;
    assert_eq!(after["task"], json!(first(&world, own).await.id), "not the one just looked at");
    world.until("09-17 17:00").await;
    // They sign in anew: days have passed.
    let house = self::house(&world, &["Li"]).await;
    assert_eq!(next(&house, "Li", "").await["because"], "today");
    world.until("09-18 10:00").await;
    let house = self::house(&world, &["Li", "Fin"]).await;
    assert_eq!(next(&house, "Li", "").await["because"], "late");
    assert_eq!(next(&house, "Fin", "").await, Value::Null, "another office has nothing");
}

async fn like_cases_follow_each_other(mut world: World) {
    staffed(&mut world, "").await;
    world.works("Li", "county/finance", Duty::Handler).await;
    // The first waits at finance and is due before the others.
    let other = asks(&mut world, "Ma0").await;
    world.says("Bai", other, "first", Word::Approve).await.unwrap();
    let (one, two) = (asks(&mut world, "Ma1").await, asks(&mut world, "Ma2").await);
    let house = house(&world, &["Li"]).await;
    let slot = |case| {
        let world = &world;
        async move { first(world, case).await.id }
    };
    let posts = async |task: TaskId, then: Option<&'static str>| {
        let fields = then.map(|then| ("then", then.to_owned())).into_iter().collect();
        let request = TestRequest::post().uri(&format!("/staff/tasks/{task}/approve"));
        let knock = house.open().await;
        let done = knock(house.by("Li", request, &Body::Form(fields))).await;
        assert_eq!(done.status, 303, "{}", done.text());
        let to = done.headers.get("location").unwrap().to_str().unwrap().to_owned();
        world.settle().await;
        to
    };
    let page = gets(&house, "Li", &format!("/staff/tasks/{}", slot(one).await)).await.text();
    assert!(page.contains("name=\"then\" value=\"like\""), "{page}");
    assert!(page.contains("/staff/tasks/next?after="), "{page}");
    let to = posts(slot(one).await, Some("like")).await;
    assert!(to.starts_with(&format!("/staff/tasks/{}", slot(two).await)), "{to}");
    assert!(to.ends_with("because=like"), "{to}");
    let page = gets(&house, "Li", &to).await.text();
    assert!(page.contains("继续办理同类"), "it says why: {page}");
    let to = posts(slot(two).await, Some("like")).await;
    assert!(to.ends_with("because=none_like"), "{to}");
    let rows = task::Entity::of_case(other).all(world.workflow.store.read()).await.unwrap();
    let second = rows.iter().find(|row| row.path == "second").unwrap().id;
    assert!(to.starts_with(&format!("/staff/tasks/{second}")), "{to}");
}
