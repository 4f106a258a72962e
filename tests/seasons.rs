//! The season of a program is for handing in: who was in time may answer when it is over.

use entities::{CaseId, Duty};
use serde_json::json;
use workflow::{
    Refusal,
    commands::{self, RequestSupplement, Word},
};

use crate::harness::{
    both,
    world::{World, refusal},
};

both![
    who_was_in_time_answers_when_the_season_is_over,
    who_was_in_time_answers_when_the_program_is_over,
];

/// One claim a year, by whoever comes before Christmas or from the tenth of January on.
fn publish(world: &mut World, valid: &str) {
    let source = format!(
        "program: sample\ncode: SP\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{{valid}}}\nowner: {{lead: education}}\n\
         intake: {{by: [self], once: [person, year], window: [12-01..12-25, 01-10..01-20]}}\n\
         anchor: applicant.school\nform: [{{id: days, type: integer, required: true}}]\n\
         route:\n  - {{id: first, by: county/education, within: 5wd, on_empty: climb}}\n\
         clock: {{total: 30wd, from: accepted, to: outcome, stops: {{supplement: 20wd}}}}\n"
    );
    let programs = world.workflow.programs.with_source("sample.yaml", &source);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
}

/// Ma has handed in on Christmas Eve, and was asked for something.
async fn asked_for_more(world: &mut World, valid: &str) -> CaseId {
    publish(world, valid);
    world.works("Li", "county/education", Duty::Handler).await;
    world.applies("Ma").await;
    world.until("12-24 10:00").await;
    let case = world.asks("Ma").await;
    let (li, task) = (world.actor("Li"), world.slot(case, "first", "Li").await);
    let ask = RequestSupplement { fields: vec!["days".to_owned()], ..RequestSupplement::default() };
    let done = world.command(async |tx| {
        commands::request_supplement(tx, &world.workflow, li, task, ask.clone()).await
    });
    done.await.unwrap();
    case
}

async fn answers(world: &World, case: CaseId) {
    let ma = world.actor("Ma");
    let done = world
        .command(async |tx| commands::resubmit_case(tx, &world.workflow, ma, case, None).await);
    done.await.unwrap();
    world.settle().await;
}

async fn who_was_in_time_answers_when_the_season_is_over(mut world: World) {
    let case = asked_for_more(&mut world, "from: 2018-01-01").await;
    world.until("2019-01-04 10:00").await;
    answers(&world, case).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    // The claim is that of the year in which it was handed in: the new year's is still free.
    world.until("2019-01-11 10:00").await;
    let next = world.drafts("Ma", "sample", json!({ "days": 2 })).await;
    world.submits("Ma", next).await.unwrap();
    world.settle().await;
    let again = world.drafts("Ma", "sample", json!({ "days": 3 })).await;
    let refused = refusal(world.submits("Ma", again).await);
    assert!(matches!(refused, Refusal::Once { .. }), "{refused:?}");
    world.can_be_told_again(case).await;
}

async fn who_was_in_time_answers_when_the_program_is_over(mut world: World) {
    let case = asked_for_more(&mut world, "from: 2018-01-01, to: 2018-12-31").await;
    world.until("2019-01-11 10:00").await;
    answers(&world, case).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}
