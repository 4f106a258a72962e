//! Whatever people do, in whatever order: nothing but accepting, stopping, resuming, extending,
//! what is left after a return, and the calendar moves a due date.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entities::{CaseId, ClockId, Duty, Stream, clock, extension, task, trail};
use serde_json::json;
use workflow::{
    CommandError, Event,
    calendar::read_rows,
    commands::{self, RequestSupplement, SignTask, Word},
    event::ReturnMode,
    state::CaseState,
    working_days,
};

use crate::harness::{both, world::World};

both![nothing_else_moves_a_due_date];

/// Numbers that look like chance and are the same each time (xorshift).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn of(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

const SOURCE: &str = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
     basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
     owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
     form: [{id: days, type: integer, required: true}]\nroute:\n  \
     - {id: first, by: county/education, within: 5wd, on_empty: climb, may_return: [applicant]}\n  \
     - together:\n      \
     - {id: left, by: county/finance, within: 3wd, stop: expert, on_empty: climb}\n      \
     - {id: right, by: county/poverty_relief, within: 4wd, on_empty: climb, may_return: [first]}\n  \
     - {id: last, by: city/education, within: 48h, on_empty: climb, may_return: [first, applicant]}\n\
     clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd, expert: 2wd, appraisal: 6wd}, \
     extend: {times: 1, by: 5wd, approved_by: superior}}\nremind: R0\nladder: EM\n";

/// Due instants by clock, and the rows that repeat them.
async fn dues(world: &World, case: CaseId) -> BTreeMap<ClockId, Option<DateTime<Utc>>> {
    let db = world.workflow.store.read();
    let clocks = clock::Entity::of_case(case).all(db).await.unwrap();
    let tasks = task::Entity::of_case(case).all(db).await.unwrap();
    for slot in tasks.iter().filter(|slot| CaseState::is_open(slot)) {
        let own = clocks.iter().rfind(|row| row.run_id == Some(slot.run_id));
        assert_eq!(slot.due_at, own.and_then(|row| row.due_at), "the queue says the same");
    }
    clocks.into_iter().map(|row| (row.id, row.due_at)).collect()
}

/// What happened since line `since` of the trail.
async fn happened(world: &World, case: CaseId, since: i32) -> Vec<Event> {
    let rows = trail::Entity::of(Stream::Case, case.0).all(world.workflow.store.read()).await;
    let new = rows.unwrap().into_iter().filter(|row| row.number > since);
    new.map(|row| {
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
        serde_json::from_value(body["what"].clone()).unwrap()
    })
    .collect()
}

fn moves(event: &Event) -> Option<ClockId> {
    match event {
        Event::ClockStopped { clock, .. }
        | Event::ClockResumed { clock, .. }
        | Event::ClockExtended { clock, .. }
        | Event::ClockReprojected { clock, .. } => Some(*clock),
        _ => None,
    }
}

/// A world with the program, and the people of its steps.
pub(crate) async fn staffed(world: &mut World) {
    world.workflow.programs = world.workflow.programs.with_source("sample.yaml", SOURCE).unwrap();
    for (name, unit, duty) in [
        ("Li", "county/education", Duty::Handler),
        ("Fin", "county/finance", Duty::Handler),
        ("Poor", "county/poverty_relief", Duty::Handler),
        ("City", "city/education", Duty::Handler),
        ("Boss", "city/education", Duty::Head),
    ] {
        world.works(name, unit, duty).await;
    }
    world.applies("Ma").await;
}

async fn nothing_else_moves_a_due_date(mut world: World) {
    staffed(&mut world).await;
    let mut done = BTreeMap::<u64, u32>::new();
    for seed in [3, 17, 4711, 90_210] {
        let mut chance = Chance(seed);
        let case = world.drafts("Ma", "sample", json!({ "days": 1 })).await;
        world.submits("Ma", case).await.unwrap();
        world.settle().await;
        for _ in 0..40 {
            let (before, number) = (dues(&world, case).await, world.case(case).await.trail_number);
            let verb = chance.of(14);
            let ok = act(&world, case, verb, &mut chance).await.is_ok();
            *done.entry(verb).or_default() += u32::from(ok);
            world.settle().await;
            let (after, new) = (dues(&world, case).await, happened(&world, case, number).await);
            for (id, due) in before {
                if after[&id] != due {
                    assert!(new.iter().any(|event| moves(event) == Some(id)), "{verb}: {new:#?}");
                }
            }
            let quiet = [0, 1, 2, 3].contains(&verb);
            assert!(!quiet || !new.iter().any(|event| moves(event).is_some()), "{verb}: {new:#?}");
        }
        world.can_be_told_again(case).await;
    }
    for verb in 0..14 {
        assert!(done.get(&verb).is_some_and(|times| *times > 0), "{verb} was never done: {done:?}");
    }
}

/// One of the open slots, and whoever may sign it.
async fn open(
    world: &World,
    case: CaseId,
    chance: &mut Chance,
) -> Option<(task::Model, &'static str)> {
    let slots = task::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    let open: Vec<task::Model> = slots.into_iter().filter(CaseState::is_open).collect();
    let most = u64::try_from(open.len()).unwrap();
    let slot = open.into_iter().nth(usize::try_from(chance.of(most.max(1))).unwrap())?;
    let name = match slot.path.as_str() {
        "first" => "Li",
        "left" => "Fin",
        "right" => "Poor",
        _ => "City",
    };
    Some((slot, name))
}

pub(crate) async fn act(
    world: &World,
    case: CaseId,
    verb: u64,
    chance: &mut Chance,
) -> Result<(), CommandError> {
    let w = &world.workflow;
    match verb {
        // Time goes by; nobody's doing.
        10 => {
            w.clock.advance(TimeDelta::hours(i64::try_from(chance.of(30)).unwrap()));
            return Ok(());
        }
        11 => {
            let ma = world.actor("Ma");
            let done =
                world.command(async |tx| commands::resubmit_case(tx, w, ma, case, None).await);
            return done.await.map(drop);
        }
        12 => {
            let rows = extension::Entity::of_case(case).all(w.store.read()).await.unwrap();
            let id = rows.last().map(|row| row.id).ok_or(workflow::Refusal::AskedOnce)?;
            let boss = world.actor("Boss");
            let done =
                world.command(async |tx| commands::answer_extension(tx, w, boss, id, true).await);
            return done.await.map(drop);
        }
        13 => {
            let day = workflow::calendar::local_date(w.clock.now()) + TimeDelta::days(2);
            let kind = if chance.of(2) == 0 { "off" } else { "work" };
            let rows = read_rows(&format!("date,kind,scope\n{day},{kind},CN\n")).unwrap();
            return working_days::import(w, rows).await.map(drop);
        }
        _ => {}
    }
    let found = open(world, case, chance).await;
    let (slot, name) = found.ok_or(workflow::Refusal::NotFound("task"))?;
    let (actor, task) = (world.actor(name), slot.id);
    let signs = async |word: Word| {
        let ask = SignTask {
            task,
            seen: None,
            word,
            note: Some("请补充".to_owned()),
            fields: BTreeMap::new(),
        };
        world.command(async |tx| commands::sign_task(tx, w, actor, ask.clone()).await).await
    };
    let why = || "道路中断".to_owned();
    match verb {
        0 | 1 => {
            let done =
                world.command(async |tx| commands::claim_task(tx, w, actor, task, None).await);
            done.await.map(drop)
        }
        2 => {
            let done =
                world.command(async |tx| commands::release_task(tx, w, actor, task, None).await);
            done.await.map(drop)
        }
        // What is told moves nothing, nor does looking on.
        3 => Ok(()),
        4 | 5 => signs(Word::Approve).await.map(drop),
        6 => {
            let to = if chance.of(2) == 0 { "first" } else { "applicant" }.to_owned();
            let (fields, papers) = (Vec::new(), Vec::new());
            let word = Word::Return { to, mode: ReturnMode::Replay, fields, papers };
            signs(word).await.map(drop)
        }
        7 => {
            let fields = vec!["days".to_owned()];
            let ask = RequestSupplement { fields, ..RequestSupplement::default() };
            let done = world.command(async |tx| {
                commands::request_supplement(tx, w, actor, task, ask.clone()).await
            });
            done.await.map(drop)
        }
        8 if chance.of(2) == 0 => {
            let why = (None, "appraisal".to_owned(), why());
            let done = world
                .command(async |tx| commands::pause_step(tx, w, actor, task, why.clone()).await);
            done.await.map(drop)
        }
        8 => {
            let done =
                world.command(async |tx| commands::continue_step(tx, w, actor, task, None).await);
            done.await.map(drop)
        }
        _ => {
            let why = (None, why());
            let done = world
                .command(async |tx| commands::ask_extension(tx, w, actor, task, why.clone()).await);
            done.await.map(drop)
        }
    }
}
