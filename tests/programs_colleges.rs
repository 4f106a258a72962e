//! Programs of the Plan at a college that stands right under the region: no county is above it.

use entities::{Duty, Level, Outcome};
use serde_json::json;

use crate::{
    harness::{
        both,
        walk::{approves, hands_in, until},
        world::World,
    },
    programs_units::{ended, staffed},
};

both![
    what_the_county_would_do_for_a_college_right_under_the_region_the_region_does,
    a_base_at_a_college_right_under_the_region_is_designated,
];

/// A college that no county and no city stands above, as most colleges are.
async fn college_of_the_region(world: &mut World) {
    staffed(world).await;
    world.unit("academy", (Level::School, "640000", "school"), (None, Some("region"))).await;
    for (name, unit, duty) in [
        ("Dean", "academy", Duty::Head),
        ("Second", "region/human_resources", Duty::Handler),
        ("Third", "region/human_resources", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
}

async fn what_the_county_would_do_for_a_college_right_under_the_region_the_region_does(
    mut world: World,
) {
    college_of_the_region(&mut world).await;
    let case = world.opens("Dean", "teacher-recruitment", "academy").await;
    let posts = json!([{ "post": "护理专业教师", "how_many": 1, "exam_way": "direct" }]);
    let applied = json!({ "posts": posts, "conditions": "双师型，三年以上企业经历" });
    world
        .walks(
            case,
            vec![
                hands_in("Dean", "apply", applied),
                approves("Region", "education"),
                approves("Staff", "posts"),
                hands_in("Dean", "result", json!({ "applied": 3, "proposed": 1, "dual": 1 })),
                until("09-18 09:00"),
                hands_in("Second", "hired", json!({ "hired": 1 })),
            ],
        )
        .await;
    let steps = [
        "apply done",
        "education approved",
        "posts approved",
        "result done",
        "notice done",
        "hired done",
    ];
    ended(&world, case, Outcome::Done, &steps).await;
    let story = world.story(case).await;
    assert_eq!(world.told_times(case, "climbed").await, 4, "each time it is said: {story}");
    assert!(!story.contains("stuck_on_rule"), "{story}");
}

async fn a_base_at_a_college_right_under_the_region_is_designated(mut world: World) {
    college_of_the_region(&mut world).await;
    let case = world.opens("Dean", "base-designation", "academy").await;
    let mend = json!({ "grade": "mend", "trained": 3, "remark": "设备停用" });
    let applied = json!({ "courses": "焊工、电工", "capacity": 500, "teachers": 12, "free": true });
    world
        .walks(
            case,
            vec![
                hands_in("Dean", "apply", applied),
                approves("Staff", "county"),
                approves("Second", "city"),
                approves("Old", "experts"),
                approves("Keen", "experts"),
                approves("Third", "region"),
                until("09-18 09:00"),
                hands_in("Dean", "plate", json!({ "plate_number": "JD-08" })),
                until("2019-09-19 09:00"),
                hands_in("Third", "rating", json!({ "grade": "good", "trained": 460 })),
                until("2020-09-21 09:00"),
                hands_in("Third", "rating", json!({ "grade": "good", "trained": 450 })),
                until("2021-09-22 09:00"),
                hands_in("Third", "rating", mend),
            ],
        )
        .await;
    // Its county would see to what is to be mended: the region does.
    let order = world.newest("supervision-order").await.expect("what is to be mended is followed");
    let story = world.story(case).await;
    assert_eq!(world.case(order).await.anchor_id, Some(world.units["region"]), "{story}");
}
