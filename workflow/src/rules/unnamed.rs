//! What is circulated names units, never the people of the cases behind it.

use std::collections::BTreeMap;

use entities::UnitId;

use super::half_width::half_width;
use crate::{
    error::Fault,
    program::{Program, expression::Value},
};

/// The fault of a text that names somebody.
pub const NAMES_SOMEBODY: &str = "names_somebody";

/// Whether the texts of a program's steps may name nobody who has applied.
pub fn hides_applicants(program: &Program) -> bool {
    program.privacy.iter().flat_map(|privacy| &privacy.hide).any(|hidden| *hidden == "applicant")
}

/// A fault for each text that names one of `people`, or that holds an ID number or the number of a
/// mobile telephone.
pub fn faults(values: &BTreeMap<String, Value>, people: &[String]) -> Vec<Fault> {
    let mut found = Vec::new();
    for (id, value) in values {
        if names_somebody(value, people) {
            found.push(Fault::new(id, NAMES_SOMEBODY, ""));
        }
    }
    found
}

fn names_somebody(value: &Value, people: &[String]) -> bool {
    match value {
        // What was chosen is known by an id, whose digits mean nothing.
        Value::Text(text) if text.parse::<UnitId>().is_ok() => false,
        Value::Text(text) => is_numbered(text) || people.iter().any(|name| is_named(text, name)),
        Value::List(items) => items.iter().any(|item| names_somebody(item, people)),
        Value::Map(record) => record.values().any(|value| names_somebody(value, people)),
        _ => false,
    }
}

/// A name counts with spaces and points in it too, as it may be written.
fn is_named(text: &str, name: &str) -> bool {
    let bare = |text: &str| -> String {
        half_width(text)
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let name = bare(name);
    name.chars().count() > 1 && bare(text).contains(&name)
}

/// Fifteen to nineteen digits in a row (identity and bank cards), or eleven that begin as mobile
/// numbers do; with spaces or hyphens between them too, as they are written and read out.
fn is_numbered(text: &str) -> bool {
    let text = half_width(text);
    let plain = text.replace(' ', "");
    let runs = plain.split(|c: char| !c.is_ascii_digit() && !matches!(c, 'x' | 'X'));
    runs.into_iter().any(is_of_somebody) || grouped(&text).iter().any(|run| is_of_somebody(run))
}

fn is_of_somebody(run: &str) -> bool {
    let digits = run.trim_end_matches(['x', 'X']);
    let all = digits.bytes().all(|b| b.is_ascii_digit());
    let mobile = run.len() == 11 && run.starts_with('1');
    all && (mobile || matches!(run.len(), 15..=19))
}

/// Numbers written in groups of three to five digits: `138-0000-4211`. The groups of a case number
/// are longer, and so are those of a unit's id, of which letters are part.
fn grouped(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | ' '));
    let groups = words.map(|word| word.split(['-', ' ']).filter(|group| !group.is_empty()));
    let mut found = Vec::new();
    for word in groups {
        let mut run = String::new();
        for group in word {
            let fits = matches!(group.len(), 3..=5) && group.bytes().all(|b| b.is_ascii_digit());
            if fits {
                run.push_str(group);
            } else {
                found.push(std::mem::take(&mut run));
            }
        }
        found.push(run);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_id_of_a_unit_is_no_number_of_a_telephone() {
        assert!(!told("016526b6-3505-7cea-b09b-13912345678c", &[]));
        assert!(told("电话13912345678", &[]));
    }

    fn told(text: &str, names: &[&str]) -> bool {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let values = [("facts".to_owned(), Value::text(text))].into();
        !faults(&values, &names).is_empty()
    }

    #[test]
    fn units_and_case_numbers_are_nobody() {
        for text in [
            "海原县教育局：640424-YJ-2018-000001-7（特困学生应急救助，县级会签）应于2018年9月13日办结。",
            "电话 0954-1234567",
            "文号 宁教督〔2018〕3号，共 12345 件",
            "2018-09-13 至 2018-09-28",
        ] {
            assert!(!told(text, &["马小燕"]), "{text}");
        }
    }

    #[test]
    fn people_are_found_however_they_are_written() {
        for text in [
            "申请人马小燕反映",
            "马 小 燕",
            "马·小燕",
            "ＭＡＲＹ 说",
            "身份证640424200001011234",
            "64042420000101123X",
            "64042420000101123x",
            "１３８００００４２１１",
            "138 0000 4211",
            "138-0000-4211",
            "电话：138-0000-4211。",
            "卡号 6222-0212-3456-7890",
            "6222021234567890123",
            "62220212345678901",
        ] {
            assert!(told(text, &["马小燕", "mary"]), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_name_and_no_number_passes(
            before in "[一-龥，。（）]{0,12}",
            name in "[一-龥]{2,4}",
            digits in "1[3-9][0-9]{9}",
            after in "[一-龥，。（）]{0,12}",
        ) {
            let named = format!("{before}{name}{after}");
            let dialled = format!("{before}{digits}{after}");
            prop_assert!(told(&named, &[&name]));
            prop_assert!(told(&dialled, &[]));
        }
    }
}
