//! Programs whose cases are lists of people: lines, what each comes to, what all are paid.

use entities::{Duty, Outcome, Phase, RowState, case_file, publicity};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};
use workflow::{CommandError, Refusal, commands::Word, event::ReturnMode};

use crate::harness::{
    both,
    walk::{approves, hands_in, pays, receives, until},
    world::World,
};

mod places;

both![
    a_terms_list_is_checked_published_paid_and_its_attendance_followed,
    what_was_paid_for_months_too_many_is_settled_with_the_next_list,
    nobody_stands_on_two_lists_of_a_term,
    a_list_is_taken_whole_or_not_at_all,
    a_class_strikes_its_own_pupils_alone,
    a_line_that_is_struck_after_a_return_makes_all_sign_again,
    a_line_that_is_added_after_a_return_is_published_alone,
    what_is_signed_late_is_due_by_the_term_of_its_list,
    the_third_grade_has_the_grant_from_the_spring_of_2025,
    who_has_a_place_in_fujian_has_the_money_there,
];

const CARD: &str = "6217000000000012314";

/// Three pupils in two classes, and everybody whom their list passes.
pub(crate) async fn staffed(world: &mut World) {
    world.office("school", "commission").await;
    world.full_staff().await;
    for (name, unit, duty) in [
        ("First", "school/commission", Duty::Handler),
        ("Second", "school/commission", Duty::Handler),
        ("Third", "school/commission", Duty::Handler),
        ("Treasury", "region/finance", Duty::Handler),
        ("Cashier", "region/finance", Duty::Handler),
    ] {
        world.works(name, unit, duty).await;
    }
    world.learns("Ma", "640422200802299979", "18级1班").await;
    world.learns("Li", "640422200712319980", "18级1班").await;
    world.learns("Bai", "640422201010159964", "18级2班").await;
}

fn line(grade: i64, boarding: bool) -> Value {
    json!({ "grade": grade, "boarding": boarding, "account": CARD })
}

/// The list, filled in and handed in.
pub(crate) async fn listed(world: &World) -> entities::CaseId {
    let case = world.opens("Aid", "nine-plus-three", "school").await;
    let lines = vec![("Ma", line(1, true)), ("Li", line(2, false)), ("Bai", line(3, true))];
    world.fills_lines("Aid", case, ("list", lines)).await.unwrap();
    world.walks(case, vec![hands_in("Aid", "list", json!({}))]).await;
    case
}

/// As far as the county.
pub(crate) async fn at_the_county(world: &World) -> entities::CaseId {
    let case = listed(world).await;
    for _ in 0..2 {
        world.says("Teacher", case, "class", Word::Approve).await.unwrap();
    }
    let acts =
        vec![approves("First", "school"), approves("Second", "school"), until("09-18 09:00")];
    world.walks(case, acts).await;
    case
}

async fn a_terms_list_is_checked_published_paid_and_its_attendance_followed(mut world: World) {
    staffed(&mut world).await;
    let case = at_the_county(&world).await;
    // By class and name. Half a year's amounts: 1000 tuition for each; 1000 grant, 200 books, 500 living for grades
    // 1 and 2, 400 for who boards.
    assert_eq!(world.counted(case).await, [2_700, 3_100, 1_000]);
    let mut granted = world.granted(case).await;
    granted.sort();
    let own = |payer: &str, payee: &str, yuan| (payer.to_owned(), payee.to_owned(), yuan);
    assert_eq!(
        granted,
        [
            own("city_and_county", "person", 500),
            own("city_and_county", "school", 200),
            own("city_and_county", "school", 200),
            own("region", "person", 500),
            own("region", "person", 2_000),
            own("region", "school", 200),
            own("region", "school", 200),
            own("region", "school", 3_000),
        ],
        "line by line, the nine counties' own by halves"
    );
    world
        .walks(
            case,
            vec![
                approves("Edu", "education"),
                approves("Pay", "finance"),
                receives("City", "city"),
                approves("Treasury", "region"),
            ],
        )
        .await;
    assert_eq!(world.case(case).await.outcome, Some(Outcome::Granted));
    let paid = world.payments(case).await;
    let to_people = paid.iter().filter(|(.., of_row, _)| *of_row).count();
    assert_eq!((paid.len(), to_people), (11, 6), "{paid:?}");
    let living: Vec<i64> = paid.iter().filter(|one| one.0 == "E").map(|one| one.3).collect();
    assert_eq!(living, [250, 250, 250, 250], "each pupil from both payers: {paid:?}");
    world.walks(case, vec![pays("Treasury", "pay"), until("2019-02-01 09:00")]).await;
    let attended = |months: i64| json!({ "attended": 95, "months": months });
    let lines = vec![("Ma", attended(5)), ("Li", attended(3)), ("Bai", json!({ "attended": 60 }))];
    world.fills_lines("Aid", case, ("present", lines)).await.unwrap();
    let why = world.says("Aid", case, "present", Word::HandIn).await.unwrap_err();
    let CommandError::Refused(Refusal::Rows(faults)) = why else { panic!("{why:?}") };
    assert_eq!(faults.len(), 1, "who was absent needs a reason: {faults:?}");
    let reason = json!({ "reason": "住院" });
    world.fills_lines("Aid", case, ("present", vec![("Bai", reason)])).await.unwrap();
    world.walks(case, vec![hands_in("Aid", "present", json!({}))]).await;
    let clawback = world.newest("clawback").await.expect("Li was paid for two months too many");
    assert_eq!(world.lines(clawback).await.len(), 1);
    let story = world.story(case).await;
    assert_eq!(world.case(case).await.phase, Phase::Ended, "{story}");
    world.can_be_told_again(case).await;
}

async fn what_was_paid_for_months_too_many_is_settled_with_the_next_list(mut world: World) {
    staffed(&mut world).await;
    let case = at_the_county(&world).await;
    let acts = vec![
        approves("Edu", "education"),
        approves("Pay", "finance"),
        receives("City", "city"),
        approves("Treasury", "region"),
        pays("Treasury", "pay"),
        until("2019-02-01 09:00"),
    ];
    world.walks(case, acts).await;
    // Ma leaves and is asked; Li stays, and two months are settled with the next list.
    let lines = vec![
        ("Ma", json!({ "attended": 95, "months": 4 })),
        ("Li", json!({ "attended": 95, "months": 3, "carry": true })),
        ("Bai", json!({ "attended": 95, "months": 5 })),
    ];
    world.fills_lines("Aid", case, ("present", lines)).await.unwrap();
    world.walks(case, vec![hands_in("Aid", "present", json!({}))]).await;
    assert_eq!(world.all_of("clawback").await.len(), 1, "of Ma alone it is asked back");
    world.until("2019-03-05 09:00").await;
    let next = world.opens("Aid", "nine-plus-three", "school").await;
    world.strikes("Aid", next, "list", ("Ma", "listed_wrongly")).await.unwrap();
    let carries = |months: i64| {
        let mut fields = line(2, false);
        fields["carried"] = json!(months);
        fields
    };
    let lines = vec![("Li", carries(-6)), ("Bai", line(3, true))];
    world.fills_lines("Aid", next, ("list", lines)).await.unwrap();
    let more = world.says("Aid", next, "list", Word::HandIn).await.unwrap_err();
    let CommandError::Refused(Refusal::Rows(faults)) = more else { panic!("{more:?}") };
    assert_eq!(faults[0].column, "carried", "no more than there were");
    world.fills_lines("Aid", next, ("list", vec![("Li", carries(-2))])).await.unwrap();
    world.walks(next, vec![hands_in("Aid", "list", json!({}))]).await;
    // 2 700 for five months: three are left.
    assert_eq!(world.counted(next).await, [1_620, 1_000]);
    world.can_be_told_again(next).await;
}

async fn nobody_stands_on_two_lists_of_a_term(mut world: World) {
    staffed(&mut world).await;
    let first = listed(&world).await;
    let number = world.case(first).await.number.unwrap();
    let again = commands_once(&world, "Aid", "school").await;
    assert!(
        matches!(&again, CommandError::Refused(Refusal::Once { number: known }) if *known == number),
        "{again:?}"
    );
    // Another school of the county lists somebody who stands on the first one's list.
    let place = (entities::Level::School, "640424", "school");
    let other = world.unit("other", place, (None, Some("county"))).await;
    world.office("other", "aid_office").await;
    world.works("Rival", "other/aid_office", Duty::Handler).await;
    world.works("Rival", "county/education", Duty::Handler).await;
    world.works("Stranger", "other/aid_office", Duty::Handler).await;
    assert_ne!(other, world.units["school"]);
    let case = world.opens("Rival", "nine-plus-three", "other").await;
    assert_eq!(world.lines(case).await.len(), 0, "nobody learns there");
    world
        .adds_line("Rival", case, "list", ("Ma", "640422200802299979", line(1, true)))
        .await
        .unwrap();
    for (who, sees) in [("Stranger", false), ("Rival", true)] {
        let why = world.says(who, case, "list", Word::HandIn).await.unwrap_err();
        let CommandError::Refused(Refusal::Rows(faults)) = why else { panic!("{why:?}") };
        let told: Vec<&str> = faults.iter().map(|fault| fault.said.en.as_str()).collect();
        let named = told.iter().any(|said| said.contains(&number));
        assert!(told.iter().any(|said| said.contains("already on another list")), "{told:?}");
        assert_eq!(named, sees, "only who may see the other case is told its number: {told:?}");
    }
    // Once it is struck there, the line may stand here; but Ma does not learn here.
    world.strikes("Teacher", first, "class", ("Ma", "listed_wrongly")).await.unwrap();
    let why = world.says("Rival", case, "list", Word::HandIn).await.unwrap_err();
    let CommandError::Refused(Refusal::Rows(faults)) = why else { panic!("{why:?}") };
    assert!(faults.iter().all(|fault| !fault.said.en.contains("list")), "{faults:?}");
}

async fn commands_once(world: &World, who: &str, place: &str) -> CommandError {
    let opener = world.units[place];
    let program = "nine-plus-three".to_owned();
    let ask =
        workflow::commands::OpenCase::numbered(&world.workflow, program, opener).await.unwrap();
    let actor = world.actor(who);
    let done = world.command(async |tx| {
        workflow::commands::open_case(tx, &world.workflow, actor, ask.clone()).await
    });
    done.await.unwrap_err()
}

async fn a_list_is_taken_whole_or_not_at_all(mut world: World) {
    staffed(&mut world).await;
    let case = world.opens("Aid", "nine-plus-three", "school").await;
    assert_eq!(world.lines(case).await.len(), 3, "who learns there is in the list at once");
    let wrong = vec![("Ma", line(1, true)), ("Li", json!({ "account": "6217000000000012315" }))];
    let why = world.fills_lines("Aid", case, ("list", wrong)).await.unwrap_err();
    let CommandError::Refused(Refusal::Rows(faults)) = why else { panic!("{why:?}") };
    let at: Vec<(u64, &str)> = faults.iter().map(|f| (f.line, f.column.as_str())).collect();
    assert_eq!(at, [(2, "account")]);
    assert_eq!(
        world.line(case, "Ma").await.fields,
        json!({ "carried": { "int": 0 }, "months": { "int": 5 } })
    );
    let why = world.says("Aid", case, "list", Word::HandIn).await.unwrap_err();
    let CommandError::Refused(Refusal::Rows(faults)) = why else { panic!("{why:?}") };
    assert_eq!(faults.len(), 9, "three lines lack three fields each: {faults:?}");
    let strange = ("Ding", "640422200802299979", line(1, true));
    let why = world.adds_line("Aid", case, "list", strange).await.unwrap_err();
    assert!(format!("{why:?}").contains("nobody is known by this number and name"), "{why:?}");
    let account =
        world.lines(case).await.iter().map(|row| row.fields.to_string()).collect::<String>();
    assert!(!account.contains("6217"), "an account is nowhere in the open: {account}");
}

async fn a_class_strikes_its_own_pupils_alone(mut world: World) {
    staffed(&mut world).await;
    let case = listed(&world).await;
    // The first open slot is that of class 1; Bai is in class 2.
    let struck = world.strikes("Teacher", case, "class", ("Bai", "listed_wrongly")).await;
    assert!(matches!(struck, Err(CommandError::Refused(Refusal::NotFound("row")))), "{struck:?}");
    world.strikes("Teacher", case, "class", ("Ma", "listed_wrongly")).await.unwrap();
    assert_eq!(world.counted(case).await, [2_700, 1_000]);
    assert_eq!(world.case(case).await.award_fen.0, 370_000);
    assert_eq!(world.line(case, "Ma").await.state, RowState::Struck);
    world.can_be_told_again(case).await;
}

/// Education sends it back to the school, with signatures that are to stand.
async fn sent_back(world: &World, case: entities::CaseId) {
    world.says("Pay", case, "finance", Word::Approve).await.unwrap();
    let back = Word::Return {
        to: "school".to_owned(),
        mode: ReturnMode::Here,
        fields: vec!["row.1".to_owned()],
        papers: Vec::new(),
    };
    world.says("Edu", case, "education", back).await.unwrap();
}

/// How many public notices there were, and how many lines the last one shows.
async fn notices(world: &World) -> (usize, usize) {
    let all = publicity::Entity::find().all(world.workflow.store.read()).await.unwrap();
    let last = all.iter().max_by_key(|row| row.id).unwrap();
    (all.len(), last.fields["rows"].as_array().map_or(0, Vec::len))
}

async fn a_line_that_is_struck_after_a_return_makes_all_sign_again(mut world: World) {
    staffed(&mut world).await;
    let case = at_the_county(&world).await;
    assert_eq!(notices(&world).await, (1, 3));
    sent_back(&world, case).await;
    world.strikes("First", case, "school", ("Ma", "not_boarding")).await.unwrap();
    let acts = vec![approves("First", "school"), approves("Second", "school")];
    world.walks(case, acts).await;
    assert_eq!(notices(&world).await, (1, 3), "nothing was added or raised: no second notice");
    let acts =
        vec![approves("Edu", "education"), approves("Pay", "finance"), receives("City", "city")];
    world.walks(case, acts).await;
    let story = world.story(case).await;
    assert!(story.contains("returned"), "{story}");
    assert_eq!(world.counted(case).await, [2_700, 1_000]);
    world.can_be_told_again(case).await;
}

async fn a_line_that_is_added_after_a_return_is_published_alone(mut world: World) {
    staffed(&mut world).await;
    let case = at_the_county(&world).await;
    sent_back(&world, case).await;
    world.learns("Yang", "640402200802299973", "18级2班").await;
    let yang = |fields| ("Yang", "640402200802299973", fields);
    let why = world.adds_line("First", case, "school", yang(json!({ "grade": 1 }))).await;
    assert!(matches!(why, Err(CommandError::Refused(Refusal::Rows(_)))), "whole at once: {why:?}");
    world.adds_line("First", case, "school", yang(line(1, true))).await.unwrap();
    assert_eq!(world.counted(case).await, [2_700, 3_100, 1_000, 3_100]);
    let acts = vec![approves("First", "school"), approves("Second", "school")];
    world.walks(case, acts).await;
    assert_eq!(notices(&world).await, (2, 1), "the new line alone hangs out");
    let early = world.says("Edu", case, "education", Word::Approve).await;
    assert!(early.is_err(), "and everybody waits for it");
    let acts = vec![until("09-27 09:00"), approves("Edu", "education"), approves("Pay", "finance")];
    world.walks(case, acts).await;
    world.can_be_told_again(case).await;
}

/// An autumn list that the region signs in January should have been paid in November: it is late at
/// once, not in time until May.
async fn what_is_signed_late_is_due_by_the_term_of_its_list(mut world: World) {
    staffed(&mut world).await;
    let case = at_the_county(&world).await;
    let acts = vec![
        approves("Edu", "education"),
        approves("Pay", "finance"),
        receives("City", "city"),
        until("2019-01-03 09:00"),
        approves("Treasury", "region"),
    ];
    world.walks(case, acts).await;
    assert_eq!(world.due(case, "pay").await, "11-30 18:00");
    world.until("2019-01-04 12:00").await;
    let story = world.story(case).await;
    assert!(story.contains("light_changed pay red"), "{story}");
}

async fn the_third_grade_has_the_grant_from_the_spring_of_2025(mut world: World) {
    staffed(&mut world).await;
    world.until("2025-03-03 09:00").await;
    let case = world.opens("Aid", "nine-plus-three", "school").await;
    let lines = vec![("Ma", line(1, true)), ("Li", line(2, false)), ("Bai", line(3, true))];
    world.fills_lines("Aid", case, ("list", lines)).await.unwrap();
    world.walks(case, vec![hands_in("Aid", "list", json!({}))]).await;
    // 1150 of the grant for each of them; the nine counties' own is for grades 1 and 2 as before.
    assert_eq!(world.counted(case).await, [2_850, 3_250, 2_150]);
}

/// Somebody has a place in Fujian since today: as if the rounds were over.
async fn placed(world: &World, name: &str) {
    let case = world.drafts(name, "fujian-placement", json!({ "score": 500 })).await;
    let row = case_file::ActiveModel {
        id: Set(case),
        phase: Set(Phase::After),
        outcome: Set(Some(Outcome::Granted)),
        submitted_at: Set(Some(world.workflow.clock.now())),
        ..Default::default()
    };
    row.update(world.workflow.store.for_migration()).await.unwrap();
}

/// 钱随人走: waiver and grant of the first school year are paid to the school in Fujian. Who did not
/// go there has them here.
async fn who_has_a_place_in_fujian_has_the_money_there(mut world: World) {
    staffed(&mut world).await;
    world.until("2019-07-01 09:00").await;
    placed(&world, "Ma").await;
    world.until("2019-09-03 09:00").await;
    let case = world.opens("Aid", "nine-plus-three", "school").await;
    let lines = vec![("Ma", line(1, true)), ("Li", line(2, false)), ("Bai", line(3, true))];
    world.fills_lines("Aid", case, ("list", lines)).await.unwrap();
    let why = world.says("Aid", case, "list", Word::HandIn).await.unwrap_err();
    let CommandError::Refused(Refusal::Rows(faults)) = why else { panic!("{why:?}") };
    assert_eq!(faults.len(), 1, "Ma alone: {faults:?}");
    assert!(faults[0].said.en.contains("placed in Fujian"), "{faults:?}");
    let stayed = json!({ "back_home": true });
    world.fills_lines("Aid", case, ("list", vec![("Ma", stayed)])).await.unwrap();
    world.walks(case, vec![hands_in("Aid", "list", json!({}))]).await;
    assert_eq!(world.counted(case).await, [2_700, 3_100, 1_000]);
}
