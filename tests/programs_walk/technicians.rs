//! School leavers at a technician school: a subsidy that is paid to the student.

use entities::{CaseId, Duty, Outcome, Phase};
use serde_json::json;

use super::{ended, line, staffed};
use crate::harness::{
    both,
    walk::{approves, approves_with, hands_in, pays, until},
    world::World,
};

both![
    a_school_leaver_at_a_technician_school_is_paid_for_the_year,
    who_leaves_the_technician_school_gives_the_rest_back,
];

async fn asks_for_a_year_at_a_technician_school(world: &mut World) -> CaseId {
    staffed(world).await;
    world.office("county", "human_resources").await;
    world.works("Work", "county/human_resources", Duty::Handler).await;
    let form = json!({
        "trade": "焊工", "left": "junior", "left_on": "2018-07-01", "starts": "2018-09-03",
        "ends": "2019-07-12", "account": "6217000000000012314",
    });
    // The household is known: no register is asked for.
    let papers: &[&str] = &["admission", "certificate"];
    let case = world.hands_in_for("Ma", "technician-training", (form, papers)).await;
    world
        .walks(
            case,
            vec![
                approves_with("Aid", "school", json!({ "months": 8 })),
                approves("Visitor", "township"),
                approves("Work", "county"),
                until("09-18 09:00"),
                pays("Pay", "pay"),
                until("2019-07-15 09:00"),
            ],
        )
        .await;
    assert_eq!(world.granted(case).await, [line("county", "person", 1_200)], "eight of ten months");
    case
}

async fn a_school_leaver_at_a_technician_school_is_paid_for_the_year(mut world: World) {
    let case = asks_for_a_year_at_a_technician_school(&mut world).await;
    let passed = json!({ "came_to": "certified", "certificate_no": "640424-9" });
    world
        .walks(
            case,
            vec![
                hands_in("Aid", "result", passed),
                until("2020-01-13 09:00"),
                hands_in("Visitor", "job", json!({ "works": true, "income": 380_000 })),
            ],
        )
        .await;
    let steps = [
        "school approved",
        "township approved",
        "county approved",
        "notice done",
        "pay done",
        "result done",
        "recover skipped",
        "job done",
    ];
    ended(&world, case, Outcome::Granted, &steps).await;
}

async fn who_leaves_the_technician_school_gives_the_rest_back(mut world: World) {
    let case = asks_for_a_year_at_a_technician_school(&mut world).await;
    let left = json!({ "came_to": "left", "stayed": 4 });
    world.walks(case, vec![hands_in("Aid", "result", left)]).await;
    let clawback = world.newest("clawback").await.expect("four months were paid too many");
    assert_eq!(world.case(clawback).await.anchor_id, Some(world.units["county"]));
    assert_eq!(world.case(case).await.phase, Phase::Ended, "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}
