//! The letter of the morning: at the hour that was chosen or not at all, with what is still to do,
//! to whoever has it now; after an outage to everybody.

use entities::{CaseId, Duty, PersonId, notice};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use workflow::{
    commands::{self, Word},
    event::How,
};

use crate::harness::{both, passing::at, story::local, world::World};

both![
    a_digest_comes_at_the_hour_that_was_chosen_or_not_at_all,
    a_digest_drops_what_was_done_since,
    who_wants_no_digest_is_told_after_an_outage,
    a_line_goes_with_the_work_into_other_hands,
    who_has_signed_of_a_joint_step_is_not_told_again,
    who_has_taken_it_is_told_and_not_the_whole_office,
];

/// A program of one step, at one office or at two, and a ladder whose every rung names the holder.
async fn staffed(world: &mut World, by: &str) {
    let source = format!(
        "program: sample\ncode: SP\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\n\
         form: [{{id: days, type: integer, required: true}}]\n\
         route:\n  - {{id: check, by: [{by}], within: 3wd, on_empty: climb}}\n\
         clock: {{total: 30wd, from: accepted, to: outcome, stops: {{supplement: 20wd}}}}\n\
         remind: R0\nladder: E0\n"
    );
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", &source).unwrap();
    for (name, unit, duty) in [
        ("Edu", "county/education", Duty::Handler),
        ("Mi", "county/education", Duty::Handler),
        ("Chief", "county/education", Duty::Head),
        ("Poor", "county/poverty_relief", Duty::Handler),
        ("Sun", "city/supervision", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
}

async fn wants(world: &World, name: &str, hour: Option<&str>) {
    let actor = world.actor(name);
    let done =
        world.command(async |tx| commands::set_digest(tx, &world.workflow, actor, hour).await);
    done.await.unwrap();
}

async fn takes(world: &World, name: &str, case: CaseId) {
    let (actor, task) = (world.actor(name), world.slot(case, "check", name).await);
    let done = world
        .command(async |tx| commands::claim_task(tx, &world.workflow, actor, task, None).await);
    done.await.unwrap();
}

fn person(world: &World, name: &str) -> PersonId {
    world.actor(name).person.unwrap()
}

/// When somebody had digests, and how many pieces of work each names.
async fn digests(world: &World, name: &str) -> Vec<(String, u64)> {
    let rows = notice::Entity::find()
        .filter(notice::Column::Template.eq("digest"))
        .filter(notice::Column::PersonId.eq(person(world, name)))
        .order_by_asc(notice::Column::Id)
        .all(world.workflow.store.read())
        .await
        .unwrap();
    let of = |row: &notice::Model| (local(row.created_at), row.params["count"].as_u64().unwrap());
    rows.iter().map(of).collect()
}

fn once(at: &str, count: u64) -> Vec<(String, u64)> {
    vec![(at.to_owned(), count)]
}

async fn a_digest_comes_at_the_hour_that_was_chosen_or_not_at_all(mut world: World) {
    staffed(&mut world, "county/education").await;
    wants(&world, "Mi", Some("10:00")).await;
    wants(&world, "Chief", None).await;
    world.asks("Ma").await;
    world.until("09-14 20:00").await;
    assert_eq!(digests(&world, "Edu").await, once("09-14 08:30", 1), "the usual hour");
    assert_eq!(digests(&world, "Mi").await, once("09-14 10:00", 1), "their own");
    assert_eq!(digests(&world, "Chief").await, [], "none");
    // Another hour from now on.
    wants(&world, "Chief", Some("14:00")).await;
    world.until("09-18 20:00").await;
    assert_eq!(digests(&world, "Chief").await, once("09-18 14:00", 1));
}

async fn a_digest_drops_what_was_done_since(mut world: World) {
    staffed(&mut world, "county/education").await;
    let (first, second) = (world.asks("Ma").await, world.asks("Ma").await);
    world.until("09-13 19:00").await;
    world.says("Edu", first, "check", Word::Approve).await.unwrap();
    world.until("09-14 08:30").await;
    assert_eq!(digests(&world, "Edu").await, once("09-14 08:30", 1), "one of two is done");
    world.until("09-14 19:00").await;
    world.says("Edu", second, "check", Word::Approve).await.unwrap();
    world.until("09-18 20:00").await;
    assert_eq!(digests(&world, "Edu").await.len(), 1, "nothing is left to say");
}

async fn who_wants_no_digest_is_told_after_an_outage(mut world: World) {
    staffed(&mut world, "county/education").await;
    wants(&world, "Edu", None).await;
    world.asks("Ma").await;
    // Nothing runs for a week: letters that were due meanwhile come as lines of one.
    let back = at("09-18 09:30");
    world.workflow.clock.advance(back - world.workflow.clock.now());
    world.settle().await;
    world.until("09-20 20:00").await;
    let told = digests(&world, "Edu").await;
    assert!(!told.is_empty(), "urged, by a letter that would have come on 09-13");
    assert!(told.iter().all(|(_, count)| *count == 1), "{told:?}");
}

async fn a_line_goes_with_the_work_into_other_hands(mut world: World) {
    staffed(&mut world, "county/education").await;
    let case = world.asks("Ma").await;
    takes(&world, "Edu", case).await;
    world.until("09-13 19:00").await;
    let (edu, mi, task) =
        (world.actor("Edu"), person(&world, "Mi"), world.slot(case, "check", "Edu").await);
    let what = (How::Transferred, mi, None, "出差".to_owned());
    let done = world
        .command(async |tx| commands::hand_on(tx, &world.workflow, edu, task, what.clone()).await);
    done.await.unwrap();
    world.until("09-14 20:00").await;
    assert_eq!(digests(&world, "Mi").await, once("09-14 08:30", 1), "who has it now");
    assert_eq!(digests(&world, "Edu").await, [], "and not who had it yesterday");
    assert_eq!(digests(&world, "Chief").await, once("09-14 08:30", 1), "the head as before");
}

async fn who_has_signed_of_a_joint_step_is_not_told_again(mut world: World) {
    staffed(&mut world, "county/education, county/poverty_relief").await;
    let case = world.asks("Ma").await;
    world.until("09-13 19:00").await;
    world.says("Edu", case, "check", Word::Approve).await.unwrap();
    world.until("09-14 20:00").await;
    assert_eq!(digests(&world, "Poor").await, once("09-14 08:30", 1));
    assert_eq!(digests(&world, "Edu").await, [], "who has signed");
    assert_eq!(digests(&world, "Mi").await, [], "nor their office");
}

async fn who_has_taken_it_is_told_and_not_the_whole_office(mut world: World) {
    staffed(&mut world, "county/education").await;
    let case = world.asks("Ma").await;
    world.until("09-13 19:00").await;
    takes(&world, "Mi", case).await;
    world.until("09-14 08:30").await;
    assert_eq!(digests(&world, "Mi").await, once("09-14 08:30", 1));
    assert_eq!(digests(&world, "Edu").await, [], "a colleague has taken it");
    // It goes back to the office in the evening: the office is told in the morning.
    world.until("09-14 18:30").await;
    let (mi, task) = (world.actor("Mi"), world.slot(case, "check", "Mi").await);
    let done =
        world.command(async |tx| commands::release_task(tx, &world.workflow, mi, task, None).await);
    done.await.unwrap();
    world.until("09-17 08:30").await;
    assert_eq!(digests(&world, "Edu").await, once("09-17 08:30", 1));
}
