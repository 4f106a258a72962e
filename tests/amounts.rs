//! What the shipped programs grant, asked from outside: an application is handed in and its award
//! read back.

use chrono::{DateTime, Utc};
use entities::{Level, award_line};
use sea_orm::QueryOrder;
use serde_json::{Value, json};

use crate::harness::{both, world::World};

both![years_of_study_are_given_back_up_to_the_ceiling_of_the_day];

async fn years_of_study_are_given_back_up_to_the_ceiling_of_the_day(mut world: World) {
    let outside = (Level::Outside, "640424", "conscription_office");
    let office = world.unit("army", outside, (None, None)).await;
    let clock = &world.workflow.clock;
    clock.advance("2025-08-20T02:00:00Z".parse::<DateTime<Utc>>().unwrap() - clock.now());
    let four = |paid: i64| vec![json!({ "fees_paid": paid * 100 }); 4];
    let two_of_loan = vec![json!({ "fees_paid": 500_000, "loan": 700_000 }); 2];
    //  enlisted, degree, years, owed in yuan: to the bank, to the person
    let table: [(&str, &str, Vec<Value>, i64, i64, i64); 6] = [
        ("2024-09-10", "undergraduate", four(21_000), 0, 0, 80_000),
        ("2023-09-10", "undergraduate", four(21_000), 0, 0, 64_000),
        ("2024-09-10", "undergraduate", four(21_000), 30_000, 30_000, 50_000),
        ("2024-08-31", "postgraduate", four(21_000), 0, 0, 80_000),
        ("2024-09-10", "vocational", four(4_200), 90_000, 16_800, 0),
        ("2024-09-10", "vocational", two_of_loan, 0, 0, 14_000), // the higher of the two
    ];
    for (nth, (enlisted, degree, years, owed, bank, person)) in table.into_iter().enumerate() {
        let name = format!("Ma{nth}");
        world.applies(&name).await;
        let mut form = json!({
            "standing": "graduate", "service": "conscript", "enlisted": enlisted,
            "enlisted_by": office.to_string(), "degree": degree, "fees_waived": false,
            "account": "6217000000000012314", "years": years, "has_loan": owed > 0,
        });
        let mut papers = vec!["notice", "application", "diploma", "fees"];
        if owed > 0 {
            form["lender"] = json!("a bank");
            form["contract"] = json!("1");
            form["owed"] = json!(owed * 100);
            papers.push("loan_contract");
        }
        let case = world.drafts(&name, "military-compensation", form).await;
        for paper in papers {
            world.attaches(&name, case, paper, None).await.unwrap();
        }
        world.submits(&name, case).await.unwrap();
        let rows = award_line::Entity::of_case(case).order_by_asc(award_line::Column::Line);
        let rows = rows.all(world.workflow.store.read()).await.unwrap();
        let to = |kind: &str| {
            let mine = rows.iter().filter(|row| row.payee_kind == kind);
            mine.map(|row| row.fen.0).sum::<i64>() / 100
        };
        assert_eq!((to("bank"), to("person")), (bank, person), "{enlisted} {degree} {owed}");
    }
}
