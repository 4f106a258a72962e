//! `banjie export`: what leaves is what the handbook names, and nothing that is anybody's own.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use entities::person;
use sea_orm::{ConnectOptions, Database, EntityTrait};
use serde_json::Value;
use workflow::export::export;

use crate::{
    doctor::lived_in,
    harness::{both, demo::Demonstration, world::World},
};

both![lines_are_as_the_handbook_says];

/// Columns by kind.
pub(crate) type Columns = BTreeMap<String, BTreeSet<String>>;

pub(crate) fn columns(lines: &str) -> Columns {
    let mut found = Columns::new();
    for line in lines.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let keys = row.as_object().unwrap().keys().cloned();
        let kind = row["kind"].as_str().unwrap_or_else(|| panic!("no kind: {line}"));
        found.entry(kind.to_owned()).or_default().extend(keys);
    }
    found
}

/// What the handbook names: a heading for each kind, a row for each column.
pub(crate) fn handbook() -> Columns {
    let mut found = Columns::new();
    let mut kind = String::new();
    let quoted = |text: &str| text.split('`').nth(1).map(str::to_owned);
    for line in include_str!("../docs/export.md").lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            kind = quoted(heading).unwrap_or_default();
        } else if let Some(row) = line.strip_prefix("| `").filter(|_| !kind.is_empty()) {
            let columns = found.entry(kind.clone()).or_insert(["kind".to_owned()].into());
            columns.insert(row.split('`').next().unwrap().to_owned());
        }
    }
    found
}

pub(crate) async fn lines(world: &World) -> String {
    let mut out = Vec::new();
    let count = export(&world.workflow, &mut out).await.unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(u64::try_from(text.lines().count()).unwrap(), count);
    text
}

async fn lines_are_as_the_handbook_says(mut world: World) {
    lived_in(&mut world).await;
    let text = lines(&world).await;
    let (found, named) = (columns(&text), handbook());
    for (kind, columns) in &found {
        assert_eq!(Some(columns), named.get(kind), "{kind} in docs/export.md");
    }
    let none = [
        "award",
        "extension",
        "payment",
        "program",
        "program_draft",
        "program_replay",
        "publicity",
        "replayed_case",
        "substitution",
        "voice",
    ];
    let missing: Vec<_> = named.keys().filter(|kind| !found.contains_key(*kind)).collect();
    assert_eq!(missing, none, "kinds of which this story has none");
    for name in world.people.keys() {
        assert!(!text.contains(&format!("\"{name}\"")), "{name} stands there");
    }
    assert!(!text.contains("example.cn"), "mail addresses stand there");
    assert_eq!(text, lines(&world).await, "a second time it says the same");
}

/// The numbers that the demonstration gives its people: phones, ID numbers, bank cards.
fn numbers() -> BTreeSet<String> {
    let source =
        [include_str!("../src/demo/people.rs"), include_str!("../src/demo/cases.rs")].concat();
    let digits = source.split(|c: char| !c.is_ascii_digit() && c != '_' && c != 'X');
    let digits = digits.map(|text| text.replace('_', ""));
    digits.filter(|text| text.len() >= 11).collect()
}

#[actix_web::test]
async fn nothing_personal_leaves() {
    let demo = Demonstration::start("exported");
    let data = demo.data.display().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_banjie"))
        .args(["export", "--data", &data])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let (found, named) = (columns(&text), handbook());
    for (kind, columns) in &found {
        assert_eq!(Some(columns), named.get(kind), "{kind} in docs/export.md");
    }
    assert!(found.contains_key("award") && found.contains_key("payment"), "{found:?}");

    let file = demo.data.join("banjie.sqlite");
    let mut options = ConnectOptions::new(format!("sqlite://{}", file.display()));
    options.sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    let people = person::Entity::find().all(&db).await.unwrap();
    assert!(people.len() > 20, "{} people", people.len());
    let numbers = numbers();
    assert!(numbers.len() > 3, "{numbers:?}");
    let mails = people.iter().filter_map(|person| person.mail.clone());
    let secrets = people.iter().map(|person| person.name.clone()).chain(mails).chain(numbers);
    let leaked: BTreeSet<String> = secrets.filter(|secret| text.contains(secret)).collect();
    assert_eq!(leaked, BTreeSet::new());
}
