//! One broken file for each rule, and what is said about it.

use std::sync::LazyLock;

use crate::program::{Finding, Programs, load};

mod amounts;
mod excluding;
mod later;
mod shared;

/// A small program that is sound; each row of a table breaks it in one place.
const SOUND: &str = r#"program: example-aid
code: LJ
title: {zh: 示例救助, en: Example aid}
basis: [{doc: 实施方案, clause: 四（三）}]
valid: {from: 2018-01-01}
owner: {lead: education}
intake: {by: [self], once: [person, form.why, year]}
anchor: applicant.school
form:
  - {id: hurry, type: boolean, required: true, title: {zh: 紧急, en: Urgent}}
  - {id: asked, type: money, required: true, title: {zh: 金额, en: Amount}, check: 'form.asked > yuan(0)'}
  - {id: why, type: choice, options: [illness, disaster], titles: {illness: {zh: 病, en: Ill}, disaster: {zh: 灾, en: Dis}}, title: {zh: 原因, en: Cause}}
  - {id: since, type: date, title: {zh: 日期, en: Day}, check: 'form.since <= today'}
papers: [{id: proof, required: true, title: {zh: 证明, en: Proof}, when: '!form.hurry'}]
eligible: [{if: 'history.count("example-aid", "granted", year(today)) < 2', refuse: cap_reached}]
award: {lines: [{id: main, amount: 'min(form.asked, table("emergency_cap", form.why, form.since))'}], split: [{payer: county, percent: 100}]}
route:
  - {id: school, title: {zh: 学校, en: School}, by: school/head, within: 2wd, on_empty: climb, may_return: [applicant]}
  - when: '!form.hurry'
    together:
      - {id: visit, title: {zh: 入户, en: Visit}, by: township/aid_office, within: 3wd, on_empty: climb, form: [{id: seen, type: boolean, title: {zh: 见, en: Seen}}]}
      - {id: check, title: {zh: 核对, en: Check}, by: county/poverty_relief, within: 3wd, on_empty: climb}
  - {id: county, title: {zh: 县, en: County}, by: county/education, within: 3wd, on_empty: climb, may_return: [applicant, school]}
  - {id: notice, title: {zh: 公示, en: Notice}, kind: publish, rule: P5, at: county}
then:
  - {id: pay, title: {zh: 支付, en: Pay}, kind: pay, by: county/finance, to: applicant, within: 3wd, on_empty: hold}
clock: {total: 10wd, from: accepted, to: outcome, stops: {supplement: 20wd, publicity: 5wd}}
privacy: {publish: [name_masked], keep: 10y}
"#;

fn programs() -> Programs {
    static SHIPPED: LazyLock<Programs> =
        LazyLock::new(|| Programs::shipped().unwrap_or_else(|found| panic!("{}", text(&found))));
    SHIPPED.clone()
}

fn text(found: &[Finding]) -> String {
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_shipped_passes_without_a_warning() {
    let programs = programs();
    for program in programs.all() {
        let found = programs.lint("shipped", None, &program);
        assert!(found.is_empty(), "{}", text(&found));
    }
}

#[test]
fn the_sound_program_passes() {
    let found = programs().with_source("sound.yaml", SOUND).err().unwrap_or_default();
    assert!(found.is_empty(), "{}", text(&found));
}

/// Replaces the first `from` of the sound program and gives the errors found.
fn broken(from: &str, to: &str) -> Vec<Finding> {
    assert!(SOUND.contains(from), "the sound program has no {from}");
    let source = SOUND.replacen(from, to, 1);
    match load::program("broken.yaml", &source) {
        Err(finding) => vec![finding],
        Ok(program) => programs().lint("broken.yaml", Some(&source), &program),
    }
}

/// The same with several.
fn changed(changes: &[(&str, &str)]) -> Vec<Finding> {
    let source = changes.iter().fold(SOUND.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the sound program has no {from}");
        text.replacen(from, to, 1)
    });
    match load::program("changed.yaml", &source) {
        Err(finding) => vec![finding],
        Ok(program) => programs().lint("changed.yaml", Some(&source), &program),
    }
}

/// What is replaced, by what; the line and the words of the finding.
const BROKEN: &[(&str, &str, u64, &str)] = &[
    // what is replaced            by                              line  the message says
    ("code: LJ", "cod: LJ", 2, "Did you mean `code`?"),
    ("within: 2wd", "within: 2w", 18, "a length of time such as 5wd"),
    ("route:", "rows: {of: person}\nroute:", 17, "to be made by the first step"),
    ("within: 2wd", "withn: 2wd", 18, "Did you mean `within`?"),
    ("on_empty: climb", "on_empty: clim", 18, "Did you mean `climb`?"),
    ("when: '!form.hurry'}", "when: !form.hurry}", 14, "single quotes"),
    ("required: true, title: {zh: 紧急", "required: yes, title: {zh: 紧急", 10, "boolean"),
    ("type: money", "type: mony", 11, "Did you mean `money`?"),
    (
        "total: 10wd",
        "total: [{is: 10wd}, {when: 'form.hurry', is: 5wd}]",
        27,
        "every entry but the last",
    ),
    ("anchor: applicant.school", "anchor: applicant.school\nanchor: opener", 9, "once"),
    ("valid: {from: 2018-01-01}\n", "", 27, "`valid`"),
    ("by: school/head", "by: school/hed", 18, "Did you mean `head`?"),
    ("by: school/head", "by: scool/head", 18, "unknown place `scool`"),
    ("refuse: cap_reached", "refuse: cap_reachd", 15, "Did you mean `cap_reached`?"),
    ("rule: P5", "rule: P9", 24, "unknown publicity"),
    ("publish: [name_masked]", "publish: [id_number]", 28, "field of a public notice"),
    ("basis: [{doc: 实施方案, clause: 四（三）}]", "basis: []", 1, "at least one `basis`"),
    (
        "split: [{payer: county, percent: 100}]",
        "split: [{payer: county, percent: 90}]",
        16,
        "sum to 100",
    ),
    ("within: 2wd, on_empty: climb", "on_empty: climb", 18, "`within` or `due`"),
    ("within: 2wd, on_empty: climb", "within: 2wd", 18, "`on_empty`"),
    ("rule: P5, ", "", 24, "`rule` and `at`"),
    ("to: applicant, within: 3wd", "to: applicant, rule: P5, within: 3wd", 26, "does not go with"),
    ("total: 10wd", "total: 7wd", 27, "longer than the total"),
    ("kind: pay, by: county/finance, to: applicant", "by: county/finance", 26, "`refuse: goes_on`"),
    ("may_return: [applicant, school]", "may_return: [pay]", 23, "does not come before"),
    (
        "within: 3wd, on_empty: climb}\n  - {id: county",
        "within: 3wd, on_empty: climb, may_return: [visit]}\n  - {id: county",
        22,
        "sibling branch",
    ),
    ("by: county/education,", "by: county/education, apart: [nobody],", 23, "unknown earlier step"),
    ("by: county/education,", "by: county/education, recuse: [units],", 23, "Did you mean `unit`?"),
    (
        "to: applicant, within: 3wd",
        "to: applicant, cash: {take: any}, within: 3wd",
        26,
        "two at least: `take: {quorum: 2}`",
    ),
    (
        "privacy: {publish",
        "appeal: {program: nobody, within: 60d}\nprivacy: {publish",
        28,
        "unknown program",
    ),
    (
        "privacy: {publish",
        "reply: {step: county, field: words}\nprivacy: {publish",
        28,
        "unknown text field",
    ),
    (
        "by: county/education,",
        "by: county/education, repeat: {until: 'form.hurry'},",
        23,
        "`at_most`",
    ),
    ("within: 3wd, on_empty: hold", "within: 2y, on_empty: hold", 26, "calendar's horizon"),
    ("supplement: 20wd", "supplement: 400d", 1, "calendar's horizon"),
    (
        "privacy: {publish",
        "reopen: {within: 2y, by: county/education, at: school, ground: 复查}\nprivacy: {publish",
        28,
        "calendar's horizon",
    ),
    ("id: school, title", "id: notice, title", 24, "second time"),
    ("kind: publish, rule: P5, at: county", "kind: open, program: nowhere", 24, "unknown program"),
    ("check: 'form.asked > yuan(0)'", "check: 'form.askd > yuan(0)'", 11, "Did you mean `asked`?"),
    ("check: 'form.asked > yuan(0)'", "check: 'form.asked > 0'", 11, "money > int"),
    (
        "check: 'form.asked > yuan(0)'",
        "check: 'form.asked > yuan(0.5)'",
        11,
        "decimals are not known",
    ),
    ("check: 'form.asked > yuan(0)'", "check: 'form.asked > yuan(1, 2)'", 11, "takes 1 arguments"),
    ("check: 'form.asked > yuan(0)'", "check: 'form.asked > yaun(0)'", 11, "Did you mean `yuan`?"),
    ("check: 'form.asked > yuan(0)'", "check: form.hurry", 11, "single quotes"),
    ("check: 'form.asked > yuan(0)'", "check: 'form.asked'", 11, "expected bool, found money"),
    ("check: 'form.asked > yuan(0)'", "check: 'form.asked >'", 11, "expected an expression"),
    (
        "check: 'form.since <= today'",
        "check: 'form.why == \"ilness\"'",
        13,
        "expected one of illness, disaster",
    ),
    ("check: 'form.since <= today'", "check: 'form.since <= \"2018\"'", 13, "date <= text"),
    (
        "table(\"emergency_cap\", form.why, form.since)",
        "table(\"emergency_cap_\", form.since)",
        16,
        "unknown table",
    ),
    (
        "table(\"emergency_cap\", form.why, form.since)",
        "table(\"emergency_cap\", form.why)",
        16,
        "read at a DATE",
    ),
    (
        "by: county/education,",
        "by: county/education, when: 'step.visit.seen',",
        23,
        "may be skipped",
    ),
    (
        "by: county/education,",
        "by: county/education, when: 'verdict(\"pay\") == \"done\"',",
        23,
        "does not come before",
    ),
    ("by: county/education,", "by: county/education, when: 'parent.form.ok',", 23, "not declared"),
    (
        "table(\"emergency_cap\", form.why, form.since)",
        "table(\"study_ceiling\", \"military\", form.since)",
        16,
        "has 2 keys",
    ),
    (
        "table(\"emergency_cap\", form.why, form.since)",
        "table(\"study_ceiling\", \"militry\", \"doctor\", form.since)",
        16,
        "Did you mean `military`?",
    ),
    (
        "table(\"emergency_cap\", form.why, form.since)",
        "table(\"study_ceiling\", \"military\", form.why, form.since)",
        16,
        "unknown key of the table study_ceiling `illness`",
    ),
    (
        "split: [{payer: county, percent: 100}]}",
        "split: half}\nsplits: {half: {table: cost_share.none}}",
        17,
        "unknown table of shares",
    ),
    (
        "type: date, title: {zh: 日期",
        "type: code, table: nowhere, title: {zh: 日期",
        13,
        "unknown table of codes",
    ),
    (
        "by: county/education,",
        "by: county/education, repeat: {every: 4h, at_most: 2},",
        23,
        "days apart",
    ),
    (
        "by: county/education,",
        "by: county/education, repeat: {start: 'today', at_most: 2},",
        23,
        "with `every`",
    ),
    (
        "within: 2wd, on_empty: climb, may_return: [applicant]}",
        "within: 2wd, on_empty: climb, missed: {grace: 1d, then: go_on}, form: [{id: ok, type: \
         boolean, title: {zh: 好, en: Ok}}]}\n  - {id: next, title: {zh: 次, en: Next}, by: \
         city/education, when: 'step.school.ok', within: 1wd, on_empty: climb}",
        19,
        "expected has()",
    ),
    (
        "within: 3wd, on_empty: hold}",
        "within: 3wd, missed: {grace: 1d, then: open}, on_empty: hold}",
        26,
        "expected to name the `program`",
    ),
    (
        "within: 3wd, on_empty: hold}",
        "within: 3wd, optional: true, on_empty: hold}",
        26,
        "`optional` is for `fill` alone",
    ),
    (
        "to: applicant, within: 3wd",
        "to: applicant, share: {of: 0}, within: 3wd",
        26,
        "from 1 to 100",
    ),
];

#[test]
fn a_broken_file_is_told_where_and_what_was_expected() {
    let mut wrong = String::new();
    for &(from, to, line, says) in BROKEN {
        let found = broken(from, to);
        let sound = |finding: &&Finding| {
            finding.message_en.contains(says)
                && finding.line == line
                && finding.column > 0
                && finding.file == "broken.yaml"
                && !finding.warning
                && !finding.message_zh.is_empty()
        };
        if !found.iter().any(|finding| sound(&finding)) {
            wrong = format!("{wrong}{to}: no {says:?} in line {line}, but\n{}\n", text(&found));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn programs_that_go_in_circles_are_refused() {
    let again = SOUND.replacen("program: example-aid", "program: circulated-notice", 1);
    let again = again.replacen("privacy:", "ladder: E0\nprivacy:", 1);
    let found = programs().with_source("again.yaml", &again).unwrap_err();
    assert!(text(&found).contains("ladder-cycle"), "{}", text(&found));

    let known = programs().with_source("sound.yaml", SOUND).unwrap();
    let gathers = SOUND.replacen("program: example-aid", "program: other-aid", 1);
    let gathers = gathers.replacen("code: LJ", "code: LK", 1);
    let gathers = gathers.replacen(
        "kind: publish, rule: P5, at: county",
        "kind: open, program: example-aid, gather: {key: [year], close: week}",
        1,
    );
    let found = known.with_source("gathers.yaml", &gathers).unwrap_err();
    assert!(text(&found).contains("gather-without-rows"), "{}", text(&found));

    let excludes = |other: &str| {
        SOUND.replacen(
            "percent: 100}]}",
            &format!("percent: 100}}], stack: {{excludes: [{other}]}}}}"),
            1,
        )
    };
    let second = excludes("example-aid").replacen("program: example-aid", "program: other-aid", 1);
    let both =
        known.with_source("second.yaml", &second.replacen("code: LJ", "code: LK", 1)).unwrap();
    let found = both.with_source("first.yaml", &excludes("other-aid")).unwrap_err();
    assert!(text(&found).contains("excludes-cycle"), "{}", text(&found));
    let same_code = SOUND.replacen("program: example-aid", "program: third-aid", 1);
    assert!(text(&known.with_source("third.yaml", &same_code).unwrap_err()).contains("belongs to"));
}

#[test]
fn what_is_only_doubtful_is_a_warning() {
    let table = [
        ("within: 2wd", "within: 2wd, take: all", "every holder"),
        ("within: 3wd, on_empty: hold", "within: 20wd, on_empty: hold", "more than 15wd"),
        ("by: county/education", "by: county/poverty_relief", "same role"),
        ("titles: {illness: {zh: 病, en: Ill}, disaster", "titles: {disaster", "no title"),
        ("to: applicant, within: 3wd", "to: applicant, share: {of: 3}, within: 3wd", "make 1/3"),
        ("to: applicant, within: 3wd", "to: applicant, share: 40, within: 3wd", "make 40/100"),
        (
            "form:\n",
            "form:\n  - {id: extra, type: integer, title: {zh: 另, en: Extra}}\n",
            "no rule reads",
        ),
    ];
    for (from, to, says) in table {
        let found = broken(from, to);
        let hit = found.iter().find(|finding| finding.message_en.contains(says));
        let hit = hit.unwrap_or_else(|| panic!("{to}: no {says:?} in\n{}", text(&found)));
        assert!(hit.warning, "{hit}");
    }
}

#[test]
fn whoever_is_named_by_let_is_a_unit() {
    let named = |expr: &str| {
        let source = SOUND.replacen("anchor:", &format!("let: {{who: '{expr}'}}\nanchor:"), 1);
        source.replacen("by: school/head", "by: who/head", 1)
    };
    let found = programs().with_source("named.yaml", &named("form.asked")).unwrap_err();
    assert!(text(&found).contains("`who`: expected a unit, found money"), "{}", text(&found));
    let found = programs().with_source("named.yaml", &named("applicant.school"));
    assert!(found.is_ok(), "{}", text(&found.err().unwrap_or_default()));
}

#[test]
fn anchors_and_second_documents_are_refused() {
    for (from, to) in [
        ("clock: {total: 10wd", "clock: &a {total: 10wd"),
        ("privacy:", "---\nprivacy:"),
        ("owner: {lead: education}", "owner: {<<: {lead: education}}"),
    ] {
        let source = SOUND.replacen(from, to, 1);
        assert!(load::program("broken.yaml", &source).is_err(), "{to}");
    }
}

#[test]
fn a_stored_program_reads_back_and_keeps_its_hash() {
    let programs = programs();
    for program in programs.all() {
        let back = load::canonical(&program.canonical()).unwrap();
        assert_eq!(*program, back);
        assert_eq!(program.hash(), back.hash());
        assert_eq!(programs.by_hash(&back.hash()), Some(program));
    }
    let spaced =
        SOUND.replace("code: LJ", "code:   LJ   # spaces and comments are not the program");
    let hash = |source: &str| load::program("sound.yaml", source).unwrap().hash();
    assert_eq!(hash(SOUND), hash(&spaced));
    assert_ne!(hash(SOUND), hash(&SOUND.replace("within: 2wd", "within: 1wd")));
}
