//! Verbs in random order: whatever people do to a case, and whatever time does, every invariant
//! holds after each act. `workflow/src/at_random/acts.rs` draws, `verbs.rs` does, and
//! `invariants.rs` asks.
//!
//! A run is so many acts from one seed, which it prints; `BANJIE_MODEL_STEPS` and
//! `BANJIE_MODEL_SEED` give others. What fails is shrunk, and its seed is kept in
//! `regressions.txt`, which comes first in every later run.

mod acts;
mod hands;
mod invariants;
mod life;
mod place;
mod verbs;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use proptest::test_runner::{
    Config, FileFailurePersistence, RngAlgorithm, RngSeed, TestCaseError, TestError, TestRunner,
};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::program::{Program, Programs};
use acts::{AtRandom, Begun, Drawn};
use life::Life;

/// Acts of one life.
const LIFE: usize = 80;
/// Acts of a run that nobody has asked more of.
const STEPS: usize = 100_000;
const SEED: u64 = 20_181_001;

static PROGRAMS: LazyLock<(Programs, Vec<Arc<Program>>)> =
    LazyLock::new(|| (Programs::shipped().unwrap(), place::programs()));

/// How far a run has come.
static DONE: AtomicUsize = AtomicUsize::new(0);
/// How often each act was done, and how often refused.
static ACTS: Mutex<BTreeMap<String, (usize, usize)>> = Mutex::new(BTreeMap::new());

struct OnTheCore;

impl StateMachineTest for OnTheCore {
    type SystemUnderTest = Life;
    type Reference = AtRandom;

    fn init_test(begun: &Begun) -> Life {
        Life::new(*begun, (&PROGRAMS.0, &PROGRAMS.1))
    }

    fn apply(mut life: Life, _: &Begun, drawn: Drawn) -> Life {
        life.does(drawn);
        DONE.fetch_add(1, Ordering::Relaxed);
        let said = format!("{:?}", drawn.act);
        let name = said.split([' ', '{']).next().unwrap_or_default().to_owned();
        let mut acts = ACTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = acts.entry(name).or_default();
        if life.last.done {
            count.0 += 1;
        } else {
            count.1 += 1;
        }
        life
    }

    fn check_invariants(life: &Life, _: &Begun) {
        for (name, holds) in invariants::ALL {
            if let Err(found) = holds(life) {
                let last = life.told.iter().rev().take(14).rev();
                let last: Vec<String> = last.map(|(at, event)| format!("{at} {event:?}")).collect();
                panic!(
                    "{name}\n{found}\nafter {:?} at {}\n{}",
                    life.last.act,
                    life.now,
                    last.join("\n")
                );
            }
        }
    }
}

/// So many lives as they stand at their end, always the same.
pub(crate) fn lives(many: u32) -> Vec<Life> {
    use proptest::strategy::{Strategy, ValueTree};
    let config = Config { rng_seed: RngSeed::Fixed(SEED), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let drawn = AtRandom::sequential_strategy(LIFE / 2..=LIFE / 2);
    let life = |runner: &mut TestRunner| {
        let (begun, drawn, _) = drawn.new_tree(runner).unwrap().current();
        let mut life = Life::new(begun, (&PROGRAMS.0, &PROGRAMS.1));
        for drawn in drawn {
            life.does(drawn);
        }
        life.works();
        life
    };
    (0..many).map(|_| life(&mut runner)).collect()
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.replace('_', "").parse().ok()
}

#[test]
fn every_invariant_holds_whatever_is_done_to_a_case() {
    let steps = from_environment("BANJIE_MODEL_STEPS").and_then(|steps| steps.try_into().ok());
    let (steps, seed) = (steps.unwrap_or(STEPS), from_environment("BANJIE_MODEL_SEED"));
    let seed = seed.unwrap_or(SEED);
    let begun = std::time::Instant::now();
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/src/at_random/regressions.txt");
    let config = Config {
        cases: u32::try_from(steps.div_ceil(LIFE)).unwrap(),
        rng_seed: RngSeed::Fixed(seed),
        rng_algorithm: RngAlgorithm::ChaCha,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(kept))),
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    println!("seed {seed}, {steps} steps in {} lives", config.cases);
    let mut runner = TestRunner::new(config.clone());
    let lives = AtRandom::sequential_strategy(LIFE..=LIFE);
    let found = runner.run(&lives, |(begun, drawn, seen)| {
        OnTheCore::test_sequential(config.clone(), begun, drawn, seen);
        Ok::<(), TestCaseError>(())
    });
    let done = DONE.load(Ordering::Relaxed);
    println!("seed {seed}: {done} steps in {:.1} s", begun.elapsed().as_secs_f64());
    let acts = ACTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (act, (done, refused)) in acts.iter() {
        println!("  {act:<18} {done:>7} done {refused:>7} refused");
    }
    match found {
        Ok(()) => assert!(done >= steps, "{done} of {steps}"),
        Err(TestError::Fail(why, (begun, drawn, _))) => {
            panic!("seed {seed}: {why}\n{begun:?}\n{drawn:#?}")
        }
        Err(other) => panic!("seed {seed}: {other}"),
    }
    let all = acts.values().all(|(done, _)| *done > 0);
    assert!(all || steps < STEPS, "something was never done: {acts:?}");
}
