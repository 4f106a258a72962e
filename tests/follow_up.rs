//! What follows a grant: rounds by the calendar, proofs that are missed, shares that are paid.

use entities::{CaseId, Duty, Fen, PaymentState, award_line, payment, step_run, task};
use sea_orm::QueryOrder;
use serde_json::json;
use workflow::{
    CommandError, Refusal,
    commands::{Done, Word},
};

use crate::harness::{
    both,
    story::told,
    world::{World, refusal},
};

both![
    a_third_is_paid_each_year_after_its_proof,
    rounds_are_late_each_for_itself_and_end_with_the_last,
    rounds_end_when_what_they_wait_for_is_said,
    a_false_condition_begins_no_rounds,
];

/// A program of one's own: decided by the county, then what follows.
fn publish(world: &mut World, more: &str) {
    let source = format!(
        "program: sample\ncode: SP\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\n\
         form: [{{id: sum, type: money, required: true}}]\n\
         route:\n  - {{id: county, by: county/education, within: 3wd, on_empty: climb}}\n{more}\n\
         clock: {{total: 30wd, from: accepted, to: outcome, stops: {{supplement: 20wd}}}}\n"
    );
    let programs = world.workflow.programs.with_source("sample.yaml", &source);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
}

async fn is_granted(world: &mut World, fen: i64) -> CaseId {
    world.works("Li", "county/education", Duty::Handler).await;
    world.works("Mi", "county/education", Duty::Handler).await;
    world.works("Fin", "county/finance", Duty::Handler).await;
    world.applies("Ma").await;
    let case = world.drafts("Ma", "sample", json!({ "sum": fen })).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    world.says("Li", case, "county", Word::Approve).await.unwrap();
    case
}

async fn hands_in(world: &World, case: CaseId, step: &str) {
    let round = world.run(case, step).await.round;
    says_in(world, (case, step, round), "Ma", json!({})).await.unwrap();
}

/// Hands in what one round of a step asks for.
async fn says_in(
    world: &World,
    (case, step, round): (CaseId, &str, i32),
    name: &str,
    said: serde_json::Value,
) -> Result<Done, CommandError> {
    let db = world.workflow.store.read();
    let runs = step_run::Entity::of_case(case).all(db).await.unwrap();
    let run = runs.into_iter().find(|run| run.path == step && run.round == round).unwrap();
    let slots = task::Entity::of_case(case).all(db).await.unwrap();
    let slot = slots.into_iter().find(|slot| slot.run_id == run.id).unwrap();
    let done = world.signs(name, slot.id, (Word::HandIn, said)).await;
    world.settle().await;
    done
}

/// What follows the last line of an earlier story.
async fn story_after(world: &World, case: CaseId, mark: &str) -> String {
    let story = world.story(case).await;
    let (_, rest) = story.split_once(mark).unwrap_or_else(|| panic!("no {mark} in {story}"));
    rest.trim_start_matches('\n').to_owned()
}

const THIRDS: &str = "award: {lines: [{id: main, amount: 'form.sum'}], \
    split: [{payer: county, percent: 100}]}\nthen:\n  \
    - id: year\n    repeat: {every: 1y, start: 'date(2019, 9, 1)', at_most: 3, \
    until: 'has(step.check.there) && !step.check.there'}\n    steps:\n      \
    - {id: proof, kind: fill, by: applicant, within: 10wd, missed: {grace: 30d, then: suspend}, on_empty: hold}\n      \
    - {id: check, kind: fill, by: county/education, within: 5wd, on_empty: climb, form: [{id: there, type: boolean, required: true}]}\n      \
    - {id: pay, kind: pay, by: county/finance, when: 'step.check.there', per: line, share: {of: 3}, within: 5wd, on_empty: hold}";

async fn a_third_is_paid_each_year_after_its_proof(mut world: World) {
    publish(&mut world, THIRDS);
    let case = is_granted(&mut world, 10_000).await;
    // The first of September 2019 is a Sunday: the round opens on Monday.
    world.until("2019-09-02 09:00").await;
    hands_in(&world, case, "proof").await;
    let there = (Word::HandIn, json!({ "there": true }));
    world.says_with("Li", case, "check", there.clone()).await.unwrap();
    world.says("Fin", case, "pay", Word::Pay).await.unwrap();
    assert_eq!(payments(&world, case).await, [(1, 3_333, PaymentState::Paid)]);
    assert_eq!(line(&world, case).await, PaymentState::Ordered, "two thirds are outstanding");
    // Nothing comes in the second year: after the grace the case rests, until it comes.
    world.until("2020-12-01 10:00").await;
    assert!(world.case(case).await.suspended);
    hands_in(&world, case, "proof").await;
    assert!(!world.case(case).await.suspended);
    world.says_with("Li", case, "check", there.clone()).await.unwrap();
    world.says("Fin", case, "pay", Word::Pay).await.unwrap();
    world.until("2021-09-01 10:00").await;
    hands_in(&world, case, "proof").await;
    world.says_with("Li", case, "check", there).await.unwrap();
    world.says("Fin", case, "pay", Word::Pay).await.unwrap();
    let paid = [(1, 3_333), (2, 3_333), (3, 3_334)];
    let paid = paid.map(|(share, fen)| (share, fen, PaymentState::Paid));
    assert_eq!(payments(&world, case).await, paid);
    assert_eq!(line(&world, case).await, PaymentState::Paid);
    world.can_be_told_again(case).await;
    told!(story_after(&world, case, "clock_ended total").await, @"");
}

/// Share, amount and state of each payment.
async fn payments(world: &World, case: CaseId) -> Vec<(i32, i64, PaymentState)> {
    let rows = payment::Entity::of_case(case).order_by_asc(payment::Column::Share);
    let rows = rows.all(world.workflow.store.read()).await.unwrap();
    rows.into_iter().map(|row| (row.share, row.fen.0, row.state)).collect()
}

async fn line(world: &World, case: CaseId) -> PaymentState {
    let row = award_line::Entity::of_case(case).one(world.workflow.store.read()).await;
    let row = row.unwrap().unwrap();
    assert_eq!(row.fen, Fen(10_000));
    row.state
}

async fn rounds_are_late_each_for_itself_and_end_with_the_last(mut world: World) {
    publish(
        &mut world,
        "then:\n  - together:\n      - {id: term, kind: fill, by: county/education, \
         repeat: {every: {week: 1, day: fri}, at_most: 3}, within: 1wd, \
         missed: {grace: 8d, then: go_on}, on_empty: climb, \
         form: [{id: status, type: choice, options: [here, gone], required: true}]}\n      \
         - {id: note, kind: fill, by: county/education, within: 5wd, on_empty: climb}\n  \
         - {id: gone, kind: fill, by: county/education, \
         when: 'has(step.term.status) && step.term.status == \"gone\"', within: 1wd, on_empty: climb}",
    );
    let case = is_granted(&mut world, 0).await;
    world.says("Li", case, "note", Word::HandIn).await.unwrap();
    world.until("09-26 10:00").await;
    // The first was missed, the second is late.
    says_in(&world, (case, "term", 2), "Li", json!({ "status": "here" })).await.unwrap();
    world.until("10-08 10:00").await;
    says_in(&world, (case, "term", 3), "Li", json!({ "status": "gone" })).await.unwrap();
    world.says("Li", case, "gone", Word::HandIn).await.unwrap();
    world.can_be_told_again(case).await;
    told!(story_after(&world, case, "clock_ended total").await, @"");
}

async fn rounds_end_when_what_they_wait_for_is_said(mut world: World) {
    publish(
        &mut world,
        "then:\n  - {id: term, kind: fill, by: county/education, \
         repeat: {every: 6mo, start: 'day(\"county\") + months(1)', until: 'step.term.status != \"here\"', at_most: 6}, \
         within: 10wd, on_empty: climb, \
         form: [{id: status, type: choice, options: [here, gone], required: true}]}",
    );
    let case = is_granted(&mut world, 0).await;
    world.until("2019-04-12 10:00").await;
    // Half a year later the first is still open; the second says what both were to find out.
    let gone = json!({ "status": "gone" });
    says_in(&world, (case, "term", 2), "Li", gone.clone()).await.unwrap();
    let late = refusal(says_in(&world, (case, "term", 1), "Li", gone).await);
    assert!(matches!(late, Refusal::Settled { .. }), "{late:?}");
    world.can_be_told_again(case).await;
    told!(story_after(&world, case, "clock_ended total").await, @"");
}

async fn a_false_condition_begins_no_rounds(mut world: World) {
    publish(
        &mut world,
        "then:\n  - {id: term, kind: fill, by: county/education, when: 'form.sum > yuan(5)', \
         repeat: {every: 6mo, at_most: 6}, within: 10wd, on_empty: climb}",
    );
    let case = is_granted(&mut world, 0).await;
    let story = world.story(case).await;
    assert!(story.contains("step_skipped then.0"), "{story}");
    assert!(story.contains("case_ended"), "{story}");
}
