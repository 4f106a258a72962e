//! Samples of a supervisor's pages.

use chrono::NaiveDate;

use crate::{
    layout::Room,
    read::{
        Light,
        oversight::{
            BoardKind, BoardsView, CardRow, Column, Figures, HeldDays, HeldSum, Lane, LaneState,
            MonthRow, Openable, OversightView, PeriodKind, PeriodView, Ratings, RatingsRow,
            StepRow, UnitLink, UnitRow,
        },
    },
};

use super::{Sample, at, due, on, sample, words};

pub(super) fn samples() -> Vec<Sample> {
    let room = Some(Room::Staff);
    vec![
        sample("oversight", room, units(5)),
        sample("oversight-none", room, OversightView { total: Figures::default(), ..units(0) }),
        sample("oversight-steps", room, steps()),
        sample("boards", room, boards(2)),
        sample("boards-none", room, boards(0)),
    ]
}

fn link(name: &str) -> UnitLink {
    UnitLink { id: name.len().to_string(), name: name.to_owned() }
}

fn figures(red: i64, stops_too_much: bool) -> Figures {
    let days = |working_days| HeldSum { seconds: working_days * 86_400, working_days };
    Figures {
        open: 60 + red,
        green: 41,
        amber: 7,
        red,
        stopped: 12,
        closed: 310,
        on_time: 288,
        on_time_percent: Some(93),
        median_working_days: Some(2.5),
        held: HeldDays {
            applicant: days(41),
            unit: days(612),
            publicity: days(90),
            stop: days(33),
            calendar: days(0),
        },
        stop_percent: Some(if stops_too_much { 58 } else { 5 }),
        stops_too_much,
    }
}

fn units(count: usize) -> OversightView {
    let names = ["固原市", "吴忠市", "中卫市", "银川市", "石嘴山市"];
    let row = |(nth, name): (i64, &str)| UnitRow {
        unit: link(name),
        own: nth == 4,
        level: "city".to_owned(),
        figures: figures(9 - 2 * nth, nth == 1),
    };
    let month = |nth: u32| MonthRow {
        month: NaiveDate::from_ymd_opt(2026, nth, 1).unwrap(),
        closed: i64::from(nth % 5) * 20,
        on_time: i64::from(nth % 5) * 18,
        on_time_percent: (!nth.is_multiple_of(5)).then_some(90),
    };
    OversightView {
        unit: link("宁夏回族自治区"),
        own: false,
        above: vec![],
        elsewhere: vec![link("西吉县")],
        period: PeriodView {
            kind: PeriodKind::Quarter,
            title: words("2026年第1季度", "Quarter 1 of 2026"),
            from: on(1),
            to: on(4),
        },
        sort: Column::Red,
        total: figures(25, true),
        rows: (0..).zip(names).take(count).map(row).collect(),
        ratings: vec![RatingsRow {
            unit: link("固原市"),
            own: false,
            ratings: Ratings {
                very_satisfied: 41,
                satisfied: 12,
                dissatisfied: 1,
                ..Ratings::default()
            },
        }],
        quiet: 8,
        months: (1..=12).map(month).collect(),
        steps: None,
        next: None,
        stop_share: 50,
        as_of: at(4, 9),
    }
}

fn steps() -> OversightView {
    let row = |left, light, task: Option<&str>| StepRow {
        number: "640422-YJ-2026-000123-7".to_owned(),
        program: words("特困学生应急救助", "Emergency aid"),
        step: words("县级会签", "County"),
        opened_at: Some(at(2, 9)),
        due: Some(due(left, light)),
        task: task.map(str::to_owned),
    };
    OversightView {
        above: vec![link("宁夏回族自治区"), link("固原市")],
        own: true,
        steps: Some(vec![row(-2, Light::Red, Some("t1")), row(1, Light::Amber, None)]),
        next: Some("1.x".to_owned()),
        ..units(0)
    }
}

fn boards(count: usize) -> BoardsView {
    let kind = |id: &str, zh: &str, en: &str| BoardKind {
        id: id.to_owned(),
        title: words(zh, en),
        open: 3,
    };
    let card = |state: LaneState| CardRow {
        case_number: "640400-TB-2026-000017-3".to_owned(),
        document_number: (state != LaneState::Drafted).then(|| "固教督〔2026〕3号".to_owned()),
        issuer: "固原市".to_owned(),
        addressed: vec!["西吉县教育局".to_owned(), "泾源县教育局".to_owned()],
        due: (state != LaneState::Done).then(|| due(2, Light::Amber)),
        ended_at: (state == LaneState::Done).then(|| at(3, 9)),
        task: (state != LaneState::Issued).then(|| "t1".to_owned()),
        reopens: (state == LaneState::Done).then(|| "c1".to_owned()),
    };
    let lane = |state| Lane {
        state,
        count: i64::try_from(count).unwrap(),
        cards: (0..count).map(|_| card(state)).collect(),
    };
    BoardsView {
        unit: link("固原市"),
        elsewhere: vec![],
        kinds: vec![kind("a", "通报", "Circulated notice"), kind("b", "约谈", "Interview")],
        kind: "a".to_owned(),
        lanes: LaneState::ALL.map(lane).to_vec(),
        openable: openable(),
    }
}

pub(super) fn openable() -> Vec<Openable> {
    vec![Openable {
        program: "complaint".to_owned(),
        title: words("投诉", "Complaint"),
        at: link("固原市"),
    }]
}
