//! Who has help paid first and papers come later sees to the papers before the next time.

use entities::{Duty, task};
use serde_json::json;
use workflow::{Refusal, commands::Word};

use crate::harness::{
    api::Api,
    both,
    world::{World, refusal},
};

both![late_papers_bar_the_next_decision_of_the_one_who_agreed];

async fn late_papers_bar_the_next_decision_of_the_one_who_agreed(mut world: World) {
    let source = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
        basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
        owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
        form: [{id: sum, type: money, required: true}]\n\
        route:\n  - {id: quick, by: county/education, within: 24h, debts: [papers], on_empty: climb}\n\
        then:\n  - {id: papers, kind: fill, by: applicant, within: 5wd, on_empty: hold}\n\
        clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd}}\n";
    let programs = world.workflow.programs.with_source("sample.yaml", source);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
    world.works("Li", "county/education", Duty::Handler).await;
    world.works("Mi", "county/education", Duty::Handler).await;
    let mut cases = Vec::new();
    for name in ["Ma", "Bai", "Yang", "Tian"] {
        world.applies(name).await;
        let case = world.drafts(name, "sample", json!({ "sum": 100_000 })).await;
        world.submits(name, case).await.unwrap();
        world.settle().await;
        cases.push(case);
    }
    let api = Api::of(&world);
    world.says("Li", cases[0], "quick", Word::Approve).await.unwrap();
    // Owed and not yet late: nobody is barred.
    world.until("09-17 17:59").await;
    world.says("Li", cases[1], "quick", Word::Approve).await.unwrap();
    world.until("09-17 18:00").await;
    let first = world.case(cases[0]).await.number.unwrap();
    let task = world.slot(cases[2], "quick", "Li").await;
    let seen = api.get(&world, "Li", &format!("/tasks/{task}")).await;
    let verbs = seen.json["verbs"].as_array().unwrap();
    let approve = verbs.iter().find(|verb| verb["name"] == "approve").unwrap();
    let said = approve["blocked"].as_str().unwrap();
    assert!(said.contains(&first), "it is said before anybody tries: {said}");
    for word in [Word::Approve, Word::Refuse("health".to_owned())] {
        let refused = refusal(world.says("Li", cases[2], "quick", word).await);
        assert_eq!(refused, Refusal::Owes { numbers: vec![first.clone()] });
    }
    world.says("Mi", cases[2], "quick", Word::Approve).await.unwrap();

    let slots = task::Entity::of_case(cases[0]).all(world.workflow.store.read()).await.unwrap();
    let papers = slots.iter().find(|slot| slot.path == "papers").unwrap();
    world.signs("Ma", papers.id, (Word::HandIn, json!({}))).await.unwrap();
    world.settle().await;
    world.says("Li", cases[3], "quick", Word::Approve).await.unwrap();
}
