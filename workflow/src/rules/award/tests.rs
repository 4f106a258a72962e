//! Amounts, payers and cuts.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::program::{Tables, expression::Weekdays, load};

fn program(award: &str) -> Program {
    let lets =
        if award.contains("let:") { "" } else { "let: {capped: 'min(form.need, yuan(100))'}\n" };
    let source = format!(
        "program: sample\ncode: SA\ntitle: {{zh: 例, en: Sample}}\n\
         basis: [{{doc: 方案, clause: 四（三）}}]\nvalid: {{from: 2026-01-01}}\n\
         owner: {{lead: education}}\nintake: {{by: [self]}}\nanchor: applicant.school\nroute: []\n\
         clock: {{total: 10wd, from: accepted, to: outcome}}\n\
         form: [{{id: need, type: money}}, {{id: cost, type: money}}, {{id: day, type: date}}]\n\
         {lets}{award}\n"
    );
    load::program("sample.yaml", &source).unwrap()
}

fn scope(need: i64) -> Scope {
    let today = "2026-11-20".parse().unwrap();
    let mut scope = Scope::new(today, Arc::new(Tables::shipped().unwrap()), Arc::new(Weekdays));
    scope.form.insert("need".to_owned(), Value::Money(Fen(need)));
    scope.form.insert("cost".to_owned(), Value::Money(Fen(999_999_900)));
    scope.form.insert("day".to_owned(), Value::Date(today));
    scope.lets = program("").lets;
    scope
}

fn computed(rules: &str, need: i64) -> Result<Award, Stuck> {
    award(&program(rules), &Shared::default(), &scope(need))
}

const CAPPED: &str = "award: {lines: [{id: main, amount: 'min(form.need, table(\"emergency_cap\", \
                      form.day))'}], split: [{payer: county, percent: 100}]}";

#[test]
fn what_is_above_the_ceiling_is_cut_and_said() {
    let within = computed(CAPPED, 1_200_000).unwrap();
    assert_eq!((within.total, within.cut), (Fen(1_200_000), None));
    let over = computed(CAPPED, 2_500_000).unwrap();
    let cut = Cut { asked: Fen(2_500_000), ceiling: Fen(2_000_000) };
    assert_eq!((over.total, over.cut), (Fen(2_000_000), Some(cut)));
    let [line] = &over.lines[..] else { panic!("one line") };
    assert_eq!((&*line.payer, &*line.payee_kind, line.fen), ("county", "person", Fen(2_000_000)));
    assert_eq!(line.basis, "proposal", "as the table says");
    assert!(line.table_version.starts_with("emergency_cap@"));
    // nobody has found that ceiling in a source
    assert_eq!(over.confirm[0].about, About::Table("emergency_cap".to_owned()));
}

#[test]
fn only_what_limits_cuts() {
    let table = [
        ("form.need", None),
        ("capped", Some(Fen(10_000))),
        ("form.need > yuan(100) ? yuan(100) : form.need", Some(Fen(10_000))),
        ("part(form.need, 1, 2)", None), // half of it is what the program gives
        ("form.cost > yuan(5) ? yuan(7) : yuan(8)", None),
    ];
    for (amount, ceiling) in table {
        let rules = format!(
            "award: {{lines: [{{id: main, amount: '{amount}', to: applicant}}], split: [{{payer: \
             county, percent: 100}}]}}"
        );
        let award = computed(&rules, 50_000).unwrap();
        assert_eq!(award.cut.map(|cut| cut.ceiling), ceiling, "{amount}");
        assert_eq!(award.lines[0].basis, "方案 四（三）", "no table was read");
        assert_eq!((&*award.lines[0].payee_kind, &*award.lines[0].table_version), ("person", ""));
    }
}

#[test]
fn lines_have_their_own_conditions_payees_and_payers() {
    let rules = "award: {lines: [{id: a, amount: 'yuan(3)', when: 'form.need > yuan(5)'}, {id: b, \
                 amount: 'yuan(1)', to: school, split: [{payer: region, percent: 50}, {payer: \
                 county, percent: 50}]}, {id: c, amount: 'yuan(1) - yuan(2)'}, {id: d, amount: \
                 'yuan(9)'}], split: [{payer: city, percent: 100}]}\n\
                 eligible: [{if: 'form.need > yuan(5)', refuse: cap_reached, lines: [d]}]";
    let award = computed(rules, 500).unwrap();
    let lines: Vec<_> = award
        .lines
        .iter()
        .map(|line| (&*line.line, &*line.payer, &*line.payee_kind, line.fen.0))
        .collect();
    assert_eq!(
        lines,
        [("b", "region", "school", 50), ("b", "county", "school", 50)],
        "a line that comes to nothing is none"
    );
    assert_eq!(award.total, Fen(100), "never negative");
    assert_eq!(computed(rules, 600).unwrap().total, Fen(1300));
}

#[test]
fn a_split_that_is_not_known_or_not_whole_stops() {
    let table = [
        ("split: nx93", "the table cost_share.unknown has no row on 2026-11-20"),
        ("split: nowhere", "there is no split nowhere"),
        ("split: [{payer: county, percent: 99}]", "its split makes 99 %"),
        ("", "nobody pays it: there is no split"),
    ];
    for (split, why) in table {
        let comma = if split.is_empty() { "" } else { ", " };
        let rules = format!(
            "award: {{lines: [{{id: main, amount: 'yuan(1)'}}]{comma}{split}}}\n\
             splits: {{nx93: {{table: cost_share.unknown}}}}"
        );
        assert_eq!(computed(&rules, 0).unwrap_err().why, why);
    }
    let huge = "award: {lines: [{id: a, amount: 'form.need'}, {id: b, amount: 'form.need'}], split: \
                [{payer: county, percent: 100}]}";
    assert_eq!(computed(huge, i64::MAX).unwrap_err().why, "the sum is too large");
}

#[test]
fn a_program_without_money_grants_none() {
    assert_eq!(computed("", 0), Ok(Award::default()));
}

#[test]
fn the_rest_goes_to_the_first_payer() {
    let three = [("a", 34), ("b", 33), ("c", 33)].map(|(payer, n)| (payer.to_owned(), n));
    let cut = |fen| parts(Fen(fen), &three).into_iter().map(|(_, fen)| fen.0).collect::<Vec<_>>();
    assert_eq!(cut(100), [34, 33, 33]);
    assert_eq!(cut(101), [35, 33, 33]);
    assert_eq!(cut(1), [1]);
    assert!(cut(0).is_empty());
    assert_eq!(cut(50), [16, 17, 17]); // 16.5 rounds up twice
}

/// Four years of study: what was paid, what was borrowed for it, the ceiling of the day.
const STUDY: &str = "let: {ceiling: 'table(\"study_ceiling\", \"military\", \"undergraduate\", \
                     form.day)', due: 'sum(form.years.map(y, min(max(y.paid, has(y.loan) ? y.loan \
                     : yuan(0)), ceiling)))'}\naward: {lines: [{id: loan, to: bank, amount: \
                     'form.need'}, {id: rest, to: applicant, amount: 'due'}], split: [{payer: \
                     central, percent: 100}], stack: {first: loan}}";

fn study(enlisted: &str, years: &[(i64, Option<i64>)], owed: i64) -> Award {
    let program = program(STUDY);
    let mut scope = scope(owed * 100);
    scope.lets.clone_from(&program.lets);
    scope.form.insert("day".to_owned(), Value::Date(enlisted.parse().unwrap()));
    let money = |yuan: i64| Value::Money(Fen(yuan * 100));
    let year = |(paid, loan): &(i64, Option<i64>)| {
        let loan = loan.map(|loan| ("loan".to_owned(), money(loan)));
        let fields = std::iter::once(("paid".to_owned(), money(*paid))).chain(loan);
        Value::Map(fields.collect())
    };
    scope.form.insert("years".to_owned(), Value::List(years.iter().map(year).collect()));
    award(&program, &Shared::default(), &scope).unwrap()
}

#[test]
fn each_year_counts_up_to_the_ceiling_of_the_day_and_the_loan_comes_first() {
    let four = [(21_000, None); 4];
    let mixed = [(9_000, None), (15_000, Some(18_000)), (30_000, None)];
    //  enlisted      years          owed     loan    rest
    for (enlisted, years, owed, loan, rest) in [
        ("2024-09-10", &four[..], 0, 0, 80_000),
        ("2024-08-31", &four[..], 0, 0, 64_000), // the last day of the old ceiling
        ("2023-09-10", &four[..], 0, 0, 64_000),
        ("2023-08-31", &four[..], 0, 0, 48_000),
        ("2018-09-10", &four[..], 0, 0, 32_000),
        ("2014-08-31", &four[..], 0, 0, 24_000),
        ("2024-09-10", &four[..], 30_000, 30_000, 50_000),
        ("2024-09-10", &four[..], 90_000, 80_000, 0), // no more than there is
        ("2023-09-10", &mixed[..], 10_000, 10_000, 31_000), // 9000 + 16000 + 16000
    ] {
        let award = study(enlisted, years, owed);
        let of = |line: &str| {
            let fens = award.lines.iter().filter(|row| row.line == line).map(|row| row.fen.0);
            fens.sum::<i64>() / 100
        };
        assert_eq!((of("loan"), of("rest")), (loan, rest), "{enlisted}, {owed} owed");
        assert!(award.lines.iter().all(|row| row.fen.0 > 0));
        let payee = |row: &Line| if row.line == "loan" { "bank" } else { "person" };
        assert!(award.lines.iter().all(|row| row.payee_kind == payee(row)));
    }
}

#[test]
fn a_table_says_who_pays_which_percent() {
    let rules = "award: {lines: [{id: a, amount: 'form.need'}], split: nx93}\n\
                 splits: {nx93: {table: cost_share.nx93}}";
    let award = computed(rules, 101).unwrap();
    let paid: Vec<_> = award.lines.iter().map(|line| (&*line.payer, line.fen.0)).collect();
    assert_eq!(paid, [("region", 50), ("city_and_county", 51)], "50.5 is rounded up");
    assert_eq!(award.lines[0].basis, "the Plan 四(三): 5:5");
    assert!(award.lines[0].table_version.starts_with("cost_share.nx93@"));
}

proptest! {
    #[test]
    fn parts_make_the_whole(
        whole in 0i64..,
        cuts in prop::collection::btree_set(1u32..100, 0..6),
    ) {
        let mut edges: Vec<u32> = cuts.into_iter().collect();
        edges.insert(0, 0);
        edges.push(100);
        let percents = edges.windows(2).map(|edge| edge[1] - edge[0]);
        let shares: Vec<(String, u32)> =
            percents.enumerate().map(|(index, percent)| (index.to_string(), percent)).collect();
        let parts = parts(Fen(whole), &shares);
        prop_assert_eq!(parts.iter().map(|(_, fen)| fen.0).sum::<i64>(), whole);
        prop_assert!(parts.iter().all(|(_, fen)| fen.0 >= 0));
    }
}
