//! `docs/programs.md`: what it shows is what the check accepts.

use super::{Finding, Programs, load};

const GUIDE: &str = include_str!("../../../docs/programs.md");

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
    let mut source = block.to_owned();
    for (key, value) in REST.iter().filter(|(key, _)| !has_key(block, key)) {
        let value = if *key == "program" { named.unwrap_or(value) } else { value };
        source.push_str(&format!("{key}: {value}\n"));
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
    let (mut programs, mut pieces) = (0, 0);
    for (line, block) in blocks() {
        let only_comments = block.lines().all(|line| line.starts_with('#'));
        if only_comments {
            continue;
        }
        let is_whole = has_key(&block, "program");
        let found = check(&format!("the guide, line {line}"), &whole(&block));
        let wrong: Vec<String> = found
            .iter()
            .filter(|one| is_whole || !one.warning)
            .map(ToString::to_string)
            .collect();
        assert_eq!(wrong, Vec::<String>::new(), "{block}");
        *(if is_whole { &mut programs } else { &mut pieces }) += 1;
    }
    assert!(programs >= 1 && pieces >= 4, "{programs} programs, {pieces} pieces");
}
