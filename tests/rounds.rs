//! Rounds: rows that are cases, a draw that anybody can do again, seats, who waits. Story 11.

use std::collections::BTreeMap;

use actix_web::test::TestRequest;
use entities::{
    CaseId, Duty, LetterId, Outcome, Phase, RowState, RunState, Stream, Verdict, case_row, letter,
    seat, trail,
};
use futures_util::future::join;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use workflow::{
    Refusal,
    canonical::{digest, hex},
    commands::{self, Word},
    lot::Lot,
};

use crate::harness::{
    both,
    house::{Body, House},
    world::{World, refusal},
};

mod editing;

both![
    a_declined_seat_goes_to_the_next_who_waits,
    whoever_withdrew_is_passed_by_even_if_the_seat_was_theirs_already,
    two_lists_that_give_the_last_seat_away_at_once,
    two_lists_of_a_county_keep_to_its_share,
    who_could_not_sign_finds_a_new_list,
    anybody_can_draw_again,
    the_same_lines_are_never_drawn_twice,
    who_gives_up_before_the_list_is_signed_leaves_it,
    an_answer_that_comes_twice_changes_nothing,
];

/// The shipped programs of a nomination, open all the year, with so many seats.
pub(crate) fn publish(world: &mut World, seats: &str, share: &str) {
    let round = include_str!("../workflow/programs/nomination-round.yaml")
        .replace("version: 2", "version: 3")
        .replace("< table(\"places\", form.course, today)", &format!("< {seats}"))
        .replace("seats: 'table(\"places\", form.course, today)'", &format!("seats: '{seats}'"))
        .replace(
            "at_most: 'table(\"places_county\", form.course, today)'",
            &format!("at_most: '{share}'"),
        );
    let nomination = include_str!("../workflow/programs/teacher-nomination.yaml")
        .replace("version: 4", "version: 5")
        .replace("window: 03-01..05-31, ", "")
        .replace("date(year(today), 6, 30)", "date(year(today), 9, 17)");
    for (file, source) in
        [("nomination-round.yaml", round), ("teacher-nomination.yaml", nomination)]
    {
        let programs = world.workflow.programs.with_source(file, &source);
        world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
    }
}

pub(crate) async fn staffed(world: &mut World) {
    world.office("region", "human_resources").await;
    let place = (entities::Level::School, "640423", "school");
    world.unit("receiver", place, (None, Some("county2"))).await;
    world.full_staff().await;
    world.works("Staff", "region/human_resources", Duty::Handler).await;
    world.works("Host", "receiver", Duty::Head).await;
}

const PAPERS: [&str; 3] = ["recommendation", "certificate", "school_consent"];

/// Hands in a nomination.
async fn nominates(world: &World, name: &str) -> CaseId {
    let form = json!({
        "course": "placement", "receiver": world.units["receiver"].to_string(),
        "post": "专业课教师", "major": "机电技术应用", "post_title": "讲师", "healthy": true, "years": 5,
        "dual": true, "cover": "由同教研组教师分担", "promise": 3,
        "account": "6217000000000012447",
    });
    world.hands_in_for(name, "teacher-nomination", (form, &PAPERS)).await
}

/// Nominations with their points, up to the round that collects them.
pub(crate) async fn nominated(world: &mut World, people: &[(&str, i64)]) -> Vec<CaseId> {
    let mut cases = Vec::new();
    for (name, _) in people {
        world.applies(name).await;
        let case = nominates(world, name).await;
        world.says("Head", case, "school", Word::Approve).await.unwrap();
        cases.push(case);
    }
    world.until("09-14 09:00").await;
    for (case, (_, points)) in cases.iter().zip(people) {
        give_points(world, *case, *points).await;
    }
    cases
}

async fn give_points(world: &World, case: CaseId, points: i64) {
    world.says("Edu", case, "county", Word::Approve).await.unwrap();
    let points = json!({ "points": points });
    world.says_with("City", case, "city", (Word::Approve, points)).await.unwrap();
}

/// A round of these people, ranked; nobody has signed yet.
async fn ranked(world: &mut World, people: &[(&str, i64)]) -> (CaseId, Vec<CaseId>) {
    let cases = nominated(world, people).await;
    world.until("09-18 09:00").await;
    (world.newest("nomination-round").await.unwrap(), cases)
}

async fn signs_list(world: &World, round: CaseId) {
    world.says("Region", round, "sign", Word::Approve).await.unwrap();
    world.says("Staff", round, "sign", Word::Approve).await.unwrap();
}

async fn rows(world: &World, round: CaseId) -> Vec<case_row::Model> {
    case_row::Entity::of_cases([round]).all(world.workflow.store.read()).await.unwrap()
}

/// Where a nomination stands on the list: `in`, `waiting 1`, `out`, `struck`.
async fn stands(world: &World, round: CaseId, case: CaseId) -> String {
    let rows = rows(world, round).await;
    let row = rows.iter().find(|row| row.from_case == Some(case)).unwrap();
    match (row.state, Lot::of(row).waiting) {
        (RowState::Waiting, Some(n)) => format!("waiting {n}"),
        (state, _) => state.word(),
    }
}

/// What the nomination's own step heard.
pub(crate) async fn heard(world: &World, case: CaseId) -> Option<Verdict> {
    world.run(case, "round").await.verdict
}

async fn seats(world: &World) -> Vec<seat::Model> {
    seat::Entity::find().all(world.workflow.store.read()).await.unwrap()
}

/// The events of one kind in a case's trail.
async fn told(world: &World, case: CaseId, kind: &str) -> Vec<Value> {
    let rows = trail::Entity::of(Stream::Case, case.0).all(world.workflow.store.read()).await;
    let bodies = rows.unwrap().into_iter().map(|row| {
        let body: Value = serde_json::from_str(&row.body).unwrap();
        body["what"].clone()
    });
    bodies.filter(|what| what["event"] == kind).collect()
}

/// A and B are equal: the draw says who is first.
const FOUR: [(&str, i64); 4] = [("Ma", 90), ("Mi", 90), ("Mo", 80), ("Mu", 70)];

async fn a_declined_seat_goes_to_the_next_who_waits(mut world: World) {
    staffed(&mut world).await;
    publish(&mut world, "2", "9");
    let (round, cases) = ranked(&mut world, &FOUR).await;
    let [a, b, c, d] = cases[..] else { panic!("four") };
    assert!(seats(&world).await.is_empty(), "nobody sits before the list is signed");
    assert_eq!(heard(&world, a).await, None);
    signs_list(&world, round).await;
    assert_eq!(world.told_times(round, "seat_taken").await, 2);
    for (case, place, verdict) in [
        (a, "in", Some(Verdict::Approved)),
        (b, "in", Some(Verdict::Approved)),
        (c, "waiting 1", None),
        (d, "waiting 2", None),
    ] {
        assert_eq!(stands(&world, round, case).await, place);
        assert_eq!(heard(&world, case).await, verdict, "{place}");
    }
    world.says("Host", a, "host", Word::Refuse("health".to_owned())).await.unwrap();
    world.settle().await;
    assert_eq!(world.case(a).await.outcome, Some(Outcome::Refused));
    assert_eq!(world.told_times(round, "seat_freed").await, 1);
    assert_eq!(stands(&world, round, c).await, "in");
    assert_eq!(heard(&world, c).await, Some(Verdict::Approved));
    assert_eq!(heard(&world, d).await, None, "D waits on");
    let taken: BTreeMap<i32, _> =
        seats(&world).await.into_iter().map(|seat| (seat.number, seat.row_id)).collect();
    assert_eq!(taken.keys().copied().collect::<Vec<_>>(), [1, 2], "one sits where A sat");
    // Whoever still waits when the time is over has no place.
    world.until("11-01 09:00").await;
    assert_eq!(heard(&world, d).await, Some(Verdict::Refused));
    assert_eq!(world.case(d).await.outcome, Some(Outcome::Refused));
    assert_eq!(world.case(round).await.phase, Phase::Ended, "{}", world.story(round).await);
    for case in [round, a, b, c, d] {
        world.can_be_told_again(case).await;
    }
}

async fn letter_with(world: &World, key: &str) -> LetterId {
    let found = letter::Entity::find().filter(letter::Column::Key.eq(key));
    let found = found.one(world.workflow.store.read()).await.unwrap();
    found.unwrap_or_else(|| panic!("no letter {key}")).id
}

async fn withdraws(world: &World, name: &str, case: CaseId) {
    let actor = world.actor(name);
    world
        .command(async |tx| commands::withdraw_case(tx, &world.workflow, actor, case, None).await)
        .await
        .unwrap();
}

async fn whoever_withdrew_is_passed_by_even_if_the_seat_was_theirs_already(mut world: World) {
    staffed(&mut world).await;
    publish(&mut world, "2", "9");
    let (round, cases) = ranked(&mut world, &FOUR).await;
    let [a, b, c, d] = cases[..] else { panic!("four") };
    signs_list(&world, round).await;
    let open = world.run(a, "round").await.id;
    // C withdraws, and before the round reads of it, A declines.
    withdraws(&world, "Mo", c).await;
    let task = world.slot(a, "host", "Host").await;
    world.signs("Host", task, (Word::Refuse("health".to_owned()), json!({}))).await.unwrap();
    world.reads(letter_with(&world, &format!("gave_up/{open}")).await).await.unwrap();
    assert_eq!(stands(&world, round, c).await, "in", "the letter of C is still under way");
    world.settle().await;
    assert_eq!(told(&world, c, "letter_taken").await.len(), 1, "the answer is on record");
    assert_eq!(world.run(c, "round").await.state, RunState::Void, "and changes nothing");
    assert_eq!(world.case(c).await.outcome, Some(Outcome::Withdrawn));
    assert_eq!(stands(&world, round, c).await, "struck");
    assert_eq!(world.told_times(round, "seat_freed").await, 2);
    assert_eq!(
        (stands(&world, round, d).await, heard(&world, d).await),
        ("in".to_owned(), Some(Verdict::Approved))
    );
    assert_eq!(seats(&world).await.len(), 2);
    for case in [round, a, b, c, d] {
        world.can_be_told_again(case).await;
    }
}

/// Two rounds of the same course, both ranked, and so many seats.
async fn two_rounds(world: &mut World, seats: &str, share: &str) -> [(CaseId, CaseId); 2] {
    staffed(world).await;
    publish(world, seats, share);
    let (first, cases) = ranked(world, &[("Ma", 90)]).await;
    world.applies("Mi").await;
    let late = nominates(world, "Mi").await;
    world.says("Head", late, "school", Word::Approve).await.unwrap();
    world.until("09-22 09:00").await;
    give_points(world, late, 95).await;
    world.until("09-25 09:00").await;
    let second = world.newest("nomination-round").await.unwrap();
    assert_ne!(first, second, "the first has been ranked: it takes nobody in any more");
    for round in [first, second] {
        world.says("Region", round, "sign", Word::Approve).await.unwrap();
    }
    [(first, cases[0]), (second, late)]
}

async fn two_lists_that_give_the_last_seat_away_at_once(mut world: World) {
    let [(first, _), (second, _)] = two_rounds(&mut world, "1", "9").await;
    let one = world.slot(first, "sign", "Staff").await;
    let other = world.slot(second, "sign", "Staff").await;
    let approve = |task| world.signs("Staff", task, (Word::Approve, json!({})));
    let (one, other) = Box::pin(join(approve(one), approve(other))).await;
    let (lost, loser) = if one.is_ok() { (other, second) } else { (one, first) };
    assert!(matches!(refusal(lost), Refusal::SeatsGone));
    let taken =
        world.told_times(first, "seat_taken").await + world.told_times(second, "seat_taken").await;
    assert_eq!((taken, seats(&world).await.len()), (1, 1));
    // The loser's list is made anew, and everybody signs it again.
    let task = world.slot(loser, "sign", "Staff").await;
    world.command(async |tx| commands::renew_list(tx, &world.workflow, task).await).await.unwrap();
    world.settle().await;
    let row = &rows(&world, loser).await[0];
    assert_eq!(row.state, RowState::Waiting);
    assert_eq!(world.run(loser, "sign").await.round, 2, "one had signed another list");
    signs_list(&world, loser).await;
    assert_eq!(seats(&world).await.len(), 1);
    world.can_be_told_again(loser).await;
}

async fn two_lists_of_a_county_keep_to_its_share(mut world: World) {
    let [(first, _), (second, late)] = two_rounds(&mut world, "9", "1").await;
    world.says("Staff", first, "sign", Word::Approve).await.unwrap();
    let lost = world.says("Staff", second, "sign", Word::Approve).await;
    assert!(matches!(refusal(lost), Refusal::SeatsGone), "the county has had its one");
    let task = world.slot(second, "sign", "Staff").await;
    world.command(async |tx| commands::renew_list(tx, &world.workflow, task).await).await.unwrap();
    world.settle().await;
    assert_eq!(stands(&world, second, late).await, "waiting 1");
    signs_list(&world, second).await;
    assert_eq!(seats(&world).await.len(), 1);
    world.can_be_told_again(second).await;
}

async fn who_could_not_sign_finds_a_new_list(mut world: World) {
    let [(first, _), (second, late)] = two_rounds(&mut world, "1", "9").await;
    world.says("Staff", first, "sign", Word::Approve).await.unwrap();
    let mut house = House::of(&world).await;
    house.lets_staff_in(&world, "Staff").await;
    let knock = house.open().await;
    let task = world.slot(second, "sign", "Staff").await;
    let request = TestRequest::post().uri(&format!("/api/v1/tasks/{task}/approve"));
    let answer = knock(house.by("Staff", request, &Body::Json(json!({})))).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(answer.text().contains("/problems/seats-gone"), "{}", answer.text());
    world.settle().await;
    assert_eq!(stands(&world, second, late).await, "waiting 1", "it was made anew by the refusal");
    signs_list(&world, second).await;
    assert_eq!(heard(&world, late).await, None);
}

async fn anybody_can_draw_again(mut world: World) {
    staffed(&mut world).await;
    publish(&mut world, "1", "9");
    let (round, cases) = ranked(&mut world, &[("Ma", 90), ("Mi", 90), ("Mo", 90)]).await;
    let frozen = told(&world, round, "rows_frozen").await;
    let drawn = told(&world, round, "drawn").await;
    let [drawn] = drawn.as_slice() else { panic!("{drawn:?}") };
    // The hash of the keys: sorted, each followed by a line feed.
    let mut keys: Vec<String> = cases.iter().map(ToString::to_string).collect();
    keys.sort();
    let text = keys.join("\n") + "\n";
    let hash = hex(&digest(text));
    assert_eq!((&drawn["keys"], &frozen[0]["keys"]), (&json!(hash), &json!(hash)));
    assert_eq!(frozen[0]["rows"], 3);
    // The draw: SHA-256 of the 32 bytes of the seed and the key, ascending.
    let seed = drawn["seed"].as_str().unwrap();
    let seed: Vec<u8> =
        (0..32).map(|n| u8::from_str_radix(&seed[n * 2..n * 2 + 2], 16).unwrap()).collect();
    let mut order: Vec<(String, String)> = keys
        .iter()
        .map(|key| (hex(&digest([seed.as_slice(), key.as_bytes()].concat())), key.clone()))
        .collect();
    order.sort();
    let mut listed = rows(&world, round).await;
    listed.sort_by_key(|row| Lot::of(row).rank);
    let listed: Vec<(String, String)> =
        listed.iter().map(|row| (Lot::of(row).draw.unwrap(), row.key.clone())).collect();
    assert_eq!(listed, order);
}

async fn the_same_lines_are_never_drawn_twice(mut world: World) {
    staffed(&mut world).await;
    publish(&mut world, "1", "9");
    let (round, cases) = ranked(&mut world, &[("Ma", 90), ("Mi", 90), ("Mo", 90)]).await;
    let before: Vec<_> = rows(&world, round).await.iter().map(|row| Lot::of(row).draw).collect();
    // The last of the list gives up: the others are ranked again, by the draw that there was.
    let mut listed = rows(&world, round).await;
    listed.sort_by_key(|row| Lot::of(row).rank);
    let last = listed[2].from_case.unwrap();
    let name = ["Ma", "Mi", "Mo"][cases.iter().position(|case| *case == last).unwrap()];
    withdraws(&world, name, last).await;
    world.settle().await;
    assert_eq!(world.told_times(round, "ranked").await, 2);
    assert_eq!(world.told_times(round, "drawn").await, 1);
    let after: Vec<_> = rows(&world, round).await.iter().map(|row| Lot::of(row).draw).collect();
    assert_eq!(before, after);
}

async fn who_gives_up_before_the_list_is_signed_leaves_it(mut world: World) {
    staffed(&mut world).await;
    publish(&mut world, "1", "9");
    let (round, cases) = ranked(&mut world, &[("Ma", 90), ("Mi", 80)]).await;
    world.says("Region", round, "sign", Word::Approve).await.unwrap();
    withdraws(&world, "Ma", cases[0]).await;
    world.settle().await;
    assert_eq!(stands(&world, round, cases[0]).await, "struck");
    assert_eq!(stands(&world, round, cases[1]).await, "in");
    assert_eq!(world.run(round, "sign").await.round, 2, "Region had signed another list");
    signs_list(&world, round).await;
    assert_eq!(heard(&world, cases[1]).await, Some(Verdict::Approved));
}

async fn an_answer_that_comes_twice_changes_nothing(mut world: World) {
    staffed(&mut world).await;
    publish(&mut world, "2", "9");
    let (round, cases) = ranked(&mut world, &FOUR).await;
    signs_list(&world, round).await;
    let open = world.run(cases[0], "round").await.id;
    let before = world.case(cases[0]).await;
    let letter = letter_with(&world, &format!("answer/{round}/{open}/approved")).await;
    world.reads(letter).await.unwrap();
    assert_eq!(world.case(cases[0]).await, before);
}
