//! `banjie doctor`: a sound store is found sound, and each kind of damage by its own check.

use std::process::Command;

use actix_web::test::TestRequest;
use entities::{Duty, case_file};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use workflow::{
    CommandError,
    commands::Word,
    doctor::{self, Check, Reach, Report, Why},
    tx,
};

use crate::{
    harness::{
        OnStore, Store, both,
        demo::Demonstration,
        house::{Body, House},
        invariants::{self, Demand},
        process::scratch,
        world::World,
    },
    oversight::late_world,
};

both![
    a_sound_store_is_found_sound,
    each_kind_of_damage_is_found_by_its_own_check,
    administrators_see_it_on_a_page,
];

/// Each damage by one statement; the check that must find it, and what it says.
const DAMAGES: [(Check, Why, &str); 29] = [
    (Check::Clocks, Why::NoClock, "DELETE FROM clock WHERE kind = 'step' AND ended_at IS NULL"),
    (Check::Clocks, Why::NotArmed, "UPDATE timer SET fired_at = due_at WHERE kind = 'due'"),
    (
        Check::Clocks,
        Why::NeverOpens,
        "UPDATE step_run SET state = 'waiting', opens_at = '2030-01-01 00:00:00+00:00'
         WHERE state = 'open'",
    ),
    (Check::Holders, Why::NoSlot, "UPDATE task SET state = 'void'"),
    (Check::Holders, Why::NobodyCan, "UPDATE appointment SET to_at = from_at"),
    (
        Check::Holders,
        Why::NobodyCan,
        "UPDATE account SET disabled_at = '2018-09-01 00:00:00+00:00' WHERE person_id IS NOT NULL",
    ),
    (
        Check::Holders,
        Why::NobodyCan,
        "UPDATE task SET unit_id = (SELECT id FROM unit WHERE name_en = 'school/class_teachers')",
    ),
    (
        Check::Stops,
        Why::StoppedYetArmed,
        "UPDATE clock SET stopped_at = due_at WHERE ended_at IS NULL",
    ),
    (Check::Stops, Why::EndedYetArmed, "UPDATE clock SET ended_at = due_at WHERE ended_at IS NULL"),
    (
        Check::Stops,
        Why::FaceDiffers,
        "UPDATE timer SET fired_at = due_at WHERE clock_id IS NOT NULL;
         UPDATE clock SET stopped_at = due_at WHERE ended_at IS NULL",
    ),
    (
        Check::Stops,
        Why::TwoClocks,
        "UPDATE clock SET kind = 'total', run_id = NULL WHERE ended_at IS NULL",
    ),
    (
        Check::Timers,
        Why::Overdue,
        "UPDATE timer SET due_at = '2018-09-01 00:00:00+00:00' WHERE fired_at IS NULL",
    ),
    (Check::Timers, Why::CaseEnded, "UPDATE case_file SET phase = 'ended'"),
    (Check::Rungs, Why::RungsDiffer, "UPDATE step_run SET rungs = rungs + 1"),
    (
        Check::Rungs,
        Why::RungTwice,
        "UPDATE timer SET kind = 'rung', fired_at = NULL
         WHERE run_id IN (SELECT id FROM step_run WHERE rungs > 0)",
    ),
    (Check::Trail, Why::TrailGap, "DELETE FROM trail WHERE number = 3"),
    (
        Check::Trail,
        Why::TrailHash,
        "UPDATE trail SET body = replace(body, 'approved', 'refused') WHERE kind = 'task_signed'",
    ),
    (
        Check::Trail,
        Why::TrailCopy,
        "UPDATE trail SET account_id = stream_id WHERE kind = 'step_opened'",
    ),
    (Check::Trail, Why::TrailHead, "UPDATE case_file SET trail_number = trail_number + 1"),
    (
        Check::HeldDays,
        Why::HeldSum,
        "UPDATE case_file SET submitted_at = '2018-09-01 00:00:00+00:00'",
    ),
    (Check::Jobs, Why::NoJob, "UPDATE case_file SET routing = true"),
    (
        Check::Jobs,
        Why::Quarantined,
        "UPDATE outbox SET done_at = NULL, quarantined_at = created_at WHERE kind = 'route_case'",
    ),
    (
        Check::Notices,
        Why::Late,
        "UPDATE outbox SET done_at = NULL, next_attempt_at = '2018-09-01 00:00:00+00:00'
         WHERE kind = 'send_notice'",
    ),
    (Check::Notices, Why::NoJob, "UPDATE notice SET state = 'waiting'"),
    (Check::Letters, Why::NoJob, "UPDATE letter SET taken_at = NULL"),
    (Check::Numbers, Why::NumberGap, "UPDATE document_number SET number = number + 1"),
    (
        Check::Organisation,
        Why::ClosedUnit,
        "UPDATE unit SET to_on = '2018-09-01'
         WHERE id IN (SELECT unit_id FROM task WHERE state = 'open')",
    ),
    (Check::Organisation, Why::ClosedAppointment, "UPDATE unit SET to_on = '2018-09-01'"),
    (
        Check::Organisation,
        Why::TwoRoles,
        "UPDATE appointment SET person_id = (SELECT person_id FROM appointment ORDER BY id LIMIT 1),
            duty = CASE WHEN id = (SELECT id FROM appointment ORDER BY id LIMIT 1)
                THEN 'auditor' ELSE 'administrator' END",
    ),
];

/// Late work, a notice about it that has its number, and work that goes on.
pub(crate) async fn lived_in(world: &mut World) {
    late_world(world).await;
    world.asks("Ma").await;
    world.until("09-21 18:00").await;
    let notice = case_file::Entity::find()
        .filter(case_file::Column::Program.eq("circulated-notice"))
        .one(world.workflow.store.read());
    let notice = notice.await.unwrap().expect("a notice was opened").id;
    let draft = json!({
        "period": "9月", "problems": "逾期未办", "requirements": "限期办结", "deadline": "2018-09-28",
    });
    world.says_with("Sun", notice, "draft", (Word::HandIn, draft)).await.unwrap();
    world.says("Lead", notice, "leader", Word::Approve).await.unwrap();
    world.asks("Ma").await;
    // What a test leaves undone: the letters to people.
    let sent = "UPDATE outbox SET done_at = created_at WHERE done_at IS NULL";
    let told = "UPDATE notice SET state = 'sent', sent_at = created_at";
    for sql in [sent, told] {
        world.workflow.store.for_migration().execute_unprepared(sql).await.unwrap();
    }
}

async fn a_sound_store_is_found_sound(mut world: World) {
    lived_in(&mut world).await;
    let report = doctor::examine(&world.workflow, Reach::Whole).await.unwrap();
    assert!(report.sound, "{report:#?}");
    assert_eq!((report.cases, report.whole), (3, true), "two late ones and a notice");
    for one in &report.checks {
        let alone = matches!(one.check, Check::Letters | Check::Notices);
        assert!(one.looked > 0 || alone, "{:?} has looked at nothing", one.check);
    }
    // What the tests ask after every fault says the same.
    let asked = invariants::findings(&world, &Demand { at_rest: true, ..Demand::default() }).await;
    assert_eq!(asked, Vec::<String>::new());
    let some = doctor::examine(&world.workflow, Reach::UnderWay(1)).await.unwrap();
    assert!(some.sound && !some.whole, "{some:#?}");
}

/// Takes the damage back.
struct Undone(Result<Report, CommandError>);

impl From<DbErr> for Undone {
    fn from(error: DbErr) -> Self {
        Self(Err(error.into()))
    }
}

async fn damaged(world: &World, sql: &str) -> Report {
    let looked = tx::write(&world.workflow.store, async |tx: &DatabaseTransaction| {
        tx.execute_unprepared(sql).await?;
        Err::<(), _>(Undone(doctor::examine_in(tx, &world.workflow, Reach::Whole).await))
    });
    match looked.await {
        Err(Undone(report)) => report.unwrap_or_else(|e| panic!("{e}\n{sql}")),
        Ok(()) => unreachable!(),
    }
}

async fn each_kind_of_damage_is_found_by_its_own_check(mut world: World) {
    lived_in(&mut world).await;
    let mut missed = Vec::new();
    for (check, why, sql) in DAMAGES {
        let report = damaged(&world, sql).await;
        let found = report.of(check).unwrap();
        if report.sound || !found.first.iter().any(|finding| finding.why == why) {
            missed.push(format!("{check:?} {why:?}: {sql}\n{:?}", found.first));
        }
        assert_eq!(report.sound, report.checks.iter().all(|one| one.found == 0));
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
    let checks: Vec<Check> = DAMAGES.iter().map(|(check, ..)| *check).collect();
    assert!(Check::ALL.iter().all(|check| checks.contains(check)), "a check that nothing shows");
    let again = doctor::examine(&world.workflow, Reach::Whole).await.unwrap();
    assert!(again.sound, "nothing of the damage stays");
}

async fn administrators_see_it_on_a_page(mut world: World) {
    lived_in(&mut world).await;
    world.works("Admin", "region/education", Duty::Administrator).await;
    let mut house = House::of(&world).await;
    for name in ["Admin", "Edu"] {
        house.lets_staff_in(&world, name).await;
    }
    let knock = house.open().await;
    let look = || TestRequest::with_uri("/staff/soundness");
    let page = knock(house.by("Admin", look(), &Body::Nothing)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(!page.text().contains("没有计时"), "{}", page.text());
    let damage = "DELETE FROM clock WHERE kind = 'step' AND ended_at IS NULL";
    world.workflow.store.for_migration().execute_unprepared(damage).await.unwrap();
    let page = knock(house.by("Admin", look(), &Body::Nothing)).await;
    let text = page.text();
    assert!(text.contains("没有计时"), "{text}");
    assert_eq!(knock(house.by("Edu", look(), &Body::Nothing)).await.status, 403);
    let jobs = TestRequest::with_uri("/staff/jobs");
    let jobs = knock(house.by("Admin", jobs, &Body::Nothing)).await;
    assert!(jobs.text().contains("href=\"/staff/soundness\""), "the way there");
}

/// A value with the kind of each part in its place; of a list, its first entry.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::Array(list) => list.first().map(shape).into_iter().collect(),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!("number"),
        other => other.clone(),
    }
}

#[actix_web::test]
async fn its_json_has_this_shape() {
    let mut world = World::on(Store::Sqlite).await;
    lived_in(&mut world).await;
    let report = damaged(&world, "DELETE FROM clock WHERE ended_at IS NULL").await;
    let shape = serde_json::to_string_pretty(&shape(&json!(report))).unwrap();
    insta::assert_snapshot!(shape, @r#"
    {
      "at": "text",
      "cases": "number",
      "checks": [
        {
          "check": "text",
          "first": [
            {
              "about": "text",
              "case": "text",
              "why": "text"
            }
          ],
          "found": "number",
          "looked": "number"
        }
      ],
      "sound": false,
      "whole": true
    }
    "#);
}

fn banjie(words: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_banjie")).args(words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[actix_web::test]
async fn the_demonstration_is_sound_and_who_cannot_look_says_so() {
    let demo = Demonstration::start("doctored");
    let data = demo.data.display().to_string();
    let (code, said, log) = banjie(&["doctor", "--data", &data]);
    assert_eq!(code, Some(0), "{said}{log}");
    assert!(said.ends_with(": sound\n"), "{said}");
    let (code, said, log) = banjie(&["doctor", "--json", "--data", &data]);
    assert_eq!(code, Some(0), "{said}{log}");
    let report: Value = serde_json::from_str(&said).unwrap();
    assert!(report["sound"] == json!(true) && report["cases"].as_u64() > Some(5), "{report}");

    let nowhere = scratch("nowhere").display().to_string();
    let (code, said, log) = banjie(&["doctor", "--data", &nowhere]);
    assert_eq!((code, said.as_str()), (Some(2), ""), "{log}");
}
