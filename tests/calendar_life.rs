//! The calendar changes under running clocks.

use entities::Duty;
use workflow::{calendar::read_rows, commands::Word, working_days};

use crate::harness::{both, world::World};

both![
    an_import_moves_exactly_the_clocks_that_it_touches,
    an_import_brings_no_due_date_nearer_than_the_next_working_day,
    another_process_follows_an_import,
];

fn publish(world: &mut World) {
    let source = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
         basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
         owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
         form: [{id: days, type: integer, required: true}]\nroute:\n  - together:\n      \
         - {id: week, by: county/education, within: 5wd, on_empty: climb}\n      \
         - {id: nominal, by: county/finance, within: 7d, on_empty: climb}\n      \
         - {id: hours, by: city/education, within: 24h, on_empty: climb}\n\
         clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd}}\nremind: R0\n";
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", source).unwrap();
}

async fn staffed(world: &mut World) {
    publish(world);
    world.works("Li", "county/education", Duty::Handler).await;
    world.works("Fin", "county/finance", Duty::Handler).await;
    world.works("City", "city/education", Duty::Handler).await;
    world.applies("Ma").await;
}

/// Story 2.
async fn an_import_moves_exactly_the_clocks_that_it_touches(mut world: World) {
    staffed(&mut world).await;
    let over = world.asks("Ma").await;
    for (name, step) in [("Li", "week"), ("Fin", "nominal"), ("City", "hours")] {
        world.says(name, over, step, Word::Approve).await.unwrap();
    }
    world.until("09-21 19:30").await;
    let case = world.asks("Ma").await;
    let due = async |step: &str| world.due(case, step).await;
    assert_eq!(due("week").await, "09-29 18:00", "a worked Saturday");
    assert_eq!(due("nominal").await, "09-28 18:00");
    assert_eq!(due("hours").await, "09-22 19:30");

    let rows = read_rows("date,kind,scope\n2018-09-29,off,CN\n").unwrap();
    let done = working_days::import(&world.workflow, rows.clone()).await.unwrap();
    assert_eq!((done.days, done.clocks, done.failed), (1, 1, 0));
    assert_eq!(due("week").await, "09-30 18:00");
    assert_eq!(due("nominal").await, "09-28 18:00");
    assert_eq!(due("hours").await, "09-22 19:30");
    assert_eq!(world.told_times(case, "clock_reprojected").await, 1, "one line");
    assert_eq!(world.told_times(over, "clock_reprojected").await, 0);
    let again = working_days::import(&world.workflow, rows).await.unwrap();
    assert_eq!((again.days, again.clocks), (0, 0), "the second time there is nothing");

    // The timer moved with it: nothing happens on the old day, and once on the new one.
    world.until("09-30 17:59").await;
    assert!(!world.run(case, "week").await.late);
    world.until("09-30 18:01").await;
    assert!(world.run(case, "week").await.late);
    let story = world.story(case).await;
    assert_eq!(story.matches("light_changed week red").count(), 1, "{story}");
    world.can_be_told_again(case).await;
}

async fn an_import_brings_no_due_date_nearer_than_the_next_working_day(mut world: World) {
    staffed(&mut world).await;
    world.until("09-21 10:00").await;
    let case = world.asks("Ma").await;
    world.until("09-28 10:00").await;
    assert_eq!(world.due(case, "week").await, "09-29 18:00");
    // Monday the 24th was worked after all: the fifth working day would be today.
    let rows = read_rows("date,kind,scope\n2018-09-24,work,CN\n2018-09-22,work,CN\n").unwrap();
    let done = working_days::import(&world.workflow, rows).await.unwrap();
    assert_eq!(done.clocks, 0, "it would be due yesterday, and stays where it is: tomorrow");
    assert_eq!(world.due(case, "week").await, "09-29 18:00");
    // Another case has more time left, and loses what the calendar takes.
    let other = world.asks("Ma").await;
    assert_eq!(world.due(other, "week").await, "10-10 18:00");
    let rows = read_rows("date,kind,scope\n2018-10-06,work,CN\n").unwrap();
    let done = working_days::import(&world.workflow, rows).await.unwrap();
    assert_eq!(done.clocks, 2);
    assert_eq!(world.due(other, "week").await, "10-09 18:00");
    assert_eq!(world.due(other, "nominal").await, "10-06 18:00", "the first day worked after it");
}

async fn another_process_follows_an_import(mut world: World) {
    staffed(&mut world).await;
    let other = workflow::Workflow {
        calendar: workflow::calendar::Calendar::shipped().unwrap().into(),
        ..world.workflow.clone()
    };
    assert!(!working_days::follow(&other).await.unwrap());
    let rows = read_rows("date,kind,scope\n2027-01-01,off,CN\n").unwrap();
    let done = working_days::import(&world.workflow, rows).await.unwrap();
    assert_ne!(other.calendar.revision(), done.revision);
    assert!(other.calendar.of("640424").provisional(2027));
    assert!(working_days::follow(&other).await.unwrap());
    assert_eq!(other.calendar.revision(), done.revision);
    assert!(!other.calendar.of("640424").provisional(2027));
}
