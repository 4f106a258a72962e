//! An approver's queue: who has what in hand, which cases stand for papers, and what somebody sees
//! who stands in for another up to an amount.

use entities::{Duty, Fen};
use serde_json::{Value, json};
use workflow::commands::{self, NameSubstitute, Word};

use crate::{
    hands::{asks, staffed},
    harness::{api::Api, both, world::World},
};

both![
    a_claim_is_seen_by_name_and_given_back,
    a_case_that_stands_for_papers_is_neither_green_nor_red,
    whoever_stands_in_up_to_an_amount_sees_no_more_than_that,
];

async fn queue(world: &World, name: &str, ask: &str) -> Value {
    let seen = Api::of(world).get(world, name, &format!("/tasks{ask}")).await;
    assert_eq!(seen.status, 200, "{}", seen.json);
    seen.json
}

async fn a_claim_is_seen_by_name_and_given_back(mut world: World) {
    staffed(&mut world).await;
    asks(&world).await;
    let api = Api::of(&world);
    let row = async |name: &str| queue(&world, name, "").await["rows"][0].clone();
    let free = row("Bai").await;
    assert!(free["claimed_by"].is_null(), "{free}");
    assert_eq!((&free["subject"], &free["place"]), (&json!("Ma"), &json!("school")), "{free}");
    assert_eq!((&free["fen"], &free["step"]["zh"]), (&json!(90_000), &json!("first")), "{free}");

    assert_eq!(api.does(&world, "Li", "claim", json!({})).await.status, 200);
    let (own, other) = (row("Li").await, row("Bai").await);
    assert_eq!((&own["mine"], &own["claimed_by"]), (&json!(true), &json!("Li")), "{own}");
    assert_eq!((&other["mine"], &other["claimed_by"]), (&json!(false), &json!("Li")), "{other}");

    // What one has in hand is opened from there.
    let path = format!("/tasks/{}", own["task"].as_str().unwrap());
    assert_eq!(api.get(&world, "Li", &path).await.status, 200);

    assert_eq!(api.does(&world, "Li", "release", json!({})).await.status, 200);
    assert_eq!(row("Bai").await, free, "as it was");
}

async fn a_case_that_stands_for_papers_is_neither_green_nor_red(mut world: World) {
    staffed(&mut world).await;
    asks(&world).await;
    let lights = async |seen: &Value| {
        let count = |light: &str| seen[light].as_i64().unwrap();
        (seen["todo"].as_i64(), count("green"), count("amber"), count("red"))
    };
    let seen = queue(&world, "Li", "").await;
    assert_eq!(lights(&seen).await, (Some(1), 1, 0, 0), "{seen}");
    let ask = json!({ "fields": ["need"], "note": "how much?" });
    let asked = Api::of(&world).does(&world, "Li", "request-supplement", ask).await;
    assert_eq!(asked.status, 200, "{}", asked.json);
    world.until("09-28 18:00").await;
    let seen = queue(&world, "Li", "").await;
    assert_eq!(lights(&seen).await, (Some(1), 0, 0, 0), "its clock stands: {seen}");
    assert_eq!(seen["rows"][0]["due"]["light"], "stopped", "{seen}");
    assert_eq!(queue(&world, "Li", "?light=red").await["rows"], json!([]));
}

async fn whoever_stands_in_up_to_an_amount_sees_no_more_than_that(mut world: World) {
    staffed(&mut world).await;
    world.works("Kai", "county/poverty_relief", Duty::Handler).await;
    let person = |name: &str| world.actor(name).person.unwrap();
    let ask = NameSubstitute {
        absent: person("Fin"),
        substitute: person("Kai"),
        from: "2018-09-10T00:00:00+08:00".parse().unwrap(),
        to: "2018-09-13T00:00:00+08:00".parse().unwrap(),
        program: None,
        most: Some(Fen(80_000)),
    };
    let by = world.actor("Fin");
    let named = world
        .command(async |tx| commands::name_substitute(tx, &world.workflow, by, ask.clone()).await);
    named.await.unwrap();
    let case = asks(&world).await;
    world.says("Li", case, "first", Word::Approve).await.unwrap();
    world.applies("Hai").await;
    let small = world.drafts("Hai", "sample", json!({ "need": 10_000 })).await;
    world.submits("Hai", small).await.unwrap();
    world.settle().await;
    world.says("Li", small, "first", Word::Approve).await.unwrap();
    assert_eq!(queue(&world, "Fin", "").await["rows"].as_array().unwrap().len(), 2);
    let seen = queue(&world, "Kai", "").await;
    let rows = seen["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{seen}");
    assert_eq!(rows[0]["fen"], 10_000, "{seen}");
    let next = Api::of(&world).get(&world, "Kai", "/tasks/next").await;
    assert_eq!(next.json["next"]["task"], rows[0]["task"], "{}", next.json);
}
