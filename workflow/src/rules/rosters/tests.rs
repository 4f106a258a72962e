//! What steps ask of lines.

use super::*;
use crate::program::load;

fn program(file: &str) -> Program {
    let source = match file {
        "inspection" => include_str!("../../../programs/inspection-round.yaml"),
        "people" => include_str!("../../../programs/nine-plus-three.yaml"),
        _ => include_str!("../../../programs/nomination-round.yaml"),
    };
    load::program(file, source).unwrap()
}

#[test]
fn a_step_asks_its_own_form_or_that_of_the_lines_it_names() {
    // (program, step; the first field, whether it is the list that is made, all lines before it is
    // handed in, said anew)
    type Expected = Option<(&'static str, bool, bool, bool)>;
    let table: [(&str, &str, Expected); 9] = [
        ("inspection", "plan", None),
        ("inspection", "self", Some(("subject", false, true, false))),
        ("inspection", "vouch", None),
        ("inspection", "again", Some(("subject", false, true, true))),
        ("inspection", "verify", Some(("subject", false, true, true))),
        ("inspection", "hear", None),
        ("people", "list", Some(("grade", true, true, false))),
        ("people", "present", Some(("attended", false, true, false))),
        ("round", "sign", None),
    ];
    for (file, step, expected) in table {
        let program = program(file);
        let step = program.step(step).unwrap();
        let found = asked(&program, step).map(|asks| {
            let first = asks.fields.first().map(|field| field.id.to_string());
            (first.unwrap_or_default(), asks.own, asks.in_parts, asks.anew.is_some())
        });
        let expected =
            expected.map(|(first, own, parts, anew)| (first.to_owned(), own, parts, anew));
        assert_eq!(found, expected, "{file} {}", step.id);
    }
    let pages = ["inspection", "people", "round"].map(|file| has_page(&program(file)));
    assert_eq!(pages, [true, true, false], "what is put on a list by others has another page");
}

#[test]
fn a_group_names_its_lines_by_their_keys() {
    let row = |key: &str| Value::Map([("key".to_owned(), Value::text(key))].into());
    let group = |rows: Vec<Value>| Value::Map([("rows".to_owned(), Value::List(rows))].into());
    let table = [
        (Value::text("a"), None),
        (row("a"), None),
        (group(vec![]), Some(vec![])),
        (group(vec![row("a"), row("b")]), Some(vec!["a".to_owned(), "b".to_owned()])),
    ];
    for (item, keys) in table {
        assert_eq!(keys_in(&item), keys, "{item}");
    }
}
