//! What events make of the places of lines: the order, the draw, seats.

use entities::{RowState, StepRunId, case_row};
use serde_json::{Value as Json, json};

use crate::{
    event::{Event, Placed},
    lot::Lot,
    state::CaseState,
};

impl CaseState {
    pub(super) fn apply_to_lots(&mut self, event: &Event) {
        match event {
            Event::RowRenewed { row, run, facts } => self.with_row(*row, |row| {
                row.state = RowState::In;
                row.reason = None;
                row.by_person = None;
                row.run_id = None;
                row.from_run = *run;
                row.facts = facts.clone();
                row.place = None;
            }),
            Event::RowsFrozen { run, keys, .. } => self.says(*run, "keys", json!({ "text": keys })),
            Event::Drawn { run, seed, .. } => self.says(*run, "seed", json!({ "text": seed })),
            Event::Ranked { run, mark, seats, list, .. } => {
                let known = self.run(*run).and_then(|run| run.said.pointer("/seats/map").cloned());
                let mut all = known.unwrap_or_else(|| json!({}));
                if let Json::Object(all) = &mut all {
                    all.extend(seats.iter().map(|(pool, n)| (pool.clone(), json!({ "int": n }))));
                }
                self.says(*run, "seats", json!({ "map": all }));
                for placed in list {
                    self.with_row(placed.row, |row| match mark {
                        Some(mark) => draw_mark(row, mark, placed),
                        None => put(row, placed),
                    });
                }
            }
            Event::RowMoved { row, to, reason, by, run } => self.with_row(*row, |row| {
                row.reason = Some(reason.clone());
                row.by_person = *by;
                row.run_id = Some(*run);
                Lot { moved: Some(to.clone()), ..Lot::of(row) }.keep(row);
            }),
            Event::SeatTaken { row, pool, number } => self.with_row(*row, |row| {
                let pool = Some(pool.clone());
                Lot { pool, seat: Some(*number), ..Lot::of(row) }.keep(row);
            }),
            Event::SeatFreed { row, .. } => self.with_row(*row, |row| {
                Lot { seat: None, ..Lot::of(row) }.keep(row);
            }),
            _ => {}
        }
    }

    /// What a step of the machine says, as expressions read it.
    fn says(&mut self, run: StepRunId, name: &str, value: Json) {
        self.with_run(run, |row| {
            if let Json::Object(said) = &mut row.said {
                said.insert(name.to_owned(), value);
            }
        });
    }
}

fn draw_mark(row: &mut case_row::Model, mark: &str, placed: &Placed) {
    let mut lot = Lot::of(row);
    let word = if placed.state == RowState::In { "in" } else { "out" };
    lot.marks.insert(mark.to_owned(), word.to_owned());
    lot.draw.clone_from(&placed.draw);
    lot.keep(row);
}

fn put(row: &mut case_row::Model, placed: &Placed) {
    let placed = placed.clone();
    row.state = placed.state;
    let before = Lot::of(row);
    Lot {
        rank: Some(placed.rank),
        points: placed.points,
        draw: placed.draw,
        wish: placed.wish,
        pool: placed.pool,
        share: placed.share,
        waiting: placed.waiting,
        fields: placed.fields,
        ..before
    }
    .keep(row);
}
