//! Two steps in a row are not one hand's: a colleague signs the second, or whoever stands above, or
//! the program merges them and says so in the trail. Story 4.

use entities::{CaseId, Duty};
use workflow::{
    Bar, Refusal,
    commands::{Word, settle_slots},
};

use crate::{
    dismissed::leaves_in,
    harness::{
        both,
        world::{World, refusal},
    },
    organisation_life::{publish, slot_of},
};

both![
    a_colleague_signs_the_next_step,
    where_there_is_no_colleague_it_climbs,
    where_the_colleague_leaves_it_climbs,
    what_climbs_from_another_office_is_told_once,
    a_program_that_merges_lets_one_hand_sign_both,
    a_step_with_a_form_is_never_merged,
    in_a_vote_each_has_a_voice_of_their_own,
];

const ROUTE: &str = "route:\n  - {id: first, by: county/education, within: 5wd, on_empty: climb}\n  \
    - {id: second, by: county/education, within: 3wd, on_empty: climb}\n  \
    - {id: last, by: city/education, within: 3wd, on_empty: climb}";

async fn staffed(world: &mut World, route: &str, people: &[&str]) -> CaseId {
    publish(world, route);
    for name in people {
        world.works(name, "county/education", Duty::Handler).await;
    }
    world.works("City", "city/education", Duty::Handler).await;
    world.applies("Ma").await;
    let case = world.asks("Ma").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    case
}

async fn a_colleague_signs_the_next_step(mut world: World) {
    let case = staffed(&mut world, ROUTE, &["Li", "Mi"]).await;
    let second = world.says("Li", case, "second", Word::Approve).await;
    assert_eq!(refusal(second), Refusal::NotYours(Bar::Apart));
    let run = world.run(case, "second").await;
    let li = world.actor("Li").person.unwrap();
    assert_eq!(run.holders["struck"], serde_json::json!({ "consecutive": [li] }));
    world.says("Mi", case, "second", Word::Approve).await.unwrap();
    world.says("City", case, "last", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn where_there_is_no_colleague_it_climbs(mut world: World) {
    let case = staffed(&mut world, ROUTE, &["Li"]).await;
    assert_eq!(slot_of(&world, case, "second").await.unit_id, world.units["city/education"]);
    world.says("City", case, "second", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

/// Whoever stays behind may not sign it: that the office is not empty helps nobody.
async fn where_the_colleague_leaves_it_climbs(mut world: World) {
    let case = staffed(&mut world, ROUTE, &["Li", "Mi"]).await;
    assert_eq!(slot_of(&world, case, "second").await.unit_id, world.units["county/education"]);
    leaves_in(&world, "Mi", 0).await;
    settle_slots(&world.workflow).await.unwrap();
    assert_eq!(slot_of(&world, case, "second").await.unit_id, world.units["city/education"]);
    world.says("City", case, "second", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn what_climbs_from_another_office_is_told_once(mut world: World) {
    let both = "{id: second, by: [county/finance, county/education]";
    let route = ROUTE.replace("{id: second, by: county/education", both);
    world.works("Fin", "city/finance", Duty::Handler).await;
    let case = staffed(&mut world, &route, &["Li", "Mi"]).await;
    assert_eq!(world.told_times(case, "climbed").await, 1, "{}", world.story(case).await);
    for name in ["Fin", "Mi"] {
        world.says(name, case, "second", Word::Approve).await.unwrap();
    }
    world.can_be_told_again(case).await;
}

async fn a_program_that_merges_lets_one_hand_sign_both(mut world: World) {
    let merges = format!("merge: true\n{ROUTE}");
    let case = staffed(&mut world, &merges, &["Li"]).await;
    assert_eq!(world.told_times(case, "step_merged").await, 1, "{}", world.story(case).await);
    world.can_be_told_again(case).await;
    // One of several has not merged it by that: they sign, and their name stands there twice.
    world.works("Mi", "county/education", Duty::Handler).await;
    world.applies("Hai").await;
    let other = world.asks("Hai").await;
    world.says("Li", other, "first", Word::Approve).await.unwrap();
    world.says("Li", other, "second", Word::Approve).await.unwrap();
    assert_eq!(world.told_times(other, "task_signed").await, 2);
    world.can_be_told_again(other).await;
}

async fn a_step_with_a_form_is_never_merged(mut world: World) {
    let asks_something = ROUTE.replace(
        "{id: second, by",
        "{id: second, form: [{id: seen, type: boolean, required: true}], by",
    );
    let merges = format!("merge: true\n{asks_something}");
    let case = staffed(&mut world, &merges, &["Li"]).await;
    assert_eq!(world.told_times(case, "step_merged").await, 0);
    assert_eq!(slot_of(&world, case, "second").await.unit_id, world.units["city/education"]);
    let form = serde_json::json!({ "seen": true });
    world.says_with("City", case, "second", (Word::Approve, form)).await.unwrap();
    world.can_be_told_again(case).await;
}

async fn in_a_vote_each_has_a_voice_of_their_own(mut world: World) {
    let vote = ROUTE.replace("{id: second, by", "{id: second, take: all, by");
    let case = staffed(&mut world, &vote, &["Li", "Mi"]).await;
    for name in ["Li", "Mi"] {
        world.says(name, case, "second", Word::Approve).await.unwrap();
    }
    world.says("City", case, "last", Word::Approve).await.unwrap();
    world.can_be_told_again(case).await;
}
