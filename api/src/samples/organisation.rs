//! Pages of the organisation.

use super::{Sample, at, on, sample, words};
use crate::{
    layout::Room,
    read::{
        FieldKind, FieldView, OptionView,
        organisation::{
            AccountRow, BelowRow, ClosingView, DutyRow, HandOverView, ImportFault, ImportRow,
            ImportView, LyingRow, MarkRow, MayView, MemberForms, MemberView, NameRow, PartRow,
            PeopleView, StaffLink, StaffRow, TrailRow, TrailView, UnitForms, UnitView,
        },
        oversight::UnitLink,
    },
};

const MAY: MayView = MayView { organise: true, secure: true, audit: true, hand_over: true };

pub(super) fn samples() -> Vec<Sample> {
    let staff = Some(Room::Staff);
    vec![
        sample("organisation-unit", staff, unit()),
        sample("organisation-unit-closed", staff, closed()),
        sample("organisation-closing", staff, closing(None)),
        sample("organisation-closing-refused", staff, closing(Some("须指定接办单位。"))),
        sample("organisation-people", staff, people()),
        sample("organisation-member", staff, member()),
        sample("organisation-hand-over", staff, hand_over()),
        sample("organisation-import", staff, ImportView { kind: "people".into(), ..import() }),
        sample("organisation-import-done", staff, imported()),
        sample("organisation-import-refused", staff, refused()),
        sample("trail", staff, trail()),
    ]
}

fn link(name: &str) -> UnitLink {
    UnitLink { id: "0165c123-4567-7000-8000-000000000001".to_owned(), name: name.to_owned() }
}

fn person(name: &str) -> StaffLink {
    let mail = Some("ma@example.cn".to_owned());
    StaffLink { id: "0165c123-4567-7000-8000-000000000002".to_owned(), name: name.to_owned(), mail }
}

fn works(name: &str, tasks: i64) -> StaffRow {
    StaffRow {
        appointment: "0165c123-4567-7000-8000-000000000003".to_owned(),
        person: "0165c123-4567-7000-8000-000000000002".to_owned(),
        name: name.to_owned(),
        duty: "handler".to_owned(),
        title: words("经办人", "Handler"),
        from_at: at(2, 9),
        to_at: None,
        tasks,
        can_end: true,
    }
}

fn text(id: &str, zh: &str, en: &str) -> FieldView {
    FieldView::new(id, words(zh, en), FieldKind::Text { long: false, most: None })
}

fn below(name: &str, office: &str, tasks: i64) -> BelowRow {
    let (unit, office_words) = (link(name), words("教育", "Education"));
    BelowRow { unit, office: office.to_owned(), office_words, tasks, staff: 2, to_on: None }
}

fn unit() -> UnitView {
    let error = Some("请填写。".to_owned());
    UnitView {
        id: "0165c123-4567-7000-8000-000000000001".to_owned(),
        name: "泾源县".to_owned(),
        names: words("泾源县", "Jingyuan County"),
        bore: vec![NameRow { names: words("泾源县", "Jingyuan"), from_on: on(1), to_on: None }],
        level: "county".to_owned(),
        level_words: words("县（区）", "County"),
        office: "government".to_owned(),
        office_words: words("政府", "Government"),
        division: "640424".to_owned(),
        code: Some("640424".to_owned()),
        mark: Some("泾教体".to_owned()),
        marks: vec![
            MarkRow { mark: "泾教体".to_owned(), from_on: on(3), to_on: None },
            MarkRow { mark: "泾教".to_owned(), from_on: on(1), to_on: Some(on(3)) },
        ],
        from_on: on(1),
        to_on: None,
        successor: None,
        above: vec![link("宁夏回族自治区"), link("固原市")],
        tasks: 3,
        staff: vec![works("马建军", 2), works("王秀兰", 0)],
        offices: vec![below("泾源县教育局", "education", 12), below("泾源县财政局", "finance", 0)],
        places: vec![below("香水镇", "township", 1), below("泾源县职业中学", "school", 4)],
        may: MAY,
        forms: UnitForms {
            rename: vec![text("name_zh", "新名称", "New name"), text("from_on", "日期", "From")],
            mark: vec![text("mark", "新代字", "New mark"), text("from_on", "日期", "From")],
            relocate: vec![text("parent", "上级地方", "The place above")],
            open: vec![text("office", "机构类别", "Office")],
            appoint: vec![FieldView { error, ..text("who", "人员", "Who") }],
            close: vec![text("successor", "接办单位", "Who takes over")],
        },
    }
}

fn closed() -> UnitView {
    UnitView {
        to_on: Some(on(5)),
        successor: Some(link("泾源县教育局")),
        staff: Vec::new(),
        offices: Vec::new(),
        places: Vec::new(),
        forms: UnitForms::default(),
        ..unit()
    }
}

fn closing(refused: Option<&str>) -> ClosingView {
    ClosingView {
        unit: link("泾源县扶贫开发办公室"),
        successor: Some(link("泾源县教育局")),
        parts: vec![PartRow {
            unit: link("泾源县扶贫开发办公室"),
            to: Some(link("泾源县教育局")),
            tasks: 7,
            staff: vec![works("马建军", 2), works("王秀兰", 0)],
        }],
        cases: 2,
        below: vec![link("香水镇")],
        refused: refused.map(str::to_owned),
    }
}

fn people() -> PeopleView {
    PeopleView {
        search: "马".to_owned(),
        people: vec![person("马建军"), person("马秀兰")],
        more: true,
        may: MAY,
        add: vec![text("name", "姓名", "Name"), text("mail", "邮箱", "Mail")],
    }
}

fn member() -> MemberView {
    let account = AccountRow {
        id: "0165c123-4567-7000-8000-000000000004".to_owned(),
        login: "majianjun".to_owned(),
        locked_at: Some(at(3, 10)),
    };
    let held = works("马建军", 2);
    let duty = DutyRow {
        held: held.clone(),
        unit: link("泾源县教育局"),
        in_force: true,
        can_hand_over: true,
    };
    let ended = StaffRow { to_at: Some(at(4, 9)), can_end: false, ..held };
    let before =
        DutyRow {
            held: ended, unit: link("香水镇资助办"), in_force: false, can_hand_over: false
        };
    MemberView {
        person: person("马建军"),
        duties: vec![duty, before],
        accounts: vec![account],
        oneself: false,
        may: MAY,
        arranges: true,
        forms: MemberForms {
            record: vec![text("name", "姓名", "Name"), text("mail", "邮箱", "Mail address")],
            appoint: vec![text("unit", "单位", "Unit")],
            account: vec![text("login", "登录账号", "Login")],
            password: vec![FieldView::new(
                "password",
                words("初始密码", "First password"),
                FieldKind::Password,
            )],
        },
    }
}

fn hand_over() -> HandOverView {
    let option = |value: &str, zh: &str| OptionView {
        value: value.to_owned(),
        title: words(zh, zh),
        hint: None,
    };
    let options = vec![option("a", "王秀兰"), option("pool", "退回本单位待领")];
    HandOverView {
        person: person("马建军"),
        unit: link("泾源县教育局"),
        tasks: vec![LyingRow {
            number: "640424-YJ-2026-000123-7".to_owned(),
            program: words("特困学生应急救助", "Emergency aid"),
            step: words("县级会签", "County"),
            due_at: Some(at(6, 18)),
            addressed: true,
        }],
        fields: vec![
            FieldView::new("to", words("转给", "To whom"), FieldKind::Choice { options }),
            FieldView::new(
                "reason",
                words("原因", "Why"),
                FieldKind::Text { long: true, most: Some(500) },
            ),
        ],
    }
}

fn import() -> ImportView {
    ImportView { columns: "name, mail, unit, duty".to_owned(), ..ImportView::default() }
}

fn imported() -> ImportView {
    let row = |line, name: &str| ImportRow {
        line,
        name: name.to_owned(),
        said: words("新登记，任职于泾源县教育局", "appointed"),
    };
    ImportView {
        kind: "people".to_owned(),
        done: true,
        made: 2,
        known: 1,
        rows: vec![row(2, "马建军"), row(3, "王秀兰")],
        ..import()
    }
}

fn refused() -> ImportView {
    let fault = |line, column: &str| ImportFault {
        line,
        column: column.to_owned(),
        said: words("没有此县（区），请填 6 位代码，如 640424", "there is no such county"),
    };
    ImportView {
        kind: "townships".to_owned(),
        done: true,
        faults: vec![fault(3, "county_code"), fault(9, "")],
        ..import()
    }
}

fn trail() -> TrailView {
    let row = |kind: &str, who: Option<&str>| TrailRow {
        at: at(4, 9),
        who: who.map(str::to_owned),
        kind: kind.to_owned(),
        title: words("任职", "Appointed"),
        about: "泾源县教育局".to_owned(),
        number: 3,
        what: serde_json::json!({ "duty": "handler" }),
    };
    TrailView {
        stream: String::new(),
        rows: vec![row("appointed", Some("admin")), row("unit_closed", None)],
        next: Some("1.2.3".to_owned()),
    }
}
