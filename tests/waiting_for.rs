//! What a case says of itself while nobody has to act: a day, a condition, its collecting time.

use entities::{CaseId, Duty, case_file};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use workflow::commands::Word;

use crate::{
    harness::{api::Api, both, world::World},
    oversight::late_world,
};

both![a_pause_and_the_next_round_are_waited_for, a_notice_that_collects_says_so,];

/// The sentence of `why` in both languages.
async fn why(world: &World, name: &str, case: CaseId) -> (String, String) {
    let said = Api::of(world).get(world, name, &format!("/cases/{case}/why")).await;
    assert_eq!(said.status, 200, "{}", said.json);
    let of = |language: &str| said.json["sentence"][language].as_str().unwrap().to_owned();
    (of("zh"), of("en"))
}

async fn a_pause_and_the_next_round_are_waited_for(mut world: World) {
    let source = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
         basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
         owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
         form: [{id: sum, type: money, required: true}]\n\
         route:\n  - {id: pause, kind: wait, until: 'today >= date(2018, 9, 13)', by: county/education, \
         within: 20wd, on_empty: climb, title: {zh: 等候开学, en: Wait for term}}\n  \
         - {id: county, by: county/education, within: 3wd, on_empty: climb}\n\
         then:\n  - {id: term, kind: fill, by: county/education, \
         repeat: {every: {week: 1, day: fri}, at_most: 3}, within: 1wd, on_empty: climb, \
         title: {zh: 每周回访, en: Weekly visit}}\n\
         clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd}}\n";
    let programs = world.workflow.programs.with_source("sample.yaml", source);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
    world.works("Li", "county/education", Duty::Handler).await;
    world.applies("Ma").await;
    let case = world.drafts("Ma", "sample", json!({ "sum": 100 })).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    let (zh, en) = why(&world, "Ma", case).await;
    assert!(zh.contains("“等候开学”等待所定条件成就"), "{zh}");
    assert!(en.contains("“Wait for term” waits for its condition"), "{en}");

    world.until("09-13 09:00").await;
    world.says("Li", case, "county", Word::Approve).await.unwrap();
    let (zh, en) = why(&world, "Ma", case).await;
    assert!(zh.contains("“每周回访”于9月14日00:00开始，此前无人需要办理"), "{zh}");
    assert!(en.contains("“Weekly visit” begins on 2018-09-14"), "{en}");
}

async fn a_notice_that_collects_says_so(mut world: World) {
    late_world(&mut world).await;
    world.asks("Ma").await;
    world.until("09-18 09:00").await;
    let notice = case_file::Entity::find()
        .filter(case_file::Column::Program.eq("circulated-notice"))
        .one(world.workflow.store.read())
        .await
        .unwrap()
        .unwrap();
    let (zh, en) = why(&world, "Sun", notice.id).await;
    assert!(zh.starts_with("正在汇集应当一并处理的事项"), "{zh}");
    assert!(en.starts_with("It still collects what belongs together"), "{en}");
    assert!(!zh.contains("正在转到下一个环节"), "{zh}");
}
