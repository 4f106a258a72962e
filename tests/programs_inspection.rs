//! An inspection round: the county looks at everything, the city and the region at samples; what
//! each of them found stays readable, units are heard, findings have consequences.

use std::collections::BTreeMap;

use entities::{CaseId, Duty, Level, Outcome, Phase, RowState, case_row};
use serde_json::{Value, json};
use workflow::{
    CommandError, Refusal,
    commands::{Done, LineGiven, Word},
    lot::Lot,
};

use crate::harness::{
    both,
    walk::{approves, approves_with, hands_in, until},
    world::{World, given, refusal},
};

mod doors;

both![
    a_round_is_planned_inspected_checked_verified_and_has_consequences,
    a_county_fills_in_its_own_lines_alone_and_all_of_them,
    whoever_inspected_does_not_check,
    a_plan_names_places_where_something_was_done,
];

const SCHOOLS: [&str; 3] = ["school", "school2", "school3"];

/// Two counties of one city, one of another, a school in each, and those who inspect.
async fn staffed(world: &mut World) {
    world.unit("city2", (Level::City, "640300", "government"), (None, Some("region"))).await;
    world.unit("county3", (Level::County, "640323", "government"), (None, Some("city2"))).await;
    for place in ["city2", "county3"] {
        world.office(place, "supervision").await;
    }
    for (number, county, code) in [("2", "county2", "640423"), ("3", "county3", "640323")] {
        let (school, town) = ((Level::School, code, "school"), format!("{code}100"));
        world.unit(&format!("school{number}"), school, (None, Some(county))).await;
        let township = (Level::Township, town.as_str(), "township");
        world.unit(&format!("township{number}"), township, (None, Some(county))).await;
    }
    for (name, unit, duty) in [
        ("Head", "school", Duty::Head),
        ("Head2", "school2", Duty::Head),
        ("Head3", "school3", Duty::Head),
        ("Inspector", "county/supervision", Duty::Handler),
        ("Inspector2", "county2/supervision", Duty::Handler),
        ("Inspector3", "county3/supervision", Duty::Handler),
        ("Leader", "county", Duty::Head),
        ("Leader2", "county2", Duty::Head),
        ("Leader3", "county3", Duty::Head),
        ("Checker", "city/supervision", Duty::Handler),
        ("Checker2", "city2/supervision", Duty::Handler),
        ("Watch", "region/supervision", Duty::Handler),
        ("Purse", "region/finance", Duty::Handler),
        ("Chair", "region", Duty::Head),
    ] {
        world.works(name, unit, duty).await;
    }
}

/// So many cases at each school, all of them decided.
async fn decided(world: &mut World, counts: [u8; 3]) {
    let home = ["school", "township"].map(|name| world.units[name]);
    for ((school, town, head), count) in [
        ("school", "township", "Head"),
        ("school2", "township2", "Head2"),
        ("school3", "township3", "Head3"),
    ]
    .into_iter()
    .zip(counts)
    {
        let (at, near) = if school == "school" {
            (home[0], home[1])
        } else {
            (world.units[school], world.units[town])
        };
        let before = ["school", "township"].map(|name| world.units[name]);
        world.units.insert("school".to_owned(), at);
        world.units.insert("township".to_owned(), near);
        for number in 1..=count {
            let name = format!("{school} {number}");
            world.applies(&name).await;
            let case = world.asks_urgently(&name, 500).await;
            world.says(head, case, "quick", Word::Refuse("untrue".to_owned())).await.unwrap();
        }
        world.units.insert("school".to_owned(), before[0]);
        world.units.insert("township".to_owned(), before[1]);
    }
}

/// A round of those counties, planned.
async fn planned(world: &World, counties: &[&str]) -> CaseId {
    let case = world.opens("Watch", "inspection-round", "region").await;
    let counties: Vec<String> =
        counties.iter().map(|county| world.units[*county].to_string()).collect();
    let plan = json!({ "from_day": "2018-09-01", "counties": counties });
    world.walks(case, vec![hands_in("Watch", "plan", plan)]).await;
    case
}

/// The lines of a school, in their order.
async fn lines_of(world: &World, case: CaseId, school: &str) -> Vec<case_row::Model> {
    let unit = Some(world.units[school]);
    world.lines(case).await.into_iter().filter(|row| row.unit_id == unit).collect()
}

fn says(finding: &str) -> Value {
    let mut said = json!({ "subject": "money", "finding": finding });
    if finding != "none" {
        said["evidence"] = json!("发票与金额不符");
    }
    said
}

fn found(row: &case_row::Model) -> &str {
    row.fields["finding"]["text"].as_str().unwrap_or_default()
}

fn kept<'a>(lot: &'a Lot, step: &str) -> Option<&'a workflow::program::expression::Value> {
    lot.kept.get(step)?.get("finding")
}

async fn fills(
    world: &World,
    who: &str,
    (case, step): (CaseId, &str),
    lines: Vec<(&case_row::Model, Value)>,
) -> Result<Done, CommandError> {
    let line = |(line, (row, fields)): (u64, (&case_row::Model, Value))| LineGiven {
        line,
        row: Some(row.id),
        fields: given(fields),
        ..LineGiven::default()
    };
    world.sends_lines(who, case, step, (1..).zip(lines).map(line).collect()).await
}

/// Says of each line of a school what stands there, in their order, and hands it in.
async fn inspects(world: &World, case: CaseId, school: &str, said: &[&str]) {
    let (who, leader) = match school {
        "school" => ("Inspector", "Leader"),
        "school2" => ("Inspector2", "Leader2"),
        _ => ("Inspector3", "Leader3"),
    };
    let rows = lines_of(world, case, school).await;
    assert_eq!(rows.len(), said.len());
    let lines = rows.iter().zip(said).map(|(row, finding)| (row, says(finding))).collect();
    fills(world, who, (case, "self"), lines).await.unwrap();
    world.walks(case, vec![hands_in(who, "self", json!({})), approves(leader, "vouch")]).await;
}

/// Says of each line of a sample what was said before, but of those in `other`.
async fn checks(
    world: &World,
    who: &'static str,
    (case, step, mark): (CaseId, &'static str, &str),
    (schools, other): (&[&str], &BTreeMap<entities::CaseRowId, &str>),
) {
    let mut rows = Vec::new();
    for school in schools {
        rows.extend(lines_of(world, case, school).await);
    }
    rows.retain(|row| Lot::of(row).marks.get(mark).is_some_and(|word| word == "in"));
    let said = |row: &case_row::Model| says(other.get(&row.id).copied().unwrap_or(found(row)));
    let lines = rows.iter().map(|row| (row, said(row))).collect();
    fills(world, who, (case, step), lines).await.unwrap();
}

/// Those that a sample took, and whether it is the lowest draws of those that could be left out.
fn drawn<'a>(
    rows: &'a [case_row::Model],
    mark: &str,
    always: &[usize],
) -> Vec<&'a case_row::Model> {
    let lots: Vec<Lot> = rows.iter().map(Lot::of).collect();
    let is_in = |nth: usize| lots[nth].marks[mark] == "in";
    let free = (0..rows.len()).filter(|nth| !always.contains(nth));
    let (taken, left): (Vec<usize>, Vec<usize>) = free.partition(|nth| is_in(*nth));
    for one in &taken {
        assert!(left.iter().all(|other| lots[*one].draw < lots[*other].draw), "{lots:?}");
    }
    assert!(always.iter().all(|nth| is_in(*nth)), "{lots:?}");
    (0..rows.len()).filter(|nth| is_in(*nth)).map(|nth| &rows[nth]).collect()
}

async fn a_round_is_planned_inspected_checked_verified_and_has_consequences(mut world: World) {
    staffed(&mut world).await;
    decided(&mut world, [5, 2, 4]).await;
    let case = planned(&world, &["county", "county2", "county3"]).await;
    let rows = world.lines(case).await;
    assert_eq!(rows.len(), 11, "all that was filed there since then");
    assert!(rows.iter().all(|row| row.state == RowState::In && row.person_id.is_none()));
    // The county looks at everything.
    inspects(&world, case, "school", &["none", "none", "minor", "none", "none"]).await;
    inspects(&world, case, "school2", &["none", "none"]).await;
    inspects(&world, case, "school3", &["grave", "none", "none", "none"]).await;
    // The city draws three of each county and program, and has every finding beside.
    let near = lines_of(&world, case, "school").await;
    assert_eq!(drawn(&near, "city", &[2]).len(), 4);
    assert_eq!(drawn(&lines_of(&world, case, "school2").await, "city", &[]).len(), 2);
    let far = lines_of(&world, case, "school3").await;
    assert_eq!(drawn(&far, "city", &[0]).len(), 4);
    let left = near.iter().find(|row| Lot::of(row).marks["city"] == "out").unwrap();
    let refused = fills(&world, "Checker", (case, "again"), vec![(left, says("none"))]).await;
    assert!(matches!(refusal(refused), Refusal::Rows(_)), "it was not drawn");
    // Who checks says it anew: what the county said is not their own word.
    let early = world.says("Checker", case, "again", Word::HandIn).await;
    let Refusal::Rows(faults) = refusal(early) else { panic!() };
    assert_eq!(faults.len(), 12, "six lines, and of each what, how it is and why: {faults:?}");
    let worse = lines_of(&world, case, "school2").await[0].id;
    let other = BTreeMap::from([(worse, "grave")]);
    checks(&world, "Checker", (case, "again", "city"), (&SCHOOLS[..2], &other)).await;
    checks(&world, "Checker2", (case, "again", "city"), (&SCHOOLS[2..], &other)).await;
    let both =
        vec![hands_in("Checker", "again", json!({})), hands_in("Checker2", "again", json!({}))];
    world.walks(case, both).await;
    let now = world.lines(case).await;
    let row = now.iter().find(|row| row.id == worse).unwrap();
    let lot = Lot::of(row);
    assert_eq!(found(row), "grave");
    assert_eq!(kept(&lot, "self"), Some(&workflow::program::expression::Value::text("none")));
    // The region has what is grave or differs, and draws five of each city.
    let city: Vec<case_row::Model> =
        now.iter().filter(|row| row.facts["case"]["city"]["text"] == "640400").cloned().collect();
    let differs = city.iter().position(|row| row.id == worse).unwrap();
    assert_eq!(drawn(&city, "region", &[differs]).len(), 6);
    let second = far[1].id;
    let other = BTreeMap::from([(second, "minor")]);
    checks(&world, "Watch", (case, "verify", "region"), (&SCHOOLS, &other)).await;
    world.walks(case, vec![hands_in("Watch", "verify", json!({}))]).await;
    let late = fills(&world, "Purse", (case, "verify"), vec![(&far[1], says("none"))]).await;
    assert!(matches!(refusal(late), Refusal::NotNow { .. }), "what was signed stands");
    world.walks(case, vec![hands_in("Purse", "verify", json!({}))]).await;
    let row = lines_of(&world, case, "school3").await.swap_remove(1);
    let lot = Lot::of(&row);
    assert_eq!((found(&row), lot.before.as_deref()), ("minor", Some("again")));
    assert!(kept(&lot, "self").is_some() && kept(&lot, "again").is_some(), "{lot:?}");
    heard_and_ended(&world, case).await;
}

/// From the hearing to the end.
async fn heard_and_ended(world: &World, case: CaseId) {
    let answer = |agrees: bool| json!({ "agrees": agrees, "remarks": "已补齐凭证" });
    let acts = vec![
        hands_in("Head", "hear", answer(true)),
        hands_in("Head2", "hear", answer(false)),
        until("09-21 18:30"),
    ];
    world.walks(case, acts).await;
    let report = json!({ "summary": "总体较好，两处严重问题", "satisfaction": 90 });
    world.walks(case, vec![approves_with("Chair", "report", report), until("10-30 09:00")]).await;
    let orders: Vec<CaseId> = world.all_of("supervision-order").await;
    let mut about = Vec::new();
    for order in &orders {
        let lines = world.lines(*order).await;
        about.push((lines.len(), lines[0].unit_id));
    }
    about.sort_by_key(|(_, unit)| *unit);
    let own = |school: &str| (1, Some(world.units[school]));
    assert_eq!(about, [own("school2"), own("school3")], "one for each unit, with what is grave");
    assert_eq!(world.all_of("circulated-notice").await, [], "the answers are waited for");
    world.walks(case, vec![until("2019-01-31 09:00")]).await;
    let notices = world.all_of("circulated-notice").await;
    let mut listed: Vec<_> = world.lines(notices[0]).await.iter().map(|row| row.unit_id).collect();
    listed.sort_unstable();
    assert_eq!(listed, [Some(world.units["school"]), Some(world.units["school3"])]);
    let story = world.story(case).await;
    let row = world.case(case).await;
    assert_eq!((row.phase, row.outcome), (Phase::Ended, Some(Outcome::Done)), "{story}");
    let behind = world.behind(case).await;
    let of = |step: &str| behind.iter().filter(|line| line.starts_with(step)).count();
    assert_eq!((of("self"), of("vouch"), of("draw"), of("again"), of("hear")), (3, 3, 2, 2, 3));
    assert!(behind.contains(&"hear missed".to_owned()), "who was silent is passed by: {behind:?}");
    let last: Vec<&str> = behind.iter().rev().take(4).map(String::as_str).rev().collect();
    assert_eq!(last, ["report approved", "result done", "mend missed", "notice done"], "{story}");
    world.can_be_told_again(case).await;
}

async fn a_county_fills_in_its_own_lines_alone_and_all_of_them(mut world: World) {
    staffed(&mut world).await;
    decided(&mut world, [1, 1, 0]).await;
    let case = planned(&world, &["county", "county2"]).await;
    let (own, others) =
        (lines_of(&world, case, "school").await, lines_of(&world, case, "school2").await);
    let refused =
        fills(&world, "Inspector", (case, "self"), vec![(&others[0], says("none"))]).await;
    let Refusal::Rows(faults) = refusal(refused) else { panic!() };
    assert_eq!(faults[0].said.en, "this step does not ask for this line");
    let half = json!({ "subject": "money", "finding": "grave" });
    fills(&world, "Inspector", (case, "self"), vec![(&own[0], half)]).await.unwrap();
    let early = world.says("Inspector", case, "self", Word::HandIn).await;
    let Refusal::Rows(faults) = refusal(early) else { panic!() };
    let missing: Vec<&str> = faults.iter().map(|fault| fault.column.as_str()).collect();
    assert_eq!(missing, ["evidence"], "a finding has its facts");
    fills(&world, "Inspector", (case, "self"), vec![(&own[0], says("grave"))]).await.unwrap();
    world.says("Inspector", case, "self", Word::HandIn).await.unwrap();
    let row = &lines_of(&world, case, "school").await[0];
    assert!(!row.fields.to_string().contains("发票"), "free words are nowhere in the open");
    // The county's leader sends it back: what was said is still there to be mended.
    let back = Word::Return {
        to: "self".to_owned(),
        mode: workflow::event::ReturnMode::Replay,
        fields: Vec::new(),
        papers: Vec::new(),
    };
    world.says("Leader", case, "vouch", back).await.unwrap();
    fills(&world, "Inspector", (case, "self"), vec![(&own[0], json!({ "finding": "minor" }))])
        .await
        .unwrap();
    world.says("Inspector", case, "self", Word::HandIn).await.unwrap();
    let row = &lines_of(&world, case, "school").await[0];
    assert_eq!((found(row), Lot::of(row).kept.len()), ("minor", 0), "it is their own word still");
    world.can_be_told_again(case).await;
}

async fn whoever_inspected_does_not_check(mut world: World) {
    staffed(&mut world).await;
    world.works("Inspector", "city/supervision", Duty::Handler).await;
    decided(&mut world, [1, 0, 0]).await;
    let case = planned(&world, &["county"]).await;
    inspects(&world, case, "school", &["none"]).await;
    let rows = lines_of(&world, case, "school").await;
    let task = world.slot(case, "again", "Checker").await;
    let signed = world.signs("Inspector", task, (Word::HandIn, json!({}))).await;
    assert!(
        matches!(refusal(signed), Refusal::NotYours(workflow::Bar::Apart)),
        "four eyes, though the county's part is another's"
    );
    fills(&world, "Checker", (case, "again"), vec![(&rows[0], says("none"))]).await.unwrap();
    world.walks(case, vec![hands_in("Checker", "again", json!({}))]).await;
}

async fn a_plan_names_places_where_something_was_done(mut world: World) {
    staffed(&mut world).await;
    decided(&mut world, [1, 0, 0]).await;
    let case = world.opens("Watch", "inspection-round", "region").await;
    let plan = |county: &str| json!({ "from_day": "2018-09-01", "counties": [world.units[county].to_string()] });
    let nothing = world.says_with("Watch", case, "plan", (Word::HandIn, plan("county3"))).await;
    let Refusal::Unfit(said) = refusal(nothing) else { panic!() };
    assert_eq!(said.en, "no case lies in these places and days; choose others");
    world.says_with("Watch", case, "plan", (Word::HandIn, plan("county"))).await.unwrap();
    let rows = world.lines(case).await;
    let known = &rows[0].facts["case"];
    assert_eq!(
        (rows.len(), &known["county"], &known["city"], &known["program"]),
        (
            1,
            &json!({ "text": "640424" }),
            &json!({ "text": "640400" }),
            &json!({ "text": "emergency-aid" })
        )
    );
    // One round a term.
    let again = workflow::commands::OpenCase::numbered(
        &world.workflow,
        "inspection-round".to_owned(),
        world.units["region"],
    );
    let (ask, actor) = (again.await.unwrap(), world.actor("Watch"));
    let second = world
        .command(async |tx| {
            workflow::commands::open_case(tx, &world.workflow, actor, ask.clone()).await
        })
        .await;
    assert!(matches!(refusal(second), Refusal::Once { .. }));
}
