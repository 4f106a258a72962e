//! Samples of like cases that are approved together.

use entities::BatchResult;

use super::{Sample, at, due, sample, words};
use crate::{
    layout::Room,
    read::{
        Light,
        batch::{BatchOffer, BatchRow, BatchState, BatchSummary, BatchView, BatchesView},
    },
};

pub(super) fn samples() -> Vec<Sample> {
    let room = Some(Room::Staff);
    let none = BatchesView { offers: Vec::new(), batches: Vec::new() };
    vec![
        sample("batches", room, batches()),
        sample("batches-none", room, none),
        sample("batch-unopened", room, batch(BatchState::ToSign, 2)),
        sample("batch-to-sign", room, batch(BatchState::ToSign, 0)),
        sample("batch-broken", room, batch(BatchState::Broken, 0)),
        sample("batch-done", room, batch(BatchState::Done, 0)),
    ]
}

pub(super) fn offers() -> Vec<BatchOffer> {
    vec![BatchOffer {
        like: "t1".to_owned(),
        title: words("特困学生应急救助", "Emergency aid"),
        step: words("县级会签", "County"),
        waiting: 40,
        fen: 4_800_000,
    }]
}

fn batches() -> BatchesView {
    let summary = |state| BatchSummary {
        id: "b1".to_owned(),
        title: words("特困学生应急救助", "Emergency aid"),
        step: words("县级会签", "County"),
        made_at: at(3, 9),
        size: 40,
        sample: 4,
        state,
    };
    let states = [BatchState::ToSign, BatchState::Broken, BatchState::Done];
    BatchesView { offers: offers(), batches: states.map(summary).to_vec() }
}

fn batch(state: BatchState, unopened: usize) -> BatchView {
    let names = ["马小兰", "杨立新", "阿卜杜拉·艾合买提", "王芳", "李文博", "苏学军"];
    let done = state == BatchState::Done;
    let rows = names.iter().enumerate().map(|(n, name)| {
        let left_out = done && n == 4;
        let result = if left_out { BatchResult::LeftOut } else { BatchResult::Approved };
        let why = words("已由他人办理，无需再办。", "Somebody else has settled it.");
        BatchRow {
            task: format!("t{n}"),
            number: format!("640422-YJ-2026-0001{n}3-7"),
            subject: (*name).to_owned(),
            place: "西吉县职业中学".to_owned(),
            fen: Some(120_000),
            due: Some(due(2, Light::Green)),
            sampled: n < 3,
            opened_at: (n < 3 - unopened).then(|| at(3, 10)),
            result: (done || (state == BatchState::Broken && n < 2)).then_some(result),
            why: left_out.then_some(why),
        }
    });
    BatchView {
        id: "b1".to_owned(),
        title: words("特困学生应急救助", "Emergency aid"),
        step: words("县级会签", "County"),
        state,
        made_at: at(3, 9),
        signed_at: (state != BatchState::ToSign).then(|| at(3, 11)),
        size: 6,
        sample: 3,
        unopened,
        seed: "5e8f".repeat(16),
        fen: 720_000,
        approved: if done { 5 } else { 0 },
        left_out: usize::from(done),
        rows: rows.collect(),
    }
}
