//! Timers: swept in batches by any number of workers, each fired once, one bad row holding up no
//! other; and what an outage or a clock that jumps does not do.

pub(crate) mod copies;
mod stalled;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use entities::{
    Channel, Duty, NoticeState, PersonId, Stream, TimerKind, case_file, digest_line, letter,
    notice, step_run, timer, trail,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
};
use worker::{Services, Settings, digest_once, settle, sweep_once};
use workflow::{commands::Word, health::Condition};

use self::copies::copies;
use crate::harness::{
    both, scratch,
    story::{local, told},
    world::World,
};

both![
    reminders_and_rungs_come_at_their_moments,
    an_office_without_people_is_escalated_past,
    who_is_late_may_still_decide_and_stays_late,
    two_workers_fire_a_timer_once,
    one_bad_row_holds_up_no_other,
    a_clock_that_jumps_ahead_escalates_nothing,
    a_clock_that_goes_back_does_nothing_twice,
    nothing_is_sent_at_night,
    a_text_about_what_was_done_at_night_waits_for_the_morning,
];

/// A program with one step of five working days, with the ladder that ends in mail.
fn publish(world: &mut World, step: &str) {
    let source = format!(
        "program: sample\ncode: SP\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\n\
         form: [{{id: days, type: integer, required: true}}]\nroute:\n  - {{{step}}}\n\
         clock: {{total: 30wd, from: accepted, to: outcome, stops: {{supplement: 20wd}}}}\n\
         remind: R0\nladder: EM\n"
    );
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", &source).unwrap();
}

const STEP: &str = "id: first, by: county/education, within: 5wd, on_empty: climb";

pub(crate) async fn staffed(world: &mut World) {
    publish(world, STEP);
    for (name, unit, duty) in [
        ("Li", "county/education", Duty::Handler),
        ("Head", "county/education", Duty::Head),
        ("Above", "city/supervision", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
}

pub(crate) fn worker_of(world: &World) -> Services {
    let settings = Settings { drawer: scratch("letters"), ..Settings::default() };
    Services::new(world.workflow.clone(), settings).unwrap()
}

/// All that was told since the step opened: when, whom, what; of a digest, how many lines.
async fn told_whom(world: &World) -> String {
    let rows = notice::Entity::find().all(world.workflow.store.read()).await.unwrap();
    let names: BTreeMap<PersonId, &String> =
        world.people.iter().filter_map(|(name, actor)| Some((actor.person?, name))).collect();
    let mut lines: Vec<String> = rows
        .iter()
        .filter(|row| !["filed", "accepted", "task_opened"].contains(&row.template.as_str()))
        .map(|row| {
            let who = row.person_id.and_then(|person| names.get(&person)).map(|name| name.as_str());
            let count = row.params.get("count").map(|count| format!(" {count}"));
            format!(
                "{}  {}  {}{}",
                local(row.created_at),
                who.unwrap_or_default(),
                row.template,
                count.unwrap_or_default()
            )
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

async fn reminders_and_rungs_come_at_their_moments(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    world.until("09-20 12:00").await;
    told!(told_whom(&world).await, @"
    09-14 09:00  Li  reminded
    09-17 18:00  Head  urged
    09-17 18:00  Li  urged
    09-17 18:00  Ma in person  late
    09-18 08:30  Head  digest 1
    09-18 08:30  Li  digest 1
    09-18 09:00  Above  escalated
    09-19 08:30  Head  digest 1
    09-19 08:30  Li  digest 1
    09-20 08:30  Head  digest 1
    09-20 08:30  Li  digest 1
    ");
    let story = world.story(case).await;
    let of_time = |line: &&str| line.contains("rung_climbed") || line.contains("light_changed");
    let story: Vec<&str> = story.lines().filter(of_time).collect();
    told!(story.join("\n"), @"
    09-17 18:00  the clock  light_changed first red
    09-17 18:00  the clock  rung_climbed first
    09-18 09:00  the clock  rung_climbed first
    ");
}

/// How many rungs of each number were climbed by now, in all.
pub(crate) async fn rungs(world: &World) -> BTreeMap<i32, u64> {
    let mut found = BTreeMap::new();
    for run in step_run::Entity::find().all(world.workflow.store.read()).await.unwrap() {
        for rung in 0..run.rungs {
            *found.entry(rung).or_default() += 1;
        }
    }
    found
}

/// Passes until nothing is due any more; each is bounded.
pub(crate) async fn sweep_all(services: &Services) {
    for _ in 0..100 {
        if sweep_once(services).await.unwrap() == 0 {
            return;
        }
    }
    panic!("it does not come to an end");
}

pub(crate) fn at(moment: &str) -> chrono::DateTime<chrono::Utc> {
    format!("2018-{}:00+08:00", moment.replacen(' ', "T", 1)).parse().unwrap()
}

async fn an_office_without_people_is_escalated_past(mut world: World) {
    publish(&mut world, "id: first, by: county/finance, within: 5wd, on_empty: hold");
    world.works("Lead", "region/education", Duty::Handler).await;
    world.applies("Ma").await;
    // Nobody works in the finance office, nobody in the city's supervision, nobody in the owner's
    // office at the county: it is held, and told upwards until somebody reads it.
    let case = world.asks("Ma").await;
    world.until("09-20 12:00").await;
    let story = world.story(case).await;
    assert!(story.contains("held"), "{story}");
    assert_eq!(rungs(&world).await, BTreeMap::from([(0, 1), (1, 1)]), "{story}");
    let found = notice::Entity::find().filter(notice::Column::Template.eq("escalated"));
    let found = found.all(world.workflow.store.read()).await.unwrap();
    let lead = world.actor("Lead").person;
    assert_eq!(found.iter().map(|row| row.person_id).collect::<Vec<_>>(), [lead], "{story}");
}

async fn who_is_late_may_still_decide_and_stays_late(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    world.until("09-19 10:00").await;
    assert!(world.run(case, "first").await.late);
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    let (file, run) = (world.case(case).await, world.run(case, "first").await);
    assert_eq!(file.outcome, Some(entities::Outcome::Granted));
    assert!(run.late && file.late, "the lateness stays");
    let before = rungs(&world).await;
    world.until("09-30 10:00").await;
    assert_eq!(rungs(&world).await, before, "a closed task stops further rungs");
}

async fn two_workers_fire_a_timer_once(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    let cases = copies(&world, case, 60).await;
    world.workflow.clock.advance(at("09-17 18:00") - world.workflow.clock.now());
    let (one, two) = (worker_of(&world), worker_of(&world));
    let (first, second) = tokio::join!(sweep_once(&one), sweep_once(&two));
    first.unwrap();
    second.unwrap();
    // One that yields to the other fires nothing; what is left is due until it has fired.
    let due = timer::Entity::due(world.workflow.clock.now());
    while due.clone().count(world.workflow.store.read()).await.unwrap() > 0 {
        sweep_once(&one).await.unwrap();
    }
    for case in cases {
        assert_eq!(world.told_times(case, "rung_climbed").await, 1);
        assert_eq!(world.told_times(case, "light_changed").await, 1);
    }
    let late = world.told("late").await;
    assert_eq!(late, 61, "each applicant is told once");
}

async fn one_bad_row_holds_up_no_other(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    let cases = copies(&world, case, 10).await;
    let bad = case_file::ActiveModel {
        id: Set(cases[3]),
        program_hash: Set("no such version".to_owned()),
        ..Default::default()
    };
    bad.update(world.workflow.store.for_migration()).await.unwrap();
    world.workflow.clock.advance(at("09-17 18:00") - world.workflow.clock.now());
    let services = worker_of(&world);
    sweep_once(&services).await.unwrap();
    for (nth, case) in cases.iter().enumerate() {
        let climbed = world.told_times(*case, "rung_climbed").await;
        assert_eq!(climbed, u64::from(nth != 3), "{nth}");
    }
    let waiting = timer::Entity::of_case(cases[3]).all(world.workflow.store.read()).await.unwrap();
    let tried = waiting.iter().filter(|row| row.failures > 0).count();
    assert!(tried > 0 && waiting.iter().all(|row| row.failures <= 1), "{waiting:?}");
    assert_eq!(sweep_once(&services).await.unwrap(), 0, "it waits for a while");
    // Mended, it is done.
    let hash = world.case(case).await.program_hash;
    let mended =
        case_file::ActiveModel { id: Set(cases[3]), program_hash: Set(hash), ..Default::default() };
    mended.update(world.workflow.store.for_migration()).await.unwrap();
    world.workflow.clock.advance(TimeDelta::minutes(2));
    sweep_once(&services).await.unwrap();
    assert_eq!(world.told_times(cases[3], "rung_climbed").await, 1);
}

/// F25.
async fn a_clock_that_jumps_ahead_escalates_nothing(mut world: World) {
    staffed(&mut world).await;
    let services = worker_of(&world);
    let case = world.asks("Ma").await;
    copies(&world, case, 20).await;
    sweep_once(&services).await.unwrap();
    world.workflow.clock.jump(TimeDelta::days(40));
    sweep_once(&services).await.unwrap();
    assert_eq!(rungs(&world).await, BTreeMap::new(), "nothing is escalated");
    assert_eq!(world.told("late").await, 0, "and nobody is reminded");
    assert_eq!(world.told_times(case, "light_changed").await, 1, "what is due happens once");
    let said = services.health.parts();
    let time = said.iter().find(|part| part.part == "time").unwrap();
    assert!(matches!(time.condition, Condition::Degraded(_)), "{time:?}");
    let letters = letter::Entity::find().count(world.workflow.store.read()).await.unwrap();
    assert_eq!(letters, 0, "and twenty-one red lights of one unit call nobody to account");
    // Another worker, which was started after the jump, holds it too.
    sweep_once(&worker_of(&world)).await.unwrap();
    assert_eq!(rungs(&world).await, BTreeMap::new());
    // Nobody put it right: from the next working morning on, a rung a day.
    world.workflow.clock.advance(TimeDelta::days(4));
    sweep_once(&services).await.unwrap();
    assert_eq!(rungs(&world).await, BTreeMap::from([(0, 21)]));
    let said = services.health.parts();
    let time = said.iter().find(|part| part.part == "time").unwrap();
    assert_eq!(time.condition, Condition::Well);
    // Time that the demonstration moves is no jump.
    world.workflow.clock.set_offset(TimeDelta::days(30));
    sweep_once(&services).await.unwrap();
    let said = services.health.parts();
    let time = said.iter().find(|part| part.part == "time").unwrap();
    assert_eq!(time.condition, Condition::Well);
}

/// F26.
async fn a_clock_that_goes_back_does_nothing_twice(mut world: World) {
    staffed(&mut world).await;
    let services = worker_of(&world);
    let case = world.asks("Ma").await;
    world.workflow.clock.advance(at("09-17 18:10") - world.workflow.clock.now());
    sweep_once(&services).await.unwrap();
    digest_once(&services).await.unwrap();
    let count = async || {
        let db = world.workflow.store.read();
        let lines = digest_line::Entity::find().count(db).await.unwrap();
        let told = notice::Entity::find().count(db).await.unwrap();
        (lines, told, world.case(case).await.trail_number)
    };
    let before = count().await;
    world.workflow.clock.jump(-TimeDelta::hours(1));
    sweep_once(&services).await.unwrap();
    world.workflow.clock.advance(TimeDelta::minutes(59));
    sweep_once(&services).await.unwrap();
    digest_once(&services).await.unwrap();
    assert_eq!(count().await, before);
    let rows = trail::Entity::of(Stream::Case, case.0).all(world.workflow.store.read()).await;
    workflow::record::verify(&rows.unwrap()).unwrap();
}

async fn nothing_is_sent_at_night(mut world: World) {
    staffed(&mut world).await;
    let services = worker_of(&world);
    let case = world.asks("Ma").await;
    // The service comes back at eleven in the evening of the day after.
    world.workflow.clock.advance(at("09-18 23:00") - world.workflow.clock.now());
    sweep_once(&services).await.unwrap();
    digest_once(&services).await.unwrap();
    assert!(world.run(case, "first").await.late, "the light is red at once");
    assert_eq!(rungs(&world).await, BTreeMap::new());
    let told = notice::Entity::find()
        .filter(notice::Column::Template.is_in(["late", "urged", "digest", "reminded"]));
    assert_eq!(told.clone().count(world.workflow.store.read()).await.unwrap(), 0);
    world.until("09-19 08:30").await;
    assert_eq!(rungs(&world).await, BTreeMap::from([(0, 1)]));
    assert!(told.count(world.workflow.store.read()).await.unwrap() > 0);
    let timers = timer::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    assert!(timers.iter().any(|row| row.kind == TimerKind::Rung), "{timers:?}");
}

async fn a_text_about_what_was_done_at_night_waits_for_the_morning(mut world: World) {
    staffed(&mut world).await;
    let services = worker_of(&world);
    let case = world.asks("Ma").await;
    let states = async |template: &str| {
        let rows = notice::Entity::find().filter(notice::Column::Template.eq(template));
        let rows = rows.all(world.workflow.store.read()).await.unwrap();
        rows.iter().map(|row| (row.channel, row.state)).collect::<Vec<_>>()
    };
    world.workflow.clock.advance(at("09-11 22:30") - world.workflow.clock.now());
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    settle(&services).await.unwrap();
    assert_eq!(states("granted").await, [(Channel::Sms, NoticeState::Waiting)]);
    assert_eq!(states("filed").await, [(Channel::Inbox, NoticeState::Sent)], "asked for just now");
    world.workflow.clock.advance(at("09-12 07:59") - world.workflow.clock.now());
    settle(&services).await.unwrap();
    assert_eq!(states("granted").await, [(Channel::Sms, NoticeState::Waiting)]);
    world.workflow.clock.advance(at("09-12 08:00") - world.workflow.clock.now());
    settle(&services).await.unwrap();
    assert_eq!(states("granted").await, [(Channel::Inbox, NoticeState::Sent)], "Ma has no phone");
}
