//! The subsidy for graduates who look for work: two public notices, and a day by which it is paid.

use entities::{Duty, Outcome};
use serde_json::json;

use super::{ended, line, staffed};
use crate::harness::{
    both,
    walk::{approves, hands_in, pays, until},
    world::World,
};

both![who_looks_for_work_is_published_twice_and_paid_by_the_end_of_june];

async fn who_looks_for_work_is_published_twice_and_paid_by_the_end_of_june(mut world: World) {
    staffed(&mut world).await;
    world.office("county", "human_resources").await;
    world.works("Work", "county/human_resources", Duty::Handler).await;
    world.until("2019-03-04 09:00").await;
    let form = json!({
        "hardship": "registered_poor", "intention": "job", "graduates_on": "2019-06-30",
        "account": "6217000000000012314",
    });
    // The register is not loaded: the paper takes its place.
    let papers: &[&str] = &["poor_proof", "enrolment"];
    let case = world.hands_in_for("Ma", "job-seeking-subsidy", (form, papers)).await;
    let acts = vec![
        approves("Aid", "school"),
        until("2019-03-13 09:00"),
        approves("Work", "county"),
        until("2019-03-22 09:00"),
    ];
    world.walks(case, acts).await;
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    assert_eq!(world.granted(case).await, [line("county", "person", 1_000)]);
    assert_eq!(world.due(case, "pay").await, "2019-06-25 18:00");
    let at_work = hands_in("Aid", "employed", json!({ "at_present": "at_work" }));
    world.walks(case, vec![pays("Pay", "pay"), until("2019-12-02 09:00"), at_work]).await;
    let steps = [
        "school approved",
        "school_notice done",
        "county approved",
        "notice done",
        "pay done",
        "employed done",
    ];
    ended(&world, case, Outcome::Granted, &steps).await;
}
