//! Differences in words.

use super::changes;
use crate::program::{Programs, load};

const BEFORE: &str = "program: sample\ncode: SP\ntitle: {zh: 示例, en: Sample}\n\
     basis: [{doc: 示例办法, clause: 第一条}]\nvalid: {from: 2018-01-01}\n\
     owner: {lead: education}\nintake: {by: [self]}\nanchor: applicant.school\n\
     form: [{id: days, type: integer, required: true}]\nroute:\n  \
     - {id: first, title: {zh: 县级审核, en: County step}, by: county/education, within: 3wd, on_empty: climb}\n  \
     - {id: second, by: city/education, within: 4wd, on_empty: climb}\n\
     clock: {total: 30wd, from: accepted, to: outcome}\nremind: R0\nladder: EM\n";

/// What one replacement changes, in both languages.
fn said(from: &str, to: &str) -> Vec<(String, String)> {
    let programs = Programs::shipped().unwrap();
    assert!(BEFORE.contains(from), "{from}");
    let before = load::program("sample.yaml", BEFORE).unwrap();
    let after = load::program("sample.yaml", &BEFORE.replace(from, to)).unwrap();
    let found = changes(&before, &after, programs.shared());
    found.into_iter().map(|text| (text.zh, text.en)).collect()
}

#[test]
fn a_change_is_said_in_both_languages() {
    let table = [
        (
            "within: 3wd",
            "within: 5wd",
            (
                "环节“县级审核”：期限　3 个工作日 → 5 个工作日",
                "step “County step”: time 3 working days → 5 working days",
            ),
        ),
        (
            "by: city/education",
            "by: city/finance",
            (
                "环节“second”：办理人　市教育 → 市财政",
                "step “second”: who signs Education (city) → Finance (city)",
            ),
        ),
        (
            "clock: {total: 30wd",
            "clock: {total: 40wd",
            (
                "总期限：30 个工作日 → 40 个工作日",
                "Time limit of the whole: 30 working days → 40 working days",
            ),
        ),
        (
            "  - {id: second, by: city/education, within: 4wd, on_empty: climb}\n",
            "",
            ("删除环节“second”", "step “second” removed"),
        ),
        (
            "clock:",
            "  - {id: third, by: region/education, within: 2wd, on_empty: climb}\nclock:",
            (
                "新增环节：third，自治区教育，2 个工作日",
                "new step: third, Education (region), 2 working days",
            ),
        ),
        (
            "form: [{id: days, type: integer, required: true}]",
            "form: [{id: days, type: integer, required: true}, {id: more, type: integer}]",
            ("新增表单项“more”", "new field “more”"),
        ),
    ];
    for (from, to, (zh, en)) in table {
        assert_eq!(said(from, to), [(zh.to_owned(), en.to_owned())]);
    }
}

#[test]
fn the_same_program_says_nothing() {
    assert_eq!(said("within: 3wd", "within: 3wd"), []);
}
