//! Emergency aid from a phone to a decision at four levels.

use entities::{ClockKind, Duty, Fen, PersonId, Phase, case_file, case_row, clock, notice};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use workflow::{Bar, PaperFault, Refusal, commands::Word};

use crate::harness::{
    both,
    story::{local, told},
    world::{World, refusal},
};

both![
    four_levels_and_the_public_agree,
    urgent_aid_is_decided_by_one_person,
    who_never_hands_papers_in_is_asked_for_the_money,
];

async fn four_levels_and_the_public_agree(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let case = world.asks_for("Ma", 12_000).await;

    world.says("Teacher", case, "teacher", Word::Approve).await.unwrap();
    world.says("Aid", case, "school", Word::Approve).await.unwrap();
    world.says("Head", case, "school", Word::Approve).await.unwrap();
    let visit = world.slot(case, "village", "Visitor").await;
    let odd = refusal(world.attaches("Visitor", case, "proof", Some(visit)).await);
    assert_eq!(odd, Refusal::Paper(PaperFault::Unknown), "the application's, not this step's");
    world.attaches("Visitor", case, "visit_photo", Some(visit)).await.unwrap();
    let seen = (Word::Approve, json!({ "visit": "two rooms, the father is in hospital" }));
    world.says_with("Visitor", case, "village", seen).await.unwrap();
    world.says("Edu", case, "county", Word::Approve).await.unwrap();
    world.says("Poor", case, "county", Word::Approve).await.unwrap();
    world.says("City", case, "city", Word::Approve).await.unwrap();
    world.until("09-14 09:00").await;
    world.says("Pay", case, "pay", Word::Pay).await.unwrap();

    told!(world.story(case).await, @"
    09-10 10:00  Ma         filed ¥12000.00
    09-10 10:00  Ma         award_set
    09-10 10:00  the clock  step_skipped route.0
    09-10 10:00  the clock  block_entered route.1
    09-10 10:00  the clock  step_opened teacher [school/class_teachers]
    09-10 10:00  the clock  clock_started teacher due 09-11 18:00
    09-10 10:00  Teacher    accepted person as_of 09-10 10:00
    09-10 10:00  Teacher    clock_started total due 09-25 18:00
    09-10 10:00  Teacher    task_signed school/class_teachers approved
    09-10 10:00  Teacher    clock_ended teacher
    09-10 10:00  Teacher    step_closed teacher approved
    09-10 10:00  the clock  step_opened school [school/aid_office] [school]
    09-10 10:00  the clock  clock_started school due 09-11 18:00
    09-10 10:00  Aid        task_signed school/aid_office approved
    09-10 10:00  Aid        task_opened school
    09-10 10:00  Head       task_signed school approved
    09-10 10:00  Head       clock_ended school
    09-10 10:00  Head       step_closed school approved
    09-10 10:00  the clock  step_opened village [township/aid_office]
    09-10 10:00  the clock  clock_started village due 09-12 18:00
    09-10 10:00  Visitor    paper_added
    09-10 10:00  Visitor    task_signed township/aid_office approved
    09-10 10:00  Visitor    clock_ended village
    09-10 10:00  Visitor    step_closed village approved
    09-10 10:00  the clock  step_opened county [county/education] [county/poverty_relief]
    09-10 10:00  the clock  clock_started county due 09-13 18:00
    09-10 10:00  Edu        task_signed county/education approved
    09-10 10:00  Poor       task_signed county/poverty_relief approved
    09-10 10:00  Poor       clock_ended county
    09-10 10:00  Poor       step_closed county approved
    09-10 10:00  the clock  step_opened city [city/education]
    09-10 10:00  the clock  clock_started city due 09-13 18:00
    09-10 10:00  City       task_signed city/education approved
    09-10 10:00  City       clock_ended city
    09-10 10:00  City       step_closed city approved
    09-10 10:00  the clock  step_opened notice
    09-10 10:00  the clock  clock_stopped total publicity
    09-10 10:00  the clock  published notice ends_at 09-13 18:00
    09-13 18:00  the clock  taken_down notice
    09-13 18:00  the clock  step_closed notice done
    09-13 18:00  the clock  clock_resumed total due 09-28 18:00
    09-13 18:00  the clock  step_closed route.1 done
    09-13 18:00  the clock  outcome_reached granted
    09-13 18:00  the clock  clock_ended total
    09-13 18:00  the clock  step_opened pay [county/finance]
    09-13 18:00  the clock  clock_started pay due 09-18 18:00
    09-13 18:00  the clock  payment_ordered pay
    09-14 09:00  Pay        task_signed county/finance done
    09-14 09:00  Pay        clock_ended pay
    09-14 09:00  Pay        step_closed pay done
    09-14 09:00  Pay        payment_made pay ¥12000.00
    09-14 09:00  the clock  step_skipped then.1
    09-14 09:00  the clock  step_skipped recover
    09-14 09:00  the clock  case_ended
    ");
}

async fn urgent_aid_is_decided_by_one_person(mut world: World) {
    world.full_staff().await;
    world.applies("Ma").await;
    let case = world.asks_urgently("Ma", 1_800).await;
    world.says("Head", case, "quick", Word::Approve).await.unwrap();
    world.says("Pay", case, "pay", Word::Pay).await.unwrap();
    let task = world.own_slot(case, "papers").await;
    let early = refusal(world.signs("Ma", task, (Word::HandIn, json!({}))).await);
    assert!(matches!(early, Refusal::Form(_)), "{early:?}");
    for paper in ["proof", "identity"] {
        world.attaches("Ma", case, paper, Some(task)).await.unwrap();
    }
    world.signs("Ma", task, (Word::HandIn, json!({}))).await.unwrap();
    world.says("Edu", case, "second", Word::Approve).await.unwrap();
    told!(world.story(case).await, @"
    09-10 10:00  Ma         filed ¥1800.00
    09-10 10:00  Ma         award_set
    09-10 10:00  Ma         clock_started total due 09-12 10:00
    09-10 10:00  the clock  block_entered route.0
    09-10 10:00  the clock  step_opened quick [school] [township]
    09-10 10:00  the clock  clock_started quick due 09-11 10:00
    09-10 10:00  Head       accepted person as_of 09-10 10:00
    09-10 10:00  Head       task_signed school approved
    09-10 10:00  Head       task_voided township
    09-10 10:00  Head       clock_ended quick
    09-10 10:00  Head       step_closed quick approved
    09-10 10:00  the clock  step_closed route.0 done
    09-10 10:00  the clock  step_skipped route.1
    09-10 10:00  the clock  outcome_reached granted
    09-10 10:00  the clock  step_opened pay [county/finance]
    09-10 10:00  the clock  clock_started pay due 09-11 10:00
    09-10 10:00  the clock  payment_ordered pay
    09-10 10:00  Pay        task_signed county/finance done
    09-10 10:00  Pay        clock_ended pay
    09-10 10:00  Pay        step_closed pay done
    09-10 10:00  Pay        payment_made pay ¥1800.00
    09-10 10:00  the clock  clock_ended total
    09-10 10:00  the clock  block_entered then.1
    09-10 10:00  the clock  step_opened papers [school]
    09-10 10:00  the clock  clock_started papers due 09-17 18:00
    09-10 10:00  the clock  step_opened second [county/education]
    09-10 10:00  the clock  clock_started second due 09-17 18:00
    09-10 10:00  Ma         paper_added
    09-10 10:00  Ma         paper_added
    09-10 10:00  Ma         task_signed school done
    09-10 10:00  Ma         clock_ended papers
    09-10 10:00  Ma         step_closed papers done
    09-10 10:00  Edu        task_signed county/education approved
    09-10 10:00  Edu        clock_ended second
    09-10 10:00  Edu        step_closed second approved
    09-10 10:00  the clock  step_closed then.1 done
    09-10 10:00  the clock  step_skipped recover
    09-10 10:00  the clock  case_ended
    ");
}

/// Story 7, to the minute.
async fn who_never_hands_papers_in_is_asked_for_the_money(mut world: World) {
    world.full_staff().await;
    // Whoever agreed looks at it a second time in no office.
    world.works("Mayor", "county/education", Duty::Handler).await;
    world.applies("Ma").await;
    world.until("09-21 16:00").await;
    let case = world.asks_urgently("Ma", 3_500).await;
    assert_eq!(world.due(case, "quick").await, "09-22 16:00");
    world.until("09-22 09:00").await;
    let over = refusal(world.says("Mayor", case, "quick", Word::Approve).await);
    assert_eq!(over, Refusal::OverAuthority { most: Fen(300_000) });
    let less = Word::ApproveLess(Fen(300_000));
    world.says("Mayor", case, "quick", less).await.unwrap();
    told!(urged(&world).await, @"
    09-21 20:00  Head
    09-21 20:00  Mayor
    09-22 08:00  Head
    09-22 08:00  Mayor
    ");
    assert_eq!(world.due(case, "pay").await, "09-23 09:00");
    let total = clock::Entity::of_case(case).filter(clock::Column::Kind.eq(ClockKind::Total));
    let total = total.one(world.workflow.store.read()).await.unwrap().unwrap();
    assert_eq!(total.due_at.map(local).as_deref(), Some("09-23 16:00"), "48 hours, to payment");
    world.until("09-22 20:00").await;
    world.says("Pay", case, "pay", Word::Pay).await.unwrap();
    assert_eq!(world.due(case, "papers").await, "09-29 18:00");
    let twice = refusal(world.says("Mayor", case, "second", Word::Approve).await);
    assert_eq!(twice, Refusal::NotYours(Bar::Apart));
    world.says("Edu", case, "second", Word::Approve).await.unwrap();
    let opened = async || {
        let found =
            case_file::Entity::find().filter(case_file::Column::Program.ne("emergency-aid"));
        found.all(world.workflow.store.read()).await.unwrap()
    };
    world.until("11-01 17:59").await;
    assert_eq!((opened().await.len(), world.case(case).await.phase), (0, Phase::After));
    world.until("11-01 18:00").await;
    let clawback = opened().await;
    assert_eq!(clawback.len(), 1, "somebody is asked whether the money comes back");
    assert_eq!(clawback[0].program, "clawback", "and no unit is called to account for it");
    let urged = notice::Entity::find().filter(notice::Column::Template.eq("urged"));
    let urged = urged.filter(notice::Column::PersonId.eq(world.actor("Edu").person));
    assert_eq!(urged.count(world.workflow.store.read()).await.unwrap(), 1, "the county is told");
    assert_eq!(clawback[0].anchor_id, Some(world.units["county"]));
    let rows = case_row::Entity::of_cases([clawback[0].id]).all(world.workflow.store.read()).await;
    let about: Vec<_> = rows.unwrap().iter().map(|row| row.from_case).collect();
    assert_eq!(about, [Some(case)], "and reads there of which case");
    let story = world.story(case).await;
    assert!(story.contains("11-01 18:00  the clock  step_closed papers missed"), "{story}");
    assert_eq!(world.case(case).await.phase, Phase::Ended);
}

/// When the deciders were asked to decide, and whom.
async fn urged(world: &World) -> String {
    let rows = notice::Entity::find().filter(notice::Column::Template.eq("reminded"));
    let rows = rows.all(world.workflow.store.read()).await.unwrap();
    let names = |person: Option<PersonId>| {
        let found = world.people.iter().find(|(_, actor)| actor.person == person);
        found.map(|(name, _)| name.clone()).unwrap_or_default()
    };
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| format!("{}  {}", local(row.created_at), names(row.person_id)))
        .collect();
    lines.sort();
    lines.join("\n")
}
