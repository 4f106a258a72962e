//! The hard cases of the language, as its stories tell them.

use entities::Duty;
use serde_json::json;
use workflow::{Refusal, commands::Word, program::Programs};

use crate::harness::{
    both,
    story::told,
    world::{World, refusal},
};

both![
    silence_counts_as_acceptance_on_the_day_of_receipt,
    a_relative_is_recused_and_the_step_climbs,
    merged_or_recused_when_the_same_hand_is_left,
    joint_signing_ends_with_the_first_refusal,
    a_quorum_is_out_of_reach_with_the_second_refusal,
    an_empty_office_is_held_by_the_owner_and_red_at_once,
    nobody_grants_more_than_they_may,
    a_block_repeats_until_it_is_content,
    a_program_from_a_string_walks_to_its_end,
    what_is_missed_or_awaited_goes_on_by_itself,
    a_rule_without_an_answer_stops_the_case_and_tells_its_owner,
];

/// A program of one's own beside the shipped ones.
fn publish(world: &mut World, route: &str) {
    let source = format!(
        "program: sample\ncode: SP\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\n\
         form: [{{id: days, type: integer, required: true}}]\n{route}\n\
         clock: {{total: 30wd, from: accepted, to: outcome, stops: {{supplement: 20wd}}}}\n\
         remind: R0\n"
    );
    let programs: Programs = world.workflow.programs.with_source("sample.yaml", &source).unwrap();
    world.workflow.programs = programs;
}

async fn asks(world: &World, days: i64) -> entities::CaseId {
    let case = world.drafts("Ma", "sample", json!({ "days": days })).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    case
}

async fn silence_counts_as_acceptance_on_the_day_of_receipt(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let silent = world.asks_for("Ma", 500).await;
    world.until("09-17 18:00").await;
    let story = world.story(silent).await;
    let line = "09-17 18:00  the clock  accepted silence as_of 09-10 10:00";
    assert!(story.contains(line), "{story}");
    assert!(story.contains("clock_started total due 09-25 18:00"), "{story}");

    let mut other = <World as crate::harness::OnStore>::on(world.on).await;
    other.full_staff().await;
    other.applies("Ma").await;
    let answered = other.asks_for("Ma", 500).await;
    other.until("09-14 10:00").await;
    let task = other.slot(answered, "teacher", "Teacher").await;
    let teacher = other.actor("Teacher");
    other
        .command(async |tx| {
            workflow::commands::accept_case(tx, &other.workflow, teacher, task, None).await
        })
        .await
        .unwrap();
    let story = other.story(answered).await;
    assert!(story.contains("clock_started total due 09-29 18:00"), "{story}");
}

async fn a_relative_is_recused_and_the_step_climbs(mut world: World) {
    publish(
        &mut world,
        "route:\n  - {id: aid, by: school/aid_office, within: 3wd, on_empty: climb}",
    );
    world.works("Aunt", "school/aid_office", Duty::Handler).await;
    world.works("Li", "county/education", Duty::Handler).await;
    world.applies("Ma").await;
    world.declares_conflict("Aunt", "Ma").await;
    let case = asks(&world, 1).await;
    let story = world.story(case).await;
    // No aid office at the county: there the owner's lead office takes it.
    assert!(story.contains("climbed aid"), "{story}");
    assert!(story.contains("step_opened aid [county/education]"), "{story}");
    world.says("Li", case, "aid", Word::Approve).await.unwrap();
    assert!(world.story(case).await.contains("outcome_reached granted"));
}

async fn merged_or_recused_when_the_same_hand_is_left(mut world: World) {
    let route = "route:\n  - {id: first, by: county/education, within: 3wd, on_empty: climb}\n  \
                 - {id: second, by: county/education, within: 3wd, on_empty: climb}";
    world.works("Li", "county/education", Duty::Handler).await;
    world.works("City", "city/education", Duty::Handler).await;
    world.applies("Ma").await;
    publish(&mut world, &format!("merge: true\n{route}"));
    let merged = asks(&world, 1).await;
    world.says("Li", merged, "first", Word::Approve).await.unwrap();
    let story = world.story(merged).await;
    assert!(story.contains("step_merged second"), "{story}");
    assert!(story.contains("outcome_reached granted"), "{story}");

    publish(&mut world, &format!("version: 2\n{route}"));
    let apart = asks(&world, 1).await;
    world.says("Li", apart, "first", Word::Approve).await.unwrap();
    let story = world.story(apart).await;
    assert!(story.contains("step_opened second [city/education]"), "{story}");
}

async fn joint_signing_ends_with_the_first_refusal(mut world: World) {
    publish(
        &mut world,
        "route:\n  - {id: joint, by: [county/education, county/poverty_relief], within: 3wd, on_empty: climb}",
    );
    world.works("A", "county/education", Duty::Handler).await;
    world.works("B", "county/education", Duty::Handler).await;
    world.works("C", "county/poverty_relief", Duty::Handler).await;
    world.applies("Ma").await;
    let case = asks(&world, 1).await;
    world.says("A", case, "joint", Word::Approve).await.unwrap();
    let refused = refusal(world.says("B", case, "joint", Word::Approve).await);
    assert!(matches!(refused, Refusal::Settled { .. }), "{refused:?}");
    world.says("C", case, "joint", Word::Refuse("not_enrolled".to_owned())).await.unwrap();
    let story = world.story(case).await;
    assert!(story.contains("step_closed joint refused not_enrolled"), "{story}");
    assert!(story.contains("outcome_reached refused not_enrolled"), "{story}");
}

async fn a_quorum_is_out_of_reach_with_the_second_refusal(mut world: World) {
    publish(
        &mut world,
        "route:\n  - {id: vote, by: county/education, take: {quorum: 2, of: 3}, within: 3wd, on_empty: climb}",
    );
    for name in ["A", "B", "C"] {
        world.works(name, "county/education", Duty::Handler).await;
    }
    world.applies("Ma").await;
    let case = asks(&world, 1).await;
    world.says("A", case, "vote", Word::Refuse("not_enrolled".to_owned())).await.unwrap();
    assert!(!world.story(case).await.contains("step_closed"));
    world.says("B", case, "vote", Word::Refuse("not_enrolled".to_owned())).await.unwrap();
    let story = world.story(case).await;
    assert!(story.contains("step_closed vote refused"), "{story}");
    assert!(story.contains("task_voided county/education"), "{story}");
    let late = refusal(world.says("C", case, "vote", Word::Approve).await);
    assert!(matches!(late, Refusal::Settled { .. }), "{late:?}");
}

async fn an_empty_office_is_held_by_the_owner_and_red_at_once(mut world: World) {
    publish(&mut world, "route:\n  - {id: pay, by: county/finance, within: 3wd, on_empty: hold}");
    world.works("Li", "county/education", Duty::Handler).await;
    world.applies("Ma").await;
    let case = asks(&world, 1).await;
    let story = world.story(case).await;
    assert!(story.contains("step_opened pay [county/education] held"), "{story}");
    assert!(story.contains("light_changed pay red"), "{story}");
    world.says("Li", case, "pay", Word::Approve).await.unwrap();
}

async fn nobody_grants_more_than_they_may(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let case = world.asks_urgently("Ma", 3_500).await;
    let refused = refusal(world.says("Mayor", case, "quick", Word::Approve).await);
    assert_eq!(refused, Refusal::OverAuthority { most: entities::Fen(300_000) });
    let refused = refusal(world.says("Head", case, "quick", Word::Approve).await);
    assert_eq!(refused, Refusal::OverAuthority { most: entities::Fen(200_000) });
    let less = Word::ApproveLess(entities::Fen(300_000));
    world.says("Mayor", case, "quick", less).await.unwrap();
    assert_eq!(world.case(case).await.award_fen, entities::Fen(300_000));
    assert_eq!(world.due(case, "pay").await, "09-11 10:00");
}

async fn a_block_repeats_until_it_is_content(mut world: World) {
    publish(
        &mut world,
        "route:\n  - repeat: {until: 'verdict(\"offer\") == \"approved\"', at_most: 3}\n    steps:\n      \
         - {id: offer, by: county/education, verdicts: [approve, refuse], refuse: goes_on, within: 3wd, on_empty: climb}\n  \
         - {id: last, by: city/education, when: 'verdict(\"offer\") != \"approved\"', within: 3wd, on_empty: climb}",
    );
    world.works("Li", "county/education", Duty::Handler).await;
    world.works("Mi", "county/education", Duty::Handler).await;
    world.works("City", "city/education", Duty::Handler).await;
    world.applies("Ma").await;
    let case = asks(&world, 1).await;
    for _ in 0..3 {
        world.says("Li", case, "offer", Word::Refuse("no_seat".to_owned())).await.unwrap();
    }
    let story = world.story(case).await;
    assert!(story.contains("step_opened offer#3"), "{story}");
    assert!(!story.contains("offer#4"), "{story}");
    assert!(story.contains("step_opened last"), "{story}");
}

async fn a_program_from_a_string_walks_to_its_end(mut world: World) {
    publish(
        &mut world,
        "route:\n  - together:\n      - {id: left, by: county/education, within: 3wd, on_empty: climb}\n      \
         - {id: right, by: county/finance, within: 2wd, on_empty: climb}\n  \
         - {id: long, by: city/education, when: 'form.days > 10', within: 5wd, on_empty: climb}\nthen:\n  \
         - {id: ask, kind: fill, by: applicant, within: 5wd, form: [{id: happy, type: boolean, required: true}], on_empty: hold}",
    );
    world.works("Li", "county/education", Duty::Handler).await;
    world.works("Fin", "county/finance", Duty::Handler).await;
    world.works("City", "city/education", Duty::Handler).await;
    world.applies("Ma").await;
    let case = asks(&world, 20).await;
    world.says("Fin", case, "right", Word::Approve).await.unwrap();
    world.says("Li", case, "left", Word::Approve).await.unwrap();
    world.says("City", case, "long", Word::Approve).await.unwrap();
    let task = world.own_slot(case, "ask").await;
    world.signs("Ma", task, (Word::HandIn, json!({ "happy": true }))).await.unwrap();
    world.settle().await;
    told!(world.story(case).await, @"
    09-10 10:00  Ma         filed ¥0.00
    09-10 10:00  the clock  block_entered route.0
    09-10 10:00  the clock  step_opened left [county/education]
    09-10 10:00  the clock  clock_started left due 09-13 18:00
    09-10 10:00  the clock  step_opened right [county/finance]
    09-10 10:00  the clock  clock_started right due 09-12 18:00
    09-10 10:00  Fin        accepted person as_of 09-10 10:00
    09-10 10:00  Fin        clock_started total due 10-26 18:00
    09-10 10:00  Fin        task_signed county/finance approved
    09-10 10:00  Fin        clock_ended right
    09-10 10:00  Fin        step_closed right approved
    09-10 10:00  Li         task_signed county/education approved
    09-10 10:00  Li         clock_ended left
    09-10 10:00  Li         step_closed left approved
    09-10 10:00  the clock  step_closed route.0 done
    09-10 10:00  the clock  step_opened long [city/education]
    09-10 10:00  the clock  clock_started long due 09-17 18:00
    09-10 10:00  City       task_signed city/education approved
    09-10 10:00  City       clock_ended long
    09-10 10:00  City       step_closed long approved
    09-10 10:00  the clock  outcome_reached granted
    09-10 10:00  the clock  clock_ended total
    09-10 10:00  the clock  step_opened ask [school]
    09-10 10:00  the clock  clock_started ask due 09-17 18:00
    09-10 10:00  Ma         task_signed school done
    09-10 10:00  Ma         clock_ended ask
    09-10 10:00  Ma         step_closed ask done
    09-10 10:00  the clock  case_ended
    ");
}

async fn what_is_missed_or_awaited_goes_on_by_itself(mut world: World) {
    publish(
        &mut world,
        "route:\n  - {id: first, by: county/education, within: 1wd, on_empty: climb}\nthen:\n  \
         - {id: papers, kind: fill, by: applicant, within: 2wd, missed: {grace: 3wd, then: go_on}, on_empty: hold}\n  \
         - {id: pause, kind: wait, until: 'today >= date(2018, 9, 20)', by: county/education, within: 20wd, on_empty: climb}\n  \
         - {id: call, kind: fill, by: county/education, from: 'wd(day(\"papers\"), 5)', within: 1wd, on_empty: climb}",
    );
    world.works("Li", "county/education", Duty::Handler).await;
    world.works("Mi", "county/education", Duty::Handler).await;
    world.applies("Ma").await;
    let case = asks(&world, 1).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.until("09-25 10:00").await;
    told!(world.story(case).await, @"
    09-10 10:00  Ma         filed ¥0.00
    09-10 10:00  the clock  step_opened first [county/education]
    09-10 10:00  the clock  clock_started first due 09-11 18:00
    09-10 10:00  Li         accepted person as_of 09-10 10:00
    09-10 10:00  Li         clock_started total due 10-26 18:00
    09-10 10:00  Li         task_signed county/education approved
    09-10 10:00  Li         clock_ended first
    09-10 10:00  Li         step_closed first approved
    09-10 10:00  the clock  outcome_reached granted
    09-10 10:00  the clock  clock_ended total
    09-10 10:00  the clock  step_opened papers [school]
    09-10 10:00  the clock  clock_started papers due 09-12 18:00
    09-12 18:00  the clock  light_changed papers red
    09-17 18:00  the clock  task_voided school
    09-17 18:00  the clock  clock_ended papers
    09-17 18:00  the clock  step_closed papers missed
    09-17 18:00  the clock  step_opened pause
    09-17 18:00  the clock  clock_started pause due 10-19 18:00
    09-20 00:00  the clock  clock_ended pause
    09-20 00:00  the clock  step_closed pause done
    09-20 00:00  the clock  step_waiting call opens_at 09-25 00:00
    09-25 00:00  the clock  step_opened call [county/education]
    09-25 00:00  the clock  clock_started call due 09-26 18:00
    ");
}

async fn a_rule_without_an_answer_stops_the_case_and_tells_its_owner(mut world: World) {
    publish(
        &mut world,
        "route:\n  - {id: first, by: county/education, within: 3wd, on_empty: climb}\n  \
         - {id: second, by: city/education, when: 'on_roster(\"never_loaded\", applicant)', within: 3wd, on_empty: climb}",
    );
    world.works("Li", "county/education", Duty::Handler).await;
    world.applies("Ma").await;
    let case = asks(&world, 1).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    let story = world.story(case).await;
    assert!(story.contains("stuck_on_rule"), "{story}");
    assert!(!story.contains("outcome_reached"), "never true: {story}");
    assert_eq!(world.told("stuck").await, 1);
}
