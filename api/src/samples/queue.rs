//! Samples of an approver's queue.

use super::{applicant::option, at, batch, due, words};
use crate::read::{
    Light,
    queue::{QueueRow, QueueView, Tab},
};

pub(super) fn queue(tab: Tab) -> QueueView {
    let people = [
        ("马小兰", "西吉县职业中学", -2, Light::Red),
        ("杨立新", "吉强镇", 0, Light::Red),
        ("阿卜杜拉·艾合买提", "宁夏职业技术学院", 1, Light::Amber),
        ("王芳", "将台堡镇", 2, Light::Green),
        ("李文博", "西吉县职业中学", 2, Light::Green),
        ("马晓梅", "兴隆镇", 3, Light::Green),
        ("张国栋", "平峰镇", 3, Light::Green),
        ("苏学军", "吉强镇", 8, Light::Stopped),
    ];
    let rows = people.into_iter().enumerate().map(|(n, (name, place, left, light))| QueueRow {
        task: format!("t{n}"),
        number: format!("640422-YJ-2026-0001{n}3-7"),
        title: words("特困学生应急救助", "Emergency aid"),
        step: words("县级会签", "County"),
        subject: name.to_owned(),
        place: place.to_owned(),
        fen: Some(1_200_000 - i64::try_from(n).unwrap() * 95_050),
        urgent: n == 1,
        due: Some(due(left, light)),
        arrived_at: at(3, 9),
        claimed_by: (n == 2).then(|| "杨秀英".to_owned()),
        mine: n == 0,
        offered: n == 2,
        outcome: (tab == Tab::Done).then(|| words("批准", "Approved")),
    });
    QueueView {
        desk: "西吉县教育局".into(),
        tab,
        todo: Some(8),
        done: Some(126),
        copies: 2,
        red: 2,
        amber: 1,
        green: 4,
        programs: vec![option("emergency-aid", "特困学生应急救助", "Emergency aid")],
        program: None,
        light: None,
        search: String::new(),
        offers: batch::offers(),
        rows: rows.collect(),
        next: Some("k 8/9".into()),
    }
}
