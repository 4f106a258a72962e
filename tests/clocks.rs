//! Clocks: stops with their ground and cap, one extension, what is left after a return, and who
//! held the days.

use entities::{Duty, ExtensionState, extension, notice, red_light};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use workflow::{
    CommandError, Refusal,
    commands::{self, RequestSupplement, Word},
    event::ReturnMode,
};

use crate::harness::{
    both,
    story::{local, told},
    world::{World, refusal},
};

both![
    a_stop_moves_the_due_day_by_itself_across_the_holidays,
    a_step_stands_for_a_ground_until_its_cap,
    a_step_that_has_its_blocks_time_stands_too,
    an_open_step_lets_the_total_stand,
    more_time_is_asked_in_time_and_given_once,
    a_returned_step_keeps_its_reminder_and_its_remainder,
    who_held_the_days_sums_to_the_whole,
    publishing_a_definition_moves_no_due_date,
];

const ROUTE: &str = "route:\n  - {id: first, by: county/education, within: 5wd, on_empty: climb, may_return: [applicant]}\n  \
     - {id: experts, kind: decide, by: county/finance, within: 3wd, stop: expert, on_empty: climb, may_return: [first]}\n  \
     - {id: last, by: city/education, within: 3wd, on_empty: climb, may_return: [first]}";

const CLOCK: &str = "clock: {total: 30wd, from: accepted, to: outcome, \
     stops: {supplement: 20wd, expert: 2wd, appraisal: 6wd}, extend: {times: 1, by: 5wd, approved_by: superior}}";

fn source(version: u32, route: &str, clock: &str) -> String {
    format!(
        "program: sample\nversion: {version}\ncode: SP\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\n\
         form: [{{id: days, type: integer, required: true}}]\n{route}\n{clock}\nremind: R0\n"
    )
}

fn publish(world: &mut World, version: u32, route: &str, clock: &str) {
    let source = source(version, route, clock);
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", &source).unwrap();
}

pub(crate) async fn staffed(world: &mut World) {
    publish(world, 1, ROUTE, CLOCK);
    for (name, unit, duty) in [
        ("Li", "county/education", Duty::Handler),
        ("Fin", "county/finance", Duty::Handler),
        ("Boss", "city/education", Duty::Head),
        ("City", "city/education", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
}

async fn supplement(world: &World, case: entities::CaseId) {
    let (li, task) = (world.actor("Li"), world.slot(case, "first", "Li").await);
    let ask = RequestSupplement { fields: vec!["days".to_owned()], ..RequestSupplement::default() };
    let done = world.command(async |tx| {
        commands::request_supplement(tx, &world.workflow, li, task, ask.clone()).await
    });
    done.await.unwrap();
}

async fn answers(world: &World, case: entities::CaseId) {
    let ma = world.actor("Ma");
    let done = world
        .command(async |tx| commands::resubmit_case(tx, &world.workflow, ma, case, None).await);
    done.await.unwrap();
    world.settle().await;
}

async fn pauses(world: &World, case: entities::CaseId, ground: &str) -> Result<(), CommandError> {
    let (li, task) = (world.actor("Li"), world.slot(case, "first", "Li").await);
    let why = (None, ground.to_owned(), "等待鉴定".to_owned());
    let done = world
        .command(async |tx| commands::pause_step(tx, &world.workflow, li, task, why.clone()).await);
    done.await.map(drop)
}

async fn goes_on(world: &World, case: entities::CaseId) -> Result<(), CommandError> {
    let (li, task) = (world.actor("Li"), world.slot(case, "first", "Li").await);
    let done = world
        .command(async |tx| commands::continue_step(tx, &world.workflow, li, task, None).await);
    done.await.map(drop)
}

/// Story 1 and the stop over the days off of October.
async fn a_stop_moves_the_due_day_by_itself_across_the_holidays(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    assert_eq!(world.due(case, "first").await, "09-17 18:00");
    world.until("09-11 15:00").await;
    supplement(&world, case).await;
    world.until("09-18 20:00").await;
    assert!(!world.story(case).await.contains("light_changed"), "nothing elapses while it stands");
    answers(&world, case).await;
    assert_eq!(world.due(case, "first").await, "09-25 18:00");

    // Four working days before the holidays, among them a worked Saturday and Sunday.
    let other = world.asks("Ma").await;
    assert_eq!(world.due(other, "first").await, "09-26 18:00");
    world.until("09-25 10:00").await;
    pauses(&world, other, "appraisal").await.unwrap();
    world.until("09-30 10:00").await;
    goes_on(&world, other).await.unwrap();
    // 26, 27, 28, 29 and 30 September were worked: five days later, and 1–7 October are off.
    assert_eq!(world.due(other, "first").await, "10-08 18:00");
    world.can_be_told_again(case).await;
    world.can_be_told_again(other).await;
}

async fn a_step_that_has_its_blocks_time_stands_too(mut world: World) {
    staffed(&mut world).await;
    let block = "route:\n  - {within: 5wd, steps: [\
         {id: first, by: county/education, within: block, on_empty: climb}]}";
    publish(&mut world, 2, block, CLOCK);
    let case = world.asks("Ma").await;
    assert_eq!(world.due(case, "first").await, "09-17 18:00");
    pauses(&world, case, "appraisal").await.unwrap();
    world.until("09-12 10:00").await;
    goes_on(&world, case).await.unwrap();
    assert_eq!(world.due(case, "first").await, "09-19 18:00", "{}", world.story(case).await);
    world.until("09-18 10:00").await;
    assert!(!world.story(case).await.contains("light_changed"), "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}

async fn a_step_stands_for_a_ground_until_its_cap(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    let none = refusal(pauses(&world, case, "weather").await);
    assert_eq!(none, Refusal::NoGround("weather".to_owned()));
    // What stands for a step of its own is nobody's word.
    let own = refusal(pauses(&world, case, "expert").await);
    assert_eq!(own, Refusal::NoGround("expert".to_owned()));
    pauses(&world, case, "appraisal").await.unwrap();
    let signed = refusal(world.says("Li", case, "first", Word::Approve).await);
    assert!(matches!(signed, Refusal::NotNow { .. }), "{signed:?}");
    world.until("09-12 10:00").await;
    goes_on(&world, case).await.unwrap();
    assert_eq!(world.due(case, "first").await, "09-19 18:00", "two days later");
    // Four of the six days are left; beyond them the clock runs again.
    pauses(&world, case, "appraisal").await.unwrap();
    world.until("09-20 10:00").await;
    told!(
        world.story(case).await.lines().skip(3).collect::<Vec<_>>().join("\n"), @"
    09-10 10:00  Li         paused first appraisal until 09-18 18:00
    09-10 10:00  Li         clock_stopped first appraisal
    09-10 10:00  Li         clock_started stop appraisal due 09-18 18:00
    09-12 10:00  Li         clock_ended stop
    09-12 10:00  Li         unpaused first appraisal
    09-12 10:00  Li         clock_resumed first due 09-19 18:00
    09-12 10:00  Li         paused first appraisal until 09-18 18:00
    09-12 10:00  Li         clock_stopped first appraisal
    09-12 10:00  Li         clock_started stop appraisal due 09-18 18:00
    09-17 18:00  the clock  accepted silence as_of 09-10 10:00
    09-17 18:00  the clock  clock_started total due 10-26 18:00
    09-18 18:00  the clock  clock_ended stop
    09-18 18:00  the clock  unpaused first appraisal
    09-18 18:00  the clock  clock_resumed first due 09-26 18:00
    "
    );
    // Its own ladder: when most of it is used up, and when the clock runs again.
    let told = async |template: &str| {
        let rows = notice::Entity::find().filter(notice::Column::Template.eq(template));
        let rows = rows.order_by_asc(notice::Column::Id);
        let rows = rows.all(world.workflow.store.read()).await.unwrap();
        rows.iter().map(|row| local(row.created_at)).collect::<Vec<_>>()
    };
    assert_eq!(told("stop_soon").await, ["09-17 11:36"], "four fifths of the second stop");
    assert_eq!(told("stop_over").await, ["09-18 18:00"]);
    let over = refusal(pauses(&world, case, "appraisal").await);
    assert_eq!(over, Refusal::StopUsedUp("appraisal".to_owned()));
    world.can_be_told_again(case).await;
}

async fn an_open_step_lets_the_total_stand(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.until("09-11 10:00").await;
    world.says("Fin", case, "experts", Word::Approve).await.unwrap();
    let story = world.story(case).await;
    assert!(story.contains("09-10 10:00  the clock  clock_stopped total expert"), "{story}");
    assert!(
        story.contains("09-11 10:00  Fin        clock_resumed total due 10-29 18:00"),
        "{story}"
    );
    // The cap of two days is for the whole case: of the second round one is left.
    let back = Word::Return {
        to: "first".to_owned(),
        mode: ReturnMode::Replay,
        fields: Vec::new(),
        papers: Vec::new(),
    };
    world.says("City", case, "last", back).await.unwrap();
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.until("09-13 10:00").await;
    let story = world.story(case).await;
    assert!(
        story.contains("09-12 18:00  the clock  clock_resumed total due 10-30 18:00"),
        "{story}"
    );
    world.can_be_told_again(case).await;
}

async fn more_time_is_asked_in_time_and_given_once(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    let (li, task) = (world.actor("Li"), world.slot(case, "first", "Li").await);
    let ask = async || {
        let why = (None, "道路中断".to_owned());
        let done = world.command(async |tx| {
            commands::ask_extension(tx, &world.workflow, li, task, why.clone()).await
        });
        done.await.map(drop)
    };
    let answer = async |name: &str, id, gives| {
        let actor = world.actor(name);
        let done = world.command(async |tx| {
            commands::answer_extension(tx, &world.workflow, actor, id, gives).await
        });
        done.await.map(drop)
    };
    world.until("09-17 17:00").await;
    ask().await.unwrap();
    assert_eq!(refusal(ask().await), Refusal::ExtendedAlready);
    let rows = extension::Entity::find().all(world.workflow.store.read()).await.unwrap();
    let id = rows[0].id;
    // Neither the holder nor somebody without the duty answers; the head of the superior does.
    assert_eq!(refusal(answer("Li", id, true).await), Refusal::NotFound("extension"));
    assert_eq!(refusal(answer("City", id, true).await), Refusal::NotFound("extension"));
    assert_eq!(world.told("extension_asked").await, 1);
    // The answer comes after the time is over: what was asked for in time is given.
    world.until("09-18 10:00").await;
    assert!(world.run(case, "first").await.late && world.case(case).await.late);
    answer("Boss", id, true).await.unwrap();
    assert_eq!(world.due(case, "first").await, "09-25 18:00");
    assert!(!world.run(case, "first").await.late && !world.case(case).await.late);
    let lights = red_light::Entity::find().count(world.workflow.store.read()).await.unwrap();
    assert_eq!(lights, 0, "who asked in time does not count as late");
    let again = refusal(answer("Boss", id, true).await);
    assert!(matches!(again, Refusal::Settled { .. }), "{again:?}");
    assert_eq!(refusal(ask().await), Refusal::ExtendedAlready, "once");
    assert_eq!((world.told("extended").await, world.told("extension_given").await), (1, 1));
    world.can_be_told_again(case).await;

    let late = world.asks("Ma").await;
    world.until("09-28 10:00").await;
    let task = world.slot(late, "first", "Li").await;
    let why = (None, "道路中断".to_owned());
    let done = world.command(async |tx| {
        commands::ask_extension(tx, &world.workflow, li, task, why.clone()).await
    });
    assert!(matches!(refusal(done.await), Refusal::TooLate(_)));

    let other = world.asks("Ma").await;
    let task = world.slot(other, "first", "Li").await;
    let done = world.command(async |tx| {
        commands::ask_extension(tx, &world.workflow, li, task, (None, "道路中断".to_owned())).await
    });
    done.await.unwrap();
    let rows = extension::Entity::of_case(other).all(world.workflow.store.read()).await.unwrap();
    let due = world.due(other, "first").await;
    answer("Boss", rows[0].id, false).await.unwrap();
    assert_eq!(world.due(other, "first").await, due, "a refusal moves nothing");
    let rows = extension::Entity::of_case(other).all(world.workflow.store.read()).await.unwrap();
    assert_eq!(rows[0].state, ExtensionState::Refused);
}

async fn a_returned_step_keeps_its_reminder_and_its_remainder(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    world.until("09-12 10:00").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.says("Fin", case, "experts", Word::Approve).await.unwrap();
    world.until("09-13 10:00").await;
    let back = Word::Return {
        to: "first".to_owned(),
        mode: ReturnMode::Replay,
        fields: Vec::new(),
        papers: Vec::new(),
    };
    world.says("City", case, "last", back).await.unwrap();
    assert_eq!(world.due(case, "first").await, "09-18 18:00", "three of five days were left");
    assert_eq!(world.told("reminded").await, 0);
    world.until("09-17 09:00").await;
    assert_eq!(world.told("reminded").await, 1, "the working day before");
}

async fn who_held_the_days_sums_to_the_whole(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    world.until("09-11 15:00").await;
    supplement(&world, case).await;
    world.until("09-18 20:00").await;
    answers(&world, case).await;
    world.until("09-19 10:00").await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.until("09-20 10:00").await;
    world.says("Fin", case, "experts", Word::Approve).await.unwrap();
    world.until("09-21 10:00").await;
    world.says("City", case, "last", Word::Approve).await.unwrap();
    let days = world.workflow.calendar.of("640000");
    let parts = workflow::rules::held::parts(&world.stretches(case).await, &days);
    let told: Vec<String> = parts
        .iter()
        .map(|part| {
            use workflow::rules::held::Holder;
            let who = match &part.holder {
                Holder::Applicant => "applicant".to_owned(),
                Holder::Calendar => "calendar".to_owned(),
                Holder::Stop { ground, .. } => ground.clone(),
                Holder::Unit(unit) => {
                    let name = world.units.iter().find(|(_, id)| *id == unit);
                    name.map(|(name, _)| name.clone()).unwrap_or_default()
                }
            };
            format!("{who} {} {}h", part.working_days, part.seconds / 3600)
        })
        .collect();
    let expected =
        ["applicant 5 173h", "county/education 2 43h", "city/education 1 24h", "expert 1 24h"];
    assert_eq!(told, expected);
    world.can_be_told_again(case).await;
}

async fn publishing_a_definition_moves_no_due_date(mut world: World) {
    staffed(&mut world).await;
    let case = world.asks("Ma").await;
    let bytes = async |world: &World| {
        let clocks = entities::clock::Entity::of_case(case).all(world.workflow.store.read()).await;
        let timers = entities::timer::Entity::of_case(case).all(world.workflow.store.read()).await;
        serde_json::to_string(&(clocks.unwrap(), timers.unwrap())).unwrap()
    };
    let before = bytes(&world).await;
    let shorter = ROUTE.replace("within: 5wd", "within: 1wd");
    publish(&mut world, 2, &shorter, CLOCK);
    let programs = world.workflow.programs.clone();
    let now = world.workflow.clock.now();
    let published =
        world.command(async |tx| workflow::program_versions::publish_new(tx, &programs, now).await);
    published.await.unwrap();
    world.settle().await;
    assert_eq!(bytes(&world).await, before);
    assert_eq!(world.due(case, "first").await, "09-17 18:00");
}
