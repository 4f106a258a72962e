//! A graduate whose school had no helper at first, to the end.

use entities::Outcome;
use serde_json::json;
use workflow::commands::Word;

use super::{asks_for_help, ended, staffed};
use crate::harness::{
    both,
    walk::{approves, hands_in, pays, receives, until},
    world::World,
};

both![who_had_no_helper_has_one_and_is_at_work_half_a_year_later];

async fn who_had_no_helper_has_one_and_is_at_work_half_a_year_later(mut world: World) {
    staffed(&mut world).await;
    let case = asks_for_help(&world).await;
    world
        .walks(
            case,
            vec![
                hands_in("Aid", "helper", json!({ "has_helper": false })),
                approves("Teacher", "class"),
                approves("Aid", "office"),
                approves("Head", "leader"),
                pays("Books", "pay"),
                receives("Edu", "informed"),
            ],
        )
        .await;
    let task = world.own_slot(case, "receipts").await;
    world.attaches("Ma", case, "receipts", Some(task)).await.unwrap();
    world.signs("Ma", task, (Word::HandIn, json!({}))).await.unwrap();
    world.settle().await;
    world
        .walks(
            case,
            vec![
                hands_in("Head", "find_helper", json!({ "helper": "孙老师" })),
                until("2018-11-13 09:00"),
                hands_in("Aid", "efforts", json!({})),
                until("2019-01-11 09:00"),
                hands_in("Aid", "efforts", json!({})),
                until("2019-03-11 09:00"),
                hands_in("Teacher", "employed", json!({ "at_present": "employed" })),
            ],
        )
        .await;
    let steps = [
        "helper done",
        "class approved",
        "office approved",
        "leader approved",
        "pay done",
        "informed done",
        "receipts done",
        "find_helper done",
        "efforts done",
        "efforts#2 done",
        "employed done",
        "second skipped",
    ];
    ended(&world, case, Outcome::Granted, &steps).await;
}
