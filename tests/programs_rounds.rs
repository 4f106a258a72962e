//! Programs that give places away in rounds, each from its draft to its end.

use entities::{CaseId, Duty, Level, Outcome, Phase, RunState, red_light};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use crate::harness::{
    both,
    walk::{approves, approves_with, hands_in, pays, refuses, until},
    world::World,
};

mod promoted;

both![
    a_teacher_is_nominated_placed_paid_and_heard_of_for_three_years,
    who_is_trained_free_of_charge_reports_to_nobody,
    places_of_a_course_are_filled_until_the_end_of_october,
    a_leaver_is_placed_in_fujian_by_the_second_round,
    who_does_not_arrive_has_a_school_at_home,
];

async fn ended(world: &World, case: CaseId, outcome: Outcome, steps: &[&str]) {
    let story = world.story(case).await;
    let row = world.case(case).await;
    assert_eq!((row.phase, row.outcome), (Phase::Ended, Some(outcome)), "{story}");
    assert_eq!(world.behind(case).await, steps, "{story}");
    world.can_be_told_again(case).await;
}

async fn staffed(world: &mut World) {
    world.office("region", "human_resources").await;
    let place = (Level::School, "640423", "school");
    world.unit("receiver", place, (None, Some("county2"))).await;
    for name in ["fuzhou", "quanzhou"] {
        world.unit(name, (Level::Outside, "350000", "school"), (None, None)).await;
    }
    world.full_staff().await;
    for (name, unit, duty) in [
        ("Staff", "region/human_resources", Duty::Handler),
        ("Purse", "region/finance", Duty::Handler),
        ("Host", "receiver", Duty::Head),
        ("Chen", "fuzhou", Duty::Handler),
        ("Lin", "quanzhou", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
}

/// A nomination in spring, up to the round that collects it.
async fn nominated(world: &World, name: &str, course: &str) -> CaseId {
    let mut form = json!({
        "course": course, "post": "专业课教师", "major": "机电技术应用", "post_title": "讲师",
        "healthy": true, "years": 8, "dual": true, "cover": "由同教研组教师分担", "promise": 2,
        "account": "6217000000000012447",
    });
    // Who is trained free of charge goes to a school outside.
    let (field, host) = match course {
        "free_teacher" => ("receiver_outside", "fuzhou"),
        _ => ("receiver", "receiver"),
    };
    form[field] = json!(world.units[host].to_string());
    let papers = ["recommendation", "certificate", "school_consent"];
    let case = world.hands_in_for(name, "teacher-nomination", (form, &papers)).await;
    world.walks(case, vec![approves("Head", "school")]).await;
    case
}

async fn a_teacher_is_nominated_placed_paid_and_heard_of_for_three_years(mut world: World) {
    staffed(&mut world).await;
    world.applies("Ma").await;
    world.until("2019-05-06 09:00").await;
    let case = nominated(&world, "Ma", "training").await;
    let points = json!({ "points": 88 });
    let acts = vec![
        until("2019-05-13 09:00"),
        approves("Edu", "county"),
        approves_with("City", "city", points),
    ];
    world.walks(case, acts).await;
    // All nominations of the year are collected until 30 June: who asked on the last day of May is
    // among them.
    world.until("2019-07-01 09:00").await;
    let round = world.newest("nomination-round").await.unwrap();
    world.walks(round, vec![approves("Region", "sign"), approves("Staff", "sign")]).await;
    // The course begins weeks after it was agreed: the report waits for its last day.
    let dates = json!({ "starts": "2019-07-15", "ends": "2019-08-13" });
    let acts = vec![approves_with("Host", "host", dates), until("2019-08-12 09:00")];
    world.walks(case, acts).await;
    assert_eq!(world.run(case, "report").await.state, RunState::Waiting);
    world.until("2019-08-13 09:00").await;
    assert_eq!(world.due(case, "report").await, "2019-08-27 18:00");
    let task = world.own_slot(case, "report").await;
    world.attaches("Ma", case, "report", Some(task)).await.unwrap();
    world.signs("Ma", task, (workflow::commands::Word::HandIn, json!({}))).await.unwrap();
    world.settle().await;
    let used = || json!({ "brought_home": "开设新课一门，带教两人" });
    world
        .walks(
            case,
            vec![
                hands_in(
                    "Host",
                    "assessment",
                    json!({ "performance": "good", "days_present": 30, "remark": "认真，可独立授课" }),
                ),
                pays("Purse", "stipend"),
                until("2020-07-02 09:00"),
                hands_in("Head", "use", used()),
                until("2021-07-02 09:00"),
                hands_in("Head", "use", used()),
                until("2022-07-04 09:00"),
                hands_in("Head", "use", used()),
            ],
        )
        .await;
    let own = |yuan| ("region".to_owned(), "person".to_owned(), yuan);
    assert_eq!(world.granted(case).await, [own(1_500), own(300)], "by the day, and the travel");
    let steps = [
        "school approved",
        "notice done",
        "county approved",
        "city approved",
        "round approved",
        "by_hand skipped",
        "host approved",
        "report done",
        "assessment done",
        "stipend done",
        "recover skipped",
        "use done",
        "use#2 done",
        "use#3 done",
    ];
    ended(&world, case, Outcome::Granted, &steps).await;
}

async fn who_is_trained_free_of_charge_reports_to_nobody(mut world: World) {
    staffed(&mut world).await;
    world.applies("Ma").await;
    world.until("2019-05-06 09:00").await;
    let case = nominated(&world, "Ma", "free_teacher").await;
    let acts = vec![
        until("2019-05-13 09:00"),
        approves("Edu", "county"),
        approves_with("City", "city", json!({ "points": 88 })),
        until("2019-07-01 09:00"),
    ];
    world.walks(case, acts).await;
    let round = world.newest("nomination-round").await.unwrap();
    world.walks(round, vec![approves("Region", "sign"), approves("Staff", "sign")]).await;
    world.walks(case, vec![approves("Chen", "host")]).await;
    assert!(world.granted(case).await.is_empty(), "no days are paid, and no travel");
    let behind = world.behind(case).await;
    let skipped = [
        "host approved",
        "report skipped",
        "assessment skipped",
        "stipend skipped",
        "recover skipped",
    ];
    assert_eq!(behind[behind.len() - 5..], skipped, "{behind:?}");
    world.can_be_told_again(case).await;
}

async fn places_of_a_course_are_filled_until_the_end_of_october(mut world: World) {
    staffed(&mut world).await;
    world.applies("Ma").await;
    world.until("2019-05-06 09:00").await;
    let case = nominated(&world, "Ma", "training").await;
    let points = json!({ "points": 88 });
    let acts = vec![
        until("2019-05-13 09:00"),
        approves("Edu", "county"),
        approves_with("City", "city", points),
    ];
    world.walks(case, acts).await;
    world.until("2019-07-01 09:00").await;
    let round = world.newest("nomination-round").await.unwrap();
    world
        .walks(
            round,
            vec![
                approves("Region", "sign"),
                approves("Staff", "sign"),
                until("2019-11-01 09:00"),
                hands_in(
                    "Region",
                    "unfilled",
                    json!({ "places_left": 99, "left_because": "推荐人数不足" }),
                ),
            ],
        )
        .await;
    let story = world.story(round).await;
    assert!(story.contains("light_changed unfilled red"), "99 of 100 places are left: {story}");
    let red = world.run(round, "unfilled").await;
    let lights = red_light::Entity::find().filter(red_light::Column::RunId.eq(red.id));
    let lights = lights.all(world.workflow.store.read()).await.unwrap();
    assert_eq!(lights[0].unit_id, world.units["region/education"]);
    let steps = ["pick done", "sign approved", "fill_up done", "unfilled done"];
    ended(&world, round, Outcome::Done, &steps).await;
}

/// One seat for each school and major.
fn one_seat(world: &mut World) {
    let source = include_str!("../workflow/programs/fujian-round.yaml")
        .replace("version: 2", "version: 3")
        .replace("seats: 'table(\"fujian_seats\", wish.host, wish.major, today)'", "seats: '1'");
    let programs = world.workflow.programs.with_source("fujian-round.yaml", &source);
    world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
}

/// Asks for places in this order, up to the round.
async fn asks(world: &mut World, name: &str, score: i64, hosts: &[&str]) -> CaseId {
    world.applies(name).await;
    let wish = |host: &&str| json!({ "host": world.units[*host].to_string(), "major": "700206", "mode": "full" });
    let form = json!({
        "score": score, "school_wishes": hosts.iter().map(wish).collect::<Vec<_>>(),
        "diet": "halal", "lodging": true, "agrees": true, "account": "6217000000000012447",
    });
    let papers = ["poor_proof", "certificate", "health", "guardian_consent", "photo"];
    let case = world.hands_in_for(name, "fujian-placement", (form, &papers)).await;
    let acts = vec![
        approves("Aid", "school"),
        approves("Edu", "county"),
        approves("Poor", "county"),
        approves("City", "city"),
    ];
    world.walks(case, acts).await;
    case
}

async fn a_leaver_is_placed_in_fujian_by_the_second_round(mut world: World) {
    staffed(&mut world).await;
    one_seat(&mut world);
    world.until("2019-07-01 09:00").await;
    // Both want Fuzhou first; the better score has it, the other its second wish.
    let best = asks(&mut world, "Ma", 512, &["fuzhou", "quanzhou"]).await;
    let next = asks(&mut world, "Mi", 480, &["fuzhou", "quanzhou"]).await;
    world.until("2019-07-04 09:00").await;
    let first = world.newest("fujian-round").await.unwrap();
    world.walks(first, vec![approves("Region", "sign")]).await;
    assert_eq!(world.case(first).await.facts["form"]["round"], json!({ "int": 1 }));
    world.walks(next, vec![approves("Lin", "host")]).await;
    // Fuzhou declines: its seat is free again, and it is not asked a second time.
    world.walks(best, vec![refuses("Chen", "host", "health"), until("2019-07-10 09:00")]).await;
    let second = world.newest("fujian-round").await.unwrap();
    assert_ne!(first, second);
    let taken = entities::seat::Entity::of_lists(["fujian-round/pick".to_owned()]);
    let taken = taken.all(world.workflow.store.read()).await.unwrap();
    assert_eq!(taken.len(), 1, "Quanzhou's alone");
    world.walks(second, vec![approves("Region", "sign"), until("2019-07-15 09:00")]).await;
    let third = world.newest("fujian-round").await.unwrap();
    world.walks(third, vec![approves("Region", "sign")]).await;
    let host =
        json!({ "host": world.units["fuzhou"].to_string(), "major": "700206", "agreed": true });
    world
        .walks(
            best,
            vec![
                approves_with("Region", "fallback", host),
                until("2019-09-02 09:00"),
                hands_in("Chen", "arrival", json!({ "arrived": true })),
                pays("Purse", "transfer"),
                pays("Chen", "support"),
                until("2019-10-10 09:00"),
                hands_in("Chen", "term", json!({ "status": "graduated" })),
            ],
        )
        .await;
    let steps = [
        "school approved",
        "county approved",
        "city approved",
        "round approved",
        "host refused",
        "round#2 refused",
        "host#2 skipped",
        "round#3 refused",
        "host#3 skipped",
        "fallback approved",
        "notice done",
        "arrival done",
        "transfer done",
        "support done",
        "term done",
        "home_place skipped",
    ];
    ended(&world, best, Outcome::Granted, &steps).await;
    for round in [first, second, third] {
        ended(&world, round, Outcome::Done, &["pick done", "sign approved"]).await;
    }
}

async fn who_does_not_arrive_has_a_school_at_home(mut world: World) {
    staffed(&mut world).await;
    world.until("2019-07-01 09:00").await;
    let case = asks(&mut world, "Ma", 512, &["fuzhou"]).await;
    world.until("2019-07-04 09:00").await;
    let round = world.newest("fujian-round").await.unwrap();
    world.walks(round, vec![approves("Region", "sign")]).await;
    world
        .walks(
            case,
            vec![
                approves("Chen", "host"),
                until("2019-09-02 09:00"),
                hands_in("Chen", "arrival", json!({ "arrived": false })),
                approves_with(
                    "Edu",
                    "home_place",
                    json!({ "school": world.units["school"].to_string() }),
                ),
            ],
        )
        .await;
    let steps = [
        "school approved",
        "county approved",
        "city approved",
        "round approved",
        "host approved",
        "fallback skipped",
        "notice done",
        "arrival done",
        "home_place approved",
    ];
    ended(&world, case, Outcome::Granted, &steps).await;
}
