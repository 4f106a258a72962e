//! Whoever waited for a place and has one in the end.

use entities::{Duty, Outcome};
use serde_json::json;
use workflow::commands::Word;

use crate::{
    harness::{
        both,
        walk::{approves, approves_with, hands_in, pays, refuses, until},
        world::World,
    },
    rounds::{nominated, publish, staffed},
};

both![who_waited_goes_in_the_place_of_another_and_gives_back_what_was_not_attended];

async fn who_waited_goes_in_the_place_of_another_and_gives_back_what_was_not_attended(
    mut world: World,
) {
    staffed(&mut world).await;
    world.works("Purse", "region/finance", Duty::Handler).await;
    publish(&mut world, "1", "9");
    let cases = nominated(&mut world, &[("Ma", 90), ("Mi", 80)]).await;
    let [first, next] = cases[..] else { panic!("two") };
    world.until("09-18 09:00").await;
    let round = world.newest("nomination-round").await.unwrap();
    world.walks(round, vec![approves("Region", "sign"), approves("Staff", "sign")]).await;
    world.walks(first, vec![refuses("Host", "host", "no_seat")]).await;
    assert_eq!(world.case(first).await.outcome, Some(Outcome::Refused));
    let dates = json!({ "starts": "2018-09-25", "ends": "2018-10-19" });
    let acts = vec![approves_with("Host", "host", dates), until("10-22 09:00")];
    world.walks(next, acts).await;
    assert_eq!(world.case(next).await.outcome, Some(Outcome::Granted));
    let task = world.own_slot(next, "report").await;
    world.attaches("Mi", next, "report", Some(task)).await.unwrap();
    world.signs("Mi", task, (Word::HandIn, json!({}))).await.unwrap();
    world.settle().await;
    // Of the days of a placement that are paid, 180, so many were attended.
    let said = json!({ "performance": "fair", "days_present": 19, "remark": "提前返校" });
    let acts = vec![hands_in("Host", "assessment", said), pays("Purse", "stipend")];
    world.walks(next, acts).await;
    let clawback = world.newest("clawback").await.expect("most of the days were not attended");
    assert_eq!(world.case(clawback).await.anchor_id, Some(world.units["region"]), "who has paid");
    let behind = world.behind(next).await;
    let heard = ["round approved", "by_hand skipped", "host approved", "report done"];
    for step in heard.into_iter().chain(["assessment done", "stipend done", "recover done"]) {
        assert!(behind.contains(&step.to_owned()), "{step}: {behind:?}");
    }
    world.can_be_told_again(next).await;
    world.can_be_told_again(first).await;
}
