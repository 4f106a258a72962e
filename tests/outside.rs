//! Units outside the levels: offered a case, named by `let`, counted and never red.

use entities::{CaseId, Duty, Level, clock, publicity};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use workflow::{
    Refusal,
    calendar::{Calendar, DayKind, Row},
    commands::Word,
};

use crate::harness::{
    both,
    story::told,
    world::{World, refusal},
};

both![
    a_school_elsewhere_is_offered_a_place_and_reports_later,
    an_empty_school_elsewhere_is_held_by_the_owner,
    a_code_of_a_county_says_where_a_step_is_looked_up,
    a_school_elsewhere_has_the_working_days_of_its_own_region,
    rules_read_the_place_of_a_unit_that_a_form_names,
];

/// Offers, answers, and a report of whoever was placed.
fn publish(world: &mut World) {
    let source = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
         basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
         owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
         form: []\nlet: {placed: 'verdict(\"host\") == \"approved\" ? step.offer.host : step.last.host'}\n\
         route:\n  - repeat: {until: 'verdict(\"host\") == \"approved\"', at_most: 3}\n    steps:\n      \
         - {id: offer, by: region/education, verdicts: [approve], within: 5wd, on_empty: hold, form: [{id: host, type: unit, required: true}]}\n      \
         - {id: host, by: step.offer.host/admissions, verdicts: [approve, refuse], reasons: [no_seat], refuse: goes_on, within: 5wd, on_empty: climb}\n  \
         - {id: last, by: region/education, when: 'verdict(\"host\") != \"approved\"', verdicts: [approve], within: 5wd, on_empty: hold, form: [{id: host, type: unit, required: true}]}\n  \
         - {id: notice, kind: publish, rule: P5, at: county}\n\
         then:\n  - {id: arrival, kind: fill, by: placed/liaison, from: 'date(year(today), 10, 8)', within: 3d, on_empty: hold, form: [{id: arrived, type: boolean, required: true}]}\n\
         clock: {total: 60wd, from: accepted, to: outcome}\n\
         privacy: {publish: [name_masked, placed], keep: 10y}\n";
    let programs = world.workflow.programs.with_source("sample.yaml", source);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
}

async fn schools(world: &mut World) {
    for name in ["minnan", "mindong"] {
        world.unit(name, (Level::Outside, "350000", "school"), (None, None)).await;
    }
    world.works("Region", "region/education", Duty::Handler).await;
    world.works("Chen", "minnan", Duty::Handler).await;
    world.works("Wu", "minnan", Duty::Handler).await;
    world.applies("Ma").await;
}

async fn asks(world: &World) -> CaseId {
    let case = world.drafts("Ma", "sample", json!({})).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    case
}

async fn offers(world: &World, case: CaseId, school: &str) {
    let host = json!({ "host": world.units[school].to_string() });
    world.says_with("Region", case, "offer", (Word::Approve, host)).await.unwrap();
}

async fn a_school_elsewhere_is_offered_a_place_and_reports_later(mut world: World) {
    schools(&mut world).await;
    world.works("Lin", "mindong", Duty::Handler).await;
    publish(&mut world);
    let case = asks(&world).await;
    offers(&world, case, "mindong").await;
    world.says("Lin", case, "host", Word::Refuse("no_seat".to_owned())).await.unwrap();
    offers(&world, case, "minnan").await;
    // Its time is counted; the light is amber at most.
    world.until("09-18 10:00").await;
    assert!(!world.run(case, "host").await.late);
    world.says("Chen", case, "host", Word::Approve).await.unwrap();
    // The public reads where the person goes.
    let notice = publicity::Entity::find().one(world.workflow.store.read()).await.unwrap().unwrap();
    assert_eq!(notice.fields["placed"], "minnan");
    world.until("10-12 10:00").await;
    let arrived = (Word::HandIn, json!({ "arrived": true }));
    world.says_with("Chen", case, "arrival", arrived).await.unwrap();
    world.can_be_told_again(case).await;
    told!(world.story(case).await, @"
    09-10 10:00  Ma         filed ¥0.00
    09-10 10:00  the clock  block_entered route.0
    09-10 10:00  the clock  step_opened offer [region/education]
    09-10 10:00  the clock  clock_started offer due 09-17 18:00
    09-10 10:00  Region     accepted person as_of 09-10 10:00
    09-10 10:00  Region     clock_started total due 12-07 18:00
    09-10 10:00  Region     task_signed region/education approved
    09-10 10:00  Region     clock_ended offer
    09-10 10:00  Region     step_closed offer approved
    09-10 10:00  the clock  step_opened host [mindong]
    09-10 10:00  the clock  clock_started host due 09-17 18:00
    09-10 10:00  Lin        task_signed mindong refused
    09-10 10:00  Lin        clock_ended host
    09-10 10:00  Lin        step_closed host refused no_seat
    09-10 10:00  the clock  step_closed route.0 done
    09-10 10:00  the clock  block_entered route.0#2
    09-10 10:00  the clock  step_opened offer#2 [region/education]
    09-10 10:00  the clock  clock_started offer#2 due 09-17 18:00
    09-10 10:00  Region     task_signed region/education approved
    09-10 10:00  Region     clock_ended offer#2
    09-10 10:00  Region     step_closed offer#2 approved
    09-10 10:00  the clock  step_opened host#2 [minnan]
    09-10 10:00  the clock  clock_started host#2 due 09-17 18:00
    09-17 18:00  the clock  light_changed host#2 amber
    09-18 10:00  Chen       task_signed minnan approved
    09-18 10:00  Chen       clock_ended host#2
    09-18 10:00  Chen       step_closed host#2 approved
    09-18 10:00  the clock  step_closed route.0#2 done
    09-18 10:00  the clock  step_skipped last
    09-18 10:00  the clock  step_opened notice
    09-18 10:00  the clock  published notice ends_at 09-26 18:00
    09-26 18:00  the clock  taken_down notice
    09-26 18:00  the clock  step_closed notice done
    09-26 18:00  the clock  outcome_reached granted
    09-26 18:00  the clock  clock_ended total
    09-26 18:00  the clock  step_waiting arrival opens_at 10-08 00:00
    10-08 00:00  the clock  step_opened arrival [minnan]
    10-08 00:00  the clock  clock_started arrival due 10-11 18:00
    10-11 18:00  the clock  light_changed arrival amber
    10-12 10:00  Chen       task_signed minnan done
    10-12 10:00  Chen       clock_ended arrival
    10-12 10:00  Chen       step_closed arrival done
    10-12 10:00  the clock  case_ended
    ");
}

async fn an_empty_school_elsewhere_is_held_by_the_owner(mut world: World) {
    schools(&mut world).await;
    world.works("Li", "county/education", Duty::Handler).await;
    publish(&mut world);
    let case = asks(&world).await;
    offers(&world, case, "mindong").await;
    let story = world.story(case).await;
    // `climb` does not lead from there into an office of ours.
    assert!(!story.contains("climbed"), "{story}");
    assert!(story.contains("step_opened host [county/education] held"), "{story}");
    assert!(story.contains("light_changed host red"), "held by us, it is red: {story}");
    world.says("Li", case, "host", Word::Approve).await.unwrap();
}

async fn a_code_of_a_county_says_where_a_step_is_looked_up(mut world: World) {
    let source = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
         basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
         owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
         form: [{id: county, type: division, required: true}]\n\
         route:\n  - {id: there, by: county/education, of: form.county, within: 3wd, on_empty: climb}\n\
         clock: {total: 60wd, from: accepted, to: outcome}\n";
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", source).unwrap();
    world.works("Li", "county/education", Duty::Handler).await;
    world.works("Mi", "county2/education", Duty::Handler).await;
    world.applies("Ma").await;
    let case = world.drafts("Ma", "sample", json!({ "county": "640423" })).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    world.says("Mi", case, "there", Word::Approve).await.unwrap();
    let story = world.story(case).await;
    assert!(story.contains("step_opened there [county2/education]"), "{story}");
}

/// Fujian has a day off that Ningxia works, and Ningxia one that Fujian works.
async fn a_school_elsewhere_has_the_working_days_of_its_own_region(mut world: World) {
    schools(&mut world).await;
    publish(&mut world);
    let off = |scope: &str, date: &str| Row {
        scope: scope.parse().unwrap(),
        date: date.parse().unwrap(),
        kind: DayKind::Off,
    };
    let rows = [off("350000", "2018-09-13"), off("640000", "2018-09-12")];
    let calendar = Calendar::shipped().unwrap().with_rows(rows);
    world.workflow.calendar = calendar.into();
    let case = asks(&world).await;
    assert_eq!(world.due(case, "offer").await, "09-18 18:00", "Ningxia rests on the 12th");
    offers(&world, case, "minnan").await;
    assert_eq!(world.due(case, "host").await, "09-18 18:00", "Fujian rests on the 13th");
    let clock = clock::Entity::find()
        .filter(clock::Column::RunId.eq(world.run(case, "host").await.id))
        .one(world.workflow.store.read())
        .await;
    assert_eq!(clock.unwrap().unwrap().scope, "350000");
    world.until("09-12 10:00").await;
    world.says("Chen", case, "host", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn rules_read_the_place_of_a_unit_that_a_form_names(mut world: World) {
    let source = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
         basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
         owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
         form: [{id: host, type: unit, required: true}]\n\
         eligible: [{if: 'form.host.region in [\"640000\"]', refuse: out_of_range}]\n\
         let: {host: 'form.host'}\n\
         route:\n  \
         - {id: same, by: county/education, when: 'host.county == applicant.county', within: 3wd, on_empty: climb}\n  \
         - {id: other, by: county/education, when: 'host.county.division == \"640423\" && host.level == \"school\" && host.name == \"far\"', within: 3wd, on_empty: climb}\n  \
         - {id: city, by: city/education, when: 'host.city.name == \"city\" && host.superior.level == \"county\"', within: 3wd, on_empty: climb}\n\
         clock: {total: 60wd, from: accepted, to: outcome}\n";
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", source).unwrap();
    world.full_staff().await;
    world.unit("far", (Level::School, "640423", "school"), (None, Some("county2"))).await;
    world.unit("mindong", (Level::Outside, "350000", "school"), (None, None)).await;
    world.applies("Ma").await;
    let asks = async |world: &World, host: &str| {
        let form = json!({ "host": world.units[host].to_string() });
        let case = world.drafts("Ma", "sample", form).await;
        (case, world.submits("Ma", case).await)
    };
    let (case, handed_in) = asks(&world, "far").await;
    handed_in.unwrap();
    world.settle().await;
    world.says("Edu", case, "other", Word::Approve).await.unwrap();
    world.says("City", case, "city", Word::Approve).await.unwrap();
    let story = world.story(case).await;
    assert!(story.contains("step_skipped same") && story.contains("granted"), "{story}");
    let (_, refused) = asks(&world, "mindong").await;
    assert!(matches!(refusal(refused), Refusal::NotEligible { .. }));
}
