//! What the shipped programs grant, asked from outside: an application is handed in and its award
//! read back.

use chrono::{DateTime, Utc};
use entities::{Level, award_line};
use sea_orm::QueryOrder;
use serde_json::{Value, json};

use workflow::Refusal;

use crate::harness::{
    both,
    world::{World, refusal},
};

both![
    years_of_study_are_given_back_up_to_the_ceiling_of_the_day,
    the_bank_is_paid_no_more_than_is_owed_and_the_rest_is_the_persons,
    what_excludes_another_program_is_not_had_beside_it_in_either_order,
];

/// Day of enlistment, degree, years; in yuan what is owed, what the bank gets and the person.
type Row = (&'static str, &'static str, Vec<Value>, i64, i64, i64);

async fn years_of_study_are_given_back_up_to_the_ceiling_of_the_day(mut world: World) {
    let outside = (Level::Outside, "640424", "conscription_office");
    let office = world.unit("army", outside, (None, None)).await;
    let clock = &world.workflow.clock;
    clock.advance("2025-08-20T02:00:00Z".parse::<DateTime<Utc>>().unwrap() - clock.now());
    let four = |paid: i64| vec![json!({ "fees_paid": paid * 100 }); 4];
    let two_of_loan = vec![json!({ "fees_paid": 500_000, "loan": 700_000 }); 2];
    //  enlisted, degree, years, owed in yuan: to the bank, to the person
    let table: [Row; 6] = [
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

async fn the_bank_is_paid_no_more_than_is_owed_and_the_rest_is_the_persons(mut world: World) {
    let clock = &world.workflow.clock;
    clock.advance("2025-08-20T02:00:00Z".parse::<DateTime<Utc>>().unwrap() - clock.now());
    //  owed in yuan: to the bank, to the person
    let table = [(0, 0, 16_800), (6_000, 6_000, 10_800), (90_000, 16_800, 0)];
    for (nth, (owed, bank, person)) in table.into_iter().enumerate() {
        let name = format!("Ma{nth}");
        world.applies(&name).await;
        let mut form = json!({
            "degree": "vocational", "graduated": "2024-06-30", "commissioned": false,
            "employer": "a school", "employer_kind": "school", "work_county": "640424",
            "below_seat": true, "started": "2024-09-01", "promised": 3,
            "years": vec![json!({ "fees_paid": 420_000 }); 4], "mode": "compensation",
            "account": "6217000000000012314",
        });
        let mut papers = vec!["agreement", "employer_proof", "diploma"];
        if owed > 0 {
            form["mode"] = json!("repayment");
            form["lender"] = json!("a bank");
            form["contract"] = json!("1");
            form["owed"] = json!(owed * 100);
            papers.push("loan_contract");
        } else {
            papers.push("fees");
        }
        let case = world.drafts(&name, "hard-area-repayment", form).await;
        for paper in papers {
            world.attaches(&name, case, paper, None).await.unwrap();
        }
        world.submits(&name, case).await.unwrap();
        let rows = award_line::Entity::of_case(case).all(world.workflow.store.read()).await;
        let rows = rows.unwrap();
        let to = |kind: &str| {
            let mine = rows.iter().filter(|row| row.payee_kind == kind);
            mine.map(|row| row.fen.0).sum::<i64>() / 100
        };
        assert_eq!((to("bank"), to("person")), (bank, person), "{owed}");
    }
}

/// A program of one's own that gives what is asked for.
fn sample(id: &str, code: &str, stack: &str) -> String {
    format!(
        "program: {id}\ncode: {code}\ntitle: {{zh: 示例{code}, en: Sample {code}}}\n\
         basis: [{{doc: 示例办法, clause: 第一条}}]\nvalid: {{from: 2018-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\n\
         form: [{{id: sum, type: money, required: true}}]\n\
         award: {{lines: [{{id: main, amount: 'min(form.sum, table(\"project_region_cap\", today))'}}], \
         split: [{{payer: county, percent: 100}}]{stack}}}\n\
         route:\n  - {{id: county, by: county/education, within: 3wd, on_empty: climb}}\n\
         clock: {{total: 30wd, from: accepted, to: outcome, stops: {{supplement: 20wd}}}}\n"
    )
}

async fn what_excludes_another_program_is_not_had_beside_it_in_either_order(mut world: World) {
    let second = sample("second", "SB", "");
    let first = sample("first", "SA", ", stack: {excludes: [second]}");
    for (name, source) in [("second.yaml", second), ("first.yaml", first)] {
        let programs = world.workflow.programs.with_source(name, &source);
        world.workflow.programs = programs.unwrap_or_else(|found| panic!("{found:?}"));
    }
    for (name, order) in [("Ma", ["first", "second"]), ("Na", ["second", "first"])] {
        world.applies(name).await;
        let has = world.drafts(name, order[0], json!({ "sum": 10_000 })).await;
        world.submits(name, has).await.unwrap();
        let wants = world.drafts(name, order[1], json!({ "sum": 10_000 })).await;
        let refused = refusal(world.submits(name, wants).await);
        let number = world.case(has).await.number.unwrap();
        let same = matches!(&refused, Refusal::Excluded { number: other, .. } if *other == number);
        assert!(same, "{refused:?}");
    }
}
