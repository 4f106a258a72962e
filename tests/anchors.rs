//! From which unit a case's places are looked up, and what is public for good.

use entities::{Duty, Level, Outcome, person, publicity};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::json;
use workflow::{
    Refusal,
    commands::{self, StartCase, Word},
};

use crate::harness::{
    both,
    world::{World, refusal},
};

both![
    who_has_no_school_applies_where_the_household_is,
    a_case_begins_at_the_unit_that_its_form_names,
    what_is_never_taken_down_stays_while_the_case_goes_on,
];

fn publish(world: &mut World, anchor: &str, rest: &str) {
    let source = format!(
        "program: sample\ncode: SP\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: {anchor}\n{rest}\n\
         clock: {{total: 60d, from: accepted, to: outcome, stops: {{publicity: 30d}}}}\n\
         privacy: {{publish: [name_masked], keep: 10y}}\n"
    );
    let programs = world.workflow.programs.with_source("sample.yaml", &source);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
}

async fn has_no_school(world: &World, name: &str) {
    let db = world.workflow.store.for_migration();
    let row = person::Entity::find_by_id(world.subject(name)).one(db).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    row.school_id = Set(None);
    row.update(db).await.unwrap();
}

async fn who_has_no_school_applies_where_the_household_is(mut world: World) {
    let route = "route:\n  - {id: home, by: township/aid_office, within: 3wd, on_empty: climb}\n  \
                 - {id: county, by: county/education, within: 3wd, on_empty: climb}";
    world.full_staff().await;
    world.applies("Ma").await;
    has_no_school(&world, "Ma").await;
    publish(&mut world, "applicant.school", route);
    let (actor, subject) = (world.actor("Ma"), world.subject("Ma"));
    let ask = StartCase { program: "sample".to_owned(), subject, filed_as: "self".to_owned() };
    let starts = world
        .command(async |tx| commands::start_case(tx, &world.workflow, actor, ask.clone()).await);
    assert_eq!(refusal(starts.await), Refusal::Profile("school".to_owned()));
    publish(&mut world, "applicant.township", route);
    let case = world.drafts("Ma", "sample", json!({})).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    let row = world.case(case).await;
    assert_eq!(row.anchor_id, Some(world.units["township"]));
    assert!(row.number.is_some_and(|number| number.starts_with("640424-SP-")));
    world.says("Visitor", case, "home", Word::Approve).await.unwrap();
    world.says("Edu", case, "county", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    world.can_be_told_again(case).await;
}

async fn a_case_begins_at_the_unit_that_its_form_names(mut world: World) {
    let rest = "form: [{id: host, type: unit, required: true, title: {zh: 接收学校, en: Host}}]\n\
                route:\n  - {id: host, by: school/head, within: 3wd, on_empty: climb}\n  \
                - {id: county, by: county/education, within: 3wd, on_empty: climb}";
    world.unit("host", (Level::School, "640423", "school"), (None, Some("county2"))).await;
    world.works("Host", "host", Duty::Head).await;
    world.works("Over", "county2/education", Duty::Handler).await;
    world.full_staff().await;
    world.applies("Ma").await;
    publish(&mut world, "form.host", rest);
    let host = world.units["host"];
    let case = world.drafts("Ma", "sample", json!({ "host": host.to_string() })).await;
    assert_eq!(world.case(case).await.anchor_id, Some(world.units["school"]), "a draft is at home");
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    assert_eq!(world.case(case).await.anchor_id, Some(host));
    world.says("Host", case, "host", Word::Approve).await.unwrap();
    world.says("Over", case, "county", Word::Approve).await.unwrap();
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    world.can_be_told_again(case).await;
}

async fn what_is_never_taken_down_stays_while_the_case_goes_on(mut world: World) {
    let rest = "route:\n  - {id: county, by: county/education, within: 3wd, on_empty: climb}\n  \
                - {id: result, kind: publish, rule: PR, at: county}";
    world.full_staff().await;
    world.applies("Ma").await;
    publish(&mut world, "applicant.school", rest);
    let case = world.drafts("Ma", "sample", json!({})).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    world.says("Edu", case, "county", Word::Approve).await.unwrap();
    let up = async |world: &World| {
        let now = world.workflow.clock.now();
        publicity::Entity::up(now).all(world.workflow.store.read()).await.unwrap()
    };
    assert_eq!(up(&world).await.len(), 1);
    world.until("10-15 10:00").await;
    let story = world.story(case).await;
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted), "{story}");
    let [still] = &up(&world).await[..] else { panic!("it is public for good: {story}") };
    assert!(still.is_for_good() && still.taken_down_at.is_none());
    world.can_be_told_again(case).await;
}
