//! Every verb of a step, tried by everybody who stands in some relation to it: by the door that
//! machines use, with all that a verb may ask for. Whoever has nothing to do with the case hears of
//! every verb what they hear where there is no such task.

use std::fmt::Write as _;

use actix_web::test::TestRequest;
use api::verbs::NAMES;
use entities::TaskId;
use serde_json::{Value, json};

use super::{Things, published, relations::staffed, things};
use crate::harness::{
    both,
    house::{Answer, Body, House},
    world::World,
};

both![every_verb_is_whose_it_is];

/// Who tries, and what they are to the slot of the class teacher; strangers come first.
const RELATIONS: [(&str, &str); 8] = [
    ("nobody", "no session"),
    ("Idle", "no appointment"),
    ("Far", "other unit of the same city"),
    ("Aid", "other office of the same place"),
    ("Head", "head of the place"),
    ("Colleague", "same unit and duty"),
    ("owner", "own: applicant"),
    ("Teacher", "own: holder"),
];
const STAFF: [&str; 6] = ["Idle", "Far", "Aid", "Head", "Colleague", "Teacher"];
/// They have nothing to do with it, and are to hear nothing of it.
const STRANGERS: [&str; 2] = ["Idle", "Far"];

/// What any of them may ask for.
fn body(world: &World, task: TaskId) -> Value {
    json!({
        "reason": "untrue", "note": "as was said on the phone", "fields": ["need"],
        "to": "applicant", "fen": 1_000, "person": world.actor("Colleague").person,
        "side": "before", "slot": task, "row": task, "step": "county",
    })
}

async fn tries(
    world: &World,
    house: &House,
    who: (&str, usize),
    (verb, task): (&str, TaskId),
) -> Answer {
    let knock = house.open().await;
    let address = std::net::SocketAddr::from(([192, 0, 2, u8::try_from(who.1).unwrap()], 9));
    let path = format!("/api/v1/tasks/{task}/{verb}");
    let request = TestRequest::post().uri(&path).peer_addr(address);
    knock(house.by(who.0, request, &Body::Json(body(world, task)))).await
}

async fn every_verb_is_whose_it_is(mut world: World) {
    staffed(&mut world).await;
    let mut house = House::of(&world).await;
    let notice = published(&mut world).await;
    let mut nth = 7_000;
    let mut here: Things = things(&mut world, &mut house, (nth, notice)).await;
    let mut table = String::new();
    writeln!(table, "{:<22}{}", "", RELATIONS.map(|(_, what)| what).join(" | ")).unwrap();
    for (verb, _) in NAMES {
        let mut statuses = Vec::new();
        for (at, (who, _)) in RELATIONS.into_iter().enumerate() {
            if STAFF.contains(&who) && !house.is_in(who).await {
                house.lets_staff_in(&world, who).await;
            }
            let answer = tries(&world, &house, (who, at), (verb, here.task)).await;
            assert!(answer.status < 500, "{verb} by {who}: {}", answer.text());
            if STRANGERS.contains(&who) {
                let none = TaskId::at(chrono::DateTime::UNIX_EPOCH);
                let ghost = tries(&world, &house, (who, at), (verb, none)).await;
                let (same, bytes) = (ghost.status, ghost.bytes.len());
                assert_eq!((answer.status, answer.bytes.len()), (same, bytes), "{verb} by {who}");
                assert!(answer.status >= 400, "{verb} by {who}");
            }
            statuses.push(answer.status.to_string());
            if answer.status < 400 {
                nth += 1;
                here = things(&mut world, &mut house, (nth, notice)).await;
            }
        }
        writeln!(table, "{verb:<22}{}", statuses.join(" ")).unwrap();
    }
    insta::assert_snapshot!("verbs_by_relations", table);
}
