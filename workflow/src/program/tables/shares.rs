//! Splits that a dated table gives: who pays which percent of a cost.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    Counts, Tables,
    read::{BadTables, Head},
    version,
};
use crate::program::award::Share;

/// One split and the days on which it counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Row {
    pub(super) table: String,
    shares: Vec<Share>,
    #[serde(flatten)]
    days: Counts,
    basis: String,
    verified: bool,
}

/// A split as it stands in the file.
#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(flatten)]
    head: Head,
    shares: Vec<WrittenShare>,
}

#[derive(Deserialize)]
struct WrittenShare {
    payer: String,
    percent: u32,
}

/// A split that was read at a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SharesRead {
    /// The first payer takes what rounding leaves.
    pub(crate) shares: Vec<Share>,
    /// `cost_share.nx93@…`: names the row as it was.
    pub(crate) version: String,
    /// Where it is written.
    pub(crate) basis: String,
    /// Was it found in a source?
    pub(crate) verified: bool,
}

impl Written {
    pub(super) fn row(self) -> Result<Row, BadTables> {
        let percents = self.shares.iter().map(|share| u64::from(share.percent));
        if percents.sum::<u64>() != 100 {
            return Err(BadTables::Shares(self.head.id));
        }
        let share = |one: WrittenShare| Share {
            payer: crate::program::Word::new(one.payer),
            percent: one.percent,
        };
        let (days, basis, verified) = (self.head.days()?, self.head.basis(), self.head.verified());
        let shares = self.shares.into_iter().map(share).collect();
        Ok(Row { table: self.head.id, shares, days, basis, verified })
    }
}

impl Tables {
    /// Is there a split of this name?
    pub(crate) fn has_shares(&self, table: &str) -> bool {
        self.shares.contains_key(table)
    }

    /// The split of a name at a date: of those that count then, the newest.
    pub(crate) fn shares_at(&self, table: &str, on: NaiveDate) -> Option<SharesRead> {
        let rows = self.shares.get(table)?.iter().filter(|row| row.days.on(on));
        let row = rows.max_by_key(|row| row.days.from)?;
        Some(SharesRead {
            shares: row.shares.clone(),
            version: format!("{table}@{}", version(row)),
            basis: row.basis.clone(),
            verified: row.verified,
        })
    }
}
