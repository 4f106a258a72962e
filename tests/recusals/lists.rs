//! 回避 on lists: near to one of the people of a roster or of a round, one fills it in and does not
//! decide on it; and what the declared place itself opens is none of one's business either.

use entities::{CaseId, Duty, case_row};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::json;
use workflow::{
    Bar, Refusal,
    commands::{self, DeclareRecusal, Word},
};

use super::{declares, has, struck};
use crate::{
    harness::{
        both,
        world::{World, refusal},
    },
    programs_rosters::{at_the_county, listed, staffed},
    rounds,
};

both![
    whose_relative_stands_on_a_roster_does_not_decide_on_it,
    whose_card_or_phone_stands_on_a_roster_does_not_decide_on_it,
    nobody_decides_on_a_list_on_which_they_stand,
    what_is_declared_after_a_list_came_counts_too,
    what_a_declared_school_opens_is_decided_by_others,
    who_fills_a_list_in_may_have_a_child_on_it,
    a_round_is_signed_by_nobody_who_is_near_to_a_nominee,
];

/// Ma's, of the roster.
const MA: &str = "640422200802299979";

async fn refused(world: &World, case: CaseId, (who, step): (&str, &str)) {
    let task = world.slot(case, step, who).await;
    let said = refusal(world.signs(who, task, (Word::Approve, json!({}))).await);
    assert!(
        matches!(said, Refusal::NotYours(Bar::Conflict | Bar::OwnCase)),
        "{who} on {step}: {said:?}\n{}",
        world.story(case).await
    );
}

async fn two_at_the_county(world: &mut World) {
    staffed(world).await;
    world.works("Deputy", "county/education", Duty::Handler).await;
}

async fn whose_relative_stands_on_a_roster_does_not_decide_on_it(mut world: World) {
    two_at_the_county(&mut world).await;
    let ask = DeclareRecusal::Relative { name: "马小兰".to_owned(), id_number: MA.to_owned() };
    declares(&world, "Edu", ask).await.unwrap();
    let case = at_the_county(&world).await;
    let edu = world.actor("Edu").person;
    assert_eq!(struck(&world, case, "education").await, json!({ "declared_relative": [edu] }));
    refused(&world, case, ("Edu", "education")).await;
    world.says("Deputy", case, "education", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn whose_card_or_phone_stands_on_a_roster_does_not_decide_on_it(mut world: World) {
    two_at_the_county(&mut world).await;
    let (edu, number) = (world.actor("Edu").person.unwrap(), "6217000000000012397");
    has(&world, edu, "person.bank_index", number).await;
    has(&world, world.subject("Bai"), "person.bank_index", number).await;
    let case = at_the_county(&world).await;
    assert_eq!(struck(&world, case, "education").await, json!({ "same_bank": [edu] }));
    // And of a phone that came to be the same since.
    let deputy = world.actor("Deputy").person.unwrap();
    has(&world, deputy, "person.phone_index", "13912345678").await;
    has(&world, world.subject("Ma"), "person.phone_index", "13912345678").await;
    for who in ["Edu", "Deputy"] {
        refused(&world, case, (who, "education")).await;
    }
}

async fn nobody_decides_on_a_list_on_which_they_stand(mut world: World) {
    two_at_the_county(&mut world).await;
    let case = at_the_county(&world).await;
    // As a teacher stands on the list of a training.
    let line = world.line(case, "Bai").await;
    let mut row: case_row::ActiveModel = line.into();
    row.person_id = Set(world.actor("Edu").person);
    row.update(world.workflow.store.for_migration()).await.unwrap();
    refused(&world, case, ("Edu", "education")).await;
    world.says("Deputy", case, "education", Word::Approve).await.unwrap();
}

async fn what_is_declared_after_a_list_came_counts_too(mut world: World) {
    two_at_the_county(&mut world).await;
    let case = at_the_county(&world).await;
    assert_eq!(struck(&world, case, "education").await, json!({}));
    world.declares_conflict("Edu", "Ma").await;
    refused(&world, case, ("Edu", "education")).await;
    // Nor do they strike whom they are near to, or a rival.
    let strike = world.strikes("Edu", case, "education", ("Bai", "not_enrolled")).await;
    assert_eq!(refusal(strike), Refusal::NotYours(Bar::Conflict));
    // A colleague receives it who is near to nobody.
    let task = world.slot(case, "education", "Deputy").await;
    let (deputy, edu) = (world.actor("Deputy"), world.actor("Edu").person.unwrap());
    let passed = world.command(async |tx| {
        let asked = (workflow::event::How::Transferred, edu, None, "please".to_owned());
        commands::hand_on(tx, &world.workflow, deputy, task, asked).await
    });
    assert_eq!(refusal(passed.await), Refusal::NotYours(Bar::Conflict));
    world.says("Deputy", case, "education", Word::Approve).await.unwrap();
}

async fn what_a_declared_school_opens_is_decided_by_others(mut world: World) {
    two_at_the_county(&mut world).await;
    // Of another school are the pupils; this one opens the list.
    let other = (entities::Level::School, "640424", "school");
    let other = world.unit("other", other, (None, Some("county"))).await;
    for name in ["Ma", "Li", "Bai"] {
        let row = entities::person::Entity::find_by_id(world.subject(name));
        let row = row.one(world.workflow.store.read()).await.unwrap().unwrap();
        let mut row: entities::person::ActiveModel = row.into();
        row.township_id = Set(None);
        row.update(world.workflow.store.for_migration()).await.unwrap();
    }
    let school = world.units["school"];
    declares(&world, "Edu", DeclareRecusal::School(school)).await.unwrap();
    declares(&world, "Deputy", DeclareRecusal::School(other)).await.unwrap();
    let case = at_the_county(&world).await;
    let edu = world.actor("Edu").person;
    assert_eq!(struck(&world, case, "education").await, json!({ "declared_school": [edu] }));
    refused(&world, case, ("Edu", "education")).await;
    world.says("Deputy", case, "education", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn who_fills_a_list_in_may_have_a_child_on_it(mut world: World) {
    staffed(&mut world).await;
    world.declares_conflict("Aid", "Ma").await;
    let aid = world.actor("Aid").person.unwrap();
    has(&world, aid, "person.phone_index", "13912345678").await;
    has(&world, world.subject("Bai"), "person.phone_index", "13912345678").await;
    let case = listed(&world).await;
    world.says("Teacher", case, "class", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn a_round_is_signed_by_nobody_who_is_near_to_a_nominee(mut world: World) {
    rounds::staffed(&mut world).await;
    rounds::publish(&mut world, "2", "9");
    world.works("Second", "region/education", Duty::Handler).await;
    let cases = rounds::nominated(&mut world, &[("A", 90), ("B", 80)]).await;
    world.declares_conflict("Region", "A").await;
    world.until("09-18 09:00").await;
    let round = world.newest("nomination-round").await.unwrap();
    let region = world.actor("Region").person;
    assert_eq!(struck(&world, round, "sign").await, json!({ "conflict": [region] }));
    refused(&world, round, ("Region", "sign")).await;
    // What was struck from the list is no tie any more, but once kept away is kept away.
    world.says("Second", round, "sign", Word::Approve).await.unwrap();
    world.says("Staff", round, "sign", Word::Approve).await.unwrap();
    assert_eq!(rounds::heard(&world, cases[0]).await, Some(entities::Verdict::Approved));
    world.can_be_told_again(round).await;
}
