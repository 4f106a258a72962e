//! Effective-dated tables: amounts, days, codes and shares, each row with its basis.
//!
//! One mechanism for all of them: a named table, some texts as the key, a day. What a table
//! gives is money, a day or a text; every row of one table gives the same kind.

mod read;
mod shares;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entities::Fen;
use serde::{Deserialize, Serialize};

pub use read::BadTables;

use super::{expression::Value, word::Text};

/// What tables say, by name; each is read at a date.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    rows: BTreeMap<String, Vec<Row>>,
    shares: BTreeMap<String, Vec<shares::Row>>,
}

/// One row of a table: what it gives, for which keys, and the days on which it counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Row {
    table: String,
    /// For each place of the key the texts that fit; empty: every key fits.
    key: Vec<Vec<String>>,
    is: Value,
    /// What people read for a code.
    title: Option<Text>,
    #[serde(flatten)]
    days: Counts,
    basis: String,
    verified: bool,
}

/// The days on which a row counts, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

impl Counts {
    fn on(self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// What was read from a table: kept with the award line it led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRead {
    pub table: String,
    /// The date of reading.
    pub on: NaiveDate,
    /// What the row gives: money, a day or a text.
    pub is: Value,
    /// Names the row as it was: the same content has the same version.
    pub version: String,
    /// Where it is written.
    pub basis: String,
    /// Was it found in a source? An unverified row never refuses anybody: it asks the step to
    /// confirm it.
    pub verified: bool,
}

impl TableRead {
    /// The amount; none where the table gives something else.
    pub fn fen(&self) -> Option<Fen> {
        match self.is {
            Value::Money(fen) => Some(fen),
            _ => None,
        }
    }
}

/// One code of a table of codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code<'a> {
    /// What is stored.
    pub code: &'a str,
    /// What people read; none: the code itself.
    pub title: Option<&'a Text>,
    /// What `table()` gives for it.
    pub is: &'a Value,
    /// Was it found in a source?
    pub verified: bool,
}

impl Tables {
    /// The same tables, but one amount is a setting of this deployment from now on.
    #[must_use]
    pub fn with_cap(mut self, id: &str, fen: Fen) -> Self {
        let row = Row {
            table: id.to_owned(),
            key: Vec::new(),
            is: Value::Money(fen),
            title: None,
            days: Counts::default(),
            basis: "setting".to_owned(),
            verified: true,
        };
        self.rows.insert(id.to_owned(), vec![row]);
        self
    }

    /// Is there a table of this name?
    pub fn has(&self, table: &str) -> bool {
        self.rows.contains_key(table)
    }

    /// Every table by name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }

    /// A value of the kind that a table gives; none when there is no such table.
    pub(crate) fn sample(&self, table: &str) -> Option<&Value> {
        self.rows.get(table)?.first().map(|row| &row.is)
    }

    /// The texts that may stand at one place of a table's key, on any day; none: all may.
    pub(crate) fn keys_at(&self, table: &str, place: usize) -> Option<BTreeSet<&str>> {
        let rows = self.rows.get(table)?;
        let keys = rows.iter().map(|row| row.key.get(place));
        let keys: Option<Vec<&Vec<String>>> = keys.collect();
        Some(keys?.into_iter().flatten().map(String::as_str).collect())
    }

    /// How many texts make a table's key; none where any number does.
    pub(crate) fn key_length(&self, table: &str) -> Option<usize> {
        let rows = self.rows.get(table)?;
        let first = rows.first()?.key.len();
        (first > 0 && rows.iter().all(|row| row.key.len() == first)).then_some(first)
    }

    /// What a table gives for keys at a date: of the rows that count then, the newest.
    pub fn read_at(&self, table: &str, keys: &[String], on: NaiveDate) -> Option<TableRead> {
        let row = self.row(table, keys, on)?;
        Some(TableRead {
            table: table.to_owned(),
            on,
            is: row.is.clone(),
            version: version(row),
            basis: row.basis.clone(),
            verified: row.verified,
        })
    }

    fn row(&self, table: &str, keys: &[String], on: NaiveDate) -> Option<&Row> {
        let rows = self.rows.get(table)?;
        rows.iter().rev().find(|row| row.days.on(on) && row.fits(keys))
    }

    /// The codes of a table that count at a date, in the order of the file.
    pub fn codes(&self, table: &str, on: NaiveDate) -> Vec<Code<'_>> {
        let rows = self.rows.get(table).map(Vec::as_slice).unwrap_or_default();
        rows.iter().filter(|row| row.days.on(on)).filter_map(Row::code).collect()
    }

    /// One code of a table at a date.
    pub fn code(&self, table: &str, code: &str, on: NaiveDate) -> Option<Code<'_>> {
        self.row(table, &[code.to_owned()], on)?.code().filter(|found| found.code == code)
    }
}

impl Row {
    fn fits(&self, keys: &[String]) -> bool {
        self.key.is_empty()
            || (self.key.len() == keys.len()
                && self.key.iter().zip(keys).all(|(known, key)| known.contains(key)))
    }

    /// A row with one text as its key is a code.
    fn code(&self) -> Option<Code<'_>> {
        let [only] = self.key.as_slice() else { return None };
        let [code] = only.as_slice() else { return None };
        let (title, is) = (self.title.as_ref(), &self.is);
        Some(Code { code, title, is, verified: self.verified })
    }
}

/// Twelve letters that name what was read.
fn version(row: &impl Serialize) -> String {
    super::canonical::hash(row).chars().take(12).collect()
}
