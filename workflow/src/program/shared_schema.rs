//! `docs/shared.schema.json`, for editors: it knows the keys of `shared.yaml` that the model knows,
//! no more and no fewer, and what is shipped is valid by it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{load, schema::holds};

const SCHEMA: &str = include_str!("../../../docs/shared.schema.json");
const GUIDE: &str = include_str!("../../../docs/programs.md");

/// Where each definition stands in the file: something that the model does not know, in its place.
const PLACES: &[(&str, &str)] = &[
    ("", "zz: 1"),
    ("text", "reasons: {a: {zz: 1}}"),
    ("split_table", "splits: {a: {zz: 1}}"),
    ("gather", "ladders: {a: [{gather: {zz: 1}}]}"),
    ("role", "roles: {a: {zz: 1}}"),
    ("reminder", "reminders: {a: [{zz: 1}]}"),
    ("rung", "ladders: {a: [{zz: 1}]}"),
    ("count", "counts: {a: {zz: 1}}"),
    ("publicity", "publicities: {a: {zz: 1}}"),
    ("objection", "publicities: {a: {objection: {zz: 1}}}"),
    ("voices", "voices: {zz: 1}"),
    ("voice", "voices: {rating: {zz: 1}}"),
];

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

#[test]
fn the_schema_of_what_is_shared_knows_every_key_that_the_model_knows() {
    let schema = schema();
    for (name, source) in PLACES {
        let found = load::shared("keys.yaml", source).unwrap_err();
        assert_eq!(found.code, "unknown-key", "{name}: {found}");
        let (_, known) = found.message_en.split_once("Expected one of: ").unwrap();
        let known: BTreeSet<&str> = known.split(", ").collect();
        let of = if name.is_empty() { &schema } else { &schema["$defs"][name] };
        let keys = of["properties"].as_object().unwrap_or_else(|| panic!("{name} has no keys"));
        let keys: BTreeSet<&str> = keys.keys().map(String::as_str).collect();
        assert_eq!(keys, known, "{name}");
    }
}

#[test]
fn what_is_shared_is_valid_by_its_schema() {
    let shared = include_str!("../../programs/shared.yaml");
    let shared: Value = serde_saphyr::from_str(shared).unwrap();
    let (schema, mut wrong) = (schema(), Vec::new());
    holds(&schema, &schema, &shared, "shared", &mut wrong);
    assert_eq!(wrong, Vec::<String>::new());
    for bad in [
        r#"{"roles": {"a": {"office": "own", "duty": "boss"}}}"#,
        r#"{"roles": {}, "publicities": {"P": {"days": "5wd", "fields": "whitelist"}}}"#,
        r#"{"roles": {}, "ladders": {"E": [{"at": "due", "do": "shout"}]}}"#,
        r#"{"reminders": {}}"#,
    ] {
        let mut wrong = Vec::new();
        holds(&schema, &schema, &serde_json::from_str(bad).unwrap(), "shared", &mut wrong);
        assert_eq!(wrong.len(), 1, "{bad}: {wrong:?}");
    }
}

#[test]
fn the_guide_tells_of_every_word_of_reminders_and_ladders() {
    let schema = schema();
    let words = |of: &str, key: &str| -> Vec<String> {
        let words = schema["$defs"][of]["properties"][key]["enum"].as_array().unwrap();
        words.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    };
    let all = [words("reminder", "via"), words("rung", "do")].concat();
    let moments = ["opened", "80%", "-1wd", "due", "late", "+3wd"].map(ToOwned::to_owned);
    let people = ["holder", "unit_head", "applicant"].map(ToOwned::to_owned);
    for word in all.into_iter().chain(moments).chain(people) {
        assert!(GUIDE.contains(&format!("| `{word}` |")), "{word}");
    }
    for place in ["`issuer`", "`opener`", "`superior`", "`block_due"] {
        assert!(GUIDE.contains(place), "{place}");
    }
}
