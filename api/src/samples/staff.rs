//! Samples of the approver's desk.

use entities::{NoticeId, OutboxId, outbox::JobState};

use crate::{
    layout::Room,
    read::{
        CaseStatus, FieldKind, FieldView, Light, OptionView, Words,
        bounces::{BounceRow, BouncesView, SentView},
        document::{DocumentView, PartView, ReceiptView, SectionView},
        extension::{ExtensionRow, ExtensionsView},
        jobs::{JobRow, JobsView, StateView},
        queue::{QueueView, Tab},
        soundness::{SoundCheck, SoundFinding, SoundnessView},
        staff_case::{
            EventView, ObjectionView, OnBehalfView, RowMark, RowView, StaffCaseView, Tone, VerbView,
        },
    },
};

use super::{
    Sample,
    applicant::{award, facts, option, papers, subjects},
    at,
    case::{held, steps},
    due,
    list::list,
    queue::queue,
    sample, words,
};

pub(super) fn samples() -> Vec<Sample> {
    let room = Some(Room::Staff);
    vec![
        sample("queue", room, queue(Tab::Todo)),
        sample("queue-done", room, queue(Tab::Done)),
        sample("queue-empty", room, QueueView { rows: vec![], ..queue(Tab::Todo) }),
        sample("case", room, case(None)),
        sample("case-supplement", room, case(Some("supplement"))),
        sample("case-return", room, case(Some("return"))),
        sample("case-list", room, StaffCaseView { list: Some(list(true)), ..case(None) }),
        sample("on-behalf", room, on_behalf(false)),
        sample("on-behalf-found", room, on_behalf(true)),
        sample("extensions", room, extensions(1)),
        sample("extensions-none", room, extensions(0)),
        sample("document", room, document()),
        sample("bounces", room, bounces(2)),
        sample("bounces-none", room, bounces(0)),
        sample("jobs", room, jobs(3)),
        sample("jobs-none", room, jobs(0)),
        sample("soundness", room, soundness(1)),
        sample("soundness-sound", room, soundness(0)),
    ]
}

fn verb(name: &str, title: Words, tone: Tone, key: &str, fields: Vec<FieldView>) -> VerbView {
    VerbView {
        name: name.to_owned(),
        title,
        tone,
        hint: None,
        key: (!key.is_empty()).then(|| key.to_owned()),
        fields,
        blocked: None,
        open: false,
        ends: name == "approve",
        rare: false,
    }
}

fn opinion(required: bool) -> FieldView {
    let kind = FieldKind::Text { long: true, most: Some(500) };
    FieldView { required, ..FieldView::new("text", words("意见", "Opinion"), kind) }
}

fn approvals() -> Vec<VerbView> {
    let amount = FieldView {
        value: Some("20000".into()),
        ..FieldView::new("amount", words("批准金额", "Amount"), FieldKind::Money)
    };
    let less = words("减额批准", "Approve less");
    vec![
        VerbView {
            hint: Some(words("批准后转西吉县扶贫办会签。", "The poverty office signs next.")),
            ..verb("approve", words("批准", "Approve"), Tone::Primary, "a", vec![opinion(false)])
        },
        verb("approve-less", less, Tone::Plain, "", vec![amount, opinion(true)]),
    ]
}

fn give_back() -> VerbView {
    let one = |options| FieldKind::Choice { options };
    let targets = vec![
        option("applicant", "申请人", "The applicant"),
        option("school", "学校审核", "School"),
    ];
    let modes = vec![
        option("here", "改好后直接回到本环节", "Resume here"),
        option("replay", "从退回的环节起重新办理", "Replay from there"),
    ];
    let fields = vec![
        FieldView::new("target", words("退回到", "Return to"), one(targets)),
        FieldView::new("mode", words("改好以后", "Afterwards"), one(modes)),
        opinion(true),
    ];
    verb("return", words("退回", "Return"), Tone::Plain, "r", fields)
}

fn ask_for_supplement() -> VerbView {
    let options = vec![
        option("proof", "事由证明", "Proof"),
        option("card", "银行卡照片", "Bank card"),
        option("day", "发生日期", "Day"),
        option("need", "需要的金额", "Needed"),
    ];
    let defects = FieldView {
        error: Some("请至少勾选一项。".into()),
        ..FieldView::new("defects", words("缺什么", "Missing"), FieldKind::Many { options })
    };
    let title = words("补正", "Supplement");
    VerbView {
        hint: Some(words("只能告知一次，请把缺少的全部列出。", "Only once: list all.")),
        ..verb("supplement", title, Tone::Plain, "s", vec![defects, opinion(true)])
    }
}

fn refuse() -> VerbView {
    let options: Vec<OptionView> =
        (1..9).map(|n| option(&format!("r{n}"), "不符合申请条件", "Not eligible")).collect();
    let reason = FieldView::new("reason", words("理由", "Reason"), FieldKind::Choice { options });
    let title = words("不予批准", "Refuse");
    verb("refuse", title, Tone::Grave, "", vec![reason, opinion(true)])
}

fn verbs() -> Vec<VerbView> {
    let mut verbs = approvals();
    verbs.extend([give_back(), ask_for_supplement(), refuse()]);
    verbs.push(VerbView {
        blocked: Some("金额已超出本级权限".into()),
        ..verb("pay", words("登记发放", "Record payment"), Tone::Plain, "", vec![])
    });
    verbs
}

fn line(state: RowMark) -> RowView {
    RowView {
        id: "r1".into(),
        unit: words("西吉县教育局", "Education, Xiji"),
        number: "640422-YJ-2026-000123-7".into(),
        program: words("特困学生应急救助", "Emergency aid"),
        step: words("县级会签", "County"),
        due_on: at(2, 9).date_naive().into(),
        state,
        reason: (state == RowMark::Struck).then(|| "done_late".into()),
    }
}

fn case(open: Option<&str>) -> StaffCaseView {
    let event = |number, who: Option<&str>, what: Words, note: Option<&str>| EventView {
        number,
        at: at(2, 9),
        who: who.map(str::to_owned),
        unit: who.map(|_| "西吉县职业中学".to_owned()),
        what,
        note: note.map(str::to_owned),
    };
    let mut verbs = verbs();
    for verb in &mut verbs {
        verb.open = open == Some(verb.name.as_str());
    }
    let mut own = papers().swap_remove(2);
    own.id = "visit_photo".into();
    own.title = words("入户照片", "Photo of the visit");
    StaffCaseView {
        task: Some("t1".into()),
        version: 4,
        number: "640422-YJ-2026-000123-7".into(),
        title: words("特困学生应急救助", "Emergency aid"),
        step: words("县级会签", "County"),
        unit: "西吉县教育局".into(),
        subject: "马小兰".into(),
        status: CaseStatus::InProgress,
        urgent: false,
        due: Some(due(1, Light::Amber)),
        claimed_by: Some("马建军".into()),
        mine: true,
        offered_to: None,
        offered_to_me: false,
        because: None,
        batch: None,
        watching: vec!["杨秀英".into()],
        award: Some(award()),
        facts: facts(false),
        document_number: Some("固教通〔2026〕3号".into()),
        letter: None,
        rows: vec![line(RowMark::In), line(RowMark::Struck)],
        list: None,
        roster: None,
        payers: Vec::new(),
        papers: papers(),
        own_papers: vec![own],
        steps: steps(),
        held: held(),
        history: vec![
            event(4, Some("周敏"), words("批准", "Approved"), Some("情况属实，建议资助。")),
            event(3, None, words("进入学校审核", "Entered school review"), None),
            event(2, Some("周敏"), words("受理", "Accepted"), None),
            event(1, Some("马志强"), words("提交申请", "Submitted"), None),
        ],
        sent: vec![SentView {
            letter: "task_opened".into(),
            title: words("新待办", "New task"),
            channel: "mail".into(),
            way: words("邮件", "mail"),
            state: "sent".into(),
            went: words("已送达服务器", "sent"),
            to_applicant: false,
            written_at: at(2, 9),
            sent_at: Some(at(2, 9)),
        }],
        voices: super::voices::spoken(),
        objections: vec![ObjectionView {
            at: at(2, 9),
            text: "了解该户情况，认为家庭收入填报不实。".into(),
            contact: "138 0000 0421".into(),
        }],
        verbs,
    }
}

fn extensions(rows: usize) -> ExtensionsView {
    let row = ExtensionRow {
        id: "e1".to_owned(),
        number: "640422-YJ-2026-000123-7".to_owned(),
        title: words("特困学生应急救助", "Emergency aid"),
        step: words("县级会签", "County"),
        unit: "西吉县教育局".to_owned(),
        asked_by: "马建军".to_owned(),
        on_behalf: Some("李海燕".to_owned()),
        again: false,
        asked_at: at(3, 9),
        by: words("5 个工作日", "5 working days"),
        due_at: Some(at(6, 18)),
        why: Some("道路中断，入户核查须推迟。".to_owned()),
    };
    ExtensionsView { rows: vec![row; rows] }
}

fn document() -> DocumentView {
    let section = |zh: &str, en: &str, text: &str| SectionView {
        title: words(zh, en),
        text: text.to_owned(),
        items: Vec::new(),
    };
    let part = |zh: &str, en: &str, here| PartView {
        title: words(zh, en),
        href: "/staff/cases/640500-TB-2026-000001-9/document".to_owned(),
        here,
    };
    DocumentView {
        case: "640500-TB-2026-000001-9".to_owned(),
        issuer: "中卫市教育督导室".to_owned(),
        number: Some("卫教督通〔2026〕3号".to_owned()),
        title: words("通报", "Circulated notice"),
        addressees: vec![section("主送单位", "To", "海原县教育局")],
        copies: vec![section("抄送单位", "Copies", "海原县人民政府")],
        sections: vec![
            section("基本情况", "Facts", "截至3月2日，逾期 1 件。"),
            section("工作要求", "Requirements", "限期办结，并报送整改情况。"),
        ],
        rows: vec![line(RowMark::In)],
        received: vec![ReceiptView {
            step: words("签收通报", "Sign for receipt"),
            unit: "海原县教育局".to_owned(),
            at: at(3, 9),
        }],
        dated: at(2, 9).date_naive().into(),
        qr_svg: super::picture(),
        parts: vec![part("通报", "Notice", true), part("约谈通知", "Summons", false)],
        invitation: Some("/staff/cases/640500-TB-2026-000001-9/invitation/summons".to_owned()),
    }
}

fn bounces(open: u8) -> BouncesView {
    let row = |n: u8| BounceRow {
        id: NoticeId::derived(at(2, 9), [n; 10]),
        letter: "supplement_asked".into(),
        title: words("请补正材料", "Supplement asked for"),
        channel: "sms".into(),
        way: words("短信", "SMS"),
        number: Some("640422-YJ-2026-000123-7".into()),
        reason: "the mail server answered 550 5.1.1".into(),
        bounced_at: at(2, 9),
    };
    BouncesView { open: open.into(), rows: (1..=open).map(row).collect(), next: None }
}

fn jobs(failing: i64) -> JobsView {
    let state = |is: JobState| {
        let jobs = if is == JobState::Failing { failing } else { 0 };
        StateView { state: is.word(), is, jobs, oldest_at: (jobs > 0).then(|| at(2, 9)) }
    };
    let row = |n: i64| JobRow {
        id: OutboxId::derived(at(2, 9), [u8::try_from(n).unwrap(); 10]),
        kind: "send_notice".into(),
        title: words("发送通知", "Sending a letter"),
        letter: Some("task_opened".into()),
        number: Some("640422-YJ-2026-000123-7".into()),
        attempts: 0,
        last_error: Some("not sent: connection refused".into()),
        created_at: at(2, 9),
        next_attempt_at: at(2, 10),
        can_retry: true,
    };
    JobsView {
        states: JobState::ALL.into_iter().map(state).collect(),
        state: JobState::Failing.word(),
        rows: (0..failing).map(row).collect(),
        next: (failing > 0).then(|| "last".into()),
    }
}

fn soundness(found: u64) -> SoundnessView {
    let finding = || SoundFinding {
        number: Some("640422-YJ-2026-000123-7".into()),
        about: "county #1".into(),
        why: words("办理中的环节没有计时", "the open step has no clock"),
    };
    SoundnessView {
        at: at(3, 9),
        sound: found == 0,
        cases: 312,
        whole: false,
        checks: vec![
            SoundCheck {
                title: words("办理中的环节都有计时", "Open steps have a clock"),
                looked: 312,
                found,
                first: (0..found).map(|_| finding()).collect(),
            },
            SoundCheck {
                title: words("留痕链完整", "The audit trail is an unbroken chain"),
                looked: 9_876,
                found: 0,
                first: vec![],
            },
        ],
    }
}

fn on_behalf(found: bool) -> OnBehalfView {
    let options = vec![option("emergency-aid", "特困学生应急救助", "Emergency aid")];
    OnBehalfView {
        id_number: FieldView::new(
            "id_number",
            words("申请人身份证号", "Applicant's ID number"),
            FieldKind::IdNumber,
        ),
        program: FieldView::new(
            "program",
            words("申请事项", "Service item"),
            FieldKind::Choice { options },
        ),
        found: found.then(|| subjects().swap_remove(0)),
        unknown: (!found).then(|| "/staff/people/new".into()),
        openable: if found { vec![] } else { super::oversight::openable() },
    }
}
