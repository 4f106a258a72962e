//! Urgent aid that is paid by hand: two of the office sign for it, and the record says so.

use entities::{CaseId, Duty, PaymentState, Phase, payment};
use serde_json::json;
use workflow::{Refusal, commands::Word, state::CaseState};

use crate::harness::{
    api::Api,
    both,
    world::{World, refusal},
};

both![
    cash_is_signed_for_by_two_and_stands_in_the_decision,
    whoever_has_an_account_is_paid_by_one,
    one_official_alone_never_pays_cash,
];

/// Asked for, and decided by the head of the school.
async fn granted(world: &mut World, by_hand: bool) -> CaseId {
    world.full_staff().await;
    world.applies("Ma").await;
    let form = json!({
        "urgent": true, "cause": "accident", "day": "2018-09-01", "need": 100_000,
        "home": "at_school", "by_hand": by_hand,
    });
    let case = world.drafts("Ma", "emergency-aid", form).await;
    world.submits("Ma", case).await.unwrap();
    world.settle().await;
    case
}

async fn rows(world: &World, case: CaseId) -> Vec<(i64, bool, PaymentState)> {
    let rows = payment::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    rows.into_iter().map(|row| (row.fen.0 / 100, row.cash, row.state)).collect()
}

async fn cash_is_signed_for_by_two_and_stands_in_the_decision(mut world: World) {
    let case = granted(&mut world, true).await;
    world.works("Teller", "county/finance", Duty::Handler).await;
    world.says("Head", case, "quick", Word::Approve).await.unwrap();
    world.says("Pay", case, "pay", Word::Pay).await.unwrap();
    assert_eq!(rows(&world, case).await, [(1_000, true, PaymentState::Ordered)]);
    let again = world.slot(case, "pay", "Teller").await;
    let twice = world.signs("Pay", again, (Word::Pay, json!({}))).await;
    assert!(matches!(refusal(twice), Refusal::NotYours(_)), "nobody signs for two");
    world.signs("Teller", again, (Word::Pay, json!({}))).await.unwrap();
    world.settle().await;
    assert_eq!(rows(&world, case).await, [(1_000, true, PaymentState::Paid)]);
    let story = world.story(case).await;
    assert_eq!(story.matches("task_signed county/finance done").count(), 2, "{story}");
    let api = Api::of(&world);
    let number = world.case(case).await.number.unwrap();
    let decision = api.get(&world, "Ma", &format!("/cases/{number}/decision")).await;
    assert_eq!(decision.json["payment"]["cash"], json!(true), "{}", decision.json);
    assert_eq!(decision.json["payments"][0]["cash"], json!(true));
    world.can_be_told_again(case).await;
}

async fn whoever_has_an_account_is_paid_by_one(mut world: World) {
    let case = granted(&mut world, false).await;
    world.works("Teller", "county/finance", Duty::Handler).await;
    world.says("Head", case, "quick", Word::Approve).await.unwrap();
    world.says("Teller", case, "pay", Word::Pay).await.unwrap();
    assert_eq!(rows(&world, case).await, [(1_000, false, PaymentState::Paid)]);
    world.can_be_told_again(case).await;
}

async fn one_official_alone_never_pays_cash(mut world: World) {
    let case = granted(&mut world, true).await;
    world.says("Head", case, "quick", Word::Approve).await.unwrap();
    let run = world.run(case, "pay").await;
    assert!(CaseState::is_held(&run) && CaseState::is_cash(&run), "the owner looks after it");
    assert_eq!(world.case(case).await.phase, Phase::After);
    assert_eq!(rows(&world, case).await, [(1_000, true, PaymentState::Ordered)]);
    let held = world.slot(case, "pay", "Edu").await;
    let said = world.signs("Edu", held, (Word::Pay, json!({}))).await;
    assert!(matches!(refusal(said), Refusal::Unfit(_)), "nor does the owner alone");
    assert_eq!(rows(&world, case).await, [(1_000, true, PaymentState::Ordered)]);
    world.can_be_told_again(case).await;
}
