//! What one step says of people beside what another said before: which step that is, which fields
//! both ask for, and whether the two say the same.
//!
//! Source: `keeps` of the program language.

use std::collections::BTreeMap;

use crate::program::{Field, Program, Step, expression::Value};

/// The step whose word on people `step` keeps beside its own: the one that it names, or the last
/// one of the block that it names, of those before it that say something of lines.
pub fn kept_step<'a>(program: &'a Program, step: &Step) -> Option<&'a Step> {
    let keeps = step.keeps.as_ref()?;
    let all = program.steps_and_blocks();
    let before = all.into_iter().take_while(|(other, _)| other.id != step.id);
    let named = before.filter(|(other, around)| {
        other.id == *keeps || around.iter().any(|block| block.id.as_ref() == Some(keeps))
    });
    let says = named.map(|(other, _)| other).filter(|other| !other.row_form.is_empty());
    says.last()
}

/// Whether what a step says of people is its own word: it keeps another's, or another keeps its.
pub fn speaks(program: &Program, step: &Step) -> bool {
    let is_kept = |other: &&Step| kept_step(program, other).is_some_and(|kept| kept.id == step.id);
    step.keeps.is_some() || program.steps().iter().any(is_kept)
}

/// The fields that two steps both ask for.
pub fn both_ask<'a>(before: &Step, step: &'a Step) -> Vec<&'a Field> {
    let known = |field: &&Field| before.row_form.iter().any(|other| other.id == field.id);
    step.row_form.iter().filter(known).collect()
}

/// Whether what is said `now` is another than what was said before, of the fields that both were
/// asked for. Of whom nobody had said anything, nothing else is said.
pub fn differs(
    fields: &[&Field],
    (before, now): (&BTreeMap<String, Value>, &BTreeMap<String, Value>),
) -> bool {
    let said = |values: &BTreeMap<String, Value>| -> BTreeMap<String, Value> {
        let value = |field: &&Field| {
            let value = values.get(field.id.as_str()).filter(|value| **value != Value::Null)?;
            Some((field.id.to_string(), value.clone()))
        };
        fields.iter().filter_map(value).collect()
    };
    let before = said(before);
    !before.is_empty() && before != said(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::load;

    const PROGRAM: &str = r"program: kept
code: KK
title: {zh: 名册, en: A list}
basis: []
valid: {from: 2018-01-01}
owner: {lead: education}
intake: {by: [school/aid_office]}
anchor: opener
rows: {of: person, form: [{id: grade, type: integer}]}
route:
  - {id: list, kind: fill, by: school/aid_office, may: [add], within: 2wd, on_empty: hold}
  - id: school
    steps:
      - {id: one, kind: fill, by: school/head, within: 2wd, on_empty: hold, row_form: [{id: found, type: text}, {id: own, type: integer}]}
      - {id: vouch, by: school/head, within: 2wd, on_empty: hold}
  - {id: two, kind: fill, by: county/education, within: 2wd, on_empty: hold, keeps: school, row_form: [{id: found, type: text}, {id: more, type: integer}]}
clock: {total: 20wd, from: opened, to: outcome}
privacy: {keep: 10y}
";

    #[test]
    fn the_last_step_of_a_block_that_says_something_is_kept() {
        let program = load::program("kept.yaml", PROGRAM).unwrap();
        let two = program.step("two").unwrap();
        let kept = kept_step(&program, two).unwrap();
        assert_eq!(kept.id, *"one");
        let both = both_ask(kept, two);
        assert_eq!(both.iter().map(|field| field.id.as_str()).collect::<Vec<_>>(), ["found"]);
        assert!(kept_step(&program, kept).is_none(), "it keeps nothing");
        let speak =
            ["list", "one", "vouch", "two"].map(|id| speaks(&program, program.step(id).unwrap()));
        assert_eq!(speak, [false, true, false, true]);
    }

    #[test]
    fn only_what_both_were_asked_for_can_differ() {
        let program = load::program("kept.yaml", PROGRAM).unwrap();
        let two = program.step("two").unwrap();
        let both = both_ask(program.step("one").unwrap(), two);
        let said = |pairs: &[(&str, Value)]| -> BTreeMap<String, Value> {
            pairs.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect()
        };
        let found = |word: &str| ("found", Value::text(word));
        let table = [
            (said(&[found("a")]), said(&[found("a")]), false),
            (said(&[found("a")]), said(&[found("b")]), true),
            (said(&[found("a"), ("own", Value::Int(1))]), said(&[found("a")]), false),
            (said(&[found("a")]), said(&[found("a"), ("more", Value::Int(1))]), false),
            (said(&[found("a")]), said(&[("found", Value::Null)]), true),
            (said(&[]), said(&[found("b")]), false),
        ];
        for (before, now, expected) in table {
            assert_eq!(differs(&both, (&before, &now)), expected, "{before:?} {now:?}");
        }
    }
}
