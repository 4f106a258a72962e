//! What expressions come to, and what stops them.

use std::sync::Arc;

use chrono::NaiveDate;
use entities::Fen;

use super::{Expr, PastCase, Roster, Scope, StepFacts, Truth, Value, Weekdays};
use crate::program::Tables;

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A case of 12 000 yuan, filed on a Monday, with one earlier grant this year.
fn scope() -> Scope {
    let tables = Arc::new(Tables::shipped().unwrap());
    let mut scope = Scope::new(on("2018-09-10"), tables, Arc::new(Weekdays));
    let form = [
        ("hurry", Value::Bool(false)),
        ("asked", Value::Money(Fen(1_200_000))),
        ("why", Value::text("illness")),
        ("since", Value::Date(on("2018-09-01"))),
        ("empty", Value::Null),
    ];
    scope.form = form.map(|(id, value)| (id.to_owned(), value)).into();
    scope.award.insert("total".to_owned(), Value::Money(Fen(1_200_000)));
    scope.signer.insert("level".to_owned(), Value::text("township"));
    scope.applicant.insert("school".to_owned(), Value::text("s1"));
    scope.rosters.insert("registered_poor".to_owned(), Roster::Listed);
    scope.rosters.insert("orphans".to_owned(), Roster::NotListed);
    let past = |outcome: &str, day| PastCase {
        program: "example-aid".to_owned(),
        outcome: outcome.to_owned(),
        on: on(day),
    };
    scope.history = vec![
        past("granted", "2018-03-01"),
        past("refused", "2018-04-01"),
        past("granted", "2017-03-01"),
    ];
    let teacher = StepFacts {
        verdict: Some("approved".to_owned()),
        closed_on: Some(on("2018-09-07")),
        values: [("seen".to_owned(), Value::Bool(true))].into(),
    };
    scope.steps.insert("teacher".to_owned(), teacher);
    scope.group = Some(41);
    scope.names.insert("nine".to_owned(), vec!["640422".to_owned()]);
    scope.rows = Some(
        [("a", 5), ("b", 7), ("a", 9)]
            .map(|(class, marks)| {
                Value::Map(
                    [
                        ("class".to_owned(), Value::text(class)),
                        ("marks".to_owned(), Value::Int(marks)),
                        ("state".to_owned(), Value::text(if marks > 5 { "in" } else { "out" })),
                    ]
                    .into(),
                )
            })
            .into(),
    );
    scope
}

#[test]
fn expressions_come_to_what_they_say() {
    let scope = scope();
    let table = [
        ("form.asked > yuan(10000)", "true"),
        (
            "award.total > yuan(10000) || history.count(\"example-aid\", \"granted\", year(today)) == 1",
            "true",
        ),
        ("history.count(\"example-aid\", \"granted\", year(today)) < 2", "true"),
        ("history.count(\"example-aid\", \"granted\", 2017)", "1"),
        ("signer.level == \"school\" ? yuan(2000) : yuan(3000)", "¥3000.00"),
        ("min(form.asked, table(\"emergency_cap\", form.why, form.since))", "¥12000.00"),
        ("max(1, 3)", "3"),
        ("part(yuan(100), 1, 3)", "¥33.33"), // 33.333…
        ("part(yuan(100), 2, 3)", "¥66.67"), // 66.666…, half up
        ("part(table(\"sv_tuition_waiver\", today), 5, 10)", "¥1000.00"),
        ("sum([yuan(1), yuan(2)])", "¥3.00"),
        ("sum([1, 2, 3]) - 6 % 4", "4"),
        ("at_least(percent_of(10), 3)", "5"), // 4.1 of 41, rounded up
        ("on_roster(\"registered_poor\", applicant)", "true"),
        ("on_roster(\"orphans\", applicant)", "false"),
        ("names(\"nine\")", "[\"640422\"]"),
        ("day(\"teacher\") + days(3)", "2018-09-10"),
        ("date(2018, 1, 31) + months(1)", "2018-02-28"),
        ("today - years(1)", "2017-09-10"),
        ("wd(today, 5)", "2018-09-17"),
        ("working_days(date(2018, 9, 7), today)", "1"),
        ("days_between(form.since, today)", "9"),
        ("verdict(\"teacher\") == \"approved\" && step.teacher.seen", "true"),
        ("done(\"county\")", "false"),
        ("has(form.empty)", "false"),
        ("has(form.asked)", "true"),
        ("rows.map(r, r.class).distinct()", "[\"a\", \"b\"]"),
        ("rows.filter(r, r.marks > 5).size()", "2"),
        ("rows.exists(r, r.marks == 9) && rows.all(r, r.marks > 4)", "true"),
        ("rows.where(row.marks > 5).by(row.class).map(g, g.rows.size())", "[1, 1]"),
        ("rows.picked().size()", "2"),
        ("term(today)", "\"2018-09-01\""),
        ("term(date(2019, 1, 31))", "\"2018-09-01\""),
        ("term(date(2019, 2, 1))", "\"2019-03-01\""),
        ("term_end(term(date(2019, 7, 31)))", "2019-07-31"),
        ("term_end(\"2018-09-01\")", "2019-01-31"),
        ("rows[0].marks", "5"),
        ("form.why in [\"illness\", \"disaster\"]", "true"),
        ("size(form.why)", "7"),
        ("-yuan(1)", "¥-1.00"),
        ("false && form.nowhere", "false"),
    ];
    for (source, value) in table {
        let expr = Expr::parse(source).unwrap_or_else(|fault| panic!("{source}: {fault}"));
        let found = expr.evaluate(&scope).unwrap_or_else(|stuck| panic!("{stuck}"));
        assert_eq!(found.value.to_string(), value, "{source}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_stuck_and_never_true() {
    let scope = scope();
    let table = [
        ("form.nowhere == 1 || true", "form.nowhere is missing"),
        ("form.empty == 1", "form.empty is missing"),
        ("verdict(\"county\") == \"approved\"", "verdict(county) is missing"),
        ("step.county.seen", "step.county.seen is missing"),
        ("day(\"county\") == today", "day(county) is missing"),
        ("9223372036854775807 + 1 > 0", "too large"),
        ("1 / 0 == 0", "divided by zero"),
        ("5 == \"5\"", "expected int, found text"),
        ("form.asked + 1 > form.asked", "expected money, found int"),
        ("table(\"emergency_cap_\", today) > yuan(0)", "has no row"),
        ("date(2018, 2, 30) > today", "is not a date"),
        ("threads(\"x\").size() > 0", "threads() is missing"),
        ("parent.form.ends > today", "parent is missing"),
        ("on_roster(\"nobody_loaded\", applicant)", "is not loaded"),
    ];
    for (source, says) in table {
        let stuck = Expr::parse(source).unwrap().holds(&scope).unwrap_err();
        assert!(stuck.en.contains(says), "{source}: {stuck}");
        assert!(!stuck.zh.is_empty() && stuck.expression == source);
    }
}

#[test]
fn a_roster_that_is_not_loaded_is_neither_true_nor_false() {
    let scope = scope();
    let not = || Truth::NotLoaded { roster: "x".to_owned() };
    let table = [
        ("on_roster(\"x\", applicant)", not()),
        ("!on_roster(\"x\", applicant)", not()),
        ("on_roster(\"x\", applicant) || true", Truth::Yes),
        ("on_roster(\"x\", applicant) && false", Truth::No),
        ("true && on_roster(\"x\", applicant)", not()),
        ("on_roster(\"orphans\", applicant) || on_roster(\"x\", applicant)", not()),
    ];
    for (source, truth) in table {
        assert_eq!(Expr::parse(source).unwrap().truth(&scope), Ok(truth), "{source}");
    }
}

#[test]
fn an_amount_says_why_and_from_which_table() {
    let mut scope = scope();
    scope.form.insert("asked".to_owned(), Value::Money(Fen(2_500_000)));
    let expr =
        Expr::parse("min(form.asked, table(\"emergency_cap\", form.why, form.since))").unwrap();
    let (fen, done) = expr.money(&scope).unwrap();
    assert_eq!(fen, Fen(2_000_000));
    let [read] = &done.reads[..] else { panic!("one table was read") };
    assert_eq!((read.on, read.fen()), (on("2018-09-01"), Some(Fen(2_000_000))));
    insta::assert_snapshot!(done.why.lines().join("\n"), @r#"
    min(form.asked, table("emergency_cap", form.why, form.since)) → ¥20000.00
      form.asked → ¥25000.00
      table("emergency_cap", form.why, form.since) → ¥20000.00
        form.why → "illness"
        form.since → 2018-09-01
    "#);
}

#[test]
fn what_is_too_much_is_refused_before_it_runs() {
    let deep = format!("{}1{}", "(".repeat(60), ")".repeat(60));
    let long = format!("1{}", " + 1".repeat(600));
    let minus = format!("{}1{}", "-(".repeat(16), ")".repeat(16));
    let ways = format!("{}1", "true ? 1 : ".repeat(16));
    let dots = format!("form{}", ".a".repeat(900));
    for parsed in
        [&format!("{}true", "!".repeat(1900)), &minus, &ways, &dots].map(|text| Expr::parse(text))
    {
        // Understood or not: the stack does not overflow.
        drop(parsed);
    }
    let table = [
        ("1 +", "expected an expression"),
        ("1.5 > 1", "decimals"),
        ("{\"a\": 1}", "maps are not known"),
        ("rows.map(a, rows.map(b, rows.map(c, c)))", "at most 2 deep"),
        (deep.as_str(), "at most 16 brackets"),
        (long.as_str(), "at most"),
        (dots.as_str(), "at most 32 deep"),
        ("1u > 0u", "whole number"),
        ("b\"a\" == b\"a\"", "whole number"),
    ];
    for (source, says) in table {
        let fault = Expr::parse(source).unwrap_err().to_string();
        assert!(fault.contains(says), "{source}: {fault}");
    }
}
