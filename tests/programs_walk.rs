//! Programs of the Plan that a person applies for, each from its draft to its end.

use entities::{CaseId, Duty, Level, Outcome, Phase, red_light};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use workflow::{Refusal, commands::Word};

use crate::harness::{
    both,
    walk::{Act, approves, approves_with, hands_in, pays, receives, refuses, until},
    world::{World, refusal},
};

mod employment;
mod job_seekers;
mod technicians;
mod waivers;

both![
    a_poor_student_at_a_college_pays_no_tuition_up_to_the_standard,
    what_arts_cost_above_teaching_is_a_question_to_the_college_only,
    a_student_of_agriculture_pays_nothing_for_the_months_in_the_major,
    the_same_tuition_is_waived_once_a_year,
    a_graduate_is_helped_and_asked_for_after_half_a_year,
    a_graduate_without_a_helper_is_a_red_light_and_has_one_found,
    a_poor_leaver_is_admitted_by_a_line_of_their_own,
    who_is_admitted_and_comes_is_enrolled,
    who_is_below_the_line_is_refused_with_a_reason,
    credits_are_recognised_and_entered_by_the_receiving_school,
    a_school_leaver_is_visited_and_seen_again_each_term,
];

/// Whoever has a part in these programs.
async fn staffed(world: &mut World) {
    world.office("school", "finance").await;
    world.office("school", "academic_office").await;
    let place = (Level::School, "640423", "school");
    world.unit("college", place, (None, Some("county2"))).await;
    world.office("college", "academic_office").await;
    for (name, unit, duty) in [
        ("Books", "school/finance", Duty::Handler),
        ("Marks", "school/academic_office", Duty::Handler),
        ("Dean", "college/academic_office", Duty::Handler),
        ("Rector", "college", Duty::Head),
        ("Purse", "region/finance", Duty::Handler),
        ("Edu2", "county2/education", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.full_staff().await;
    world.applies("Ma").await;
}

/// The case came to this, and its trail tells it again.
async fn ended(world: &World, case: CaseId, outcome: Outcome, steps: &[&str]) {
    let story = world.story(case).await;
    let row = world.case(case).await;
    assert_eq!((row.phase, row.outcome), (Phase::Ended, Some(outcome)), "{story}");
    assert_eq!(world.behind(case).await, steps, "{story}");
    world.can_be_told_again(case).await;
}

fn line(payer: &str, payee: &str, yuan: i64) -> (String, String, i64) {
    (payer.to_owned(), payee.to_owned(), yuan)
}

async fn asks_for_waiver(world: &World, class: &str, yuan: i64) -> CaseId {
    let form = json!({
        "major": "建筑工程技术", "major_class": class, "grade": 1, "tuition": yuan * 100,
        "paid_already": true,
    });
    world.hands_in_for("Ma", "higher-vocational-waiver", (form, &["poor_proof"])).await
}

fn decided(tuition: i64) -> Vec<Act> {
    let books = json!({ "tuition": tuition * 100, "teaching_cost": 300_000 });
    vec![
        approves_with("Books", "fees", books),
        approves("Aid", "college"),
        until("09-18 09:00"),
        approves("Region", "region"),
    ]
}

async fn a_poor_student_at_a_college_pays_no_tuition_up_to_the_standard(mut world: World) {
    staffed(&mut world).await;
    let case = asks_for_waiver(&world, "ordinary", 5_600).await;
    assert_eq!(world.granted(case).await, [line("region", "school", 4_200)]);
    world.walks(case, decided(3_900)).await;
    assert_eq!(world.granted(case).await, [line("region", "school", 3_900)], "as the books say");
    world
        .walks(
            case,
            vec![
                receives("Edu", "informed"),
                pays("Purse", "pay"),
                hands_in("Books", "refund", json!({ "had_paid": 560_000, "refunded": 390_000 })),
                until("2019-07-01 09:00"),
                hands_in("Aid", "status", json!({ "status": "studying" })),
            ],
        )
        .await;
    let steps = [
        "fees approved",
        "college approved",
        "notice done",
        "region approved",
        "informed done",
        "pay done",
        "refund done",
        "tariff skipped",
        "status done",
    ];
    ended(&world, case, Outcome::Granted, &steps).await;
}

async fn what_arts_cost_above_teaching_is_a_question_to_the_college_only(mut world: World) {
    staffed(&mut world).await;
    let case = asks_for_waiver(&world, "arts", 9_000).await;
    world.walks(case, decided(9_000)).await;
    assert_eq!(world.granted(case).await, [line("region", "school", 4_200)]);
    assert_eq!(
        world.case(case).await.outcome,
        Some(Outcome::Granted),
        "the student is not refused"
    );
    assert!(world.newest("supervision-order").await.is_none());
    let refund = hands_in("Books", "refund", json!({ "had_paid": 900_000, "refunded": 420_000 }));
    world.walks(case, vec![receives("Edu", "informed"), pays("Purse", "pay"), refund]).await;
    let order =
        world.newest("supervision-order").await.expect("4800 above the standard, 3000 taught");
    assert_eq!(world.case(order).await.anchor_id, Some(world.units["region"]));
    assert_eq!(world.case(order).await.subject_id, None, "it names no student");
}

async fn a_student_of_agriculture_pays_nothing_for_the_months_in_the_major(mut world: World) {
    staffed(&mut world).await;
    // The household is known to be in that county: its register is asked of nobody. Of another it is.
    let form = |county: &str| {
        json!({
            "major": "410103", "home_county": county, "tuition": 450_000, "paid_already": false,
        })
    };
    let elsewhere = world.drafts("Ma", "major-tuition-waiver", form("640422")).await;
    let refused = refusal(world.submits("Ma", elsewhere).await);
    let Refusal::Form(faults) = &refused else { panic!("{refused:?}") };
    assert!(faults.iter().any(|fault| fault.field == "hukou"), "{faults:?}");
    let case = world.hands_in_for("Ma", "major-tuition-waiver", (form("640424"), &[])).await;
    assert_eq!(world.granted(case).await, [line("region", "school", 4_200)]);
    let books = json!({ "tuition": 450_000, "months": 5 });
    world
        .walks(
            case,
            vec![
                approves_with("Aid", "college", books),
                until("09-18 09:00"),
                approves("Region", "region"),
                pays("Purse", "pay"),
                until("2019-07-01 09:00"),
                hands_in("Aid", "status", json!({ "status": "changed", "stayed": 3 })),
            ],
        )
        .await;
    assert_eq!(world.granted(case).await, [line("region", "school", 2_100)], "half of the year");
    let clawback = world.newest("clawback").await.expect("two months were waived too many");
    assert_eq!(world.case(clawback).await.anchor_id, Some(world.units["region"]), "who has paid");
    let steps = [
        "college approved",
        "notice done",
        "region approved",
        "pay done",
        "refund skipped",
        "status done",
        "recover done",
    ];
    ended(&world, case, Outcome::Granted, &steps).await;
}

async fn the_same_tuition_is_waived_once_a_year(mut world: World) {
    staffed(&mut world).await;
    let has = asks_for_waiver(&world, "ordinary", 4_200).await;
    let form = json!({
        "major": "410103", "home_county": "640422", "tuition": 450_000, "paid_already": false,
    });
    let wants = world.drafts("Ma", "major-tuition-waiver", form.clone()).await;
    world.attaches("Ma", wants, "hukou", None).await.unwrap();
    let refused = refusal(world.submits("Ma", wants).await);
    let number = world.case(has).await.number.unwrap();
    assert!(matches!(&refused, Refusal::Excluded { number: other, .. } if *other == number));
    // The next year is another one.
    world.until("2019-09-02 10:00").await;
    world.hands_in_for("Ma", "major-tuition-waiver", (form, &["hukou"])).await;
}

async fn asks_for_help(world: &World) -> CaseId {
    let needs =
        json!([{ "purpose": "travel", "cost": 80_000 }, { "purpose": "rent", "cost": 260_000 }]);
    let form = json!({ "intention": "job", "needs": needs, "account": "6217000000000012314" });
    let papers: &[&str] = &["poor_proof", "invitation"];
    world.hands_in_for("Ma", "employment-aid", (form, papers)).await
}

async fn a_graduate_without_a_helper_is_a_red_light_and_has_one_found(mut world: World) {
    staffed(&mut world).await;
    let case = asks_for_help(&world).await;
    let nobody = hands_in("Aid", "helper", json!({ "has_helper": false }));
    world.walks(case, vec![nobody]).await;
    let run = world.run(case, "helper").await;
    let lights = red_light::Entity::find().filter(red_light::Column::RunId.eq(run.id));
    let lights = lights.all(world.workflow.store.read()).await.unwrap();
    assert_eq!(
        lights[0].unit_id, world.units["school/aid_office"],
        "it counts as a late step does"
    );
    world
        .walks(
            case,
            vec![
                approves("Teacher", "class"),
                approves("Aid", "office"),
                approves("Head", "leader"),
                pays("Books", "pay"),
                receives("Edu", "informed"),
                hands_in("Head", "find_helper", json!({ "helper": "孙老师" })),
            ],
        )
        .await;
    let story = world.story(case).await;
    assert!(story.contains("light_changed helper red"), "{story}");
    world.can_be_told_again(case).await;
}

async fn a_graduate_is_helped_and_asked_for_after_half_a_year(mut world: World) {
    staffed(&mut world).await;
    let case = asks_for_help(&world).await;
    let helper = json!({ "has_helper": true, "helper": "赵老师", "help_plan": "推荐三个岗位" });
    world
        .walks(
            case,
            vec![
                hands_in("Aid", "helper", helper),
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
    let fair =
        json!([{ "effort": "fair", "held_on": "2018-10-20", "whom_with": "固原秋季招聘会" }]);
    world
        .walks(
            case,
            vec![
                until("2018-11-13 09:00"),
                hands_in("Aid", "efforts", json!({ "log": fair })),
                until("2019-01-11 09:00"),
                hands_in("Aid", "efforts", json!({})),
                until("2019-03-11 09:00"),
                hands_in("Teacher", "employed", json!({ "at_present": "looking" })),
                hands_in("Aid", "second", json!({ "helper": "钱老师" })),
            ],
        )
        .await;
    assert_eq!(world.granted(case).await, [line("school", "person", 3_400)]);
    let steps = [
        "helper done",
        "class approved",
        "office approved",
        "leader approved",
        "pay done",
        "find_helper skipped",
        "informed done",
        "receipts done",
        "efforts done",
        "efforts#2 done",
        "employed done",
        "second done",
    ];
    ended(&world, case, Outcome::Granted, &steps).await;
}

async fn asks_for_admission(world: &World) -> CaseId {
    let college = world.units["college"].to_string();
    let form = json!({ "college": college, "major": "护理", "score": 251 });
    let papers: &[&str] = &["poor_proof", "certificate", "score_sheet"];
    world.hands_in_for("Ma", "separate-admission", (form, papers)).await
}

async fn a_poor_leaver_is_admitted_by_a_line_of_their_own(mut world: World) {
    staffed(&mut world).await;
    let case = asks_for_admission(&world).await;
    world
        .walks(
            case,
            vec![
                approves_with("Dean", "college", json!({ "pass_line": 240 })),
                approves_with("Rector", "college", json!({ "pass_line": 240 })),
                approves("Region", "region"),
                until("09-18 09:00"),
                hands_in("Dean", "enrolled", json!({ "has_enrolled": false })),
                hands_in("Edu", "visit", json!({ "cause_given": "外出务工" })),
            ],
        )
        .await;
    let steps =
        ["college approved", "region approved", "notice done", "enrolled done", "visit done"];
    ended(&world, case, Outcome::Granted, &steps).await;
}

async fn who_is_admitted_and_comes_is_enrolled(mut world: World) {
    staffed(&mut world).await;
    let case = asks_for_admission(&world).await;
    let came = json!({ "has_enrolled": true, "student_no": "2018010203" });
    world
        .walks(
            case,
            vec![
                approves_with("Dean", "college", json!({ "pass_line": 240 })),
                approves_with("Rector", "college", json!({ "pass_line": 240 })),
                approves("Region", "region"),
                until("09-18 09:00"),
                hands_in("Dean", "enrolled", came),
            ],
        )
        .await;
    let steps =
        ["college approved", "region approved", "notice done", "enrolled done", "visit skipped"];
    ended(&world, case, Outcome::Granted, &steps).await;
}

async fn who_is_below_the_line_is_refused_with_a_reason(mut world: World) {
    staffed(&mut world).await;
    let case = asks_for_admission(&world).await;
    world.walks(case, vec![refuses("Dean", "college", "below_line")]).await;
    assert_eq!(world.case(case).await.reason.as_deref(), Some("below_line"));
    ended(&world, case, Outcome::Refused, &["college refused"]).await;
}

async fn credits_are_recognised_and_entered_by_the_receiving_school(mut world: World) {
    staffed(&mut world).await;
    let college = world.units["college"].to_string();
    let courses = json!([{ "course": "数学", "credits": 6 }, { "course": "语文", "credits": 6 }]);
    let form = json!({ "asked_for": "transfer", "to_school": college, "courses": courses });
    let papers: &[&str] = &["transcript", "guardian_consent"];
    let case = world.hands_in_for("Ma", "credit-recognition", (form, papers)).await;
    world
        .walks(
            case,
            vec![
                approves("Marks", "school"),
                approves_with("Dean", "receiving", json!({ "recognised": 10 })),
                approves_with("Rector", "receiving", json!({ "recognised": 10 })),
                approves("Edu2", "county"),
                hands_in("Dean", "registry", json!({ "registered_on": "2018-09-10" })),
            ],
        )
        .await;
    let steps = ["school approved", "receiving approved", "county approved", "registry done"];
    ended(&world, case, Outcome::Granted, &steps).await;
}

async fn a_school_leaver_is_visited_and_seen_again_each_term(mut world: World) {
    staffed(&mut world).await;
    let form = json!({ "left": "junior", "left_on": "2018-07-01", "leaver_wish": "undecided" });
    let case = world.hands_in_for("Ma", "school-leavers", (form, &[])).await;
    let visited = json!({ "result": "secondary", "place": "泾源县职业中学" });
    world
        .walks(
            case,
            vec![
                hands_in("Visitor", "visit", visited),
                approves("Edu", "county"),
                until("2019-03-11 09:00"),
                hands_in("Visitor", "again", json!({ "at_present": "in_place" })),
                until("2019-09-11 09:00"),
                hands_in("Visitor", "again", json!({ "at_present": "done" })),
            ],
        )
        .await;
    let steps = ["visit done", "county approved", "again done", "again#2 done"];
    ended(&world, case, Outcome::Granted, &steps).await;
}
