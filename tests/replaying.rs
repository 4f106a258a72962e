//! What a draft would have made of past cases: they are told again, first as they were, to the last
//! due date, and then as they would be. Nothing of a case is written.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use entities::{CaseId, ReplayFound, ReplayState, program_replay, replayed_case, trail};
use sea_orm::{ConnectOptions, Database, EntityTrait, PaginatorTrait};
use serde_json::json;
use workflow::{
    commands::Word,
    program::load,
    program_versions::{Look, Looked, begin_replay, replay_all, tale},
    rules::replay::{Sums, Untold, as_it_was, reproduces, retell},
};

use crate::{
    due_dates::{self, Chance},
    harness::{both, demo::Demonstration, world::World},
    publishing::SOURCE,
};

both![
    emergency_aid_is_told_again_as_it_was,
    an_unchanged_definition_reproduces_every_case_whatever_people_did,
    a_report_says_who_gains_and_whose_lights_turn,
    a_replay_runs_in_the_background_and_goes_with_the_publication,
];

/// The case is told again under its own definition, and is what it was.
pub(crate) async fn is_told_as_it_was(world: &World, case: CaseId) {
    let file = world.case(case).await;
    let own = world.workflow.programs.by_hash(&file.program_hash).unwrap();
    let db = world.workflow.store.read();
    let tale = tale(db, &world.workflow, &file, [&own, &own]).await.unwrap().unwrap();
    let told = retell(&tale, &own, &own).unwrap_or_else(|why| panic!("{why}"));
    if let Err(why) = reproduces(&tale, &told) {
        panic!("{why}");
    }
}

/// The same of any case, whatever happened to it. A case about nobody comes out as it did, or a row
/// of its trail is no matter of its program; of people's cases here some stand under calendars and
/// organisations that have changed since, and nothing is said of them.
pub(crate) async fn is_told_as_it_was_or_why_not(world: &World, case: CaseId) {
    let file = world.case(case).await;
    let Some(own) = world.workflow.programs.by_hash(&file.program_hash) else { return };
    let db = world.workflow.store.read();
    let Ok(tale) = tale(db, &world.workflow, &file, [&own, &own]).await.unwrap() else { return };
    let told = match retell(&tale, &own, &own) {
        Ok(told) => told,
        Err(Untold::Happened(_)) => return,
        Err(why) => panic!("{} {:?}: {why}", file.program, file.number),
    };
    if let Err(why) = reproduces(&tale, &told)
        && file.subject_id.is_none()
    {
        let (was, is) = (as_it_was(&tale).0, &told.state);
        let differs = |was: String, is: String| {
            if was != is {
                eprintln!("was {was}\n is {is}");
            }
        };
        for (was, is) in was.runs.iter().zip(&is.runs) {
            differs(format!("{was:?}"), format!("{is:?}"));
        }
        for (was, is) in was.clocks.iter().zip(&is.clocks) {
            differs(format!("{was:?}"), format!("{is:?}"));
        }
        eprintln!("left out: {:?}", told.dropped);
        panic!("{} {:?}: {why}", file.program, file.number);
    }
}

async fn emergency_aid_is_told_again_as_it_was(mut world: World) {
    world.full_staff().await;
    world.applies("Li").await;
    let case = world.asks_for("Li", 12_000).await;
    is_told_as_it_was(&world, case).await;
    for (name, step) in [("Teacher", "teacher"), ("Aid", "school"), ("Head", "school")] {
        world.says(name, case, step, Word::Approve).await.unwrap();
        is_told_as_it_was(&world, case).await;
    }
    let visit = world.slot(case, "village", "Visitor").await;
    world.attaches("Visitor", case, "visit_photo", Some(visit)).await.unwrap();
    let seen = (Word::Approve, json!({ "visit": "two rooms" }));
    world.says_with("Visitor", case, "village", seen).await.unwrap();
    let less = Word::ApproveLess(entities::Fen(1_100_000));
    for (name, step, word) in [
        ("Edu", "county", less),
        ("Poor", "county", Word::Approve),
        ("City", "city", Word::Approve),
    ] {
        world.says(name, case, step, word).await.unwrap();
        is_told_as_it_was(&world, case).await;
    }
    // The public notice comes down, and what follows it is done.
    world.until("09-30 10:00").await;
    is_told_as_it_was(&world, case).await;
}

async fn an_unchanged_definition_reproduces_every_case_whatever_people_did(mut world: World) {
    due_dates::staffed(&mut world).await;
    let mut told = BTreeMap::<String, u32>::new();
    for seed in 1..=24 {
        let mut chance = Chance::new(seed * 7_919);
        let case = world.drafts("Ma", "sample", json!({ "days": 1 })).await;
        world.submits("Ma", case).await.unwrap();
        world.settle().await;
        for _ in 0..20 {
            // Working days stay as they are: what they were is not kept.
            let verb = chance.of(13);
            due_dates::act(&world, case, verb, &mut chance).await.ok();
            world.settle().await;
        }
        is_told_as_it_was(&world, case).await;
        let file = world.case(case).await;
        *told.entry(format!("{:?} {:?}", file.phase, file.outcome)).or_default() += 1;
        world.workflow.clock.advance(TimeDelta::hours(7));
    }
    assert!(told.len() >= 3, "{told:?}");
}

/// What a change of the sample would have made of the world's cases.
async fn changed(world: &World, from: &str, to: &str) -> (Sums, Vec<Looked>) {
    let source = SOURCE.replace("code: SP", "version: 2\ncode: SP").replace(from, to);
    let program = Arc::new(load::program("sample.yaml", &source).unwrap());
    let which = Look { program: "sample".to_owned(), since: "2018-09-01".parse().unwrap() };
    let mut seen = Vec::new();
    let mut see = |looked: &Looked| seen.push(looked.clone());
    let sums = replay_all(&world.workflow, &which, &program, &mut see).await.unwrap();
    (sums, seen)
}

async fn a_report_says_who_gains_and_whose_lights_turn(mut world: World) {
    world.of_sample().await;
    let done = world.begins("Ma").await;
    world.until("09-12 10:00").await;
    for (name, step) in [("Li", "first"), ("City", "last")] {
        world.says(name, done, step, Word::Approve).await.unwrap();
    }
    let open = world.begins("Yu").await;
    let rows = trail::Entity::find().count(world.workflow.store.read()).await.unwrap();

    let (sums, seen) = changed(&world, "within: 5wd", "within: 5wd").await;
    assert_eq!((sums.cases, sums.same, sums.untold), (2, 2, 0), "{seen:?}");

    let (sums, seen) = changed(&world, "within: 5wd", "within: 1wd").await;
    assert_eq!((sums.cases, sums.same, sums.red), (2, 0, 1), "{seen:?}");
    let first = seen[0].found.as_ref().unwrap();
    assert_eq!(first.red, ["first"]);
    assert_eq!(first.dues[0].step, "first");

    // A new step: nobody was asked there, so that nothing is said about what follows.
    let more =
        "  - {id: check, by: county/supervision, within: 2wd, on_empty: climb}\n  - {id: last";
    let (sums, seen) = changed(&world, "  - {id: last", more).await;
    assert_eq!(sums.waiting, 1, "{seen:?}");
    assert_eq!(seen[0].found.as_ref().unwrap().waits_for, ["check"]);

    // A step that is no more: what was said there is left out.
    let (_, seen) =
        changed(&world, "  - {id: last, by: city/education, within: 4wd, on_empty: climb}\n", "")
            .await;
    let found = seen[0].found.as_ref().unwrap();
    assert_eq!(
        (&*found.left_out, &*found.dropped),
        (&["last".to_owned()][..], &["last".to_owned()][..])
    );

    // A field that nobody was asked for is not guessed.
    let form = "{id: days, type: integer, required: true}";
    let longer = "{id: days, type: integer, required: true}, {id: places, type: integer, \
                  required: true}";
    let (sums, seen) = changed(&world, form, longer).await;
    assert_eq!(sums.untold, 2);
    assert!(seen[0].found.as_ref().unwrap_err().to_string().contains("places"));

    let after = trail::Entity::find().count(world.workflow.store.read()).await.unwrap();
    assert_eq!(rows, after, "nothing is written");
    assert_eq!(world.case(open).await.program_number, 1);
}

async fn a_replay_runs_in_the_background_and_goes_with_the_publication(mut world: World) {
    world.of_sample().await;
    world.begins("Ma").await;
    let draft = world.rewrites("Ann", "within: 5wd", "within: 2wd").await;
    let (ann, w) = (world.actor("Ann"), &world.workflow);
    let since = "2018-09-01".parse().unwrap();
    let begun = world.command(async |tx| begin_replay(tx, w, ann, (draft, since)).await);
    let (replay, _) = begun.await.unwrap();
    assert_eq!((replay.state, replay.total), (ReplayState::Running, 1));
    world.settle().await;
    let db = world.workflow.store.read();
    let done = program_replay::Entity::find_by_id(replay.id).one(db).await.unwrap().unwrap();
    assert_eq!((done.state, done.done), (ReplayState::Done, 1), "{done:?}");
    let cases = replayed_case::Entity::of_replay(replay.id).all(db).await.unwrap();
    assert_eq!(cases.len(), 1);
    assert_eq!(cases[0].found, ReplayFound::Changed);
    world.proposes("Ann", draft, None).await.unwrap();
    world.confirms("Bob", draft).await.unwrap();
    let versions = entities::program_version::Entity::in_order().all(db).await.unwrap();
    let newest = versions.iter().rfind(|row| row.program == "sample").unwrap();
    assert_eq!(newest.replay_id, Some(replay.id));
}

/// Its clock goes on while people and workers act, as a real one does.
#[actix_web::test]
async fn the_demonstration_is_told_again_as_it_was() {
    let demo = Demonstration::start("replayed");
    let data = demo.data.display().to_string();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/workflow/programs/");
    let mut cases = 0;
    // Two of the programs it has published itself, with other days.
    let mut options = ConnectOptions::new(format!("sqlite://{data}/banjie.sqlite"));
    options.sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    let own = entities::program_version::Entity::in_order().all(&db).await.unwrap();
    let own: BTreeMap<String, String> =
        own.into_iter().filter_map(|row| Some((row.program, row.yaml?))).collect();
    assert_eq!(own.len(), 2, "{:?}", own.keys());
    for file in std::fs::read_dir(shipped).unwrap() {
        let path = file.unwrap().path();
        let mut file = path.display().to_string();
        if file.ends_with("shared.yaml") {
            continue;
        }
        if let Some(yaml) = own.get(path.file_stem().unwrap().to_str().unwrap()) {
            file = format!("{data}.{}", path.file_name().unwrap().display());
            std::fs::write(&file, yaml).unwrap();
        }
        let words = ["program", "replay", &file, "--since", "2018-01-01", "--json"];
        let replayed = std::process::Command::new(env!("CARGO_BIN_EXE_banjie"))
            .args(words)
            .args(["--data", &data])
            .output()
            .unwrap();
        let said = String::from_utf8(replayed.stdout).unwrap();
        let log = String::from_utf8_lossy(&replayed.stderr);
        let last = said.lines().last().unwrap_or_else(|| panic!("{file}: {log}"));
        let sums: serde_json::Value = serde_json::from_str(last).unwrap();
        let sums = &sums["sums"];
        let [all, same, untold] =
            ["cases", "same", "untold"].map(|sum| sums[sum].as_u64().unwrap());
        assert_eq!((same, untold), (all, 0), "{said}");
        cases += same;
    }
    assert!(cases > 10, "{cases}");
}
