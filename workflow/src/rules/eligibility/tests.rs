//! Seasons, conditions, keys and filers.

use std::sync::Arc;

use chrono::NaiveDate;

use super::*;
use crate::program::{
    Tables,
    expression::{PastCase, Roster, Weekdays},
    load,
};

fn program(intake: &str, eligible: &str) -> Program {
    let source = format!(
        "program: sample\ncode: SA\ntitle: {{zh: 例, en: Sample}}\nbasis: []\n\
         valid: {{from: 2026-01-01, to: 2026-12-31}}\nowner: {{lead: education}}\n\
         intake: {{by: [self, school, county/education]{intake}}}\nanchor: applicant.school\n\
         route: []\nclock: {{total: 10wd, from: accepted, to: outcome}}\neligible: [{eligible}]\n"
    );
    load::program("sample.yaml", &source).unwrap()
}

fn scope(today: &str) -> Scope {
    let mut scope = Scope::new(
        today.parse().unwrap(),
        Arc::new(Tables::shipped().unwrap()),
        Arc::new(Weekdays),
    );
    scope.form.insert("cause".to_owned(), Value::text("illness"));
    scope
}

#[test]
fn applications_are_taken_in_their_season() {
    let outside = || Err(Refusal::NotEligible { reason: OUTSIDE_WINDOW.to_owned() });
    let unknown = || Err(Refusal::UnknownProgram("sample".to_owned()));
    let table = [
        ("", "2025-12-31", unknown()),
        ("", "2026-01-01", Ok(())),
        ("", "2026-12-31", Ok(())), // both days included
        ("", "2027-01-01", unknown()),
        (", window: 03-01..08-15", "2026-02-28", outside()),
        (", window: 03-01..08-15", "2026-03-01", Ok(())),
        (", window: 03-01..08-15", "2026-08-15", Ok(())),
        (", window: 03-01..08-15", "2026-08-16", outside()),
        (", window: [09-01..09-20, 11-15..02-10]", "2026-01-05", Ok(())), // over the new year
        (", window: [09-01..09-20, 11-15..02-10]", "2026-11-14", outside()),
    ];
    for (intake, today, expected) in table {
        let today: NaiveDate = today.parse().unwrap();
        assert_eq!(open_on(&program(intake, ""), today), expected, "{intake} {today}");
    }
}

#[test]
fn a_condition_that_fails_says_why() {
    let twice =
        "{if: 'history.count(\"sample\", \"granted\", year(today)) < 2', refuse: cap_reached}";
    let program = program("", twice);
    let mut scope = scope("2026-11-20");
    let past = |on: &str| PastCase {
        program: "sample".to_owned(),
        outcome: "granted".to_owned(),
        on: on.parse().unwrap(),
    };
    scope.history = vec![past("2026-02-01"), past("2025-03-01")];
    assert_eq!(eligible(&program, &scope), Ok(vec![]));
    scope.history.push(past("2026-05-01"));
    let refused = Refusal::NotEligible { reason: "cap_reached".to_owned() };
    assert_eq!(eligible(&program, &scope), Err(refused));
}

#[test]
fn nobody_is_refused_by_what_is_not_known() {
    let program = program(
        "",
        "{if: 'on_roster(\"poor\", applicant)', refuse: not_on_roster}, \
         {if: 'table(\"emergency_cap\", today) < yuan(1)', refuse: cap_reached}",
    );
    let mut scope = scope("2026-11-20");
    let confirm = eligible(&program, &scope).unwrap();
    let about: Vec<_> = confirm.iter().map(|confirm| confirm.about.clone()).collect();
    let table = About::Table("emergency_cap".to_owned());
    assert_eq!(about, [About::Roster("poor".to_owned()), table]);
    assert_eq!(confirm[0].reason.as_deref(), Some("not_on_roster"));
    scope.rosters.insert("poor".to_owned(), Roster::NotListed);
    assert!(matches!(eligible(&program, &scope), Err(Refusal::NotEligible { .. })));
}

#[test]
fn a_condition_without_a_value_stops() {
    let program = program("", "{if: 'form.missing', refuse: cap_reached}");
    assert!(matches!(eligible(&program, &scope("2026-11-20")), Err(Refusal::Stuck(_))));
}

#[test]
fn the_same_case_has_the_same_key() {
    let program = program(", once: [person, form.cause, year]", "");
    let (mira, ali) =
        (Some(PersonId(uuid::Uuid::from_u128(1))), Some(PersonId(uuid::Uuid::from_u128(2))));
    let key = |scope: &Scope, person| once_key(&program, scope, person).unwrap().unwrap();
    let first = key(&scope("2026-01-20"), mira);
    assert_eq!(first, key(&scope("2026-11-20"), mira));
    let mut other = scope("2026-01-20");
    other.form.insert("cause".to_owned(), Value::text("flood"));
    for another in
        [key(&other, mira), key(&scope("2027-01-20"), mira), key(&scope("2026-01-20"), ali)]
    {
        assert_ne!(first, another);
    }
    other.form.clear();
    assert!(once_key(&program, &other, mira).is_err());
}

#[test]
fn a_program_may_set_no_such_limit() {
    let key = once_key(&program("", ""), &scope("2026-11-20"), Some(PersonId(uuid::Uuid::nil())));
    assert_eq!(key, Ok(None));
    // Lines that come once are a matter of the letters that bring them.
    let of_lines = once_key(&program(", once: [rows]", ""), &scope("2026-11-20"), None);
    assert_eq!(of_lines, Ok(None));
    assert!(once_key(&program(", once: [person]", ""), &scope("2026-11-20"), None).is_err());
}

#[test]
fn only_those_named_may_file() {
    let by = program("", "").intake.by;
    for filed_as in ["self", "school", "county/education"] {
        assert_eq!(may_file(&by, filed_as), Ok(()), "{filed_as}");
    }
    for filed_as in ["township", "guardian", "machine", "", "county/finance"] {
        assert_eq!(may_file(&by, filed_as), Err(Refusal::NotYours(Bar::MayNotFile)), "{filed_as}");
    }
}
