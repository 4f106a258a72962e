//! The forms of the organisation's pages.

use chrono::NaiveDate;
use entities::{Duty, Level, person, unit};

use super::Standing;
use crate::{
    read::{
        FieldKind, FieldView, OptionView, Words,
        organisation::{MemberForms, UnitForms},
    },
    show::{Wrong, fields::own},
};

fn text(id: &str, zh: &str, en: &str, required: bool) -> FieldView {
    own(id, Words::new(zh, en), FieldKind::Text { long: false, most: Some(100) }, required)
}

fn hinted(field: FieldView, zh: &str, en: &str) -> FieldView {
    FieldView { hint: Some(Words::new(zh, en)), ..field }
}

fn option(value: &str, zh: &str, en: &str) -> OptionView {
    OptionView { value: value.to_owned(), title: Words::new(zh, en), hint: None }
}

/// The duties that the caller may give.
pub(super) fn duties(standing: &Standing) -> FieldView {
    let mut options = Vec::new();
    if standing.powers.organises {
        options.push(option(&Duty::Handler.word(), "经办人", "Handler"));
        options.push(option(&Duty::Head.word(), "负责人", "Head"));
        options.push(option(&Duty::Supervisor.word(), "督导", "Supervisor"));
    }
    if standing.powers.secures {
        options.push(option(&Duty::Administrator.word(), "系统管理员", "System administrator"));
        let security = &Duty::SecurityAdministrator.word();
        options.push(option(security, "安全管理员", "Security administrator"));
        options.push(option(&Duty::Auditor.word(), "审计管理员", "Auditor"));
    }
    own("duty", Words::new("职责", "Duty"), FieldKind::Choice { options }, true)
}

/// Those of a unit that is open, with what was typed in the one that was `sent`.
pub(super) fn unit(
    standing: &Standing,
    unit: &unit::Model,
    (today, sent, wrong): (NaiveDate, &str, &Wrong),
) -> UnitForms {
    if unit.to_on.is_some() {
        return UnitForms::default();
    }
    // What was typed stands in the form that was sent, and in no other.
    let over = |form: &str, fields: Vec<FieldView>| {
        let lay = |field| if form == sent { wrong.over(field) } else { field };
        fields.into_iter().map(lay).collect()
    };
    let day = || {
        let kind = FieldKind::Date { earliest: None, latest: None };
        let field = own("from_on", Words::new("启用日期", "From"), kind, true);
        FieldView { value: Some(today.to_string()), ..field }
    };
    let mut forms = UnitForms::default();
    if standing.powers.organises || standing.powers.secures {
        let who = hinted(
            text("who", "人员", "Who", true),
            "登录账号或邮箱",
            "The login or the mail address",
        );
        forms.appoint = over("appoint", vec![who, duties(standing)]);
    }
    if !standing.powers.organises {
        return forms;
    }
    forms.rename = over(
        "rename",
        vec![
            text("name_zh", "新名称", "New name in Chinese", true),
            text("name_en", "英文名称", "In English", false),
            hinted(
                day(),
                "此日以前的文书仍用原名称",
                "What was written before that day keeps the old name",
            ),
        ],
    );
    let mark = FieldView {
        kind: FieldKind::Text { long: false, most: Some(6) },
        ..text("mark", "新代字", "New mark", true)
    };
    let mark = hinted(mark, "1 至 6 个汉字，如“宁教”", "One to six Chinese characters");
    let kept = hinted(
        day(),
        "今天或以后；此前编号的文书不改，序号接续",
        "Today or later; what was numbered before stays, the count goes on",
    );
    forms.mark = over("mark", vec![mark, kept]);
    let wanders = !matches!(unit.level, Level::Region | Level::Outside);
    if unit.id == unit.seat_id && wanders {
        let parent = hinted(
            text("parent", "新的上级地方", "The place above it now", true),
            "代码或全称；待办不移动，此后的办件按新的隶属流转",
            "Its code or full name; what lies here stays, what begins later goes up the new way",
        );
        let code = hinted(
            text("division", "新代码", "Its code there", false),
            "代码改变时填写；学校随县，不必填",
            "Where it changes; a school has its county's",
        );
        forms.relocate = over("move", vec![parent, code]);
    }
    if unit.id == unit.seat_id {
        let office = hinted(
            text("office", "机构类别", "Office", true),
            "小写字母，如 aid_office",
            "A word such as aid_office",
        );
        forms.open = over(
            "open",
            vec![
                office,
                text("name_zh", "名称", "Name in Chinese", true),
                text("name_en", "英文名称", "In English", false),
            ],
        );
    }
    let successor = hinted(
        text("successor", "接办单位", "Who takes over", false),
        "代码或全称，如 640424/education；没有待办、任职和在办的办件的可留空",
        "Its code or full name, such as 640424/education; may be empty where nothing is left",
    );
    forms.close = over("close", vec![successor]);
    forms
}

/// Those of a person's page; `makes`: whether the reader may let them sign in.
pub(super) fn member(
    standing: &Standing,
    person: &person::Model,
    makes: bool,
    wrong: &Wrong,
) -> MemberForms {
    let over = |fields: Vec<FieldView>| fields.into_iter().map(|field| wrong.over(field)).collect();
    let mut forms = MemberForms::default();
    let password = || {
        let title = Words::new("初始密码", "First password");
        own("password", title, FieldKind::Password, true)
    };
    if standing.powers.organises || standing.powers.secures {
        let unit = hinted(
            text("unit", "单位", "Unit", true),
            "代码或全称，如 640424/education",
            "Its code or full name, such as 640424/education",
        );
        forms.appoint = over(vec![unit, duties(standing)]);
    }
    if standing.powers.organises {
        let name =
            FieldView { value: Some(person.name.clone()), ..text("name", "姓名", "Name", true) };
        let mail = hinted(
            FieldView {
                value: person.mail.clone(), ..text("mail", "邮箱", "Mail address", false)
            },
            "通知发往此处",
            "Where letters go",
        );
        let phone = hinted(
            text("phone", "手机号", "Mobile number", false),
            "不填则不变",
            "Empty: it stays as it is",
        );
        forms.record = over(vec![name, mail, phone]);
    }
    if makes {
        let login = hinted(
            text("login", "登录账号", "Login", true),
            "小写字母、数字或 . _ - @",
            "a-z, 0-9 and . _ - @",
        );
        forms.account = over(vec![login, password()]);
    }
    if standing.powers.secures {
        forms.password = over(vec![password()]);
    }
    forms
}

/// Putting somebody on record.
pub(super) fn add(wrong: &Wrong) -> Vec<FieldView> {
    let fields = vec![
        text("name", "姓名", "Name", true),
        hinted(text("mail", "邮箱", "Mail address", false), "通知发往此处", "Where letters go"),
    ];
    fields.into_iter().map(|field| wrong.over(field)).collect()
}

/// Handing over: to one of `people`, or to the pool.
pub(super) fn hand_over(people: Vec<(String, String)>, wrong: &Wrong) -> Vec<FieldView> {
    let name = |(id, name): (String, String)| OptionView {
        value: id,
        title: Words::new(name.clone(), name),
        hint: None,
    };
    let mut options: Vec<OptionView> = people.into_iter().map(name).collect();
    options.push(option("pool", "退回本单位待领", "Back to the unit's pool"));
    let to = own("to", Words::new("转给", "To whom"), FieldKind::Choice { options }, true);
    let kind = FieldKind::Text { long: true, most: Some(500) };
    let reason = own("reason", Words::new("原因", "Why"), kind, true);
    vec![wrong.over(to), wrong.over(reason)]
}
