//! Programs of the Plan that are about a unit and about nobody: a school or an office opens them.

use actix_web::test::TestRequest;
use entities::{CaseId, Duty, Level, Outcome, Phase};
use serde_json::{Value, json};
use workflow::commands;

use crate::harness::{
    both,
    house::{Answer, Body, House},
    walk::{approves, hands_in, receives, refuses, until},
    world::World,
};

mod later;

both![
    only_the_head_of_a_school_opens_what_schools_open,
    a_head_opens_it_on_the_page_where_staff_file,
    three_schools_are_paired_and_report_each_quarter,
    a_base_is_reviewed_by_experts_and_rated_each_year,
    a_county_sets_up_its_fund_in_time_and_reports_its_balance,
    a_school_that_sets_up_nothing_by_its_day_is_named,
    a_pathway_of_two_schools_is_approved_and_its_cohorts_are_followed,
    a_school_recruits_teachers_and_publishes_whom_it_takes,
];

pub(crate) async fn staffed(world: &mut World) {
    let place = (Level::School, "640423", "school");
    for school in ["college", "model"] {
        world.unit(school, place, (None, Some("county2"))).await;
    }
    for place in ["county", "city", "region"] {
        world.office(place, "human_resources").await;
    }
    world.office("region", "experts").await;
    for (name, unit, duty) in [
        ("Rector", "college", Duty::Head),
        ("Model", "model", Duty::Head),
        ("Work", "county/human_resources", Duty::Handler),
        ("Labour", "city/human_resources", Duty::Handler),
        ("Staff", "region/human_resources", Duty::Handler),
        ("Wise", "region/experts", Duty::Handler),
        ("Old", "region/experts", Duty::Handler),
        ("Keen", "region/experts", Duty::Handler),
        ("Leader", "county", Duty::Head),
        ("Watch", "county/supervision", Duty::Handler),
        ("Chief", "county/education", Duty::Head),
    ] {
        world.works(name, unit, duty).await;
    }
    world.full_staff().await;
}

/// The case came to this, and its trail tells it again.
pub(crate) async fn ended(world: &World, case: CaseId, outcome: Outcome, steps: &[&str]) {
    let story = world.story(case).await;
    let row = world.case(case).await;
    assert_eq!((row.phase, row.outcome), (Phase::Ended, Some(outcome)), "{story}");
    assert_eq!(world.behind(case).await, steps, "{story}");
    world.can_be_told_again(case).await;
}

async fn only_the_head_of_a_school_opens_what_schools_open(mut world: World) {
    staffed(&mut world).await;
    let db = world.workflow.store.read();
    for (name, may) in [("Head", true), ("Leader", false), ("Mayor", false), ("Aid", false)] {
        let actor = world.actor(name);
        let all = commands::openable(db, &world.workflow, actor).await.unwrap();
        let opens = all.iter().any(|(program, _)| program == "pairing");
        assert_eq!(opens, may, "{name}: {all:?}");
    }
}

async fn a_head_opens_it_on_the_page_where_staff_file(mut world: World) {
    staffed(&mut world).await;
    let mut house = House::of(&world).await;
    for name in ["Head", "Aid"] {
        house.lets_staff_in(&world, name).await;
    }
    let knocks = async |name: &str, request: TestRequest, body: Body| -> Answer {
        let knock = house.open().await;
        knock(house.by(name, request, &body)).await
    };
    let page = |path: &str| TestRequest::get().uri(path);
    let what = format!("pairing@{}", world.units["school"]);
    let offered = knocks("Head", page("/staff/file"), Body::Nothing).await.text();
    assert!(offered.contains(&what), "{offered}");
    let offered = knocks("Aid", page("/staff/file"), Body::Nothing).await.text();
    assert!(!offered.contains(&what) && offered.contains("nine-plus-three@"), "{offered}");
    let opens = || TestRequest::post().uri("/staff/oversight/cases");
    let asked = || Body::Form(vec![("what", what.clone())]);
    let refused = knocks("Aid", opens().insert_header(("idempotency-key", "one")), asked()).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let done = knocks("Head", opens().insert_header(("idempotency-key", "two")), asked()).await;
    assert_eq!((done.status, done.header("location")), (303, "/staff/tasks"));
    world.settle().await;
    let case = world.newest("pairing").await.unwrap();
    let queue = knocks("Head", page("/staff/tasks"), Body::Nothing).await.text();
    assert!(queue.contains(&world.case(case).await.number.unwrap()), "{queue}");
    // Whoever looks for something to apply for does not find it.
    let front = knocks("Head", page("/"), Body::Nothing).await.text();
    assert!(!front.contains("/programs/pairing") && front.contains("/programs/employment-aid"));
}

async fn three_schools_are_paired_and_report_each_quarter(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("Head", "pairing", "school").await;
    let plan = json!({
        "college": world.units["college"].to_string(), "model": world.units["model"].to_string(),
        "mode": "alliance", "majors": "家政服务、保健护理", "enrolment": 40, "visits": 8, "job_offers": 30,
        "staff": 2, "donation": 2_000_000, "contacts": "受援校李老师，高职王老师，示范校赵老师",
        "starts": "2018-09-10", "ends": "2019-03-14",
    });
    let nothing =
        || json!({ "visits": 0, "new_students": 0, "placed": 0, "staff": 0, "donated": 0 });
    world
        .walks(
            case,
            vec![
                hands_in("Head", "propose", plan),
                approves("Rector", "accept"),
                approves("Model", "accept"),
                receives("Edu", "informed"),
                receives("City", "informed"),
                approves("Region", "region"),
                until("12-11 09:00"),
                hands_in("Head", "report", nothing()),
                hands_in(
                    "Rector",
                    "college_says",
                    json!({ "agrees": false, "remark": "送教一次" }),
                ),
                hands_in("Model", "model_says", json!({ "agrees": true })),
                until("12-14 09:00"),
                hands_in("Edu", "idle", json!({ "cause_given": "教师未到位" })),
            ],
        )
        .await;
    let story = world.story(case).await;
    assert!(story.contains("light_changed report amber"), "a quarter without activity: {story}");
    assert!(world.newest("interview").await.is_none(), "the first one is asked about only");
    world
        .walks(
            case,
            vec![
                until("2019-03-11 09:00"),
                hands_in("Head", "report", nothing()),
                hands_in("Rector", "college_says", json!({ "agrees": true })),
                hands_in("Model", "model_says", json!({ "agrees": true })),
                until("2019-03-14 09:00"),
                hands_in("Edu", "idle", json!({ "cause_given": "教师仍未到位" })),
            ],
        )
        .await;
    let interview = world.newest("interview").await.expect("two of them lead to an interview");
    assert_eq!(world.case(interview).await.anchor_id, Some(world.units["region"]));
    let about: Vec<_> = world.lines(interview).await.iter().map(|row| row.unit_id).collect();
    assert_eq!(about, [Some(world.units["school"])]);
    world.walks(case, vec![hands_in("Region", "score", json!({ "score": 60 }))]).await;
    let steps = [
        "propose done",
        "accept approved",
        "informed done",
        "region approved",
        "notice done",
        "report done",
        "college_says done",
        "model_says done",
        "idle done",
        "call_in skipped",
        "report#2 done",
        "college_says#2 done",
        "model_says#2 done",
        "idle#2 done",
        "call_in#2 done",
        "score done",
    ];
    ended(&world, case, Outcome::Done, &steps).await;
}

async fn a_base_is_reviewed_by_experts_and_rated_each_year(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("Head", "base-designation", "school").await;
    let applied = json!({ "courses": "焊工、电工", "capacity": 500, "teachers": 12, "free": true });
    world
        .walks(
            case,
            vec![
                hands_in("Head", "apply", applied),
                approves("Work", "county"),
                approves("Labour", "city"),
                refuses("Wise", "experts", "no_capacity"),
                approves("Old", "experts"),
                approves("Keen", "experts"),
                approves("Staff", "region"),
                until("09-18 09:00"),
                hands_in("Head", "plate", json!({ "plate_number": "JD-07" })),
                until("2019-09-19 09:00"),
                hands_in(
                    "Staff",
                    "rating",
                    json!({ "grade": "mend", "trained": 460, "remark": "实训设备不足" }),
                ),
            ],
        )
        .await;
    let order = world.newest("supervision-order").await.expect("it is followed up in that year");
    assert_eq!(world.case(order).await.anchor_id, Some(world.units["county"]));
    let about: Vec<_> = world.lines(order).await.iter().map(|row| row.unit_id).collect();
    assert_eq!(about, [Some(world.units["school"])]);
    let bad = json!({ "grade": "withdrawn", "trained": 3, "remark": "停办" });
    world.walks(case, vec![until("2020-09-21 09:00"), hands_in("Staff", "rating", bad)]).await;
    let steps = [
        "apply done",
        "county approved",
        "city approved",
        "experts approved",
        "region approved",
        "notice done",
        "plate done",
        "rating done",
        "order done",
        "rating#2 done",
        "order#2 skipped",
    ];
    ended(&world, case, Outcome::Done, &steps).await;
}

/// The level above says what is to be set up by a unit, and by when.
fn duty(world: &World, what: &str, unit: &str, by: &str) -> Value {
    json!({ "set_up": what, "owed_by": [world.units[unit].to_string()], "set_up_by": by })
}

async fn a_county_sets_up_its_fund_in_time_and_reports_its_balance(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("City", "aid-fund", "city").await;
    let asked = duty(&world, "hardship_fund", "county", "2018-09-28");
    let rules = json!({ "balance": 50_000_000, "in_charge": "教育局资助中心" });
    let mut acts = vec![
        hands_in("City", "duty", asked),
        hands_in("Edu", "rules", rules),
        approves("Leader", "head"),
        approves("City", "check"),
    ];
    let months = [
        "10-08",
        "11-05",
        "12-05",
        "2019-01-07",
        "2019-02-11",
        "2019-03-05",
        "2019-04-08",
        "2019-05-06",
        "2019-06-10",
        "2019-07-05",
        "2019-08-05",
        "2019-09-05",
        "2019-10-08",
    ];
    // June begins with two feasts: what falls on the 5th waits for the 10th. A year is not the end:
    // the reports are over when the fund is.
    for day in months {
        acts.push(until(Box::leak(format!("{day} 12:00").into_boxed_str())));
        let mut balance = json!({ "balance": 49_000_000, "aided": 2, "paid": 400_000 });
        if day == "2019-10-08" {
            balance["wound_up"] = json!(true);
        }
        acts.push(hands_in("Edu", "balance", balance));
    }
    world.walks(case, acts).await;
    let behind = world.behind(case).await;
    let set_up = ["duty done", "rules done", "head approved", "check approved"];
    assert_eq!(behind[..4], set_up, "{behind:?}");
    assert_eq!(behind.len(), 17, "a balance each month, as long as there is a fund: {behind:?}");
    assert_eq!(world.case(case).await.phase, Phase::Ended);
    world.can_be_told_again(case).await;
}

async fn a_school_that_sets_up_nothing_by_its_day_is_named(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("Edu", "aid-fund", "county").await;
    let asked = duty(&world, "emergency_mechanism", "school", "2018-09-21");
    world.walks(case, vec![hands_in("Edu", "duty", asked), until("09-21 17:00")]).await;
    let story = world.story(case).await;
    assert!(!story.contains("light_changed rules red"), "it is not over yet: {story}");
    world.until("09-28 12:00").await;
    let story = world.story(case).await;
    assert!(story.contains("light_changed rules red"), "{story}");
    let notice = world.newest("circulated-notice").await.expect("three working days late");
    let about: Vec<_> = world.lines(notice).await.iter().map(|row| row.unit_id).collect();
    assert_eq!(about.len(), 1, "{story}");
    let rules = json!({ "balance": 0, "in_charge": "资助办" });
    let acts = vec![hands_in("Aid", "rules", rules), approves("Head", "head")];
    world.walks(case, acts).await;
    world.walks(case, vec![approves("Edu", "check")]).await;
    let file = world.case(case).await;
    assert_eq!((file.phase, file.outcome), (Phase::Ended, Some(Outcome::Done)));
    assert_eq!(world.behind(case).await.last().unwrap(), "check approved", "no balance");
}

async fn a_pathway_of_two_schools_is_approved_and_its_cohorts_are_followed(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("Head", "pathway-pilot", "school").await;
    let partner = world.units["college"].to_string();
    let applied =
        json!({ "pattern": "five_years", "partner": partner, "majors": "护理", "places": 50 });
    let mut acts = vec![
        hands_in("Head", "apply", applied),
        approves("Rector", "partner"),
        approves("Wise", "experts"),
        approves("Old", "experts"),
        approves("Region", "region"),
    ];
    for moment in [
        "2019-09-11 09:00",
        "2020-09-11 09:00",
        "2021-09-13 09:00",
        "2022-09-13 09:00",
        "2023-09-11 09:00",
    ] {
        acts.push(until(moment));
        acts.push(hands_in(
            "Head",
            "cohort",
            json!({ "new_students": 50, "poor": 20, "moved_on": 0 }),
        ));
    }
    world.walks(case, acts).await;
    let steps = [
        "apply done",
        "partner approved",
        "experts approved",
        "region approved",
        "notice done",
        "cohort done",
        "cohort#2 done",
        "cohort#3 done",
        "cohort#4 done",
        "cohort#5 done",
    ];
    ended(&world, case, Outcome::Done, &steps).await;
}

async fn a_school_recruits_teachers_and_publishes_whom_it_takes(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("Head", "teacher-recruitment", "school").await;
    let posts = json!([{ "post": "机电专业教师", "how_many": 2, "exam_way": "direct" }]);
    let applied = json!({ "posts": posts, "conditions": "双师型，三年以上企业经历" });
    world
        .walks(
            case,
            vec![
                hands_in("Head", "apply", applied),
                approves("Edu", "education"),
                approves("Work", "posts"),
                hands_in("Head", "result", json!({ "applied": 5, "proposed": 2, "dual": 2 })),
                until("09-18 09:00"),
                hands_in("Work", "hired", json!({ "hired": 2 })),
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
}
