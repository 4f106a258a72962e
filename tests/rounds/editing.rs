//! A list in the hands of those who sign it: lines are moved and struck, and the page shows it.

use actix_web::test::TestRequest;
use entities::{CaseId, Outcome, Verdict};
use serde_json::Value;
use workflow::{
    CommandError, Refusal,
    commands::{self, MoveRow, StrikeRow, Word},
    lot::Lot,
};

use super::{FOUR, heard, publish, ranked, rows, signs_list, staffed, stands};
use crate::harness::{
    both,
    house::{Body, House},
    world::{World, refusal},
};

both![
    a_line_is_moved_and_the_others_follow,
    whoever_saw_another_version_changes_no_line,
    a_signed_list_is_nobodys_to_change,
    the_list_stands_on_the_page_of_whoever_signs,
];

async fn moves(
    world: &World,
    who: &str,
    round: CaseId,
    case: CaseId,
    to: &str,
) -> Result<(), CommandError> {
    let (task, actor) = (world.slot(round, "sign", who).await, world.actor(who));
    let rows = rows(world, round).await;
    let row = rows.iter().find(|row| row.from_case == Some(case)).unwrap().id;
    let ask = MoveRow { task, seen: None, row, to: to.to_owned(), reason: "untrue".to_owned() };
    world
        .command(async |tx| commands::move_row(tx, &world.workflow, actor, ask.clone()).await)
        .await
        .map(|_| ())
}

async fn a_line_is_moved_and_the_others_follow(mut world: World) {
    staffed(&mut world).await;
    publish(&mut world, "2", "9");
    let (round, cases) = ranked(&mut world, &FOUR).await;
    let [_, _, c, d] = cases[..] else { panic!("four") };
    moves(&world, "Region", round, d, "in").await.unwrap();
    assert_eq!(stands(&world, round, d).await, "in");
    assert_eq!(stands(&world, round, c).await, "waiting 2", "A or B is the first who waits now");
    moves(&world, "Staff", round, d, "out").await.unwrap();
    assert_eq!(stands(&world, round, c).await, "waiting 1");
    assert_eq!(world.told_times(round, "row_moved").await, 2);
    for (case, to) in [(c, "7"), (c, "nowhere"), (c, "0")] {
        let refused = refusal(moves(&world, "Region", round, case, to).await);
        assert!(matches!(refused, Refusal::NoSeat | Refusal::Form(_)), "{to}: {refused:?}");
    }
    // As many as there are seats were put there by hand: a third finds none.
    for case in [c, d] {
        moves(&world, "Region", round, case, "in").await.unwrap();
    }
    assert!(matches!(
        refusal(moves(&world, "Region", round, cases[0], "in").await),
        Refusal::NoSeat
    ));
    let stranger = refusal(moves_as(&world, "Edu", round, c).await);
    assert!(matches!(stranger, Refusal::NotYours(_)), "{stranger:?}");
    signs_list(&world, round).await;
    assert_eq!(heard(&world, d).await, Some(Verdict::Approved));
    assert_eq!(heard(&world, cases[0]).await, None);
    world.can_be_told_again(round).await;
}

/// Somebody tries whose slot it is not.
async fn moves_as(
    world: &World,
    who: &str,
    round: CaseId,
    case: CaseId,
) -> Result<(), CommandError> {
    let (task, actor) = (world.slot(round, "sign", "Region").await, world.actor(who));
    let row = rows(world, round).await.iter().find(|row| row.from_case == Some(case)).unwrap().id;
    let ask = MoveRow { task, seen: None, row, to: "in".to_owned(), reason: "untrue".to_owned() };
    world
        .command(async |tx| commands::move_row(tx, &world.workflow, actor, ask.clone()).await)
        .await
        .map(|_| ())
}

async fn whoever_saw_another_version_changes_no_line(mut world: World) {
    staffed(&mut world).await;
    publish(&mut world, "2", "9");
    let (round, cases) = ranked(&mut world, &FOUR).await;
    let (task, region) = (world.slot(round, "sign", "Region").await, world.actor("Region"));
    let lines = rows(&world, round).await;
    let row = lines.iter().find(|row| row.from_case == Some(cases[3])).unwrap().id;
    let seen = Some(99);
    let (to, reason) = ("in".to_owned(), "untrue".to_owned());
    let ask = MoveRow { task, seen, row, to, reason };
    let moved = world
        .command(async |tx| commands::move_row(tx, &world.workflow, region, ask.clone()).await);
    let moved = refusal(moved.await);
    assert!(matches!(moved, Refusal::Stale { seen: 99, .. }), "{moved:?}");
    let ask = StrikeRow { task, seen, row, reason: "listed_wrongly".to_owned() };
    let struck = world
        .command(async |tx| commands::strike_row(tx, &world.workflow, region, ask.clone()).await);
    let struck = refusal(struck.await);
    assert!(matches!(struck, Refusal::Stale { seen: 99, .. }), "{struck:?}");
    // The door for machines hears it too.
    let mut house = House::of(&world).await;
    house.lets_staff_in(&world, "Region").await;
    let knock = house.open().await;
    let body = serde_json::json!({ "version": 99, "row": row, "reason": "listed_wrongly" });
    let request = TestRequest::post().uri(&format!("/api/v1/tasks/{task}/strike"));
    let answer = knock(house.by("Region", request, &Body::Json(body))).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
}

async fn a_signed_list_is_nobodys_to_change(mut world: World) {
    staffed(&mut world).await;
    publish(&mut world, "2", "9");
    let (round, cases) = ranked(&mut world, &FOUR).await;
    let strike = async |who: &str, case: CaseId| {
        let (task, actor) = (world.slot(round, "sign", who).await, world.actor(who));
        let row =
            rows(&world, round).await.iter().find(|row| row.from_case == Some(case)).unwrap().id;
        let ask = StrikeRow { task, seen: None, row, reason: "listed_wrongly".to_owned() };
        world
            .command(async |tx| commands::strike_row(tx, &world.workflow, actor, ask.clone()).await)
            .await
    };
    strike("Region", cases[0]).await.unwrap();
    assert_eq!(stands(&world, round, cases[2]).await, "in", "the next moves up");
    world.says("Region", round, "sign", Word::Approve).await.unwrap();
    assert!(matches!(refusal(strike("Staff", cases[1]).await), Refusal::NotNow { .. }));
    assert!(matches!(
        refusal(moves(&world, "Staff", round, cases[3], "in").await),
        Refusal::NotNow { .. }
    ));
    world.says("Staff", round, "sign", Word::Approve).await.unwrap();
    assert_eq!(heard(&world, cases[0]).await, Some(Verdict::Refused), "who was struck is told");
    assert_eq!(world.case(cases[0]).await.outcome, Some(Outcome::Refused));
}

async fn the_list_stands_on_the_page_of_whoever_signs(mut world: World) {
    staffed(&mut world).await;
    publish(&mut world, "1", "9");
    let (round, cases) = ranked(&mut world, &[("Ma", 90), ("Mi", 80)]).await;
    let mut house = House::of(&world).await;
    house.lets_staff_in(&world, "Region").await;
    let knock = house.open().await;
    let task = world.slot(round, "sign", "Region").await;
    let page = || TestRequest::get().uri(&format!("/staff/tasks/{task}"));
    let shown = knock(house.by("Region", page(), &Body::Nothing)).await.text();
    let draw = Lot::of(&rows(&world, round).await[0]).draw.unwrap();
    let number = world.case(cases[0]).await.number.unwrap();
    for said in ["拟定名单", "候补第 1", "名额 1 个，本名单用 1 个", &draw[..12], &number, "/move"]
    {
        assert!(shown.contains(said), "{said} is not in {shown}");
    }
    // It is moved with a plain form, and the page says so.
    let row = rows(&world, round).await[1].id.to_string();
    let form = vec![("row", row), ("to", "in".to_owned()), ("reason", "untrue".to_owned())];
    let post = TestRequest::post()
        .uri(&format!("/staff/tasks/{task}/move"))
        .insert_header(("idempotency-key", "one"));
    let moved = knock(house.by("Region", post, &Body::Form(form))).await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (303, format!("/staff/tasks/{task}").as_str())
    );
    assert_eq!(stands(&world, round, cases[1]).await, "in");
    let json = TestRequest::get().uri(&format!("/api/v1/tasks/{task}"));
    let answer = knock(house.by("Region", json, &Body::Nothing)).await.text();
    let view: Value = serde_json::from_str(&answer).unwrap();
    let list: Vec<_> =
        view["list"]["rows"].as_array().unwrap().iter().map(|row| row["state"].clone()).collect();
    assert_eq!(list, ["waiting", "in"]);
    assert_eq!(view["list"]["signed"], false);
}
