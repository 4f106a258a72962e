//! A public notice that a return brings back: it hangs out again only for what the public has not
//! seen yet.

use entities::{CaseId, Duty, Fen, RunState};
use serde_json::json;
use workflow::{commands::Word, event::ReturnMode};

use crate::harness::{both, world::World};

both![what_the_public_has_seen_does_not_hang_out_again, what_was_raised_hangs_out_again,];

const SOURCE: &str = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
    basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
    owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
    form: [{id: sum, type: money, required: true}]\n\
    award: {lines: [{id: main, amount: 'min(form.sum, table(\"project_region_cap\", today))'}], split: [{payer: county, percent: 100}]}\n\
    route:\n  \
    - {id: first, by: county/education, within: 5wd, on_empty: climb}\n  \
    - {id: notice, kind: publish, rule: P5, at: county}\n  \
    - {id: last, by: city/education, within: 5wd, on_empty: climb, may_return: [first]}\n\
    then:\n  \
    - {id: pay, kind: pay, by: county/finance, to: applicant, within: 3wd, on_empty: hold}\n\
    clock: {total: 60wd, from: accepted, to: outcome, stops: {supplement: 20wd, publicity: 5wd}}\n\
    privacy: {publish: [name_masked, school], keep: 10y}\n";

/// A case that was cut to 500 yuan, shown for five working days, and sent back.
async fn sent_back(world: &mut World) -> CaseId {
    let programs = world.workflow.programs.with_source("sample.yaml", SOURCE);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
    for (name, unit) in [("Li", "county/education"), ("City", "city/education")] {
        world.works(name, unit, Duty::Handler).await;
    }
    world.applies("Ma").await;
    let case = world.drafts("Ma", "sample", json!({ "sum": 90_000 })).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    world.says("Li", case, "first", Word::ApproveLess(Fen(50_000))).await.unwrap();
    assert_eq!(world.run(case, "notice").await.state, RunState::Open);
    world.until("09-17 18:01").await;
    let back = Word::Return {
        to: "first".to_owned(),
        mode: ReturnMode::Replay,
        fields: vec!["sum".to_owned()],
        papers: vec![],
    };
    world.says("City", case, "last", back).await.unwrap();
    assert_eq!(world.run(case, "first").await.round, 2, "{}", world.story(case).await);
    case
}

async fn what_the_public_has_seen_does_not_hang_out_again(mut world: World) {
    let case = sent_back(&mut world).await;
    world.says("Li", case, "first", Word::ApproveLess(Fen(40_000))).await.unwrap();
    let notice = world.run(case, "notice").await;
    let story = world.story(case).await;
    assert_eq!((notice.round, notice.state), (2, RunState::Closed), "{story}");
    assert!(story.contains("step_opened notice#2"), "it stands on record: {story}");
    assert_eq!(world.told_times(case, "published").await, 1);
    world.says("City", case, "last", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.award_fen, Fen(40_000));
    world.can_be_told_again(case).await;
}

async fn what_was_raised_hangs_out_again(mut world: World) {
    let case = sent_back(&mut world).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    let notice = world.run(case, "notice").await;
    assert_eq!((notice.round, notice.state), (2, RunState::Open), "{}", world.story(case).await);
    assert_eq!(world.told_times(case, "published").await, 2);
    world.can_be_told_again(case).await;
}
