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
    a_third_that_was_earned_is_paid_though_the_next_year_says_gone,
    rounds_that_are_open_together_read_each_its_own_answer,
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

const THIRDS: &str = "award: {lines: [{id: main, amount: 'min(form.sum, table(\"project_region_cap\", today))'}], \
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
    told!(story_after(&world, case, "clock_ended total").await, @"
    09-10 10:00  the clock  round_waiting year opens_at 2019-09-02 00:00
    2019-09-02 00:00  the clock  block_entered year
    2019-09-02 00:00  the clock  round_waiting year#2 opens_at 2020-09-01 00:00
    2019-09-02 00:00  the clock  step_opened proof [school]
    2019-09-02 00:00  the clock  clock_started proof due 2019-09-17 18:00
    2019-09-02 09:00  Ma         task_signed school done
    2019-09-02 09:00  Ma         clock_ended proof
    2019-09-02 09:00  Ma         step_closed proof done
    2019-09-02 09:00  the clock  step_opened check [county/education]
    2019-09-02 09:00  the clock  clock_started check due 2019-09-09 18:00
    2019-09-02 09:00  Li         task_signed county/education done
    2019-09-02 09:00  Li         clock_ended check
    2019-09-02 09:00  Li         step_closed check done
    2019-09-02 09:00  the clock  step_opened pay [county/finance]
    2019-09-02 09:00  the clock  clock_started pay due 2019-09-09 18:00
    2019-09-02 09:00  the clock  payment_ordered pay
    2019-09-02 09:00  Fin        task_signed county/finance done
    2019-09-02 09:00  Fin        clock_ended pay
    2019-09-02 09:00  Fin        step_closed pay done
    2019-09-02 09:00  Fin        payment_made pay ¥33.33
    2019-09-02 09:00  the clock  step_closed year done
    2020-09-01 00:00  the clock  block_entered year#2
    2020-09-01 00:00  the clock  round_waiting year#3 opens_at 2021-09-01 00:00
    2020-09-01 00:00  the clock  step_opened proof#2 [school]
    2020-09-01 00:00  the clock  clock_started proof#2 due 2020-09-15 18:00
    2020-09-15 18:00  the clock  light_changed proof#2 red
    2020-10-15 18:00  the clock  suspended proof#2
    2020-12-01 10:00  Ma         task_signed school done
    2020-12-01 10:00  Ma         clock_ended proof#2
    2020-12-01 10:00  Ma         step_closed proof#2 done
    2020-12-01 10:00  the clock  resumed
    2020-12-01 10:00  the clock  step_opened check#2 [county/education]
    2020-12-01 10:00  the clock  clock_started check#2 due 2020-12-08 18:00
    2020-12-01 10:00  Li         task_signed county/education done
    2020-12-01 10:00  Li         clock_ended check#2
    2020-12-01 10:00  Li         step_closed check#2 done
    2020-12-01 10:00  the clock  step_opened pay#2 [county/finance]
    2020-12-01 10:00  the clock  clock_started pay#2 due 2020-12-08 18:00
    2020-12-01 10:00  the clock  payment_ordered pay#2
    2020-12-01 10:00  Fin        task_signed county/finance done
    2020-12-01 10:00  Fin        clock_ended pay#2
    2020-12-01 10:00  Fin        step_closed pay#2 done
    2020-12-01 10:00  Fin        payment_made pay#2 ¥33.33
    2020-12-01 10:00  the clock  step_closed year#2 done
    2021-09-01 00:00  the clock  block_entered year#3
    2021-09-01 00:00  the clock  step_opened proof#3 [school]
    2021-09-01 00:00  the clock  clock_started proof#3 due 2021-09-15 18:00
    2021-09-01 10:00  Ma         task_signed school done
    2021-09-01 10:00  Ma         clock_ended proof#3
    2021-09-01 10:00  Ma         step_closed proof#3 done
    2021-09-01 10:00  the clock  step_opened check#3 [county/education]
    2021-09-01 10:00  the clock  clock_started check#3 due 2021-09-08 18:00
    2021-09-01 10:00  Li         task_signed county/education done
    2021-09-01 10:00  Li         clock_ended check#3
    2021-09-01 10:00  Li         step_closed check#3 done
    2021-09-01 10:00  the clock  step_opened pay#3 [county/finance]
    2021-09-01 10:00  the clock  clock_started pay#3 due 2021-09-08 18:00
    2021-09-01 10:00  the clock  payment_ordered pay#3
    2021-09-01 10:00  Fin        task_signed county/finance done
    2021-09-01 10:00  Fin        clock_ended pay#3
    2021-09-01 10:00  Fin        step_closed pay#3 done
    2021-09-01 10:00  Fin        payment_made pay#3 ¥33.34
    2021-09-01 10:00  the clock  step_closed year#3 done
    2021-09-01 10:00  the clock  case_ended
    ");
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
    // The third red light of the quarter tells whoever is set over the county.
    told!(story_after(&world, case, "clock_ended total").await, @"
    09-10 10:00  the clock  block_entered then.0
    09-10 10:00  the clock  round_waiting then.0.0 opens_at 09-14 00:00
    09-10 10:00  the clock  step_opened note [county/education]
    09-10 10:00  the clock  clock_started note due 09-17 18:00
    09-10 10:00  Li         task_signed county/education done
    09-10 10:00  Li         clock_ended note
    09-10 10:00  Li         step_closed note done
    09-14 00:00  the clock  block_entered then.0.0
    09-14 00:00  the clock  round_waiting then.0.0#2 opens_at 09-21 00:00
    09-14 00:00  the clock  step_opened term [county/education]
    09-14 00:00  the clock  clock_started term due 09-17 18:00
    09-17 18:00  the clock  light_changed term red
    09-21 00:00  the clock  block_entered then.0.0#2
    09-21 00:00  the clock  round_waiting then.0.0#3 opens_at 09-28 00:00
    09-21 00:00  the clock  step_opened term#2 [county/education]
    09-21 00:00  the clock  clock_started term#2 due 09-25 18:00
    09-25 18:00  the clock  task_voided county/education
    09-25 18:00  the clock  clock_ended term
    09-25 18:00  the clock  step_closed term missed
    09-25 18:00  the clock  light_changed term#2 red
    09-25 18:00  the clock  step_closed then.0.0 done
    09-26 10:00  Li         task_signed county/education done
    09-26 10:00  Li         clock_ended term#2
    09-26 10:00  Li         step_closed term#2 done
    09-26 10:00  the clock  step_closed then.0.0#2 done
    09-28 00:00  the clock  block_entered then.0.0#3
    09-28 00:00  the clock  step_opened term#3 [county/education]
    09-28 00:00  the clock  clock_started term#3 due 09-29 18:00
    09-29 18:00  the clock  light_changed term#3 red
    09-29 18:00  the clock  letter_sent
    10-08 10:00  Li         task_signed county/education done
    10-08 10:00  Li         clock_ended term#3
    10-08 10:00  Li         step_closed term#3 done
    10-08 10:00  the clock  step_closed then.0.0#3 done
    10-08 10:00  the clock  step_closed then.0 done
    10-08 10:00  the clock  step_opened gone [county/education]
    10-08 10:00  the clock  clock_started gone due 10-09 18:00
    10-08 10:00  Li         task_signed county/education done
    10-08 10:00  Li         clock_ended gone
    10-08 10:00  Li         step_closed gone done
    10-08 10:00  the clock  case_ended
    ");
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
    told!(story_after(&world, case, "clock_ended total").await, @"
    09-10 10:00  the clock  round_waiting then.0 opens_at 10-10 00:00
    10-10 00:00  the clock  block_entered then.0
    10-10 00:00  the clock  round_waiting then.0#2 opens_at 2019-04-10 00:00
    10-10 00:00  the clock  step_opened term [county/education]
    10-10 00:00  the clock  clock_started term due 10-24 18:00
    10-24 18:00  the clock  light_changed term red
    2019-04-10 00:00  the clock  block_entered then.0#2
    2019-04-10 00:00  the clock  round_waiting then.0#3 opens_at 2019-10-10 00:00
    2019-04-10 00:00  the clock  step_opened term#2 [county/education]
    2019-04-10 00:00  the clock  clock_started term#2 due 2019-04-24 18:00
    2019-04-12 10:00  Li         task_signed county/education done
    2019-04-12 10:00  Li         clock_ended term#2
    2019-04-12 10:00  Li         step_closed term#2 done
    2019-04-12 10:00  the clock  step_closed then.0#2 done
    2019-04-12 10:00  the clock  task_voided county/education
    2019-04-12 10:00  the clock  clock_ended term
    2019-04-12 10:00  the clock  step_voided term ended
    2019-04-12 10:00  the clock  step_voided then.0 ended
    2019-04-12 10:00  the clock  step_voided then.0#3 ended
    2019-04-12 10:00  the clock  case_ended
    ");
}

/// Two years are asked at once, because the work began long before the application.
async fn two_years_at_once(world: &mut World) -> CaseId {
    let early = THIRDS.replace("date(2019, 9, 1)", "date(2017, 6, 1)");
    publish(world, &early.replace("at_most: 3", "at_most: 2"));
    let case = is_granted(world, 10_000).await;
    for round in [1, 2] {
        says_in(world, (case, "proof", round), "Ma", json!({})).await.unwrap();
    }
    case
}

async fn a_third_that_was_earned_is_paid_though_the_next_year_says_gone(mut world: World) {
    let case = two_years_at_once(&mut world).await;
    says_in(&world, (case, "check", 1), "Li", json!({ "there": true })).await.unwrap();
    assert_eq!(payments(&world, case).await, [(1, 3_333, PaymentState::Ordered)]);
    says_in(&world, (case, "check", 2), "Li", json!({ "there": false })).await.unwrap();
    assert_eq!(payments(&world, case).await, [(1, 3_333, PaymentState::Ordered)]);
    world.says("Fin", case, "pay", Word::Pay).await.unwrap();
    world.settle().await;
    assert_eq!(payments(&world, case).await, [(1, 3_333, PaymentState::Paid)]);
    let story = world.story(case).await;
    assert!(story.trim_end().ends_with("case_ended"), "{story}");
    assert!(!story.contains("step_voided pay"), "{story}");
    world.can_be_told_again(case).await;
}

async fn rounds_that_are_open_together_read_each_its_own_answer(mut world: World) {
    let case = two_years_at_once(&mut world).await;
    says_in(&world, (case, "check", 2), "Li", json!({ "there": true })).await.unwrap();
    assert_eq!(payments(&world, case).await, [(1, 3_333, PaymentState::Ordered)]);
    says_in(&world, (case, "check", 1), "Li", json!({ "there": false })).await.unwrap();
    let paid = payments(&world, case).await;
    assert_eq!(paid, [(1, 3_333, PaymentState::Ordered)], "the first year is not paid");
    let story = world.story(case).await;
    assert!(story.contains("step_opened pay ") && story.contains("step_skipped pay#2"), "{story}");
    world.can_be_told_again(case).await;
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
