//! Samples of who stands in for whom, and of copies.

use super::{Sample, at, sample, words};
use crate::{
    layout::Room,
    read::{
        FieldKind, FieldView, OptionView,
        absence::{CopiesView, CopyRow, SubstituteRow, SubstitutesView},
    },
};

pub(super) fn samples() -> Vec<Sample> {
    let room = Some(Room::Staff);
    vec![
        sample("substitutes", room, substitutes(2)),
        sample("substitutes-none", room, substitutes(0)),
        sample("copies", room, copies(2)),
        sample("copies-none", room, copies(0)),
    ]
}

fn substitutes(rows: usize) -> SubstitutesView {
    let row = SubstituteRow {
        id: "s1".to_owned(),
        absent: "马建军".to_owned(),
        substitute: "李秀英".to_owned(),
        from: at(2, 0),
        to: at(6, 0),
        program: Some(words("特困学生应急救助", "Emergency aid")),
        most_fen: Some(500_000),
        runs: true,
        ends: true,
    };
    let kind = FieldKind::Date { earliest: None, latest: None };
    let fields = vec![FieldView::new("from", words("自（含当日）", "From (that day too)"), kind)];
    let below = OptionView {
        value: "0165c123-4567-7000-8000-000000000004".to_owned(),
        title: words("马建军 · 泾源县教育局", "马建军 · 泾源县教育局"),
        hint: None,
    };
    SubstitutesView { rows: vec![row; rows], fields, below: vec![below; rows] }
}

fn copies(rows: usize) -> CopiesView {
    let row = CopyRow {
        id: "n1".to_owned(),
        number: "640422-YJ-2026-000123-7".to_owned(),
        title: words("特困学生应急救助", "Emergency aid"),
        step: words("县级会签", "County"),
        at: at(3, 9),
        read_at: None,
    };
    CopiesView { rows: vec![row; rows] }
}
