//! `docs/programs.md`: what it shows is what the check accepts.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    Finding, Programs, load,
    schema::{PLACES, holds, schema},
};

const GUIDE: &str = include_str!("../../../docs/programs.md");

/// The list that a piece is about which shows only what is asked of its lines.
const LIST: &str = "  - {id: list, kind: fill, by: school/aid_office, may: [add, strike], \
                    within: 10wd, on_empty: climb}\n";

/// What a piece of a program that the guide shows leaves out.
const REST: &[(&str, &str)] = &[
    ("program", "example-aid"),
    ("code", "LJ"),
    ("title", "{zh: 示例, en: Example}"),
    ("basis", "[{doc: 某某办法, clause: 第三条}]"),
    ("valid", "{from: 2018-01-01}"),
    ("owner", "{lead: education}"),
    ("intake", "{by: [self]}"),
    ("anchor", "applicant.school"),
    ("clock", "{total: 300d, from: opened, to: end}"),
];

/// The blocks of YAML of the guide, with the line on which each begins.
fn blocks() -> Vec<(usize, String)> {
    let (mut found, mut open) = (Vec::new(), None::<(usize, String)>);
    for (number, line) in GUIDE.lines().enumerate() {
        match (&mut open, line) {
            (None, "```yaml") => open = Some((number + 2, String::new())),
            (Some(_), "```") => found.extend(open.take()),
            (Some((_, text)), line) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, _) => {}
        }
    }
    found
}

fn has_key(block: &str, key: &str) -> bool {
    block.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
}

/// A piece as a whole program; its first comment may name the file that it is a piece of.
fn whole(block: &str) -> String {
    let named = block.lines().next().and_then(|line| line.strip_prefix("# "));
    let named = named.and_then(|line| line.split_once(".yaml")).map(|(name, _)| name);
    let about_lines = block.contains("row_form") || has_key(block, "rows");
    let mut source = block.to_owned();
    if block.starts_with("  - ") {
        source = format!("route:\n{}{block}", if about_lines { LIST } else { "" });
    } else if !has_key(block, "route") {
        let _ = write!(source, "route:\n{LIST}");
    }
    if about_lines && !has_key(&source, "rows") {
        source.push_str("rows: {of: person}\n");
    }
    if about_lines && !has_key(&source, "intake") {
        source.push_str("intake: {by: [school/aid_office]}\nanchor: opener\n");
    }
    let block = &source.clone();
    for (key, value) in REST.iter().filter(|(key, _)| !has_key(block, key)) {
        let value = if *key == "program" { named.unwrap_or(value) } else { value };
        let _ = writeln!(source, "{key}: {value}");
    }
    source
}

fn check(name: &str, source: &str) -> Vec<Finding> {
    let programs = Programs::shipped().unwrap();
    match load::program(name, source) {
        Ok(program) => programs.lint(name, Some(source), &program),
        Err(found) => vec![found],
    }
}

#[test]
fn every_program_of_the_guide_passes_the_check() {
    let (mut programs, mut pieces, mut all) = (0, 0, Vec::new());
    for (line, block) in blocks() {
        let only_comments = block.lines().all(|line| line.starts_with('#'));
        if only_comments {
            continue;
        }
        let is_whole = has_key(&block, "program");
        let found = check(&format!("the guide, line {line}"), &whole(&block));
        let wrong = found.iter().filter(|one| is_whole || !one.warning);
        all.extend(wrong.map(ToString::to_string));
        *(if is_whole { &mut programs } else { &mut pieces }) += 1;
    }
    assert_eq!(all, Vec::<String>::new());
    assert!(programs >= 1 && pieces >= 4, "{programs} programs, {pieces} pieces");
}

/// The sections of keys, and the definitions of the schema that they explain.
const SECTIONS: &[(&str, &str)] = &[
    ("The head of a file", ""),
    ("What people read", "text"),
    ("A clause", "basis"),
    ("Validity", "valid"),
    ("Owner", "owner"),
    ("Intake", "intake"),
    ("Parent", "parent"),
    ("文号", "document_number"),
    ("A field", "field"),
    ("A paper", "paper"),
    ("A condition", "eligible"),
    ("Lines of a case", "rows"),
    ("An award", "award"),
    ("A line of it", "award_line"),
    ("A share", "share"),
    ("A split from a table", "split_table"),
    ("Beside other programs", "stack"),
    ("A step or a block", "entry"),
    ("Rounds", "repeat"),
    ("A rhythm", "rhythm"),
    ("Cash", "cash"),
    ("A missed step", "missed"),
    ("Gathering", "gather"),
    ("Seats", "quota"),
    ("Seats of a kind", "per_key"),
    ("A light", "light_rule"),
    ("The total clock", "clock"),
    ("An extension", "extend"),
    ("Privacy", "privacy"),
    ("Opening again", "reopen"),
    ("An appeal", "appeal"),
    ("The answer", "reply"),
];

/// The rows of the tables of keys: definition, key, examples.
fn keys() -> Vec<(&'static str, String, Vec<String>)> {
    let (mut found, mut section) = (Vec::new(), None);
    for line in GUIDE.lines() {
        if line.starts_with('#') {
            let title = line.trim_start_matches('#').split(" (").next().unwrap_or_default().trim();
            section = SECTIONS.iter().find(|(name, _)| *name == title).map(|(_, of)| *of);
        }
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let (Some(section), [key, .., example]) = (section, cells.as_slice()) else { continue };
        let Some(key) = key.split('`').nth(1) else { continue };
        let examples = example.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect();
        found.push((section, key.to_owned(), examples));
    }
    found
}

/// What the loader says of `example`, in its place; nothing where only the rest is missing.
fn loaded(of: &str, key: &str, example: &str) -> Option<String> {
    let of_block = ["need", "in_order", "extend"].contains(&key).then_some(", steps: []");
    let said = match (of, key) {
        ("entry", _) => format!("{key}: {example}{}", of_block.unwrap_or_default()),
        ("rhythm", "day") => format!("week: 1, {key}: {example}"),
        _ => format!("{key}: {example}"),
    };
    let (_, place) = PLACES.iter().find(|(name, _)| *name == of).unwrap();
    let found = load::program("example.yaml", &place.replacen("zz: 1", &said, 1)).err()?;
    let rest = found.code == "missing-key" || found.message_en.contains("a step has an `id`");
    (!rest).then(|| found.to_string())
}

#[test]
fn every_key_of_the_guide_has_an_example_that_is_right() {
    let (schema, mut seen) = (schema(), 0);
    for (of, key, examples) in keys() {
        assert!(!examples.is_empty(), "{of}: {key} has no example");
        let record = if of.is_empty() { &schema } else { &schema["$defs"][of] };
        for example in examples {
            let value: Value = serde_saphyr::from_str(&example)
                .unwrap_or_else(|why| panic!("{of}: {key}: {example}: {why}"));
            let mut wrong = Vec::new();
            holds(&schema, &record["properties"][&key], &value, &key, &mut wrong);
            wrong.extend(loaded(of, &key, &example));
            assert_eq!(wrong, Vec::<String>::new(), "{of}: {key}: {example}");
            seen += 1;
        }
    }
    assert!(seen > 180, "{seen}");
}
