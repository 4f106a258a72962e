//! Samples of lists of people.

use super::{Sample, applicant::papers, sample, words};
use crate::{
    layout::Room,
    read::{
        FieldKind, FieldView,
        organisation::ImportFault,
        roster::{KeptLine, OpenLine, RosterLine, RosterSum, RosterView, SampleView},
    },
};

pub(super) fn samples() -> Vec<Sample> {
    let staff = Some(Room::Staff);
    vec![
        sample("roster", staff, roster()),
        sample("roster-line", staff, RosterView { open: Some(open()), ..roster() }),
        sample("roster-papers", staff, with_papers()),
        sample("roster-refused", staff, RosterView { faults: faults(), ..roster() }),
        sample("roster-read", staff, RosterView { fills: false, add: Vec::new(), ..roster() }),
        sample("roster-cases", staff, cases()),
        sample("roster-empty", staff, RosterView { lines: Vec::new(), ..roster() }),
    ]
}

fn roster() -> RosterView {
    RosterView {
        task: "0165c123-4567-7000-8000-000000000001".to_owned(),
        version: 3,
        number: "NX-640424-JS-2018-000001-7".to_owned(),
        title: words("“9+3”免补资助（学期名册）", "\"9+3\" subsidies"),
        step: words("学校编制名册", "The school makes the list"),
        of_cases: false,
        columns: vec![words("年级", "Grade"), words("是否住校", "Boards")],
        lines: vec![line(1, "马小兰", true), line(2, "李文博", false)],
        counted: 1,
        sums: vec![sum("免学费", "自治区财政", 100_000), sum("生活补助", "市县财政", 25_000)],
        total_fen: 125_000,
        fills: true,
        strikes: true,
        add: vec![FieldView::new("name", words("姓名", "Name"), text())],
        file_columns: "身份证号, 姓名, 年级, 是否住校".to_owned(),
        open: None,
        samples: Vec::new(),
        faults: Vec::new(),
    }
}

/// Lines that are asked for papers, one of them open.
fn with_papers() -> RosterView {
    let mut lines = roster().lines;
    if let Some(first) = lines.first_mut() {
        first.papers = papers();
    }
    RosterView { lines, open: Some(OpenLine { papers: papers(), ..open() }), ..roster() }
}

/// Cases that are looked at a second time.
fn cases() -> RosterView {
    let kept = KeptLine {
        step: words("县级自查", "The county inspects"),
        cells: vec!["资金使用".to_owned(), "一般问题".to_owned()],
    };
    let case = RosterLine {
        class: "应急救助 · 职业学校".to_owned(),
        kept: vec![kept],
        cells: vec!["资金使用".to_owned(), "无问题".to_owned()],
        fen: 0,
        ..line(1, "640424-YJ-2018-000001-7", true)
    };
    RosterView {
        title: words("自查复查核查", "Inspection round"),
        step: words("市级复查", "The city checks"),
        of_cases: true,
        columns: vec![words("检查内容", "Looked at"), words("结论", "Finding")],
        lines: vec![case],
        sums: Vec::new(),
        samples: vec![SampleView {
            step: words("市级抽样", "The city's sample"),
            seed: "5e8f".repeat(16),
            keys: "8f5e".repeat(16),
        }],
        total_fen: 0,
        add: Vec::new(),
        file_columns: String::new(),
        ..roster()
    }
}

fn text() -> FieldKind {
    FieldKind::Text { long: false, most: Some(50) }
}

fn line(number: i32, name: &str, counts: bool) -> RosterLine {
    RosterLine {
        id: format!("0165c123-4567-7000-8000-00000000001{number}"),
        number,
        name: name.to_owned(),
        class: "18级1班".to_owned(),
        kept: Vec::new(),
        counts,
        reason: (!counts).then(|| words("学籍不符", "enrolment does not match")),
        cells: vec!["1".to_owned(), "是".to_owned()],
        fen: 125_000,
        papers: Vec::new(),
        may_open: counts,
    }
}

fn sum(title: &str, payer: &str, fen: i64) -> RosterSum {
    RosterSum {
        title: words(title, title),
        payer: words(payer, payer),
        payee: words("学校", "the school"),
        fen,
    }
}

fn open() -> OpenLine {
    OpenLine {
        id: "0165c123-4567-7000-8000-000000000011".to_owned(),
        name: "马小兰".to_owned(),
        fields: vec![FieldView::new("form.grade", words("年级", "Grade"), text())],
        strike: Some(FieldView::new("reason", words("理由", "Reason"), text())),
        award: vec![sum("免学费", "自治区财政", 100_000)],
        papers: Vec::new(),
    }
}

fn faults() -> Vec<ImportFault> {
    let said = words("必填，请填写", "it is required; fill it in");
    vec![ImportFault { line: 2, column: "grade".to_owned(), said }]
}
