//! A training class, and the claim that follows it: two cases, one list of people.

use entities::{CaseId, Duty, Level, Outcome, Phase, RowState, payment};
use serde_json::{Value, json};
use workflow::{CommandError, Refusal, commands::Word, lot::Lot};

use crate::harness::{
    both,
    walk::{approves, hands_in, pays, until},
    world::World,
};

both![
    a_class_is_announced_and_its_subsidy_claimed,
    a_tenth_is_drawn_and_called_and_whoever_is_not_reached_is_looked_into,
    a_claim_follows_a_class_of_its_own_base_in_time,
    nobody_learns_the_same_trade_twice,
    a_spot_check_may_be_left_undone,
    a_school_that_is_a_base_opens_a_class_and_its_claim,
];

const PEOPLE: [(&str, &str); 3] =
    [("Ma", "640422200802299979"), ("Li", "640422200712319980"), ("Bai", "640422201010159964")];

/// A base stands outside the levels, under no place: nothing of a class or a claim is looked up from
/// it.
async fn base(world: &mut World, name: &str) {
    world.unit(name, (Level::Outside, "640424", "base"), (None, None)).await;
}

async fn staffed(world: &mut World) {
    base(world, "base").await;
    world.office("county", "human_resources").await;
    world.full_staff().await;
    world.works("Trainer", "base", Duty::Handler).await;
    world.works("Hand", "township/aid_office", Duty::Handler).await;
    world.works("Work", "county/human_resources", Duty::Handler).await;
    for (name, number) in PEOPLE {
        world.learns(name, number, "").await;
    }
}

fn plan() -> Value {
    json!({
        "course": "welder", "lesson_hours": 120, "place": "640424100", "way": "at_the_door",
        "venue": "cooperative", "teacher_count": 2, "budget": 600_000,
        "starts": "2018-09-19", "ends": "2018-09-28", "fee": 0,
    })
}

/// What a base says as it claims, besides the lines.
fn claimed() -> Value {
    json!({ "account": "6217000000000012314" })
}

/// These people stand on the list of a class. The register is not loaded: a paper proves each.
async fn lists(world: &World, who: &str, class: CaseId, people: &[(&str, &str)]) {
    for (name, number) in people {
        let line = (*name, *number, json!({ "group": "at_home" }));
        world.adds_line(who, class, "plan", line).await.unwrap();
        let paper = (*name, "poor_proof", *name);
        world.attaches_to_line(who, (class, "plan"), paper).await.unwrap();
    }
}

async fn announced(world: &World) -> CaseId {
    let case = world.opens("Trainer", "training-class", "base").await;
    lists(world, "Trainer", case, &PEOPLE).await;
    world.walks(case, vec![hands_in("Trainer", "plan", plan())]).await;
    case
}

async fn approved(world: &World) -> CaseId {
    let case = announced(world).await;
    world.strikes("Hand", case, "township", ("Bai", "not_on_roster")).await.unwrap();
    world.walks(case, vec![approves("Hand", "township"), approves("Work", "county")]).await;
    case
}

async fn a_class_is_announced_and_its_subsidy_claimed(mut world: World) {
    staffed(&mut world).await;
    let class = approved(&world).await;
    let file = world.case(class).await;
    assert_eq!(file.outcome, Some(Outcome::Granted), "{}", world.story(class).await);
    let number = file.number.unwrap();
    world.until("10-09 09:00").await;
    let claim = world.opens_after("Trainer", ("training-claim", "base"), &number).await.unwrap();
    let names: Vec<_> = world.lines(claim).await.into_iter().map(|row| row.person_id).collect();
    assert_eq!(names.len(), 2, "whoever was struck there is not here");
    let results = vec![
        ("Ma", json!({ "attended": 95, "passed": true, "certificate": "640424-1" })),
        ("Li", json!({ "attended": 60, "passed": false })),
    ];
    world.fills_lines("Trainer", claim, ("claim", results)).await.unwrap();
    for paper in ["sign_in", "exam_list", "invoice"] {
        let task = world.slot(claim, "claim", "Trainer").await;
        world.attaches("Trainer", claim, paper, Some(task)).await.unwrap();
    }
    let hand_in = || world.says_with("Trainer", claim, "claim", (Word::HandIn, claimed()));
    let why = hand_in().await.unwrap_err();
    let CommandError::Refused(Refusal::Rows(faults)) = why else { panic!("{why:?}") };
    assert_eq!(faults.len(), 1, "whoever attended too little is named: {faults:?}");
    assert!(faults[0].said.en.contains("attendance"), "{faults:?}");
    world.strikes("Trainer", claim, "claim", ("Li", "attendance_low")).await.unwrap();
    hand_in().await.unwrap();
    assert_eq!(world.case(claim).await.award_fen.0, 120_000);
    let said = json!({
        "reached": true, "confirms": false, "was_charged": false, "content": "discontent",
    });
    world.fills_lines("Work", claim, ("calls", vec![("Ma", said)])).await.unwrap();
    let acts = vec![
        hands_in("Work", "calls", json!({})),
        approves("Work", "county"),
        approves("Pay", "county"),
        until("10-18 09:00"),
        pays("Pay", "pay"),
    ];
    world.walks(claim, acts).await;
    let paid = world.payments(claim).await;
    assert_eq!(paid, [("course".to_owned(), "county".to_owned(), false, 1_200)]);
    let rows = payment::Entity::of_case(claim).all(world.workflow.store.read()).await.unwrap();
    assert_eq!(rows[0].payee_id, Some(world.units["base"]), "not the place of the class");
    let order = world.newest("supervision-order").await.expect("whoever denies it is looked into");
    assert_eq!(world.case(order).await.anchor_id, Some(world.units["county"]), "where it was");
    let about: Vec<_> = world.lines(order).await.iter().map(|row| row.unit_id).collect();
    assert_eq!(about, [Some(world.units["base"])]);
    let hung_out = world.run(claim, "notice").await.unit_id;
    assert_eq!(hung_out, Some(world.units["county"]));
    assert_eq!(world.line(claim, "Li").await.state, RowState::Struck);
    assert_eq!(world.case(claim).await.phase, Phase::After);
    // What became of whom, three, six, nine and twelve months after the class.
    for moment in ["2019-01-02 09:00", "2019-03-29 09:00", "2019-07-01 09:00", "2019-09-30 09:00"] {
        world.until(moment).await;
        let since = vec![("Ma", json!({ "works": true, "income": 320_000 }))];
        world.fills_lines("Hand", claim, ("job", since)).await.unwrap();
        world.walks(claim, vec![hands_in("Hand", "job", json!({}))]).await;
    }
    let steps = [
        "claim done",
        "sample done",
        "calls done",
        "ghost done",
        "county approved",
        "notice done",
        "pay done",
        "job done",
        "job#2 done",
        "job#3 done",
        "job#4 done",
    ];
    let story = world.story(claim).await;
    assert_eq!(world.behind(claim).await, steps, "{story}");
    assert_eq!(world.case(claim).await.phase, Phase::Ended, "{story}");
    world.can_be_told_again(claim).await;
    world.can_be_told_again(class).await;
}

/// The English sentence of a refusal.
fn told(why: CommandError) -> String {
    match why {
        CommandError::Refused(Refusal::Unfit(said)) => said.en,
        other => panic!("{other:?}"),
    }
}

/// Its time goes by without a light, a ladder or a notice, and the case ends.
async fn a_spot_check_may_be_left_undone(mut world: World) {
    staffed(&mut world).await;
    let class = approved(&world).await;
    world.until("09-20 09:00").await;
    assert!(world.run(class, "visit").await.unit_id.is_some(), "somebody may go and look");
    world.until("10-26 18:00").await;
    let story = world.story(class).await;
    assert!(story.contains("step_closed visit missed"), "{story}");
    for word in ["light_changed", "rung_climbed", "letter_sent"] {
        assert!(!story.contains(word), "{word}: {story}");
    }
    assert!(world.newest("circulated-notice").await.is_none());
    assert_eq!(world.case(class).await.phase, Phase::Ended);
    world.can_be_told_again(class).await;
}

async fn a_tenth_is_drawn_and_called_and_whoever_is_not_reached_is_looked_into(mut world: World) {
    staffed(&mut world).await;
    let more = [("Tian", "64042220080513001X"), ("Shan", "640422200806140025")];
    for (name, number) in more {
        world.learns(name, number, "").await;
    }
    let everybody: Vec<(&str, &str)> = PEOPLE.into_iter().chain(more).collect();
    let class = world.opens("Trainer", "training-class", "base").await;
    lists(&world, "Trainer", class, &everybody).await;
    let acts = vec![
        hands_in("Trainer", "plan", plan()),
        approves("Hand", "township"),
        approves("Work", "county"),
    ];
    world.walks(class, acts).await;
    let number = world.case(class).await.number.unwrap();
    world.until("10-09 09:00").await;
    let claim = world.opens_after("Trainer", ("training-claim", "base"), &number).await.unwrap();
    let passed = |name: &str| json!({ "attended": 95, "passed": true, "certificate": name });
    let results = everybody.iter().map(|(name, _)| (*name, passed(name))).collect();
    world.fills_lines("Trainer", claim, ("claim", results)).await.unwrap();
    world.walks(claim, vec![hands_in("Trainer", "claim", claimed())]).await;
    let mut drawn = Vec::new();
    let mut left = Vec::new();
    for (name, _) in &everybody {
        let lot = Lot::of(&world.line(claim, name).await);
        if lot.marks["calls"] == "in" { &mut drawn } else { &mut left }.push(*name);
    }
    assert_eq!((drawn.len(), left.len()), (3, 2), "a tenth, and three at least");
    let reached = || {
        json!({
            "reached": true, "confirms": true, "was_charged": false, "content": "content",
        })
    };
    let strange = world.fills_lines("Work", claim, ("calls", vec![(left[0], reached())])).await;
    let Err(CommandError::Refused(Refusal::Rows(faults))) = strange else { panic!() };
    assert_eq!(faults[0].said.en, "this step does not ask for this line");
    let called = vec![(drawn[0], reached()), (drawn[1], reached())];
    world.fills_lines("Work", claim, ("calls", called)).await.unwrap();
    let early = world.says("Work", claim, "calls", Word::HandIn).await;
    assert!(matches!(early, Err(CommandError::Refused(Refusal::Rows(_)))), "the third is missing");
    let silent = vec![(drawn[2], json!({ "reached": false }))];
    world.fills_lines("Work", claim, ("calls", silent)).await.unwrap();
    let acts = vec![
        hands_in("Work", "calls", json!({})),
        approves("Work", "county"),
        approves("Pay", "county"),
        until("10-18 09:00"),
        pays("Pay", "pay"),
    ];
    world.walks(claim, acts).await;
    let paid = world.payments(claim).await;
    assert_eq!(paid, [("course".to_owned(), "county".to_owned(), false, 6_000)]);
    assert!(world.newest("supervision-order").await.is_some(), "who is not reached is looked into");
    let story = world.story(claim).await;
    assert!(story.contains("rows_frozen sample") && story.contains("drawn sample"), "{story}");
    world.can_be_told_again(claim).await;
}

async fn a_claim_follows_a_class_of_its_own_base_in_time(mut world: World) {
    staffed(&mut world).await;
    base(&mut world, "rival").await;
    world.works("Rival", "rival", Duty::Handler).await;
    let class = announced(&world).await;
    let number = world.case(class).await.number.unwrap();
    let claims = async |who: &str, place: &str, number: &str| {
        world.opens_after(who, ("training-claim", place), number).await
    };
    for (who, place, number) in
        [("Trainer", "base", ""), ("Trainer", "base", "no number"), ("Trainer", "base", &number)]
    {
        let why = told(claims(who, place, number).await.unwrap_err());
        assert!(why.contains("must have gone before"), "{why}");
    }
    world.walks(class, vec![approves("Hand", "township"), approves("Work", "county")]).await;
    let why = told(claims("Trainer", "base", &number).await.unwrap_err());
    assert_eq!(why, "only after 2018-09-28");
    world.until("10-09 09:00").await;
    let why = told(claims("Rival", "rival", &number).await.unwrap_err());
    assert!(why.contains("must have gone before"), "another base's class is not told of: {why}");
    claims("Trainer", "base", &number).await.unwrap();
    let again = claims("Trainer", "base", &number).await.unwrap_err();
    assert!(matches!(again, CommandError::Refused(Refusal::Once { .. })), "{again:?}");
    world.until("10-30 09:00").await;
    let why = told(claims("Trainer", "base", &number).await.unwrap_err());
    assert_eq!(why, "too late: until 2018-10-28");
}

async fn nobody_learns_the_same_trade_twice(mut world: World) {
    staffed(&mut world).await;
    approved(&world).await;
    let again = world.opens("Trainer", "training-class", "base").await;
    lists(&world, "Trainer", again, &PEOPLE[..1]).await;
    for paper in ["class_plan", "teachers"] {
        let task = world.slot(again, "plan", "Trainer").await;
        world.attaches("Trainer", again, paper, Some(task)).await.unwrap();
    }
    let hand_in = |form| world.says_with("Trainer", again, "plan", (Word::HandIn, form));
    let why = hand_in(plan()).await.unwrap_err();
    assert!(format!("{why:?}").contains("already on another list"), "{why:?}");
    let mut other = plan();
    other["course"] = json!("electrician");
    hand_in(other).await.unwrap();
}

/// 职教中心: a school of a county is a base as well. Who was charged is struck, and looked into.
async fn a_school_that_is_a_base_opens_a_class_and_its_claim(mut world: World) {
    staffed(&mut world).await;
    world.works("Desk", "school", Duty::Handler).await;
    let class = world.opens("Desk", "training-class", "school").await;
    lists(&world, "Desk", class, &PEOPLE[..2]).await;
    let acts = vec![
        hands_in("Desk", "plan", plan()),
        approves("Hand", "township"),
        approves("Work", "county"),
    ];
    world.walks(class, acts).await;
    let number = world.case(class).await.number.unwrap();
    world.until("10-09 09:00").await;
    let claim = world.opens_after("Desk", ("training-claim", "school"), &number).await.unwrap();
    let passed = |name: &str| json!({ "attended": 95, "passed": true, "certificate": name });
    let results = PEOPLE[..2].iter().map(|(name, _)| (*name, passed(name))).collect();
    world.fills_lines("Desk", claim, ("claim", results)).await.unwrap();
    world.walks(claim, vec![hands_in("Desk", "claim", claimed())]).await;
    let said = |charged: bool| {
        json!({
            "reached": true, "confirms": true, "was_charged": charged, "content": "fair",
        })
    };
    let called = vec![("Ma", said(true)), ("Li", said(false))];
    world.fills_lines("Work", claim, ("calls", called)).await.unwrap();
    world.walks(claim, vec![hands_in("Work", "calls", json!({}))]).await;
    assert!(world.newest("supervision-order").await.is_some(), "before anything is paid");
    world.strikes("Work", claim, "county", ("Ma", "fee_taken")).await.unwrap();
    let acts = vec![
        approves("Work", "county"),
        approves("Pay", "county"),
        until("10-18 09:00"),
        pays("Pay", "pay"),
    ];
    world.walks(claim, acts).await;
    let paid = world.payments(claim).await;
    assert_eq!(paid, [("course".to_owned(), "county".to_owned(), false, 1_200)], "Li's alone");
    world.can_be_told_again(claim).await;
}
