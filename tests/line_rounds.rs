//! What is asked of each line of a list again and again: each round begins empty and is kept.

use entities::{CaseId, Outcome};
use serde_json::{Value as Json, json};
use workflow::{
    CommandError, Refusal,
    commands::{self, Word},
    lot::Lot,
    program::expression::Value,
    rules::rosters::fields_of,
};

use crate::harness::{
    both,
    walk::{hands_in, until},
    world::World,
};

both![each_round_asks_of_every_line_anew_and_all_answers_stay];

const SOURCE: &str = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
     basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
     owner: {lead: education}\nintake: {by: [school/aid_office]}\nanchor: opener\n\
     rows: {of: person, form: [{id: grade, type: integer, required: true, title: {zh: 年级, en: Grade}}]}\n\
     route:\n  \
     - {id: list, kind: fill, by: school/aid_office, may: [add, strike], within: 10wd, on_empty: climb}\n\
     then:\n  \
     - id: job\n    kind: fill\n    by: school/aid_office\n    within: 10wd\n    on_empty: climb\n    \
     repeat: {every: 3mo, at_most: 3, start: 'day(\"list\") + months(3)'}\n    \
     row_form:\n      \
     - {id: works, type: boolean, required: true, title: {zh: 是否就业, en: Works}}\n      \
     - {id: words, type: text, at_most: 100, title: {zh: 说明, en: Words}}\n\
     clock: {total: 20wd, from: opened, to: outcome}\nprivacy: {publish: [], keep: 10y}\n";

/// What the line says now, and what it said round by round.
async fn said(world: &World, case: CaseId) -> (Option<Value>, Vec<Option<Value>>) {
    let row = world.line(case, "Ma").await;
    let works = |said: &std::collections::BTreeMap<String, Value>| said.get("works").cloned();
    let rounds = Lot::of(&row).rounds.remove("job").unwrap_or_default();
    (works(&fields_of(&row)), rounds.iter().map(|round| works(&round.said)).collect())
}

async fn words(world: &World, case: CaseId) -> Option<Value> {
    let db = world.workflow.store.read();
    let all = commands::private(db, &world.workflow, case).await.unwrap();
    all.get(&world.line(case, "Ma").await.id)?.get("words").cloned()
}

async fn answers(world: &World, case: CaseId, fields: Json) {
    world.fills_lines("Aid", case, ("job", vec![("Ma", fields)])).await.unwrap();
    world.walks(case, vec![hands_in("Aid", "job", json!({}))]).await;
}

async fn each_round_asks_of_every_line_anew_and_all_answers_stay(mut world: World) {
    let programs = world.workflow.programs.with_source("sample.yaml", SOURCE);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
    world.full_staff().await;
    world.learns("Ma", "640422200802299979", "18级1班").await;
    let case = world.opens("Aid", "sample", "school").await;
    let line = ("Ma", "640422200802299979", json!({ "grade": 1 }));
    world.adds_line("Aid", case, "list", line).await.unwrap();
    let acts = vec![hands_in("Aid", "list", json!({})), until("12-10 09:00")];
    world.walks(case, acts).await;
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    answers(&world, case, json!({ "works": true, "words": "在县城餐馆" })).await;
    let (yes, no) = (Some(Value::Bool(true)), Some(Value::Bool(false)));
    assert_eq!(said(&world, case).await, (yes.clone(), vec![]));

    // The second round: the old answer is none, in the open or encrypted.
    world.until("2019-03-11 09:00").await;
    assert_eq!(said(&world, case).await, (None, vec![yes.clone()]));
    assert_eq!(words(&world, case).await, None);
    let why = world.says("Aid", case, "job", Word::HandIn).await.unwrap_err();
    let CommandError::Refused(Refusal::Rows(faults)) = why else { panic!("{why:?}") };
    assert_eq!((faults.len(), faults[0].column.as_str()), (1, "works"));
    assert_eq!(
        fields_of(&world.line(case, "Ma").await)["grade"],
        Value::Int(1),
        "it is the list's"
    );
    answers(&world, case, json!({ "works": false, "words": "餐馆停业" })).await;
    assert_eq!(words(&world, case).await, Some(Value::text("餐馆停业")));

    world.until("2019-06-10 09:00").await;
    assert_eq!(said(&world, case).await, (None, vec![yes.clone(), no.clone()]));
    answers(&world, case, json!({ "works": true })).await;
    assert_eq!(said(&world, case).await, (yes.clone(), vec![yes, no]));
    assert_eq!(words(&world, case).await, None, "nobody has said anything more");
    world.can_be_told_again(case).await;
}
