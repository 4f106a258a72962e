//! Several at once: one decision, and clear answers for the others.

use entities::Duty;
use futures_util::future::join_all;
use serde_json::json;
use workflow::{CommandError, Refusal, commands::Word};

use crate::harness::{both, world::World};

both![
    eight_press_at_the_same_instant,
    a_withdrawal_meets_a_decision,
    a_decision_is_few_round_trips
];

async fn eight_press_at_the_same_instant(mut world: World) {
    world.full_staff().await;
    let mut clerks = Vec::new();
    for number in 0..8 {
        let name = format!("Clerk{number}");
        world.works(&name, "school/class_teachers", Duty::Handler).await;
        clerks.push(name);
    }
    world.applies("Ma").await;
    let case = world.asks_for("Ma", 500).await;
    let task = world.slot(case, "teacher", "Teacher").await;
    let presses = clerks.iter().map(|name| world.signs(name, task, (Word::Approve, json!({}))));
    let results = join_all(presses).await;
    let done = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(done, 1, "{results:?}");
    for result in results.iter().filter(|result| result.is_err()) {
        let settled = matches!(result, Err(CommandError::Refused(Refusal::Settled { .. })));
        assert!(settled, "{result:?}");
    }
    world.settle().await;
    assert_eq!(world.told_times(case, "task_signed").await, 1);
    assert_eq!(world.run(case, "school").await.round, 1);
}

async fn a_withdrawal_meets_a_decision(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    for _ in 0..4 {
        let case = world.asks_for("Ma", 500).await;
        let task = world.slot(case, "teacher", "Teacher").await;
        let ma = world.actor("Ma");
        let withdraw = world.command(async |tx| {
            workflow::commands::withdraw_case(tx, &world.workflow, ma, case, None).await
        });
        let approve = world.signs("Teacher", task, (Word::Approve, json!({})));
        let (withdrawn, approved) = Box::pin(futures_util::future::join(withdraw, approve)).await;
        withdrawn.unwrap();
        world.settle().await;
        let signed = world.told_times(case, "task_signed").await;
        assert_eq!(signed, u64::from(approved.is_ok()), "{approved:?}");
        assert_eq!(world.told_times(case, "case_ended").await, 1);
    }
}

/// BEGIN and COMMIT are two more; on SQLite, which is in the process, each table is a statement.
async fn a_decision_is_few_round_trips(mut world: World) {
    use std::sync::atomic::Ordering::SeqCst;
    world.full_staff().await;
    world.applies("Ma").await;
    let case = world.asks_for("Ma", 12_000).await;
    world.says("Teacher", case, "teacher", Word::Approve).await.unwrap();
    let task = world.slot(case, "school", "Aid").await;
    world.signs("Aid", task, (Word::Approve, json!({}))).await.unwrap();
    world.settle().await;
    let task = world.slot(case, "school", "Head").await;
    let before = world.statements.load(SeqCst);
    world.signs("Head", task, (Word::Approve, json!({}))).await.unwrap();
    let sent = world.statements.load(SeqCst) - before;
    println!("a decision on {:?}: {sent} statements and BEGIN and COMMIT", world.on);
    if world.on == crate::harness::Store::Postgres {
        assert!(sent + 2 <= 8, "{sent} and BEGIN and COMMIT");
    }
}
