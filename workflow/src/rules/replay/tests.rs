//! Thousands of made-up cases are told again: under their own definition they are what they were.

mod life;

use std::{collections::BTreeMap, sync::Arc};

use entities::{Outcome, RunState};

use super::{Tale, Told, compare, reproduces, retell};
use crate::{
    Event,
    program::{Program, load},
};
use life::{known, life};

const SOURCE: &str = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
     basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
     owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
     form: [{id: days, type: integer, required: true}]\nroute:\n  \
     - {id: first, by: county/education, within: 5wd, on_empty: climb, may_return: [applicant]}\n  \
     - together:\n      \
     - {id: left, by: county/finance, within: 3wd, stop: expert, on_empty: climb}\n      \
     - {id: right, by: county/poverty_relief, within: 4wd, on_empty: climb, may_return: [first]}\n  \
     - {id: long, by: city/finance, when: 'form.days > 5', within: 6wd, on_empty: climb}\n  \
     - {id: last, by: city/education, within: 48h, on_empty: climb, may_return: [first, applicant]}\n\
     clock: {total: 30wd, from: accepted, to: outcome, stops: {supplement: 20wd, expert: 2wd, appraisal: 6wd}, \
     extend: {times: 1, by: 5wd, approved_by: superior}}\nremind: R0\nladder: EM\n";

fn program(source: &str) -> Arc<Program> {
    Arc::new(load::program("sample.yaml", source).unwrap())
}

#[test]
fn thousands_of_cases_under_their_own_definition_are_what_they_were() {
    let (known, school) = known();
    // One without stops of the total, so that every life is whole.
    let program = program(&SOURCE.replace(", stop: expert", ""));
    let (mut outcomes, mut events) = (BTreeMap::new(), 0);
    for nth in 1..=3_000 {
        let tale = life(nth, &program, (&known, school));
        let told = retell(&tale, &program, &program)
            .unwrap_or_else(|why| panic!("{nth}: {why}\n{:#?}", tale.told));
        if let Err(why) = reproduces(&tale, &told) {
            let (was, _) = super::as_it_was(&tale);
            let mut runs = was.runs.iter().zip(&told.state.runs);
            let pair = runs.rfind(|(was, is)| was != is);
            panic!("{nth}: {why}\n{pair:#?}\n{:#?}", tale.told);
        }
        assert!(compare(&tale, &told).is_none(), "{nth}: {:?}", compare(&tale, &told));
        *outcomes.entry(told.state.case.outcome).or_insert(0) += 1;
        events += tale.told.len();
    }
    assert!(outcomes.len() >= 4, "{outcomes:?}");
    assert!(events > 50_000, "{events}");
}

/// Money that is asked for, lowered, and asked for anew: to the fen, and by whose money it is.
#[test]
fn amounts_under_their_own_definition_are_what_they_were() {
    let (known, school) = known();
    let money = |each: i64| {
        let award = format!(
            "award: {{lines: [{{id: main, amount: 'form.days * yuan({each})'}}], \
             split: [{{payer: county, percent: 60}}, {{payer: city, percent: 40}}]}}\nroute:\n"
        );
        program(&own_source().replace("route:\n", &award))
    };
    let (own, half) = (money(100), money(50));
    let (mut paid, mut lowered, mut halved) = (0, 0, 0);
    for nth in 1..=2_000 {
        let tale = life(nth, &own, (&known, school));
        let told = retell(&tale, &own, &own).unwrap_or_else(|why| panic!("{nth}: {why}"));
        reproduces(&tale, &told).unwrap_or_else(|why| panic!("{nth}: {why}\n{:#?}", tale.told));
        assert!(compare(&tale, &told).is_none(), "{nth}: {:?}", compare(&tale, &told));
        let granted = told.state.case.outcome == Some(Outcome::Granted);
        paid += i32::from(granted && told.state.case.award_fen.0 > 0);
        let less = |told: &Told| matches!(&told.event, Event::TaskSigned { signature, .. } if signature.fen.is_some());
        lowered += i32::from(tale.told.iter().any(less));
        if granted && !tale.told.iter().any(less) && told.state.case.award_fen.0 > 0 {
            let told = retell(&tale, &own, &half).unwrap();
            if told.state.case.outcome == Some(Outcome::Granted) {
                let change = compare(&tale, &told).award.expect("another amount");
                assert_eq!(change.after.0 * 2, change.before.0, "{nth}");
                halved += 1;
            }
        }
    }
    assert!(paid > 100 && lowered > 20 && halved > 50, "{paid} {lowered} {halved}");
}

#[test]
fn a_shorter_time_turns_lights_and_a_new_step_is_waited_for() {
    let (known, school) = known();
    let own = program(&SOURCE.replace(", stop: expert", ""));
    let tale = (1..500)
        .map(|nth| life(nth, &own, (&known, school)))
        .find(|tale| {
            let (state, _) = super::as_it_was(tale);
            state.case.outcome == Some(Outcome::Granted) && is_whole_but_left(tale)
        })
        .unwrap();
    let shorter = program(&own_source().replace("within: 5wd", "within: 1wd"));
    let told = retell(&tale, &own, &shorter).unwrap();
    let change = compare(&tale, &told);
    assert!(change.dues.iter().any(|due| due.step == "first" && due.after < due.before));
    assert_eq!(change.outcome, None);
    let more = program(&own_source().replace(
        "  - {id: last,",
        "  - {id: check, by: county/supervision, within: 2wd, on_empty: climb}\n  - {id: last,",
    ));
    let told = retell(&tale, &own, &more).unwrap();
    let change = compare(&tale, &told);
    assert_eq!(change.waits_for, ["check"]);
    assert_eq!(change.award, None);
    let (head, rest) = own_source().split_once("  - {id: long,").map(owned).unwrap();
    let (_, rest) = rest.split_once('\n').map(owned).unwrap();
    let less = program(&format!("{head}{rest}"));
    let told = retell(&tale, &own_program(), &less).unwrap();
    assert!(told.state.runs.iter().all(|run| run.path != "long" || run.state == RunState::Void));
}

fn own_source() -> String {
    SOURCE.replace(", stop: expert", "")
}

fn own_program() -> Arc<Program> {
    program(&own_source())
}

fn owned((one, other): (&str, &str)) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

/// Nobody stopped, sent back or asked for anything.
fn is_whole_but_left(tale: &Tale) -> bool {
    !tale.told.iter().any(|told| {
        matches!(
            told.event,
            Event::Paused { .. } | Event::SupplementAsked { .. } | Event::Returned { .. }
        )
    })
}
