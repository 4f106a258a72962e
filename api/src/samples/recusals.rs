//! Samples of what somebody keeps away from.

use super::{Sample, at, sample, words};
use crate::{
    layout::Room,
    read::{
        FieldKind, FieldView,
        recusal::{RecusalRow, RecusalsView},
    },
};

pub(super) fn samples() -> Vec<Sample> {
    let room = Some(Room::Staff);
    vec![sample("recusals", room, recusals(2)), sample("recusals-none", room, recusals(0))]
}

fn recusals(rows: usize) -> RecusalsView {
    let row = RecusalRow {
        id: "r1".to_owned(),
        kind: "school".to_owned(),
        title: words("学校", "School"),
        of: words("泾源县职业中学", "Jingyuan Vocational School"),
        since: at(2, 9),
    };
    let kind = FieldKind::Text { long: false, most: Some(50) };
    let fields = vec![FieldView::new("name", words("亲属姓名", "Name of the relative"), kind)];
    RecusalsView { rows: vec![row; rows], fields }
}
