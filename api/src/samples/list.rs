//! Samples of a ranked list on the desk.

use crate::read::staff_case::{ListRow, ListState, ListView, PoolView};

use super::words;

/// A list with a line in each state.
pub(super) fn list(signed: bool) -> ListView {
    let row = |rank: i32, state: ListState| ListRow {
        id: format!("r{rank}"),
        rank: Some(rank),
        number: format!("640422-SP-2026-0000{rank}1-7"),
        unit: words("西吉县职业中学", "Xiji Vocational School"),
        points: vec![(95 - rank).to_string(), "1".into(), "12".into()],
        draw: Some("5e8f00a1b2c3".into()),
        has: words("福建船政交通职业学院 · 汽车运用与维修", "A college of Fujian · Cars"),
        seat: (signed && state == ListState::In).then_some(rank),
        state,
        waiting: (state == ListState::Waiting).then_some(1),
        reason: (state == ListState::Struck).then(|| words("列入有误", "listed by mistake")),
    };
    ListView {
        signed,
        keys: Some("5e8f".repeat(16)),
        seed: Some("8f5e".repeat(16)),
        pools: vec![PoolView {
            title: words("2026 · 区内挂职", "2026 · Placement"),
            seats: 2,
            given: 1,
        }],
        rows: vec![
            row(1, ListState::In),
            row(2, ListState::Waiting),
            row(3, ListState::Out),
            row(4, ListState::Struck),
        ],
    }
}
