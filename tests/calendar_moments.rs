//! The calendar changes under what a case waits for by working days and no step's clock carries:
//! silence, the end of a notice, a stop, a grace, the lines of a week, a rung of a ladder.

use entities::{CaseId, ClockKind, Duty, clock, gathering, publicity};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use workflow::{
    calendar::read_rows,
    commands::{self, RequestSupplement, Word},
    state::CaseState,
    working_days,
};

use crate::{
    harness::{both, story::local, world::World},
    oversight,
};

both![
    silence_waits_for_a_working_day_that_was_taken_away,
    silence_that_is_looked_at_too_early_is_looked_at_again,
    the_applicant_has_the_days_that_were_taken_away,
    a_stop_has_the_days_that_were_taken_away,
    a_notice_hangs_out_for_the_days_that_were_taken_away,
    a_grace_moves_with_the_calendar,
    what_nobody_can_take_is_missed_too,
    a_round_waits_for_its_new_day,
    the_lines_of_a_week_are_collected_to_its_new_end,
    a_late_step_is_not_called_to_account_too_early,
];

const STOPS: &str = "{supplement: 5wd, appraisal: 5wd, publicity: 5wd}";

fn publish(world: &mut World, steps: &str) {
    let source = format!(
        "program: sample\ncode: SP\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\n\
         form: [{{id: days, type: integer, required: true}}]\n{steps}\n\
         clock: {{total: 60wd, from: accepted, to: outcome, stops: {STOPS}}}\n\
         privacy: {{publish: [name_masked], keep: 10y}}\n"
    );
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", &source).unwrap();
}

const FIRST: &str = "route:\n  - {id: first, by: county/education, within: 20wd, on_empty: climb}";

async fn staffed(world: &mut World, steps: &str) {
    publish(world, steps);
    world.works("Li", "county/education", Duty::Handler).await;
    world.applies("Ma").await;
}

/// How many moments moved that no clock carries.
async fn imports(world: &World, day: &str, kind: &str) -> usize {
    let rows = read_rows(&format!("date,kind,scope\n{day},{kind},CN\n")).unwrap();
    let done = working_days::import(&world.workflow, rows.clone()).await.unwrap();
    assert_eq!(done.failed, 0);
    let again = working_days::import(&world.workflow, rows).await.unwrap();
    assert_eq!((again.clocks, again.moments), (0, 0), "the second time there is nothing");
    done.moments
}

async fn is_taken_on(world: &World, case: CaseId) -> bool {
    world.case(case).await.accepted_at.is_some()
}

async fn due(world: &World, case: CaseId, kind: ClockKind) -> String {
    let rows = clock::Entity::of_case(case).filter(clock::Column::Kind.eq(kind));
    let row = rows.one(world.workflow.store.read()).await.unwrap().unwrap();
    local(row.due_at.unwrap())
}

async fn silence_waits_for_a_working_day_that_was_taken_away(mut world: World) {
    staffed(&mut world, FIRST).await;
    world.until("09-21 10:00").await;
    let case = world.asks("Ma").await;
    assert_eq!(imports(&world, "2018-09-29", "off").await, 1, "the fifth working day");
    assert_eq!(world.told_times(case, "moment_moved").await, 1, "one line");
    world.until("09-29 18:01").await;
    assert!(!is_taken_on(&world, case).await, "that day is off now");
    world.until("09-30 17:59").await;
    assert!(!is_taken_on(&world, case).await);
    world.until("09-30 18:00").await;
    let taken_on = world.case(case).await.accepted_at.map(local);
    assert_eq!(taken_on.as_deref(), Some("09-21 10:00"), "as of the day of receipt");
    world.can_be_told_again(case).await;
}

/// A process that knew the old calendar has armed it, or an import was cut short.
async fn silence_that_is_looked_at_too_early_is_looked_at_again(mut world: World) {
    staffed(&mut world, FIRST).await;
    world.until("09-21 10:00").await;
    let case = world.asks("Ma").await;
    let rows = read_rows("date,kind,scope\n2018-09-29,off,CN\n").unwrap();
    let known = (*world.workflow.calendar.now()).clone();
    world.workflow.calendar.replace(known.with_rows(rows));
    world.until("09-29 18:01").await;
    assert!(!is_taken_on(&world, case).await);
    world.until("09-30 18:00").await;
    assert!(is_taken_on(&world, case).await, "{}", world.story(case).await);
}

async fn the_applicant_has_the_days_that_were_taken_away(mut world: World) {
    staffed(&mut world, FIRST).await;
    world.until("09-21 10:00").await;
    let case = world.asks("Ma").await;
    let (li, task) = (world.actor("Li"), world.slot(case, "first", "Li").await);
    let ask = RequestSupplement { fields: vec!["days".to_owned()], ..RequestSupplement::default() };
    let done = world.command(async |tx| {
        commands::request_supplement(tx, &world.workflow, li, task, ask.clone()).await
    });
    done.await.unwrap();
    assert_eq!(due(&world, case, ClockKind::Applicant).await, "09-29 18:00");
    assert_eq!(imports(&world, "2018-09-29", "off").await, 1);
    assert_eq!(due(&world, case, ClockKind::Applicant).await, "09-30 18:00");
    // A day that was told to somebody comes no nearer.
    assert_eq!(imports(&world, "2018-09-22", "work").await, 0);
    assert_eq!(due(&world, case, ClockKind::Applicant).await, "09-30 18:00");
    world.until("09-29 18:01").await;
    assert!(!world.story(case).await.contains("lapse_proposed"));
    world.until("09-30 18:01").await;
    assert!(world.story(case).await.contains("lapse_proposed"), "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}

async fn a_stop_has_the_days_that_were_taken_away(mut world: World) {
    staffed(&mut world, FIRST).await;
    world.until("09-21 10:00").await;
    let case = world.asks("Ma").await;
    let (li, task) = (world.actor("Li"), world.slot(case, "first", "Li").await);
    let why = (None, "appraisal".to_owned(), "等待鉴定".to_owned());
    let done = world
        .command(async |tx| commands::pause_step(tx, &world.workflow, li, task, why.clone()).await);
    done.await.unwrap();
    assert_eq!(due(&world, case, ClockKind::Stop).await, "09-29 18:00");
    imports(&world, "2018-09-29", "off").await;
    assert_eq!(due(&world, case, ClockKind::Stop).await, "09-30 18:00");
    world.until("09-29 18:01").await;
    assert!(!world.story(case).await.contains("unpaused"));
    world.until("09-30 18:00").await;
    assert!(world.story(case).await.contains("unpaused"), "{}", world.story(case).await);
    assert_eq!(world.told("stop_soon").await, 1, "told once that it is nearly over");
    world.can_be_told_again(case).await;
}

async fn a_notice_hangs_out_for_the_days_that_were_taken_away(mut world: World) {
    let steps = format!("{FIRST}\n  - {{id: notice, kind: publish, rule: P5, at: county}}");
    staffed(&mut world, &steps).await;
    world.until("09-21 10:00").await;
    let case = world.asks("Ma").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    let ends = async || {
        let up = publicity::Entity::find().one(world.workflow.store.read()).await.unwrap();
        local(up.unwrap().ends_at)
    };
    assert_eq!(ends().await, "09-29 18:00");
    imports(&world, "2018-09-29", "off").await;
    assert_eq!(ends().await, "09-30 18:00");
    // What the public was told is not shortened.
    imports(&world, "2018-09-22", "work").await;
    assert_eq!(ends().await, "09-30 18:00");
    world.until("09-29 18:01").await;
    assert!(!world.story(case).await.contains("taken_down"));
    world.until("09-30 18:01").await;
    assert!(world.story(case).await.contains("taken_down"), "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}

async fn a_grace_moves_with_the_calendar(mut world: World) {
    let steps = "route:\n  - {id: first, by: county/education, within: 1wd, on_empty: climb}\n\
         then:\n  - {id: papers, kind: fill, by: applicant, within: 2wd, \
         missed: {grace: 3wd, then: go_on}, on_empty: hold}";
    staffed(&mut world, steps).await;
    let case = world.asks("Ma").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.until("09-13 10:00").await;
    assert!(world.run(case, "papers").await.late);
    assert_eq!(imports(&world, "2018-09-14", "off").await, 1);
    world.until("09-17 18:01").await;
    assert!(!world.story(case).await.contains("step_closed papers"));
    world.until("09-18 18:00").await;
    assert!(world.story(case).await.contains("step_closed papers missed"));
    world.can_be_told_again(case).await;
}

async fn what_nobody_can_take_is_missed_too(mut world: World) {
    let steps = "route:\n  - {id: first, by: county/education, within: 1wd, on_empty: climb}\n\
         then:\n  - {id: papers, kind: fill, by: county/finance, within: 2wd, \
         missed: {grace: 3wd, then: go_on}, on_empty: hold}";
    staffed(&mut world, steps).await;
    let case = world.asks("Ma").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    let held = world.run(case, "papers").await;
    assert!(held.late && CaseState::is_held(&held), "{}", world.story(case).await);
    // Two working days, and three of grace.
    world.until("09-14 10:00").await;
    assert_eq!(imports(&world, "2018-09-14", "off").await, 1, "the grace counts from the due day");
    world.until("09-18 17:59").await;
    assert!(!world.story(case).await.contains("step_closed papers"));
    world.until("09-18 18:01").await;
    let story = world.story(case).await;
    assert!(story.contains("step_closed papers missed"), "{story}");
    assert_eq!(story.matches("light_changed papers").count(), 1, "red once: {story}");
    world.can_be_told_again(case).await;
}

async fn a_round_waits_for_its_new_day(mut world: World) {
    let steps = "route:\n  - {id: first, by: county/education, within: 1wd, on_empty: climb}\n\
         then:\n  - {id: weekly, kind: fill, by: county/education, within: 0d, on_empty: climb, \
         repeat: {every: {week: 1, day: fri}, at_most: 2}}";
    staffed(&mut world, steps).await;
    world.until("09-11 10:00").await;
    let case = world.asks("Ma").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    let opens = async || local(world.run(case, "then.0").await.opens_at.unwrap());
    assert_eq!(opens().await, "09-14 00:00", "{}", world.story(case).await);
    assert_eq!(imports(&world, "2018-09-14", "off").await, 1);
    assert_eq!(opens().await, "09-17 00:00");
    world.until("09-16 10:00").await;
    assert!(!world.story(case).await.contains("step_opened weekly"));
    world.until("09-17 00:00").await;
    assert!(world.story(case).await.contains("step_opened weekly"), "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}

async fn the_lines_of_a_week_are_collected_to_its_new_end(mut world: World) {
    oversight::late_world(&mut world).await;
    world.asks("Ma").await;
    world.until("09-18 10:00").await;
    let until = async || {
        let row = gathering::Entity::find().one(world.workflow.store.read()).await.unwrap();
        row.unwrap()
    };
    let collects = until().await;
    assert_eq!(local(collects.until), "09-21 18:00");
    imports(&world, "2018-09-22", "work").await;
    assert_eq!(local(until().await.until), "09-22 18:00");
    world.until("09-21 18:01").await;
    assert!(!world.story(collects.case_id).await.contains("step_opened"));
    world.until("09-22 18:00").await;
    assert!(world.story(collects.case_id).await.contains("step_opened draft"));
    world.can_be_told_again(collects.case_id).await;
}

async fn a_late_step_is_not_called_to_account_too_early(mut world: World) {
    oversight::late_world(&mut world).await;
    let case = world.asks("Ma").await;
    world.until("09-14 10:00").await;
    assert!(world.run(case, "check").await.late);
    imports(&world, "2018-09-17", "off").await;
    let opened = async || {
        let rows = gathering::Entity::find().all(world.workflow.store.read());
        rows.await.unwrap().len()
    };
    world.until("09-18 09:01").await;
    assert_eq!(opened().await, 0, "the third working day is tomorrow now");
    world.until("09-19 09:00").await;
    assert_eq!(opened().await, 1, "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}
