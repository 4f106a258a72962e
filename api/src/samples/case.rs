//! Samples of a case under way and decided, as the applicant sees it.

use crate::{
    layout::Room,
    read::{
        CaseStatus, FieldKind, FieldView, Light, StepState, Words,
        decision::{
            DecisionView, LineView, OrderView, Outcome, PaymentState, PaymentView, Remedies,
        },
        held::{HeldPart, HeldView},
        progress::{
            Action, DefectField, DefectPaper, HolderView, LateView, OwnStepView, ProgressView,
            SaidView, StepView, SupplementView, TodoView,
        },
    },
};

use super::{Sample, applicant::papers, at, due, on, sample, words};

const NUMBER: &str = "640422-YJ-2026-000123-7";

pub(super) fn samples() -> Vec<Sample> {
    let room = Some(Room::Applicant);
    vec![
        sample("progress", room, progress(false)),
        sample("progress-looked-up", None, progress(true)),
        sample("supplement", room, supplement()),
        sample("own-step", room, own_step()),
        sample("decision", room, decision(Outcome::Approved)),
        sample("decision-refused", room, decision(Outcome::NotApproved)),
    ]
}

pub(super) fn steps() -> Vec<StepView> {
    let step = |zh: &str, en: &str, unit: &str, state, outcome: Option<Words>| StepView {
        title: words(zh, en),
        unit: unit.to_owned(),
        state,
        at: outcome.is_some().then(|| at(3, 16)),
        outcome,
        due: (state == StepState::Now).then(|| due(2, Light::Green)),
        opens_on: None,
        said: Vec::new(),
        note: None,
    };
    let approved = || Some(words("同意", "approved"));
    vec![
        step("班主任初审", "Class teacher", "西吉县职业中学", StepState::Done, approved()),
        StepView {
            note: Some("情况属实，建议资助。".into()),
            ..step("学校审核", "School", "西吉县职业中学", StepState::Done, approved())
        },
        step("入户核实", "Visit", "吉强镇人民政府", StepState::Now, None),
        StepView {
            said: vec![SaidView {
                title: words("学校", "School"), text: "福建工业学校".into()
            }],
            ..step("县级会签", "County", "西吉县教育局、西吉县扶贫办", StepState::Waiting, None)
        },
        StepView {
            opens_on: Some(on(20)),
            ..step("市级审定", "City", "固原市教育局", StepState::Waiting, None)
        },
        step("公示", "Public notice", "西吉县教育局", StepState::Waiting, None),
        step("资金发放", "Payment", "西吉县财政局", StepState::Skipped, None),
    ]
}

fn progress(looked_up: bool) -> ProgressView {
    let late = LateView {
        unit: "吉强镇人民政府".into(),
        days: 1,
        reason: Some(words("大雪封路，入户推迟。", "Snow delayed the visit.")),
        new_day: Some(on(9)),
    };
    ProgressView {
        number: NUMBER.into(),
        title: words("特困学生应急救助", "Emergency aid"),
        subject: if looked_up { "马*兰" } else { "马小兰" }.into(),
        status: CaseStatus::InProgress,
        submitted_at: Some(at(2, 9)),
        asked_fen: Some(1_200_000),
        awarded_fen: None,
        holders: vec![HolderView {
            unit: "吉强镇人民政府".into(),
            duty: words("助学专干", "aid office"),
            why: words(
                "您的户籍在吉强镇，需要入户核实家庭情况。",
                "Your household is registered here; a visit is needed.",
            ),
            since: at(3, 16),
            due: Some(due(2, Light::Green)),
        }],
        late: looked_up.then_some(late),
        total: Some(due(7, Light::Green)),
        steps: steps(),
        held: (!looked_up).then(held),
        todo: vec![TodoView {
            task: "t1".into(),
            title: words("年度在岗证明", "Yearly proof of being at work"),
            hint: None,
            due: Some(due(8, Light::Green)),
        }],
        actions: if looked_up {
            vec![Action::Complain]
        } else {
            vec![Action::Change, Action::Withdraw, Action::Complain, Action::Appeal, Action::Rate]
        },
        voices: if looked_up { Vec::new() } else { super::voices::said() },
        appeal_until: (!looked_up).then(|| on(30)),
        undelivered: false,
        decided: false,
        looked_up,
    }
}

fn order(share: i32, state: PaymentState) -> OrderView {
    OrderView {
        title: words("学费补偿", "Tuition given back"),
        payer: "自治区财政".into(),
        payee: words("申请人", "The applicant"),
        fen: 1_600_000,
        share: Some(format!("{share}/3")),
        cash: false,
        state,
        at: at(4, 9),
    }
}

fn own_step() -> OwnStepView {
    let mut paper = papers().swap_remove(0);
    paper.files.clear();
    let title = words("是否换过单位", "Have you changed the employer?");
    OwnStepView {
        number: NUMBER.into(),
        program: words("基层就业学费补偿", "Work in hard areas"),
        task: "t1".into(),
        version: 1,
        title: words("年度在岗证明", "Yearly proof of being at work"),
        hint: Some(words("由单位出具并加盖公章。", "From the employer, stamped.")),
        verb: "hand-in".into(),
        due: Some(due(8, Light::Green)),
        fields: vec![FieldView::new("form.moved", title, FieldKind::Boolean)],
        papers: vec![paper],
    }
}

fn supplement() -> SupplementView {
    let mut paper = papers().swap_remove(0);
    paper.files.clear();
    let title = words("家庭月收入", "Monthly income");
    SupplementView {
        number: NUMBER.into(),
        title: words("特困学生应急救助", "Emergency aid"),
        unit: "西吉县职业中学".into(),
        told_at: at(4, 9),
        due: due(10, Light::Stopped),
        text: Some("马同学家长您好，请按下面的说明补齐，有不明白的可以打 0954-3012345。".into()),
        fields: vec![DefectField {
            why: "没有填写".into(),
            field: FieldView::new("household_income", title, FieldKind::Money),
        }],
        papers: vec![DefectPaper { why: "照片看不清金额和日期".into(), paper }],
    }
}

fn decision(outcome: Outcome) -> DecisionView {
    let approved = outcome == Outcome::Approved;
    DecisionView {
        number: NUMBER.into(),
        title: words("特困学生应急救助", "Emergency aid"),
        subject: "马小兰".into(),
        outcome,
        decided_at: at(13, 11),
        unit: "固原市教育局".into(),
        document_number: None,
        asked_fen: Some(1_200_000),
        fen: approved.then_some(1_200_000),
        capitals: approved.then(|| "壹万贰仟元整".into()),
        lines: if approved {
            vec![LineView {
                title: words("应急救助金", "Emergency aid"),
                payer: "西吉县财政局".into(),
                fen: 1_200_000,
                basis: "应急救助标准（2018 版）".into(),
            }]
        } else {
            vec![]
        },
        reasons: vec![words("因疾病造成家庭经济困难，经核实属实。", "The hardship was verified.")],
        note: None,
        basis: vec![Words::chinese("《职业教育助推精准脱贫工作实施方案》四（三）")],
        remedies: Remedies {
            review_until: on(31),
            appeal_until: Some(on(30)),
            review_by: vec!["固原市人民政府".into(), "宁夏回族自治区教育厅".into()],
        },
        payments: vec![order(1, PaymentState::Paid), order(2, PaymentState::Ordered)],
        payment: approved.then(|| PaymentView {
            state: PaymentState::Ordered,
            payer: "西吉县财政局".into(),
            account_masked: Some("6217 **** **** 0421".into()),
            cash: false,
            at: Some(at(16, 10)),
            due_on: Some(on(18)),
        }),
    }
}

/// Who held the days.
pub(super) fn held() -> HeldView {
    let part = |holder, kind: &str, working_days, percent| HeldPart {
        holder,
        kind: kind.to_owned(),
        unit: None,
        seconds: i64::from(working_days) * 86_400,
        working_days,
        percent,
    };
    HeldView {
        number: "640422-YJ-2026-000123-7".to_owned(),
        from: Some(at(2, 9)),
        to: Some(at(6, 18)),
        seconds: 4 * 86_400,
        working_days: 4,
        parts: vec![
            part(words("西吉县职业中学", "西吉县职业中学"), "unit", 2, 50),
            part(words("申请人", "The applicant"), "applicant", 1, 25),
            part(words("公示", "Clock stopped: public notice"), "stop", 1, 25),
        ],
    }
}
