//! What an office has on file counts: where it is another day than the applicant wrote, the award
//! is computed anew, and the applicant is told.

use chrono::{DateTime, Utc};
use entities::{CaseId, Duty, Level, UnitId, award_line, notice};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use workflow::commands::Word;

use crate::harness::{both, world::World};

both![
    the_ceiling_follows_the_day_of_enlistment_on_file,
    the_ceiling_follows_the_first_day_of_work_that_the_county_confirms,
];

async fn staff(world: &mut World) -> UnitId {
    let clock = &world.workflow.clock;
    clock.advance("2025-08-20T02:00:00Z".parse::<DateTime<Utc>>().unwrap() - clock.now());
    world.full_staff().await;
    let seats = ["school", "county", "region"].map(|place| world.units[place]);
    for (name, level, division, office, seat) in [
        ("school/finance", Level::School, "640424", "finance", seats[0]),
        ("county/human_resources", Level::County, "640424", "human_resources", seats[1]),
    ] {
        world.unit(name, (level, division, office), (Some(seat), None)).await;
    }
    world.works("Fees", "school/finance", Duty::Handler).await;
    world.works("Hire", "county/human_resources", Duty::Handler).await;
    let outside = (Level::Outside, "640424", "conscription_office");
    let office = world.unit("army", outside, (None, None)).await;
    world.works("Army", "army", Duty::Handler).await;
    office
}

/// Hands an application in with its papers.
async fn asks(world: &mut World, name: &str, program: &str, what: Asks<'_>) -> CaseId {
    world.applies(name).await;
    let case = world.drafts(name, program, what.form).await;
    for paper in what.papers {
        world.attaches(name, case, paper, None).await.unwrap();
    }
    world.submits(name, case).await.unwrap();
    world.settle().await;
    case
}

struct Asks<'a> {
    form: serde_json::Value,
    papers: &'a [&'a str],
}

/// The award in yuan, and whether its lines make it.
async fn award(world: &World, case: CaseId) -> i64 {
    let rows = award_line::Entity::of_case(case).all(world.workflow.store.read()).await.unwrap();
    let sum: i64 = rows.iter().map(|row| row.fen.0).sum();
    assert_eq!(sum, world.case(case).await.award_fen.0, "the lines make the sum");
    sum / 100
}

/// How often the applicant was told that the amount is another.
async fn told(world: &World, case: CaseId) -> u64 {
    notice::Entity::find()
        .filter(notice::Column::CaseId.eq(case))
        .filter(notice::Column::Template.eq("award_changed"))
        .count(world.workflow.store.read())
        .await
        .unwrap()
}

async fn the_ceiling_follows_the_day_of_enlistment_on_file(mut world: World) {
    let office = staff(&mut world).await;
    //  written, on file: yuan before and after, how often told
    let table = [
        ("2024-09-10", "2024-09-10", 80_000, 80_000, 0),
        ("2024-09-10", "2024-08-31", 80_000, 64_000, 1),
        ("2024-08-31", "2024-09-01", 64_000, 80_000, 1),
        ("2024-09-10", "2025-03-10", 80_000, 80_000, 0), // another day, the same ceiling
    ];
    for (nth, (written, on_file, before, after, times)) in table.into_iter().enumerate() {
        let name = format!("Ma{nth}");
        let form = json!({
            "standing": "graduate", "service": "conscript", "enlisted": written,
            "enlisted_by": office.to_string(), "degree": "undergraduate", "fees_waived": false,
            "account": "6217000000000012314", "has_loan": false,
            "years": vec![json!({ "fees_paid": 2_100_000 }); 4],
        });
        let papers = &["notice", "application", "diploma", "fees"][..];
        let case = asks(&mut world, &name, "military-compensation", Asks { form, papers }).await;
        for (name, step) in [("Fees", "fees"), ("Aid", "college"), ("Head", "college")] {
            world.says(name, case, step, Word::Approve).await.unwrap();
        }
        assert_eq!(award(&world, case).await, before, "as {written} was written");
        let stamp = (Word::Approve, json!({ "joined": on_file }));
        world.says_with("Army", case, "stamp", stamp).await.unwrap();
        assert_eq!(award(&world, case).await, after, "{written}, but {on_file} on file");
        assert_eq!(told(&world, case).await, times, "{written}, but {on_file} on file");
        world.says("Region", case, "region", Word::Approve).await.unwrap();
        assert_eq!(award(&world, case).await, after, "with the outcome it stands");
        world.can_be_told_again(case).await;
    }
}

async fn the_ceiling_follows_the_first_day_of_work_that_the_county_confirms(mut world: World) {
    staff(&mut world).await;
    //  confirmed: yuan, how often told
    let table = [(None, 80_000, 0), (Some("2024-08-20"), 64_000, 1)];
    for (nth, (began, after, times)) in table.into_iter().enumerate() {
        let name = format!("Na{nth}");
        let form = json!({
            "degree": "undergraduate", "graduated": "2024-06-30", "commissioned": false,
            "employer": "a school", "employer_kind": "school", "work_county": "640424",
            "below_seat": true, "started": "2024-09-01", "promised": 3,
            "years": vec![json!({ "fees_paid": 2_100_000 }); 4], "mode": "compensation",
            "account": "6217000000000012314",
        });
        let papers = &["agreement", "employer_proof", "diploma", "fees"][..];
        let case = asks(&mut world, &name, "hard-area-repayment", Asks { form, papers }).await;
        world.says("Aid", case, "college", Word::Approve).await.unwrap();
        assert_eq!(award(&world, case).await, 80_000);
        for name in ["Hire", "Edu"] {
            let mut said = json!({ "class_confirmed": true });
            if let Some(began) = began {
                said["began"] = json!(began);
            }
            world.says_with(name, case, "county", (Word::Approve, said)).await.unwrap();
        }
        assert_eq!((award(&world, case).await, told(&world, case).await), (after, times));
        world.can_be_told_again(case).await;
    }
}
