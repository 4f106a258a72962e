//! What many cases come to together: who gains, who loses, whose money, which lights, whose work.

use std::collections::BTreeMap;

use entities::{Fen, RunKind, RunState, UnitId};
use serde::{Deserialize, Serialize};

use super::{
    CaseChange, Retold, Tale, as_it_was,
    compare::{by_payer, granted},
};
use crate::state::CaseState;

/// A sum of money as it was and as it would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Difference {
    pub before: Fen,
    pub after: Fen,
}

/// How many steps a unit had to do, and would have had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Load {
    pub before: u32,
    pub after: u32,
}

/// The sums of one look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    /// Cases that were looked at.
    pub cases: u32,
    /// Of which all would be the same.
    pub same: u32,
    /// Whose award would be higher.
    pub gain: u32,
    /// Whose award would be lower.
    pub lose: u32,
    /// That would not have been taken.
    pub refused: u32,
    /// That would wait for a word that nobody was asked for.
    pub waiting: u32,
    /// Of which nothing can be said.
    pub untold: u32,
    /// Lights that would have turned red, and that would have stayed green.
    pub red: u32,
    pub green: u32,
    /// By whose money it is.
    pub payers: BTreeMap<String, Difference>,
    /// By unit.
    pub units: BTreeMap<UnitId, Load>,
}

impl Sums {
    /// Takes one case in. Of a case that would wait nothing is counted as money.
    pub fn take(&mut self, tale: &Tale, told: &Retold, change: &CaseChange) {
        let (was, lines) = as_it_was(tale);
        self.cases += 1;
        self.same += u32::from(change.is_none());
        self.refused += u32::from(change.refused.is_some());
        self.red += count(&change.red);
        self.green += count(&change.green);
        self.work(&was, |load| &mut load.before);
        if change.refused.is_none() {
            self.work(&told.state, |load| &mut load.after);
        }
        if !change.waits_for.is_empty() {
            self.waiting += 1;
            return;
        }
        let nothing = change.refused.is_some();
        let after = if nothing { Fen(0) } else { granted(&told.state) };
        let before = granted(&was);
        self.gain += u32::from(after > before);
        self.lose += u32::from(after < before);
        for (payer, fen) in by_payer(&was, &lines) {
            self.payers.entry(payer).or_default().before.0 += fen.0;
        }
        if !nothing {
            for (payer, fen) in by_payer(&told.state, &told.lines) {
                self.payers.entry(payer).or_default().after.0 += fen.0;
            }
        }
    }

    /// A case of which nothing can be said.
    pub fn pass_over(&mut self) {
        self.cases += 1;
        self.untold += 1;
    }

    fn work(&mut self, state: &CaseState, which: impl Fn(&mut Load) -> &mut u32) {
        let done = state.runs.iter().filter(|run| {
            run.kind != RunKind::Block && !matches!(run.state, RunState::Skipped | RunState::Void)
        });
        for unit in done.filter_map(|run| run.unit_id) {
            *which(self.units.entry(unit).or_default()) += 1;
        }
    }
}

fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}
