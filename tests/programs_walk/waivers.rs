//! Tuition that was paid before it was waived, a major that is not on the list, a score below the
//! line.

use entities::Outcome;
use serde_json::json;
use workflow::{Refusal, commands::Word};

use super::{asks_for_admission, asks_for_waiver, decided, ended, line, staffed};
use crate::harness::{
    both,
    walk::{approves, approves_with, hands_in, pays, receives, until},
    world::{World, refusal},
};

both![
    what_had_been_paid_is_paid_back_up_to_what_was_waived,
    a_major_that_is_not_listed_is_named_and_its_tuition_paid_back,
    nobody_is_admitted_below_the_line,
];

/// The fields that are wrong.
fn faulty(refused: Refusal) -> Vec<String> {
    let Refusal::Form(faults) = refused else { panic!("{refused:?}") };
    faults.into_iter().map(|fault| fault.field).collect()
}

async fn what_had_been_paid_is_paid_back_up_to_what_was_waived(mut world: World) {
    staffed(&mut world).await;
    let case = asks_for_waiver(&world, "ordinary", 4_500).await;
    world.walks(case, decided(4_500)).await;
    world.walks(case, vec![receives("Edu", "informed"), pays("Purse", "pay")]).await;
    let task = world.slot(case, "refund", "Books").await;
    world.attaches("Books", case, "refund_receipt", Some(task)).await.unwrap();
    let gives = async |had_paid: i64, refunded: i64| {
        let form = json!({ "had_paid": had_paid, "refunded": refunded });
        world.says_with("Books", case, "refund", (Word::HandIn, form)).await
    };
    // 4200 yuan were waived: of 4500 that were paid these come back, of 2000 all.
    for (had_paid, refunded) in [(450_000, 1), (450_000, 419_999), (200_000, 199_999)] {
        let refused = refusal(gives(had_paid, refunded).await);
        assert_eq!(faulty(refused), ["refunded"], "{refunded} of {had_paid}");
    }
    gives(200_000, 200_000).await.unwrap();
    let last = world.behind(case).await;
    assert!(last.contains(&"refund done".to_owned()), "{last:?}");
}

async fn a_major_that_is_not_listed_is_named_and_its_tuition_paid_back(mut world: World) {
    staffed(&mut world).await;
    let mut form = json!({
        "major": "other", "home_county": "640424", "tuition": 380_000, "paid_already": true,
    });
    let nameless = world.drafts("Ma", "major-tuition-waiver", form.clone()).await;
    assert_eq!(faulty(refusal(world.submits("Ma", nameless).await)), ["major_name"]);
    form["major_name"] = json!("水土保持技术");
    let case = world.hands_in_for("Ma", "major-tuition-waiver", (form, &[])).await;
    let books = json!({ "tuition": 380_000, "months": 10 });
    world
        .walks(
            case,
            vec![
                approves_with("Aid", "college", books),
                until("09-18 09:00"),
                approves("Region", "region"),
                pays("Purse", "pay"),
                hands_in("Books", "refund", json!({ "had_paid": 380_000, "refunded": 380_000 })),
                until("2019-07-01 09:00"),
                hands_in("Aid", "status", json!({ "status": "same_major" })),
            ],
        )
        .await;
    assert_eq!(world.granted(case).await, [line("region", "school", 3_800)]);
    let steps = [
        "college approved",
        "notice done",
        "region approved",
        "pay done",
        "refund done",
        "status done",
        "recover skipped",
    ];
    ended(&world, case, Outcome::Granted, &steps).await;
}

async fn nobody_is_admitted_below_the_line(mut world: World) {
    staffed(&mut world).await;
    let case = asks_for_admission(&world).await;
    // Their score is 251.
    let admits = async |pass_line: i64| {
        let form = json!({ "pass_line": pass_line });
        world.says_with("Dean", case, "college", (Word::Approve, form)).await
    };
    assert_eq!(faulty(refusal(admits(252).await)), ["pass_line"]);
    admits(251).await.unwrap();
}
