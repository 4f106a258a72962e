//! A building project by stages: instalments by milestone, a light from what is reported, and five
//! percent that are kept for a year.

use entities::{CaseId, Duty, Outcome, PaymentState, Phase, payment, red_light};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use crate::harness::{
    both,
    walk::{Act, approves, hands_in, pays, refuses, until},
    world::World,
};

both![
    a_project_is_paid_by_milestones_and_five_percent_after_a_year,
    a_project_behind_its_plan_is_amber_and_then_red,
    works_that_do_not_begin_are_amber_then_red_then_an_order,
    what_is_refused_at_acceptance_is_mended_and_presented_again,
];

async fn staffed(world: &mut World) {
    world.office("region", "experts").await;
    world.office("region", "development_reform").await;
    world.office("school", "asset_office").await;
    for (name, unit) in [
        ("Wise", "region/experts"),
        ("Old", "region/experts"),
        ("Keen", "region/experts"),
        ("Plan", "region/development_reform"),
        ("Purse", "region/finance"),
        ("Relief", "region/poverty_relief"),
        ("Keeper", "school/asset_office"),
    ] {
        world.works(name, unit, Duty::Handler).await;
    }
    world.full_staff().await;
}

/// A project that the region has approved, with the task book handed in.
async fn approved(world: &mut World) -> CaseId {
    staffed(world).await;
    let case = world.opens("Edu", "construction-project", "county").await;
    let applied = json!({
        "school": world.units["school"].to_string(), "fund_channel": "basics", "works": "extension",
        "gaps": [{ "dimension": "buildings", "standard": 5_000, "actual": 3_000, "closes": 2_000 }],
        "budget": [
            { "source": "region", "funds": 600_000_000 }, { "source": "county", "funds": 100_000_000 },
        ],
        "land": "held", "start": "2018-09-25", "finish": "2018-12-14",
    });
    let book = json!({ "milestones": [
        { "name": "主体", "planned": "2018-10-19", "pays": 40 },
        { "name": "竣工", "planned": "2018-12-14", "pays": 55 },
    ]});
    world
        .walks(
            case,
            vec![
                hands_in("Edu", "apply", applied),
                approves("City", "city"),
                approves("Wise", "experts"),
                approves("Old", "experts"),
                approves("Plan", "joint"),
                approves("Purse", "joint"),
                approves("Relief", "joint"),
                approves("Region", "region"),
                until("09-18 09:00"),
                hands_in("Edu", "taskbook", book),
            ],
        )
        .await;
    case
}

fn milestone() -> Vec<Act> {
    vec![
        hands_in("Head", "reached", json!({})),
        approves("City", "inspect"),
        pays("Purse", "instalment"),
    ]
}

async fn a_project_is_paid_by_milestones_and_five_percent_after_a_year(mut world: World) {
    let case = approved(&mut world).await;
    let region = [("region".to_owned(), "county".to_owned(), 6_000_000)];
    assert_eq!(world.granted(case).await, region, "the county's own part is not granted");
    let entered = json!({
        "register_no": "GD-2018-07", "qualified": false,
        "gaps_now": [{ "dimension": "buildings", "standard": 5_000, "reached": 5_100 }],
    });
    let mut acts = vec![hands_in("Head", "started", json!({ "started_on": "2018-09-18" }))];
    acts.extend(milestone());
    acts.extend(milestone());
    acts.extend([
        hands_in("Head", "present", json!({})),
        approves("Region", "accept"),
        approves("Purse", "accept"),
        hands_in("Keeper", "asset", entered),
    ]);
    let year = json!({ "use": "投入使用", "students": 400 });
    for moment in ["2019-02-28 12:00", "2019-09-19 12:00", "2020-02-28 12:00", "2021-03-01 12:00"] {
        acts.push(until(moment));
        acts.push(if moment.contains("09-19") {
            pays("Purse", "retention")
        } else {
            hands_in("Edu", "yearly", year.clone())
        });
    }
    world.walks(case, acts).await;
    let story = world.story(case).await;
    let row = world.case(case).await;
    assert_eq!((row.phase, row.outcome), (Phase::Ended, Some(Outcome::Done)), "{story}");
    let rows = payment::Entity::find().filter(payment::Column::CaseId.eq(case));
    let rows = rows.order_by_asc(payment::Column::Share).all(world.workflow.store.read()).await;
    let paid: Vec<(i64, bool)> = rows
        .unwrap()
        .into_iter()
        .map(|row| (row.fen.0 / 100, row.state == PaymentState::Paid))
        .collect();
    assert_eq!(paid, [(2_400_000, true), (3_300_000, true), (300_000, true)]);
    world.can_be_told_again(case).await;
}

async fn a_project_behind_its_plan_is_amber_and_then_red(mut world: World) {
    let case = approved(&mut world).await;
    let report = |planned: i64, progress: i64| json!({ "planned": planned, "progress": progress });
    world.walks(case, vec![until("10-08 12:00"), hands_in("Edu", "monthly", report(30, 18))]).await;
    let lights = async || {
        let found = red_light::Entity::find().filter(red_light::Column::CaseId.eq(case));
        found.all(world.workflow.store.read()).await.unwrap()
    };
    let amber = "light_changed monthly amber";
    assert!(world.story(case).await.contains(amber), "{}", world.story(case).await);
    assert!(lights().await.is_empty());
    world.walks(case, vec![until("11-05 12:00"), hands_in("Edu", "monthly", report(60, 25))]).await;
    let red = world.run(case, "monthly").await;
    let story = world.story(case).await;
    assert!(story.contains("light_changed monthly#2 red"), "{story}");
    let counted = lights()
        .await
        .into_iter()
        .any(|light| light.run_id == red.id && light.unit_id == world.units["county/education"]);
    assert!(counted, "it counts in the quarter as a late step does: {story}");
    world.until("12-05 12:00").await;
    world.walks(case, vec![hands_in("Edu", "monthly", report(80, 78))]).await;
    let third = world.run(case, "monthly").await;
    assert!(!third.late, "back on its plan: {}", world.story(case).await);
    world.can_be_told_again(case).await;
}

async fn works_that_do_not_begin_are_amber_then_red_then_an_order(mut world: World) {
    let case = approved(&mut world).await;
    let report = || hands_in("Edu", "monthly", json!({ "planned": 20, "progress": 20 }));
    let lit = async |light: &str| {
        world.story(case).await.contains(&format!("light_changed started {light}"))
    };
    // What is built is reported in time; only that it began is not.
    let mut acts = milestone();
    acts.extend([until("10-08 12:00"), report(), until("10-24 18:00")]);
    world.walks(case, acts).await;
    assert!(!lit("amber").await, "{}", world.story(case).await);
    world.walks(case, vec![until("10-29 12:00")]).await;
    assert!(lit("amber").await && !lit("red").await, "{}", world.story(case).await);
    world.walks(case, vec![until("11-05 12:00"), report(), until("11-23 12:00")]).await;
    assert!(!lit("red").await, "two months have not passed: {}", world.story(case).await);
    world.until("11-27 12:00").await;
    assert!(lit("red").await, "{}", world.story(case).await);
    let mut acts = vec![until("12-05 12:00"), report()];
    acts.extend(milestone());
    acts.push(until("12-24 18:00"));
    world.walks(case, acts).await;
    assert!(world.newest("supervision-order").await.is_none());
    world.until("12-27 12:00").await;
    let order = world.newest("supervision-order").await.expect("three months late");
    assert_eq!(world.case(order).await.anchor_id, Some(world.units["city"]));
    world.can_be_told_again(case).await;
}

/// What is left of it is paid a year after the second time.
async fn what_is_refused_at_acceptance_is_mended_and_presented_again(mut world: World) {
    let case = approved(&mut world).await;
    let entered = json!({
        "register_no": "GD-2018-08", "qualified": false,
        "gaps_now": [{ "dimension": "buildings", "standard": 5_000, "reached": 4_900 }],
    });
    let mut acts = vec![hands_in("Head", "started", json!({ "started_on": "2018-09-18" }))];
    acts.extend(milestone());
    acts.extend(milestone());
    acts.extend([
        hands_in("Head", "present", json!({})),
        refuses("Region", "accept", "not_as_approved"),
        until("09-27 09:00"),
        hands_in("Head", "present", json!({})),
        approves("Region", "accept"),
        approves("Purse", "accept"),
        hands_in("Keeper", "asset", entered),
        until("2019-02-28 12:00"),
        hands_in("Edu", "yearly", json!({ "use": "投入使用", "students": 400 })),
        until("2019-09-27 12:00"),
        pays("Purse", "retention"),
    ]);
    world.walks(case, acts).await;
    let behind = world.behind(case).await;
    let at = |step: &str| behind.iter().position(|one| one == step);
    let order = ["accept refused", "present#2 done", "accept#2 approved", "retention done"].map(at);
    assert!(order.is_sorted() && order.iter().all(Option::is_some), "{behind:?}");
    world.can_be_told_again(case).await;
}
