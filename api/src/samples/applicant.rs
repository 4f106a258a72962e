//! Samples of the applicant's room and of the way of an application.

use crate::{
    layout::Room,
    read::{
        Answer, CaseStatus, ErrorView, FactGroup, FactView, FieldKind, FieldView, FileKind,
        FileView, Light, OptionView, PaperView, Words,
        applicant::{
            ApplicantHomeView, Ask, AskView, CaseCard, FieldGroup, ProfileView, SubjectView,
        },
        apply::{
            AwardView, CheckView, FormPageView, OnBehalfConfirm, PapersView, SubmittedView,
            TaskListView, TaskRow, TaskState,
        },
        home::{Fit, ProgramCard},
    },
};

use super::{Sample, at, due, on, public::programs, sample, words};

const NUMBER: &str = "640422-YJ-2026-000123-7";

pub(super) fn samples() -> Vec<Sample> {
    let room = Some(Room::Applicant);
    vec![
        sample("me", room, me()),
        sample("me-empty", room, me_empty()),
        sample("profile", room, profile()),
        sample("task-list", room, task_list()),
        sample("form", room, form(false)),
        sample("form-errors", room, form(true)),
        sample("papers", room, papers_page()),
        sample("check", room, check()),
        sample("submitted", room, submitted()),
    ]
}

pub(super) fn subjects() -> Vec<SubjectView> {
    let subject = |id: &str, name: &str, relation, acting| SubjectView {
        id: id.to_owned(),
        name: name.to_owned(),
        relation,
        id_number_masked: "640***********1234".into(),
        acting,
    };
    vec![
        subject("s1", "马小兰", words("女儿", "daughter"), true),
        subject("s2", "马志强", words("本人", "myself"), false),
    ]
}

fn aid() -> Words {
    words("特困学生应急救助", "Emergency aid")
}

fn me() -> ApplicantHomeView {
    let card = |status, holder: Option<&str>, due, number: Option<&str>| CaseCard {
        href: "/cases/x".into(),
        number: number.map(str::to_owned),
        title: aid(),
        subject: "马小兰".into(),
        status,
        holder: holder.map(str::to_owned),
        due,
        fen: Some(1_200_000),
        changed_at: at(3, 10),
    };
    let fits = [Fit::MayApply, Fit::Unknown, Fit::NotNow(words("年内已申请", "once a year"))];
    let cards: Vec<ProgramCard> = programs()
        .into_iter()
        .zip(fits)
        .map(|(card, fit)| ProgramCard { fit: Some(fit), ..card })
        .collect();
    ApplicantHomeView {
        subjects: subjects(),
        asks: vec![AskView {
            what: Ask::Supplement,
            title: aid(),
            number: Some(NUMBER.into()),
            due: Some(due(8, Light::Stopped)),
            href: "/cases/x/supplement".into(),
        }],
        cases: vec![
            card(CaseStatus::Supplement, None, None, Some(NUMBER)),
            card(
                CaseStatus::InProgress,
                Some("吉强镇人民政府"),
                Some(due(2, Light::Green)),
                Some("640422-YJ-2026-000098-2"),
            ),
            card(CaseStatus::Draft, None, None, None),
            card(CaseStatus::Closed, None, None, Some("640422-YJ-2025-000007-X")),
        ],
        programs: cards,
        profile_incomplete: false,
    }
}

fn me_empty() -> ApplicantHomeView {
    ApplicantHomeView {
        subjects: vec![],
        asks: vec![],
        cases: vec![],
        programs: programs(),
        profile_incomplete: true,
    }
}

pub(super) fn option(value: &str, zh: &str, en: &str) -> OptionView {
    OptionView { value: value.to_owned(), title: words(zh, en), hint: None }
}

pub(super) fn text(id: &str, zh: &str, en: &str, value: &str) -> FieldView {
    let kind = FieldKind::Text { long: false, most: Some(50) };
    FieldView { value: Some(value.to_owned()), ..FieldView::new(id, words(zh, en), kind) }
}

fn profile() -> ProfileView {
    let bad = FieldView {
        value: Some("640422200801011235".into()),
        error: Some("身份证号校验位不对，请对照证件逐位核对。".into()),
        ..FieldView::new("id_number", words("身份证号", "ID number"), FieldKind::IdNumber)
    };
    let schools = (1..9).map(|n| option(&n.to_string(), "西吉县职业中学", "")).collect();
    let school = FieldKind::Choice { options: schools };
    let errors = crate::read::field::errors(std::slice::from_ref(&bad));
    ProfileView {
        subjects: subjects(),
        subject: Some("s1".into()),
        groups: vec![
            FieldGroup {
                title: words("学生", "Student"),
                fields: vec![
                    text("name", "姓名", "Name", "马小兰"),
                    bad,
                    FieldView::new("school", words("学校", "School"), school),
                ],
            },
            FieldGroup {
                title: words("收款账户", "Bank account"),
                fields: vec![FieldView {
                    hint: Some(words("学生本人或监护人的银行卡、社保卡。", "Own or guardian's.")),
                    ..FieldView::new("account", words("账号", "Account"), FieldKind::BankAccount)
                }],
            },
        ],
        errors,
    }
}

fn task_list() -> TaskListView {
    let row = |zh: &str, en: &str, state| TaskRow {
        title: words(zh, en),
        href: "/drafts/d1/pages/1".into(),
        state,
    };
    TaskListView {
        draft: "d1".into(),
        title: aid(),
        subject: "马小兰".into(),
        rows: vec![
            row("发生了什么", "What happened", TaskState::Done),
            row("家庭情况", "The household", TaskState::Started),
            row("上传材料", "Papers", TaskState::NotStarted),
            row("核对后提交", "Check and submit", TaskState::NotYet),
        ],
    }
}

/// A list of two rows, of which the second is not whole.
fn wishes(wrong: bool) -> FieldView {
    let schools = (1..9).map(|n| option(&n.to_string(), "福建工业学校", "")).collect();
    let school = FieldKind::Choice { options: schools };
    let of = vec![
        FieldView::new("host", words("学校", "School"), school),
        FieldView::new("paid", words("学费", "Fees"), FieldKind::Money),
    ];
    let row = |nth: usize| {
        let named = |f: &FieldView| FieldView { id: format!("wishes.{nth}.{}", f.id), ..f.clone() };
        of.iter().map(named).collect::<Vec<_>>()
    };
    let mut rows = vec![row(0), row(1)];
    rows[1][0].error = wrong.then(|| "请填写此项。".to_owned());
    let kind = FieldKind::List { of, rows, least: Some(1), most: Some(3), grows: true };
    FieldView::new("wishes", words("志愿", "Wishes"), kind)
}

fn form(wrong: bool) -> FormPageView {
    let cause = FieldKind::Choice {
        options: vec![
            option("illness", "疾病", "Illness"),
            option("disaster", "自然灾害", "Disaster"),
            option("accident", "意外事故", "Accident"),
            option("other", "其他", "Other"),
        ],
    };
    let error = |text: &str| wrong.then(|| text.to_owned());
    let date = FieldKind::Date { earliest: None, latest: Some("2026-03-04".into()) };
    FormPageView {
        draft: "d1".into(),
        program: aid(),
        title: words("发生了什么", "What happened"),
        page: 1,
        pages: 3,
        fields: vec![
            FieldView::new("urgent", words("情况是否紧急？", "Urgent?"), FieldKind::Boolean),
            FieldView {
                value: Some("illness".into()),
                ..FieldView::new("cause", words("原因", "Cause"), cause)
            },
            FieldView {
                error: error("发生日期不能晚于今天，请重新选择。"),
                ..FieldView::new("day", words("发生日期", "Day"), date)
            },
            FieldView {
                hint: Some(words("扣除医保报销和其他救助后，自己要承担的部分。", "What is left.")),
                value: Some(if wrong { "很多" } else { "12000" }.into()),
                error: error("请填写数字，例如 12000 或 12000.50。"),
                ..FieldView::new("need", words("需要的金额", "Needed"), FieldKind::Money)
            },
            wishes(wrong),
            FieldView {
                required: false,
                ..FieldView::new(
                    "story",
                    words("情况说明", "In your own words"),
                    FieldKind::Text { long: true, most: Some(1000) },
                )
            },
        ],
        back: "/drafts/d1".into(),
    }
}

pub(super) fn papers() -> Vec<PaperView> {
    let file = |id: &str, name: &str, kind| FileView {
        id: id.to_owned(),
        name: name.to_owned(),
        bytes: 348_112,
        kind,
        added_at: at(3, 20),
    };
    let paper = |id: &str, title: Words, files| PaperView {
        id: id.to_owned(),
        title,
        hint: None,
        required: true,
        waived: None,
        files,
        error: None,
    };
    vec![
        PaperView {
            hint: Some(words("医院收费单、受灾证明或公安交管证明。", "Bill or certificate.")),
            ..paper(
                "proof",
                words("事由证明", "Proof"),
                vec![
                    file("bill.png", "住院收费票据.jpg", FileKind::Image),
                    file("p2", "诊断证明.pdf", FileKind::Pdf),
                ],
            )
        },
        PaperView {
            waived: Some(words("已在建档立卡名册中核实。", "Found in the roster.")),
            ..paper("identity", words("身份证或户口本", "Identity"), vec![])
        },
        PaperView {
            error: Some("这个文件是空的，请重新拍照。".into()),
            ..paper("card", words("银行卡照片", "Bank card"), vec![])
        },
    ]
}

fn papers_page() -> PapersView {
    PapersView {
        draft: "d1".into(),
        program: aid(),
        papers: papers(),
        back: "/drafts/d1".into(),
        next: "/drafts/d1/check".into(),
    }
}

pub(super) fn facts(change: bool) -> Vec<FactGroup> {
    let fact = |id: &str, zh: &str, en: &str, answer| FactView {
        id: id.to_owned(),
        title: words(zh, en),
        answer,
    };
    let to = |href: &str| change.then(|| href.to_owned());
    vec![
        FactGroup {
            title: words("申请人", "Applicant"),
            change: to("/me/profile"),
            facts: vec![
                fact("name", "姓名", "Name", Answer::Text("马小兰".into())),
                fact("id", "身份证号", "ID", Answer::Masked("640***********1234".into())),
                fact("school", "学校", "School", Answer::Text("西吉县职业中学 高二（3）班".into())),
                fact("phone", "手机", "Phone", Answer::Shown("138 0000 0421".into())),
            ],
        },
        FactGroup {
            title: words("发生了什么", "What happened"),
            change: to("/drafts/d1/pages/1"),
            facts: vec![
                fact("urgent", "是否紧急", "Urgent", Answer::YesNo(false)),
                fact("cause", "原因", "Cause", Answer::Choice(words("疾病", "Illness"))),
                fact("day", "发生日期", "Day", Answer::Day(on(1))),
                fact("need", "需要的金额", "Needed", Answer::Fen(2_350_000)),
                fact("other", "其他救助", "Other aid", Answer::Nothing),
            ],
        },
    ]
}

pub(super) fn award() -> AwardView {
    AwardView {
        asked_fen: Some(2_350_000),
        fen: 2_000_000,
        ceiling_fen: Some(2_000_000),
        basis: Some(words("应急救助标准（2018 版）", "Table of 2018")),
    }
}

fn check() -> CheckView {
    let title = words("申请人的验证码", "The applicant's code");
    CheckView {
        draft: "d1".into(),
        program: aid(),
        groups: facts(true),
        papers: papers(),
        award: Some(award()),
        errors: vec![ErrorView {
            anchor: "f-truth".into(),
            text: "请阅读并勾选声明后再提交。".into(),
        }],
        declaration: "2018-1".into(),
        on_behalf: Some(OnBehalfConfirm {
            name: "马小兰".into(),
            phone_masked: "138****0421".into(),
            code: FieldView::new("code", title, FieldKind::Code),
        }),
    }
}

fn submitted() -> SubmittedView {
    SubmittedView {
        number: NUMBER.into(),
        program: aid(),
        subject: "马小兰".into(),
        submitted_at: at(4, 9),
        unit: "西吉县职业中学".into(),
        due: Some(due(1, Light::Green)),
        asked_fen: Some(1_200_000),
        phone_masked: "138****0421".into(),
        papers: papers(),
        qr_svg: super::picture(),
    }
}
