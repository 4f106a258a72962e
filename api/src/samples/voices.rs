//! Samples of what those say who are not staff.

use entities::{Grade, VoiceKind};

use crate::{
    layout::Room,
    read::{
        FieldKind, FieldView,
        staff_case::ObjectionView,
        voices::{SayView, TipOffFound, TipOffView, TippedView, VoiceState, VoiceView},
    },
};

use super::{
    Sample,
    applicant::{option, text},
    at, on, sample, words,
};

const NUMBER: &str = "640422-YJ-2026-000123-7";

pub(super) fn samples() -> Vec<Sample> {
    let room = Some(Room::Applicant);
    vec![
        sample("complaint", room, say(VoiceKind::Complaint, None)),
        sample(
            "complaint-under-way",
            room,
            say(VoiceKind::Complaint, Some("此前提出的正在办理。")),
        ),
        sample("appeal", room, say(VoiceKind::Appeal, None)),
        sample("rating", room, say(VoiceKind::Rating, None)),
        sample("tip-off", None, tip_off(false)),
        sample("tip-off-recorded", None, tip_off(true)),
    ]
}

pub(super) fn said() -> Vec<VoiceView> {
    let voice = |kind, state, reply: Option<&str>| VoiceView {
        kind,
        said_at: at(3, 10),
        grade: (kind == VoiceKind::Rating).then_some(Grade::Dissatisfied),
        number: Some("640422-TS-2026-000009-1".into()),
        state,
        reason: (state == VoiceState::NotUpheld)
            .then(|| words("未提出新的事实和理由", "nothing new was brought forward")),
        reply: reply.map(str::to_owned),
    };
    vec![
        voice(VoiceKind::Complaint, VoiceState::UnderWay, None),
        voice(VoiceKind::Appeal, VoiceState::NotUpheld, Some("经复查，原决定事实清楚。")),
        voice(VoiceKind::Rating, VoiceState::Answered, Some("已约谈承办人，今后一次告知。")),
        VoiceView { number: None, ..voice(VoiceKind::Rating, VoiceState::Noted, None) },
    ]
}

pub(super) fn spoken() -> Vec<ObjectionView> {
    let text = "材料交了两个月，没有人告诉我缺什么。".to_owned();
    vec![ObjectionView { at: at(3, 9), text, contact: String::new() }]
}

fn area(id: &str, zh: &str, en: &str) -> FieldView {
    let kind = FieldKind::Text { long: true, most: Some(1000) };
    FieldView {
        hint: Some(words("写明时间、地点、经过。", "When, where, what.")),
        ..FieldView::new(id, words(zh, en), kind)
    }
}

fn say(kind: VoiceKind, why: Option<&str>) -> SayView {
    let options = vec![
        option("very_satisfied", "非常满意", "Very satisfied"),
        option("satisfied", "满意", "Satisfied"),
        option("fair", "基本满意", "Fairly satisfied"),
        option("dissatisfied", "不满意", "Dissatisfied"),
        option("very_dissatisfied", "非常不满意", "Very dissatisfied"),
    ];
    let grade = FieldView {
        error: Some("请填写此项。".into()),
        ..FieldView::new("grade", words("您的评价", "Your rating"), FieldKind::Choice { options })
    };
    let own = area("text", "内容", "Words");
    let fields = if kind == VoiceKind::Rating { vec![grade, own] } else { vec![own] };
    SayView {
        number: NUMBER.into(),
        title: words("特困学生应急救助", "Emergency aid"),
        kind,
        said: said().into_iter().filter(|one| one.kind == kind).collect(),
        fields: if why.is_some() { Vec::new() } else { fields },
        why_not: why.map(str::to_owned),
        until: (kind == VoiceKind::Appeal).then(|| on(30)),
        holds: kind == VoiceKind::Appeal,
    }
}

fn tip_off(recorded: bool) -> TipOffView {
    let options = (1..30).map(|nth| option(&nth.to_string(), "西吉县", "Xiji county")).collect();
    let place = FieldKind::Choice { options };
    let fields = vec![
        FieldView::new("place", words("哪个地方", "Which place"), place),
        text("name", "哪个单位", "Which unit", "吉强镇人民政府"),
        area("text", "反映的情况", "What you want to point out"),
        text("contact", "联系方式", "How to reach you", ""),
    ];
    let number = "640422-JB-2026-000003-5";
    TipOffView {
        fields: if recorded { Vec::new() } else { fields },
        recorded: recorded.then(|| TippedView { number: number.into(), code: "7KQ2MX9D".into() }),
        ask: vec![text("number", "编号", "Number", ""), text("code", "查询码", "Code", "")],
        found: (!recorded).then(|| TipOffFound {
            number: number.into(),
            state: VoiceState::Answered,
            reply: Some("经核查属实，已责成整改。".into()),
        }),
        error: (!recorded).then(|| "没有找到。".to_owned()),
    }
}
