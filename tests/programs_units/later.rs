//! What becomes of them in time: pairings that go on for years, duties that reach too far, tip-offs
//! and their thirty days, money that comes back.

use entities::{ClockKind, Outcome, Phase, clock, step_run};
use serde_json::json;
use workflow::{
    CommandError, Refusal,
    commands::{self, Word},
};

use super::{ended, staffed};
use crate::harness::{
    both,
    walk::{approves, approves_with, hands_in, receives, until},
    world::World,
};

both![
    a_pairing_is_reported_and_scored_as_long_as_it_runs,
    quarters_that_nobody_reports_are_quarters_without_activity,
    nobody_lays_a_duty_on_units_of_others,
    a_tip_off_without_a_name_is_looked_into_by_somebody_else,
    the_thirty_days_of_a_tip_off_end_with_the_answer,
    what_is_asked_back_comes_back_or_is_followed_up,
];

async fn a_pairing_is_reported_and_scored_as_long_as_it_runs(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("Head", "pairing", "school").await;
    let opener = world.units["school"];
    let ask = commands::OpenCase::numbered(&world.workflow, "pairing".to_owned(), opener);
    let (ask, actor) = (ask.await.unwrap(), world.actor("Head"));
    let again = world
        .command(async |tx| commands::open_case(tx, &world.workflow, actor, ask.clone()).await);
    let again = again.await.unwrap_err();
    assert!(matches!(again, CommandError::Refused(Refusal::Once { .. })), "{again:?}");
    let plan = |ends: &str| {
        json!({
            "college": world.units["college"].to_string(),
            "model": world.units["model"].to_string(), "mode": "group", "majors": "护理",
            "enrolment": 40, "visits": 8, "job_offers": 30, "staff": 2, "donation": 0,
            "contacts": "三校各一人", "starts": "2018-09-10", "ends": ends,
        })
    };
    for paper in ["yearly_plan", "agreement"] {
        let task = world.slot(case, "propose", "Head").await;
        world.attaches("Head", case, paper, Some(task)).await.unwrap();
    }
    for ends in ["2018-11-01", "2024-01-01"] {
        let early = world.says_with("Head", case, "propose", (Word::HandIn, plan(ends))).await;
        assert!(matches!(early, Err(CommandError::Refused(Refusal::Form(_)))), "{ends}: {early:?}");
    }
    let whole = (Word::HandIn, plan("2021-12-31"));
    world.says_with("Head", case, "propose", whole).await.unwrap();
    let acts = vec![
        approves("Rector", "accept"),
        approves("Model", "accept"),
        receives("Edu", "informed"),
        receives("City", "informed"),
        approves("Region", "region"),
    ];
    world.walks(case, acts).await;
    // Thirteen quarters: three years are not the end of it.
    let quarters = [
        "2018-12-11 09:00",
        "2019-03-12 09:00",
        "2019-06-11 09:00",
        "2019-09-11 09:00",
        "2019-12-11 09:00",
        "2020-03-11 09:00",
        "2020-06-11 09:00",
        "2020-09-11 09:00",
        "2020-12-11 09:00",
        "2021-03-11 09:00",
        "2021-06-11 09:00",
        "2021-09-13 09:00",
        "2021-12-13 09:00",
    ];
    for (nth, moment) in (1..).zip(quarters) {
        let done = json!({ "visits": 2, "new_students": 0, "placed": 9, "staff": 2, "donated": 0 });
        let mut acts = vec![
            until(moment),
            hands_in("Head", "report", done),
            hands_in("Rector", "college_says", json!({ "agrees": true })),
            hands_in("Model", "model_says", json!({ "agrees": true })),
        ];
        if nth % 4 == 0 {
            acts.push(hands_in("Region", "year_score", json!({ "score": 80 + nth })));
        }
        world.walks(case, acts).await;
    }
    assert_eq!(world.run(case, "report").await.round, 13, "{}", world.story(case).await);
    world.until("2022-03-11 09:00").await;
    world.walks(case, vec![hands_in("Region", "score", json!({ "score": 88 }))]).await;
    let behind = world.behind(case).await;
    let scores: Vec<&str> =
        behind.iter().filter(|step| step.contains("score")).map(String::as_str).collect();
    let expected = ["year_score done", "year_score#2 done", "year_score#3 done", "score done"];
    assert_eq!(scores, expected, "{behind:?}");
    assert_eq!(world.case(case).await.phase, Phase::Ended);
    world.can_be_told_again(case).await;
}

/// Two of them lead to an interview, as two reports of nothing do.
async fn quarters_that_nobody_reports_are_quarters_without_activity(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("Head", "pairing", "school").await;
    let plan = json!({
        "college": world.units["college"].to_string(), "model": world.units["model"].to_string(),
        "mode": "group", "majors": "护理", "enrolment": 40, "visits": 8, "job_offers": 30, "staff": 2,
        "donation": 0, "contacts": "三校各一人", "starts": "2018-09-10", "ends": "2019-06-01",
    });
    let agrees = || json!({ "agrees": false, "remark": "未报告" });
    let asked = || json!({ "cause_given": "无人报告，已催办" });
    let acts = vec![
        hands_in("Head", "propose", plan),
        approves("Rector", "accept"),
        approves("Model", "accept"),
        receives("Edu", "informed"),
        receives("City", "informed"),
        approves("Region", "region"),
        until("2019-01-04 09:00"),
        hands_in("Rector", "college_says", agrees()),
        hands_in("Model", "model_says", agrees()),
        hands_in("Edu", "idle", asked()),
    ];
    world.walks(case, acts).await;
    let of_region = async || {
        let mut found = 0;
        for interview in world.all_of("interview").await {
            let anchor = world.case(interview).await.anchor_id;
            let lines = world.lines(interview).await;
            let of_school = lines.iter().any(|row| row.unit_id == Some(world.units["school"]));
            found += usize::from(of_school && anchor == Some(world.units["region"]));
        }
        found
    };
    assert_eq!(of_region().await, 0, "the first one is asked about only");
    let acts = vec![
        until("2019-04-02 09:00"),
        hands_in("Rector", "college_says", agrees()),
        hands_in("Model", "model_says", agrees()),
        hands_in("Edu", "idle", asked()),
    ];
    world.walks(case, acts).await;
    let behind = world.behind(case).await;
    for step in ["report missed", "call_in skipped", "report#2 missed", "call_in#2 done"] {
        assert!(behind.contains(&step.to_owned()), "{step}: {behind:?}");
    }
    assert_eq!(of_region().await, 1);
    let acts = vec![until("2019-06-11 09:00"), hands_in("Region", "score", json!({ "score": 20 }))];
    world.walks(case, acts).await;
    assert_eq!(world.case(case).await.phase, Phase::Ended);
    world.can_be_told_again(case).await;
}

/// A county that names a school of another county, or itself, lays no duty on them.
async fn nobody_lays_a_duty_on_units_of_others(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("Edu", "aid-fund", "county").await;
    let named = ["school", "college", "county"].map(|unit| world.units[unit].to_string());
    let asked = json!({ "set_up": "employment_fund", "owed_by": named, "set_up_by": "2018-09-28" });
    world.walks(case, vec![hands_in("Edu", "duty", asked)]).await;
    let runs = step_run::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    let owed: Vec<_> =
        runs.iter().filter(|run| run.path == "rules").map(|run| run.unit_id).collect();
    assert_eq!(owed, [Some(world.units["school/aid_office"])], "{}", world.story(case).await);
    let rules = json!({ "balance": 5_000_000, "in_charge": "资助办" });
    let acts =
        vec![hands_in("Aid", "rules", rules), approves("Head", "head"), approves("Edu", "check")];
    world.walks(case, acts).await;
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Done));
    world.can_be_told_again(case).await;
}

async fn a_tip_off_without_a_name_is_looked_into_by_somebody_else(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("Watch", "tip-off", "county").await;
    let told = json!({
        "source": "phone", "anonymous": true, "pointed_out": "补助发放不及时", "subject": "money",
        "about": world.units["county/education"].to_string(),
    });
    world
        .walks(
            case,
            vec![
                hands_in("Watch", "register", told),
                hands_in("Chief", "explain", json!({ "explanation": "账号有误，已更正" })),
                hands_in("Watch", "examine", json!({ "finding": "in_part", "facts": "两人晚发" })),
                approves_with("Leader", "leader", json!({})),
            ],
        )
        .await;
    let steps = [
        "register done",
        "explain done",
        "examine done",
        "leader approved",
        "answer skipped",
        "order done",
    ];
    ended(&world, case, Outcome::Done, &steps).await;
    let order = world.newest("supervision-order").await.expect("what is so is followed up");
    assert_eq!(world.case(order).await.anchor_id, Some(world.units["county"]));
}

async fn the_thirty_days_of_a_tip_off_end_with_the_answer(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("Watch", "tip-off", "county").await;
    let told = json!({
        "source": "letter", "anonymous": false, "reached_by": "13800000421",
        "pointed_out": "补助发放不及时", "subject": "money",
        "about": world.units["county/education"].to_string(),
    });
    // Each uses its time to the last morning, and the unit says nothing.
    world
        .walks(
            case,
            vec![
                until("09-17 09:00"),
                hands_in("Watch", "register", told),
                until("09-27 09:00"),
                hands_in("Watch", "examine", json!({ "finding": "not_so", "facts": "均已发放" })),
                until("09-28 09:00"),
                approves("Leader", "leader"),
            ],
        )
        .await;
    let total = async || {
        let rows = clock::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
        rows.into_iter().find(|row| row.kind == ClockKind::Total).unwrap()
    };
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Done));
    assert_eq!(total().await.ended_at, None, "what was found is not yet an answer");
    let answer = json!({ "answer_text": "经查均已发放。", "was_answered": true });
    world.walks(case, vec![hands_in("Watch", "answer", answer)]).await;
    assert!(total().await.ended_at.is_some());
    let steps = [
        "register done",
        "explain missed",
        "examine done",
        "leader approved",
        "answer done",
        "order skipped",
    ];
    ended(&world, case, Outcome::Done, &steps).await;
}

async fn what_is_asked_back_comes_back_or_is_followed_up(mut world: World) {
    staffed(&mut world).await;
    // What came back of 2000 yuan, by which day it was due, and what follows.
    let table = [
        (200_000, ("2018-10-12", until("10-11 09:00")), "order skipped"),
        (150_000, ("2018-11-09", until("11-08 09:00")), "order done"),
    ];
    for (came_back, (return_by, shortly_before), order) in table {
        let case = world.opens("Edu", "clawback", "county").await;
        let asked = json!({
            "ground": "学期中退学，多发两个月", "to_return": 200_000, "return_by": return_by,
        });
        let today = workflow::calendar::local_date(world.workflow.clock.now()).to_string();
        world
            .walks(
                case,
                vec![
                    hands_in("Edu", "propose", asked),
                    approves("Pay", "finance"),
                    approves("Leader", "leader"),
                    hands_in("Edu", "told", json!({ "told_on": today })),
                    shortly_before,
                    hands_in("Pay", "returned", json!({ "came_back": came_back })),
                ],
            )
            .await;
        let steps = [
            "propose done",
            "finance approved",
            "leader approved",
            "told done",
            "returned done",
            order,
        ];
        ended(&world, case, Outcome::Done, &steps).await;
        let followed = world.newest("supervision-order").await;
        assert_eq!(followed.is_some(), order == "order done");
    }
    let order = world.newest("supervision-order").await.unwrap();
    assert_eq!(world.case(order).await.anchor_id, Some(world.units["county"]));
}
