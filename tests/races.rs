//! Several at once: one decision, and clear answers for the others.

use entities::Duty;
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::json;
use workflow::{
    CommandError, Refusal,
    commands::{RequestSupplement, Word, request_supplement, resubmit_case},
};

use crate::harness::{
    both,
    world::{World, refusal},
};

mod crowd;
mod twice;

both![
    eight_press_at_the_same_instant,
    a_withdrawal_meets_a_decision,
    what_excludes_the_other_is_not_handed_in_at_the_same_instant,
    what_slipped_through_is_not_handed_in_again,
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

/// A program of one's own that gives what is asked for.
fn publish(world: &mut World, id: &str, code: &str, stack: &str) {
    let source = format!(
        "program: {id}\ncode: {code}\ntitle: {{zh: 示例, en: Sample}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\n\
         form: [{{id: sum, type: money, required: true}}]\n\
         award: {{lines: [{{id: main, amount: 'min(form.sum, table(\"project_region_cap\", today))'}}], \
         split: [{{payer: county, percent: 100}}]{stack}}}\n\
         route:\n  - {{id: county, by: county/education, within: 3wd, on_empty: climb}}\n\
         clock: {{total: 30wd, from: accepted, to: outcome, stops: {{supplement: 20wd}}}}\n"
    );
    let programs = world.workflow.programs.with_source(&format!("{id}.yaml"), &source);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
}

async fn what_excludes_the_other_is_not_handed_in_at_the_same_instant(mut world: World) {
    publish(&mut world, "second", "SB", "");
    publish(&mut world, "first", "SA", ", stack: {excludes: [second]}");
    for nth in 0..6 {
        let name = format!("Ma{nth}");
        world.applies(&name).await;
        let one = world.drafts(&name, "first", json!({ "sum": 10_000 })).await;
        let other = world.drafts(&name, "second", json!({ "sum": 10_000 })).await;
        let both = [one, other].map(|case| Box::pin(world.submits(&name, case)));
        let results = join_all(both).await;
        let handed_in = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(handed_in, 1, "{results:?}");
        let refused = results.into_iter().find(Result::is_err).unwrap();
        assert!(matches!(refusal(refused), Refusal::Excluded { .. }));
    }
}

/// Two cases stand beside each other that may not: one was handed in when its program did not
/// exclude the other.
async fn what_slipped_through_is_not_handed_in_again(mut world: World) {
    publish(&mut world, "second", "SB", "");
    publish(&mut world, "first", "SA", "");
    world.works("Edu", "county/education", Duty::Handler).await;
    world.applies("Ma").await;
    let one = world.drafts("Ma", "first", json!({ "sum": 10_000 })).await;
    let other = world.drafts("Ma", "second", json!({ "sum": 10_000 })).await;
    for case in [one, other] {
        world.submits("Ma", case).await.unwrap();
    }
    world.settle().await;
    let (task, edu) = (world.slot(one, "county", "Edu").await, world.actor("Edu"));
    let ask = RequestSupplement {
        seen: None,
        fields: vec!["sum".to_owned()],
        papers: Vec::new(),
        note: "which sum?".to_owned(),
    };
    world
        .command(async |tx| request_supplement(tx, &world.workflow, edu, task, ask.clone()).await)
        .await
        .unwrap();
    publish(&mut world, "first", "SA\nversion: 2", ", stack: {excludes: [second]}");
    let mut row = world.case(one).await.into_active_model();
    row.program_hash = Set(world.workflow.programs.get("first").unwrap().hash());
    row.update(world.workflow.store.for_migration()).await.unwrap();
    let ma = world.actor("Ma");
    let again =
        world.command(async |tx| resubmit_case(tx, &world.workflow, ma, one, None).await).await;
    assert!(matches!(refusal(again), Refusal::Excluded { .. }));
}
