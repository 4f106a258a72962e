//! Samples of what anybody may see, and of the demo's own pages.

use crate::{
    layout::Room,
    read::{
        FieldKind, FieldView, Words,
        demo::{
            AboutView, Channel, ClockView, HealthRow, LetterView, LettersView, MomentView,
            ThreadLine,
        },
        guide::{BasisView, GuideStep, GuideView, PaperNeed},
        home::{HomeView, ProgramCard},
        notice::{LookUpView, NoticeCard, NoticeView, NoticesView},
        problem::{ProblemNameView, ProblemView, WayView},
        sign_in::{CodeView, DemoAccount, PasswordView, SignInView, StaffSignInView},
    },
};

use super::{Sample, at, on, sample, words};

pub(super) fn samples() -> Vec<Sample> {
    vec![
        sample("home", None, home()),
        sample("sign-in", None, sign_in(None)),
        sample("sign-in-error", None, sign_in(Some("手机号应为 11 位数字，请检查后重新输入。"))),
        sample("code", None, code()),
        sample("staff-sign-in", None, staff_sign_in()),
        sample("password", Some(Room::Staff), password()),
        sample("guide", None, guide()),
        sample("look-up", None, look_up()),
        sample("notices", None, NoticesView { rows: vec![notice_card()], next: Some("k9".into()) }),
        sample("notice", None, notice()),
        sample("clock", None, clock()),
        sample("letters", None, letters()),
        sample("letter", None, letter(true)),
        sample("problem", None, problem()),
        sample("problem-name", None, problem_name()),
        sample("about", None, about()),
    ]
}

pub(super) fn programs() -> Vec<ProgramCard> {
    let card = |name: &str, title: Words, summary: Words, days, fen| ProgramCard {
        name: name.to_owned(),
        title,
        summary,
        days: Some(days),
        most_fen: fen,
        fit: None,
    };
    vec![
        card(
            "emergency-aid",
            words("特困学生应急救助", "Emergency aid"),
            words(
                "因病、因灾或突发变故，家庭一时难以承担学习和生活费用的学生。",
                "For students whose family cannot cope after illness, disaster or a sudden event.",
            ),
            10,
            Some(2_000_000),
        ),
        card(
            "nine-plus-three",
            words("“9+3”免费教育补助", "“9+3” subsidy"),
            words("在中等职业学校就读的农村学生，免学费并补助生活费。", "For rural students."),
            15,
            Some(350_000),
        ),
        card(
            "training-claim",
            words("职业技能培训补贴", "Training subsidy"),
            words("参加技能培训并取得证书的劳动者。", "For those who took a certified training."),
            20,
            None,
        ),
    ]
}

pub(super) fn home() -> HomeView {
    HomeView { programs: programs(), notices: vec![notice_card()] }
}

pub(super) fn phone() -> FieldView {
    let title = words("手机号", "Phone number");
    FieldView::new("phone", title, FieldKind::Phone)
}

fn sign_in(error: Option<&str>) -> SignInView {
    let value = error.map(|_| "1380000".to_owned());
    let phone = FieldView { error: error.map(str::to_owned), value, ..phone() };
    SignInView { phone, to: "/me".into() }
}

fn code() -> CodeView {
    let title = words("6 位验证码", "Code of 6 digits");
    CodeView {
        phone: "13800000421".into(),
        phone_masked: "138****0421".into(),
        code: FieldView::new("code", title, FieldKind::Code),
        resend_seconds: 60,
        to: "/me".into(),
    }
}

fn staff_sign_in() -> StaffSignInView {
    let account = |account: &str, duty: &str| DemoAccount {
        account: account.to_owned(),
        duty: duty.to_owned(),
    };
    StaffSignInView {
        account: FieldView::new("account", words("账号", "Account"), FieldKind::Login),
        password: FieldView::new("password", words("密码", "Password"), FieldKind::Password),
        error: Some("账号或密码不对。再错 3 次，账号将锁定 15 分钟。".into()),
        to: "/staff/tasks".into(),
        demo_accounts: vec![
            account("teacher", "西吉县职业中学 · 班主任"),
            account("school", "西吉县职业中学 · 学生资助办"),
            account("township", "吉强镇 · 助学专干"),
            account("county", "西吉县教育局"),
        ],
    }
}

fn password() -> PasswordView {
    PasswordView {
        old: FieldView::new("old", words("现在的密码", "The present one"), FieldKind::Password),
        new: FieldView::new("new", words("新密码", "The new one"), FieldKind::NewPassword),
        given: true,
    }
}

fn guide_steps() -> Vec<GuideStep> {
    let step = |zh: &str, en: &str, unit: &str, days| GuideStep {
        title: words(zh, en),
        unit: Words::chinese(unit),
        days: Some(days),
        when: None,
    };
    vec![
        step("初审", "Initial review", "学校班主任", 1),
        step("学校审核", "School", "学生资助办、校长", 1),
        step("入户核实", "Visit", "户籍所在乡镇（街道）", 2),
        step("县级会签", "County", "县教育局、县扶贫办", 3),
        GuideStep {
            when: Some(words("金额超过 ¥10,000 时", "above ¥10,000")),
            ..step("市级审定", "City", "市教育局", 3)
        },
    ]
}

fn guide() -> GuideView {
    let home = programs().swap_remove(0);
    GuideView {
        name: home.name,
        title: home.title,
        summary: home.summary,
        who: vec![
            words("在宁夏职业学校就读、有学籍的学生。", "Students enrolled in Ningxia."),
            words("一年内因同一原因只能申请一次。", "Once a year for one cause."),
        ],
        papers: vec![
            PaperNeed {
                title: words("事由证明", "Proof of the cause"),
                hint: Some(words("医院收费单、受灾证明或公安交管证明，任选其一。", "Any one.")),
                required: true,
            },
            PaperNeed {
                title: words("身份证或户口本", "Identity"),
                hint: Some(words("建档立卡学生免交。", "Not needed for the registered poor.")),
                required: false,
            },
        ],
        steps: guide_steps(),
        days: Some(10),
        most_fen: Some(2_000_000),
        how_much: vec![words("按实际困难核定，最高 ¥20,000。", "As needed, at most ¥20,000.")],
        urgent: Some(words(
            "危及生命或断粮断宿的，先救助后补材料：学校或乡镇 24 小时内决定，48 小时内到账。",
            "When life, food or shelter is at stake: decided in 24 hours, papers later.",
        )),
        basis: vec![BasisView {
            document: "职业教育助推精准脱贫工作实施方案".into(),
            clause: "四（三）".into(),
        }],
        why_not: None,
    }
}

fn look_up() -> LookUpView {
    let number = FieldView {
        value: Some("640422-ZJ-2026-000123-8".into()),
        error: Some("编号末位校验不符，请对照凭证或短信核对。".into()),
        hint: Some(words("在凭证或短信上，形如 640422-ZJ-2026-000123-7", "On your receipt")),
        ..FieldView::new(
            "number",
            words("办件编号", "Case number"),
            FieldKind::Text { long: false, most: None },
        )
    };
    let error = Some("请核对编号和手机号。".into());
    LookUpView { number, phone: phone(), error }
}

fn notice_card() -> NoticeCard {
    NoticeCard {
        id: "n1".into(),
        title: words("特困学生应急救助拟资助名单", "Emergency aid: intended support"),
        unit: "西吉县教育局".into(),
        starts_on: on(4),
        ends_on: Some(on(9)),
        days_left: 3,
    }
}

fn notice() -> NoticeView {
    let text = |long| FieldKind::Text { long, most: Some(1000) };
    NoticeView {
        card: notice_card(),
        columns: vec![words("姓名", "Name"), words("学校", "School")],
        rows: vec![
            vec!["马*兰".into(), "西吉县职业中学".into()],
            vec!["杨*".into(), "宁夏职业技术学院".into()],
        ],
        objection: vec![
            FieldView::new("text", words("事实和理由", "Facts and reasons"), text(true)),
            FieldView { required: false, ..phone() },
        ],
        objected: false,
    }
}

fn clock() -> ClockView {
    let moment = |day, zh: &str, number: Option<&str>| MomentView {
        at: at(day, 18),
        what: Words::chinese(zh),
        number: number.map(str::to_owned),
    };
    ClockView {
        now: at(4, 9),
        working_day: true,
        moving_to: None,
        moments: vec![
            moment(5, "乡镇核实到期", Some("640422-YJ-2026-000123-7")),
            moment(9, "公示期满", Some("640422-YJ-2026-000098-2")),
        ],
    }
}

fn letter(mail: bool) -> LetterView {
    let text = "【办结】验证码 204817，5 分钟内有效，请勿告诉他人。";
    LetterView {
        id: "m1".into(),
        channel: if mail { Channel::Mail } else { Channel::Sms },
        to: if mail { "aid@xiji.example".into() } else { "138****0421".into() },
        subject: mail.then(|| "【待办】640422-YJ-2026-000123-7 西吉县 应急救助".into()),
        sent_at: at(4, 9),
        text: if mail {
            "请于 3月6日 前核实。\n\n本邮件由系统自动发送。".into()
        } else {
            text.into()
        },
        code: (!mail).then(|| "204817".into()),
        thread: if mail { vec![thread_line("m0"), thread_line("m1")] } else { Vec::new() },
    }
}

fn thread_line(id: &str) -> ThreadLine {
    ThreadLine {
        id: id.into(),
        to: "aid@xiji.example".into(),
        subject: "【待办】640422-YJ-2026-000123-7 西吉县 应急救助".into(),
        sent_at: at(4, 9),
    }
}

fn letters() -> LettersView {
    LettersView { rows: vec![letter(false), letter(true)], next: None }
}

fn problem() -> ProblemView {
    ProblemView {
        status: 409,
        name: "already-decided".into(),
        title: "这一步已经办过了".into(),
        detail: "杨秀英在 3月4日 09:12 已作出决定。您的意见没有保存，请打开最新的办件查看。".into(),
        ways: vec![
            WayView { href: "/staff/tasks".into(), title: words("回到待办", "To the queue") },
            WayView { href: "/".into(), title: words("首页", "Home") },
        ],
    }
}

fn problem_name() -> ProblemNameView {
    ProblemNameView {
        name: "already-decided".into(),
        status: 409,
        title: words("这一步已经办过了", "Decided already"),
        meaning: words("别人先作出了决定。", "Somebody was quicker."),
        what_to_do: words("重新打开办件，查看现在的状态。", "Open the case again."),
    }
}

fn about() -> AboutView {
    let row = |zh: &str, en: &str, note: &str| HealthRow {
        name: words(zh, en),
        well: true,
        note: note.to_owned(),
    };
    AboutView {
        version: "0.1.0".into(),
        healthy: true,
        parts: vec![row("数据库", "Database", "SQLite"), row("后台任务", "Worker", "0")],
    }
}
