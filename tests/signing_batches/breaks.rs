//! What breaks off in between, and what happens at the same instant.

use entities::{Stream, trail};
use futures_util::future::{join, join_all};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::json;
use workflow::{CommandError, Refusal, commands::Word};

use super::{
    World, asks, both, house, json_of, numbers, opens_all, prepares, results, signatures, signs,
    waiting,
};

both![
    a_crash_in_between_repeats_nothing,
    a_colleague_decides_one_at_the_same_instant,
    two_presses_of_one_button_are_one_signature,
];

async fn a_crash_in_between_repeats_nothing(mut world: World) {
    let mut nth = 0;
    let mut cases = waiting(&mut world, 4).await;
    let house = house(&world).await;
    loop {
        for after in [false, true] {
            let batch = prepares(&world, &house, cases[0]).await.unwrap();
            opens_all(&house, &batch).await;
            world.workflow.store.faults().plan(nth, after);
            let key = format!("sign-{batch}");
            let mut answers = vec![signs(&house, &batch, &key, &[]).await];
            while answers.last().unwrap().status >= 500 {
                answers.push(signs(&house, &batch, &key, &[]).await);
                assert!(answers.len() < 5, "it goes on in the end");
            }
            let struck = !world.workflow.store.faults().pending();
            world.workflow.store.faults().plan(-1, false);
            let done = answers.last().unwrap();
            assert_eq!(done.status, 200, "{}", done.text());
            assert_eq!(json_of(done)["approved"], 4, "failing {nth} after={after}");
            world.settle().await;
            for case in &cases {
                let signed = signatures(&world, *case).await.len();
                assert_eq!(signed, 1, "failing {nth} after={after}");
            }
            let person = world.actor("Li").person.unwrap();
            let told = trail::Entity::of(Stream::Person, person.0)
                .filter(trail::Column::Kind.is_in(["batch_signed", "batch_done"]))
                .all(world.workflow.store.read());
            let of_it = told.await.unwrap();
            let of_it = of_it.iter().filter(|row| row.body.contains(&batch)).count();
            assert_eq!(of_it, 2, "the signature and the end are told once");
            if !struck {
                assert!(nth >= 6, "there are six commits at least, {nth} were tried");
                return;
            }
            cases.clear();
            for more in 0..4 {
                let name = format!("Hai{nth}{after}{more}");
                cases.push(asks(&mut world, &name, 500).await);
            }
        }
        nth += 1;
    }
}

async fn a_colleague_decides_one_at_the_same_instant(mut world: World) {
    let cases = waiting(&mut world, 6).await;
    let house = house(&world).await;
    let batch = prepares(&world, &house, cases[0]).await.unwrap();
    opens_all(&house, &batch).await;
    let mut slots = Vec::new();
    for case in &cases {
        slots.push(world.slot(*case, "first", "Bai").await);
    }
    let alone =
        slots.iter().rev().map(|slot| world.signs("Bai", *slot, (Word::Approve, json!({}))));
    let (done, alone) = Box::pin(join(signs(&house, &batch, "sign", &[]), join_all(alone))).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let alone: Vec<bool> = alone
        .into_iter()
        .rev()
        .map(|result| match result {
            Ok(_) => true,
            Err(CommandError::Refused(Refusal::Settled { .. })) => false,
            Err(other) => panic!("{other:?}"),
        })
        .collect();
    world.settle().await;
    let found = results(&done);
    for ((case, number), alone) in cases.iter().zip(numbers(&world, &cases).await).zip(alone) {
        let signed = signatures(&world, *case).await;
        assert_eq!(signed.len(), 1, "one decision");
        assert_eq!(signed[0]["batch"].is_null(), alone, "whoever was quicker");
        assert_eq!(found[&number], if alone { "settled" } else { "approved" });
    }
}

async fn two_presses_of_one_button_are_one_signature(mut world: World) {
    let cases = waiting(&mut world, 5).await;
    let house = house(&world).await;
    let batch = prepares(&world, &house, cases[0]).await.unwrap();
    opens_all(&house, &batch).await;
    let presses = (0..3).map(|_| signs(&house, &batch, "sign", &[]));
    let answers = Box::pin(join_all(presses)).await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.bytes, answers[0].bytes);
    }
    world.settle().await;
    for case in &cases {
        assert_eq!(signatures(&world, *case).await.len(), 1);
    }
}
