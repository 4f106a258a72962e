//! Where pupils learn and where they come from: what the nine counties pay is for a school of one's
//! own county.

use entities::{Duty, Level, person};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::json;

use super::{line, staffed};
use crate::harness::{both, walk::hands_in, world::World};

both![
    a_school_right_under_a_city_hands_its_list_in,
    a_pupil_of_another_county_has_tuition_and_grant_alone,
];

/// Somebody learns at `school` and is at home in `township`.
async fn is_of(world: &World, name: &str, school: &str, township: &str) {
    let row = person::Entity::find_by_id(world.subject(name));
    let row = row.one(world.workflow.store.read()).await.unwrap().unwrap();
    let mut row: person::ActiveModel = row.into();
    row.school_id = Set(Some(world.units[school]));
    row.township_id = Set(Some(world.units[township]));
    row.update(world.workflow.store.for_migration()).await.unwrap();
}

/// It has no county: who is at home in its city has all items, who is from elsewhere tuition and
/// grant.
async fn a_school_right_under_a_city_hands_its_list_in(mut world: World) {
    staffed(&mut world).await;
    world.unit("lyceum", (Level::School, "640400", "school"), (None, Some("city"))).await;
    for office in ["aid_office", "class_teachers"] {
        world.office("lyceum", office).await;
    }
    world.works("Keeper", "lyceum/aid_office", Duty::Handler).await;
    world.works("Tutor", "lyceum/class_teachers", Duty::Handler).await;
    // Tongxin is one of the nine, in another city.
    let government = |level, division| (level, division, "government");
    world.unit("city2", government(Level::City, "640300"), (None, Some("region"))).await;
    world.unit("county3", government(Level::County, "640324"), (None, Some("city2"))).await;
    let township = (Level::Township, "640324100", "township");
    world.unit("township3", township, (None, Some("county3"))).await;
    is_of(&world, "Ma", "lyceum", "township").await;
    is_of(&world, "Bai", "lyceum", "township3").await;
    let case = world.opens("Keeper", "nine-plus-three", "lyceum").await;
    assert_eq!(world.lines(case).await.len(), 2);
    let lines = vec![("Ma", line(1, true)), ("Bai", line(1, true))];
    world.fills_lines("Keeper", case, ("list", lines)).await.unwrap();
    world.walks(case, vec![hands_in("Keeper", "list", json!({}))]).await;
    assert_eq!(world.counted(case).await, [3_100, 2_000], "{}", world.story(case).await);
    world.can_be_told_again(case).await;
}

async fn a_pupil_of_another_county_has_tuition_and_grant_alone(mut world: World) {
    staffed(&mut world).await;
    // Longde is one of the nine as well, and the school is in Jingyuan.
    let township = (Level::Township, "640423100", "township");
    world.unit("township2", township, (None, Some("county2"))).await;
    is_of(&world, "Bai", "school", "township2").await;
    let case = world.opens("Aid", "nine-plus-three", "school").await;
    let lines = vec![("Ma", line(1, true)), ("Li", line(2, false)), ("Bai", line(1, true))];
    world.fills_lines("Aid", case, ("list", lines)).await.unwrap();
    world.walks(case, vec![hands_in("Aid", "list", json!({}))]).await;
    assert_eq!(world.counted(case).await, [2_700, 3_100, 2_000], "by class and name");
    world.can_be_told_again(case).await;
}
