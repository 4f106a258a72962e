//! The process dies before or after any commit: nothing is lost, nothing is done twice.

use entities::CaseId;
use serde_json::json;
use workflow::{CommandError, Refusal, commands::Word};

use crate::harness::{both, world::World};

both![every_commit_may_fail, a_case_can_be_told_again_from_its_trail];

fn form() -> serde_json::Value {
    json!({ "urgent": true, "cause": "accident", "day": "2018-09-01", "need": 150_000, "home": "at_school" })
}

/// Repeats after a failure of ours; a refusal is an answer.
async fn act<T>(world: &World, work: impl AsyncFn(&World) -> Result<T, CommandError>) -> Option<T> {
    loop {
        match work(world).await {
            Ok(done) => return Some(done),
            Err(CommandError::Refused(Refusal::Settled { .. } | Refusal::NotNow { .. })) => {
                return None;
            }
            Err(CommandError::Db(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// The worker starts again after each failure.
async fn settle(world: &World) {
    while world.try_settle().await.is_err() {}
}

async fn every_commit_may_fail(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    // The draft is made without faults: a caller who gets no answer would begin another.
    let mut nth = 0;
    loop {
        for after in [false, true] {
            let case = world.drafts("Ma", "emergency-aid", form()).await;
            world.workflow.store.faults().plan(nth, after);
            finish(&world, case).await;
            let struck = !world.workflow.store.faults().pending();
            world.workflow.store.faults().plan(-1, false);
            let story = world.story(case).await;
            for kind in ["filed", "outcome_reached", "payment_made"] {
                let times = world.told_times(case, kind).await;
                assert_eq!(times, 1, "{kind}, failing {nth} after={after}:\n{story}");
            }
            assert_eq!(world.told_times(case, "task_signed").await, 2, "{story}");
            // The last that the worker does: what was left out at first is asked for.
            for opened in ["step_opened papers", "step_opened second"] {
                assert_eq!(story.matches(opened).count(), 1, "{opened}:\n{story}");
            }
            if !struck {
                assert!(nth >= 5, "the way has at least six commits, {nth} were tried");
                return;
            }
            // The next one may ask for the same again only when this one is out of the way.
            world.forget_once(case).await;
        }
        nth += 1;
    }
}

async fn finish(world: &World, case: CaseId) {
    act(world, async |world| {
        if world.case(case).await.number.is_some() {
            return Ok(());
        }
        world.submits("Ma", case).await.map(|_| ())
    })
    .await;
    settle(world).await;
    for (name, step, word) in [("Head", "quick", Word::Approve), ("Pay", "pay", Word::Pay)] {
        let task = world.slot(case, step, name).await;
        act(world, async |world| world.signs(name, task, (word.clone(), json!({}))).await).await;
        settle(world).await;
    }
}

/// The fold of the trail is the stored state: cases, runs, slots, clocks.
async fn a_case_can_be_told_again_from_its_trail(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let case = world.drafts("Ma", "emergency-aid", form()).await;
    finish(&world, case).await;
    world.can_be_told_again(case).await;
}
