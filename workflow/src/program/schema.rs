//! `docs/program.schema.json`, for editors: it knows the keys that the model knows, no more and no
//! fewer, and what is shipped is valid by it; so does the guide.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use super::load;

const SCHEMA: &str = include_str!("../../../docs/program.schema.json");
const GUIDE: &str = include_str!("../../../docs/programs.md");

/// Where each definition of the schema stands in a file: something that the model does not know,
/// in its place.
pub(super) const PLACES: &[(&str, &str)] = &[
    ("", "zz: 1"),
    ("text", "title: {zz: 1}"),
    ("basis", "basis: [{zz: 1}]"),
    ("valid", "valid: {zz: 1}"),
    ("owner", "owner: {zz: 1}"),
    ("intake", "intake: {zz: 1}"),
    ("parent", "intake: {parent: {zz: 1}}"),
    ("document_number", "number: {zz: 1}"),
    ("field", "form: [{zz: 1}]"),
    ("paper", "papers: [{zz: 1}]"),
    ("eligible", "eligible: [{zz: 1}]"),
    ("rows", "rows: {zz: 1}"),
    ("award", "award: {zz: 1}"),
    ("award_line", "award: {lines: [{zz: 1}]}"),
    ("share", "award: {split: [{zz: 1}]}"),
    ("split_table", "splits: {a: {zz: 1}}"),
    ("stack", "award: {stack: {zz: 1}}"),
    ("entry", "route: [{zz: 1}]"),
    ("repeat", "route: [{repeat: {zz: 1}}]"),
    ("rhythm", "route: [{repeat: {every: {zz: 1}}}]"),
    ("cash", "route: [{cash: {zz: 1}}]"),
    ("missed", "route: [{missed: {zz: 1}}]"),
    ("gather", "route: [{gather: {zz: 1}}]"),
    ("quota", "route: [{quota: {zz: 1}}]"),
    ("per_key", "route: [{quota: {per: {zz: 1}}}]"),
    ("light_rule", "route: [{lights: [{zz: 1}]}]"),
    ("clock", "clock: {zz: 1}"),
    ("extend", "clock: {extend: {zz: 1}}"),
    ("privacy", "privacy: {zz: 1}"),
    ("reopen", "reopen: {zz: 1}"),
    ("appeal", "appeal: {zz: 1}"),
    ("reply", "reply: {zz: 1}"),
];

pub(super) fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// The keys of one definition; of the program itself without a name.
fn keys<'a>(schema: &'a Value, name: &str) -> BTreeSet<&'a str> {
    let of = if name.is_empty() { schema } else { &schema["$defs"][name] };
    let keys = of["properties"].as_object().unwrap_or_else(|| panic!("{name} has no keys"));
    keys.keys().map(String::as_str).collect()
}

#[test]
fn the_schema_knows_every_key_that_the_model_knows() {
    let schema = schema();
    for (name, source) in PLACES {
        let found = load::program("keys.yaml", source).unwrap_err();
        assert_eq!(found.code, "unknown-key", "{name}: {found}");
        let (_, known) = found.message_en.split_once("Expected one of: ").unwrap();
        let known: BTreeSet<&str> = known.split(", ").collect();
        assert_eq!(keys(&schema, name), known, "{name}");
    }
    let records = schema["$defs"].as_object().unwrap();
    let records = records.iter().filter(|(_, of)| of.get("properties").is_some());
    let records: BTreeSet<&str> = records.map(|(name, _)| name.as_str()).collect();
    let looked_at: BTreeSet<&str> =
        PLACES.iter().map(|(name, _)| *name).filter(|name| !name.is_empty()).collect();
    assert_eq!(records, looked_at);
}

#[test]
fn the_guide_tells_of_every_key() {
    let schema = schema();
    for (name, _) in PLACES {
        for key in keys(&schema, name) {
            let row = [format!("| `{key}` |"), format!("| `{key}` * |")];
            assert!(row.iter().any(|row| GUIDE.contains(row)), "{name}: {key}");
        }
    }
}

#[test]
fn what_is_shipped_is_valid_by_the_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let schema = schema();
    let mut seen = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().is_some_and(|name| name == "shared.yaml") {
            continue;
        }
        let program: Value = serde_saphyr::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut wrong = Vec::new();
        holds(&schema, &schema, &program, &path.display().to_string(), &mut wrong);
        assert_eq!(wrong, Vec::<String>::new());
        seen += 1;
    }
    assert!(seen > 10);
}

#[test]
fn what_is_wrong_is_wrong_by_the_schema_too() {
    let schema = schema();
    let step = |more: &str| format!("{{\"id\": \"a\", \"by\": \"county/education\"{more}}}");
    let table = [
        (step(""), 0),
        (step(", \"withn\": \"3wd\""), 1),
        (step(", \"on_empty\": \"climbs\""), 1),
        (step(", \"take\": \"in_order\""), 0),
        ("{\"by\": \"county/education\"}".to_owned(), 1),
        ("{\"steps\": [{\"id\": 1}]}".to_owned(), 1),
    ];
    for (text, faults) in table {
        let mut wrong = Vec::new();
        let value = serde_json::from_str(&text).unwrap();
        holds(&schema, &schema["$defs"]["entry"], &value, "entry", &mut wrong);
        assert_eq!(wrong.len(), faults, "{text}: {wrong:?}");
    }
}

#[test]
fn what_a_reminder_repeats_is_valid_by_the_schema() {
    let shared = include_str!("../../programs/shared.yaml");
    let shared: Value = serde_saphyr::from_str(shared).unwrap();
    let (schema, mut seen, mut wrong) = (schema(), 0, Vec::new());
    let rule = &schema["$defs"]["reminder_every"];
    let lists = shared["reminders"].as_object().unwrap().values();
    for every in lists.filter_map(Value::as_array).flatten().filter_map(|one| one.get("every")) {
        holds(&schema, rule, every, "every", &mut wrong);
        seen += 1;
    }
    assert!(seen > 2 && wrong.is_empty(), "{wrong:?}");
    for bad in ["[{\"when\": \"a\", \"is\": \"1wd\"}]", "[{\"for\": \"1wd\"}]", "7"] {
        let mut wrong = Vec::new();
        holds(&schema, rule, &serde_json::from_str(bad).unwrap(), "every", &mut wrong);
        assert!(!wrong.is_empty(), "{bad}");
    }
}

/// Holds a value against the part of the standard that the schema uses.
pub(super) fn holds(root: &Value, rule: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(name) = rule["$ref"].as_str() {
        let name = name.strip_prefix("#/$defs/").unwrap();
        holds(root, &root["$defs"][name], value, at, wrong);
    }
    for rule in rule["allOf"].as_array().into_iter().flatten() {
        holds(root, rule, value, at, wrong);
    }
    if let Some(any) = rule["anyOf"].as_array() {
        let fits = any.iter().any(|rule| {
            let mut faults = Vec::new();
            holds(root, rule, value, at, &mut faults);
            faults.is_empty()
        });
        if !fits {
            wrong.push(format!("{at}: {value} is none of those"));
        }
    }
    if rule["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        wrong.push(format!("{at}: {value} is not a known word"));
    }
    if !is_of(&rule["type"], value) {
        wrong.push(format!("{at}: {value} is not {}", rule["type"]));
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        if rule.get("items").is_some() {
            holds(root, &rule["items"], item, &format!("{at}[{number}]"), wrong);
        }
    }
    record(root, rule, value, at, wrong);
}

fn record(root: &Value, rule: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let Some(fields) = value.as_object() else { return };
    for key in rule["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(key) {
            wrong.push(format!("{at}: {key} is missing"));
        }
    }
    for (key, value) in fields {
        let at = format!("{at}.{key}");
        match (rule["properties"].get(key), &rule["additionalProperties"]) {
            (None, Value::Bool(false)) => wrong.push(format!("{at} is not known")),
            (Some(rule), _) | (None, rule) => holds(root, rule, value, &at, wrong),
        }
    }
}

fn is_of(kind: &Value, value: &Value) -> bool {
    match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| is_of(kind, value)),
        Value::String(kind) => match kind.as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            _ => false,
        },
        _ => true,
    }
}
