//! The service was away: by itself that moves no due date; an administrator lets clocks stand for it.

use chrono::{DateTime, Utc};
use entities::{CaseId, ClockKind, Duty, clock, red_light};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use workflow::{
    CommandError, Refusal,
    commands::{self, RequestSupplement, Word},
    outages::{Outage, Stood, stand_still},
};

use crate::harness::{
    both,
    passing::at,
    story::local,
    world::{World, refusal},
};

both![
    clocks_stand_for_exactly_the_working_time_that_was_lost,
    what_is_given_is_given_once,
    what_ran_out_only_because_of_it_was_in_time,
    a_clock_that_stood_already_loses_and_gains_nothing,
    the_applicant_who_was_asked_has_the_days_again,
    only_an_administrator_lets_them_stand_and_only_afterwards,
];

async fn staffed(world: &mut World) {
    let source = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
         basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
         owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
         form: [{id: days, type: integer, required: true}]\nroute:\n  - together:\n      \
         - {id: week, by: county/education, within: 5wd, on_empty: climb}\n      \
         - {id: hours, by: city/education, within: 48h, on_empty: climb}\n\
         clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 5wd, appraisal: 9wd}}\n";
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", source).unwrap();
    world.works("Li", "county/education", Duty::Handler).await;
    world.works("City", "city/education", Duty::Handler).await;
    world.works("Root", "region", Duty::Administrator).await;
    world.applies("Ma").await;
}

/// Nothing runs from now until `moment`; then all that fell due happens.
async fn away_until(world: &World, moment: &str) {
    world.workflow.clock.advance(at(moment) - world.workflow.clock.now());
    world.settle().await;
}

async fn stands(
    world: &World,
    name: &str,
    (from, to): (&str, &str),
    cases: &[CaseId],
) -> Result<Stood, CommandError> {
    let stretch: (DateTime<Utc>, DateTime<Utc>) = (at(from), at(to));
    let mut numbers = Vec::new();
    for case in cases {
        numbers.push(world.case(*case).await.number.unwrap());
    }
    let ask = Outage { stretch, cases: numbers, dry: false };
    let done = stand_still(&world.workflow, world.actor(name), &ask).await;
    world.settle().await;
    done
}

async fn times(world: &World, case: CaseId) -> u64 {
    world.told_times(case, "outage_stood").await
}

async fn due(world: &World, case: CaseId, kind: ClockKind) -> String {
    let rows = clock::Entity::of_case(case).filter(clock::Column::Kind.eq(kind));
    let rows = rows.filter(clock::Column::EndedAt.is_null());
    local(rows.one(world.workflow.store.read()).await.unwrap().unwrap().due_at.unwrap())
}

async fn clocks_stand_for_exactly_the_working_time_that_was_lost(mut world: World) {
    staffed(&mut world).await;
    let (case, other) = (world.asks("Ma").await, world.asks("Ma").await);
    world.says("Li", other, "week", Word::Approve).await.unwrap();
    assert_eq!(world.due(case, "week").await, "09-17 18:00");
    assert_eq!(world.due(case, "hours").await, "09-12 10:00");
    world.until("09-10 20:00").await;
    away_until(&world, "09-12 08:00").await;
    assert_eq!(world.due(case, "week").await, "09-17 18:00", "an outage moves nothing by itself");
    let total = due(&world, other, ClockKind::Total).await;
    assert_eq!(total, "10-26 18:00");
    let done = stands(&world, "Root", ("09-10 20:00", "09-12 08:00"), &[]).await.unwrap();
    assert_eq!((done.cases, done.failed), (2, 0));
    // Two working days of days, a day and a half of hours.
    assert_eq!(world.due(case, "week").await, "09-19 18:00");
    assert_eq!(world.due(case, "hours").await, "09-13 22:00");
    assert_eq!(due(&world, other, ClockKind::Total).await, "10-30 18:00");
    assert_eq!((times(&world, case).await, times(&world, other).await), (1, 1), "one row a case");
    // The timers go with them.
    world.until("09-19 17:59").await;
    assert!(!world.run(case, "week").await.late);
    world.until("09-19 18:01").await;
    assert!(world.run(case, "week").await.late);
    world.can_be_told_again(case).await;
    world.can_be_told_again(other).await;
}

async fn what_is_given_is_given_once(mut world: World) {
    staffed(&mut world).await;
    let (case, other) = (world.asks("Ma").await, world.asks("Ma").await);
    world.until("09-10 20:00").await;
    away_until(&world, "09-13 08:00").await;
    let first = ("09-10 20:00", "09-12 08:00");
    let done = stands(&world, "Root", first, &[case]).await.unwrap();
    assert_eq!((done.cases, done.failed), (1, 0), "of chosen cases only");
    assert_eq!(world.due(case, "week").await, "09-19 18:00");
    assert_eq!(world.due(other, "week").await, "09-17 18:00");
    let done = stands(&world, "Root", first, &[case]).await.unwrap();
    assert_eq!(done, Stood::default(), "the second time there is nothing");
    // It was longer than was thought at first: what is new of it is given.
    let whole = ("09-10 20:00", "09-13 08:00");
    let done = stands(&world, "Root", whole, &[]).await.unwrap();
    assert_eq!(done.cases, 2);
    for case in [case, other] {
        assert_eq!(world.due(case, "week").await, "09-20 18:00", "three working days in all");
        assert_eq!(world.due(case, "hours").await, "09-14 22:00");
        world.can_be_told_again(case).await;
    }
    assert_eq!((times(&world, case).await, times(&world, other).await), (2, 1));
}

async fn what_ran_out_only_because_of_it_was_in_time(mut world: World) {
    staffed(&mut world).await;
    let late = world.asks("Ma").await;
    world.until("09-12 11:00").await;
    assert!(world.run(late, "hours").await.late, "before the outage began");
    let case = world.asks("Ma").await;
    away_until(&world, "09-14 12:00").await;
    assert!(world.run(case, "hours").await.late && world.case(case).await.late);
    let lights =
        async || red_light::Entity::find().count(world.workflow.store.read()).await.unwrap();
    assert_eq!(lights().await, 2);
    stands(&world, "Root", ("09-12 12:00", "09-14 12:00"), &[]).await.unwrap();
    assert_eq!(world.due(case, "hours").await, "09-16 11:00");
    assert!(!world.run(case, "hours").await.late && !world.case(case).await.late);
    assert_eq!(world.due(late, "hours").await, "09-12 10:00");
    assert!(world.run(late, "hours").await.late, "red stays red");
    assert_eq!(lights().await, 1);
    world.can_be_told_again(case).await;
    world.can_be_told_again(late).await;
}

async fn a_clock_that_stood_already_loses_and_gains_nothing(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    world.until("09-11 10:00").await;
    let (li, task) = (world.actor("Li"), world.slot(case, "week", "Li").await);
    let why = (None, "appraisal".to_owned(), "等待鉴定".to_owned());
    let done = world
        .command(async |tx| commands::pause_step(tx, &world.workflow, li, task, why.clone()).await);
    done.await.unwrap();
    away_until(&world, "09-13 10:00").await;
    // The step stood all the time, and lost Tuesday before; only the other one ran.
    stands(&world, "Root", ("09-11 12:00", "09-13 10:00"), &[]).await.unwrap();
    let task = world.slot(case, "week", "Li").await;
    let done = world
        .command(async |tx| commands::continue_step(tx, &world.workflow, li, task, None).await);
    done.await.unwrap();
    assert_eq!(world.due(case, "week").await, "09-19 18:00", "four days from the 13th on");
    world.can_be_told_again(case).await;
}

async fn the_applicant_who_was_asked_has_the_days_again(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    let (li, task) = (world.actor("Li"), world.slot(case, "week", "Li").await);
    let ask = RequestSupplement { fields: vec!["days".to_owned()], ..RequestSupplement::default() };
    let done = world.command(async |tx| {
        commands::request_supplement(tx, &world.workflow, li, task, ask.clone()).await
    });
    done.await.unwrap();
    assert_eq!(due(&world, case, ClockKind::Applicant).await, "09-17 18:00");
    world.until("09-11 10:00").await;
    away_until(&world, "09-13 10:00").await;
    stands(&world, "Root", ("09-11 10:00", "09-13 10:00"), &[]).await.unwrap();
    assert_eq!(due(&world, case, ClockKind::Applicant).await, "09-19 18:00");
    world.until("09-19 17:59").await;
    assert!(!world.story(case).await.contains("lapse_proposed"), "{}", world.story(case).await);
    world.until("09-19 18:01").await;
    assert!(world.story(case).await.contains("lapse_proposed"), "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}

async fn only_an_administrator_lets_them_stand_and_only_afterwards(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    world.until("09-11 10:00").await;
    let past = ("09-10 12:00", "09-11 09:00");
    for name in ["Li", "Ma"] {
        let refused = refusal(stands(&world, name, past, &[]).await);
        assert!(matches!(refused, Refusal::NotYours(_)), "{name}: {refused:?}");
    }
    for (from, to, why) in [
        ("09-11 09:00", "09-10 12:00", "须晚于开始"),
        ("09-11 09:00", "09-12 09:00", "现在（2018-09-11 10:00）"),
    ] {
        let refused = refusal(stands(&world, "Root", (from, to), &[]).await);
        let Refusal::Unfit(said) = refused else { panic!("{from}: {refused:?}") };
        assert!(said.zh.contains(why), "{}", said.zh);
    }
    let cases = vec!["640424-XX-1".to_owned()];
    let ask = Outage { stretch: (at(past.0), at(past.1)), cases, dry: false };
    let unknown = refusal(stand_still(&world.workflow, world.actor("Root"), &ask).await);
    let Refusal::Unfit(said) = unknown else { panic!("{unknown:?}") };
    assert_eq!(said.en, "no case has the number 640424-XX-1");
    // Who only looks changes nothing.
    let dry = Outage { cases: Vec::new(), dry: true, ..ask };
    let would = stand_still(&world.workflow, world.actor("Root"), &dry).await.unwrap();
    assert!(would.cases == 1 && would.clocks > 0, "{would:?}");
    assert_eq!(times(&world, case).await, 0);
    assert_eq!(world.due(case, "week").await, "09-17 18:00");
}
