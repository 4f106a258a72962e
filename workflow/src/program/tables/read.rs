//! Reading the tables' files: `amounts.toml`, and one CSV file for each table of codes.

use chrono::NaiveDate;
use entities::Fen;
use serde::Deserialize;

use super::{Counts, Row, Tables, shares};
use crate::program::{expression::Value, word::Text};

/// The tables that are shipped.
const SHIPPED: &str = include_str!("../../../tables/amounts.toml");
/// Name and text of each table of codes that is shipped: all of `workflow/tables/*.csv`, by
/// `build.rs`.
const CODES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/codes.rs"));

/// A tables' file is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum BadTables {
    #[error("the tables of amounts cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("the codes of {table} cannot be read: {error}")]
    Codes { table: String, error: csv::Error },
    #[error("{row}: {found:?} is not a date such as 2018-09-01, nor empty")]
    Date { row: String, found: String },
    #[error("{0}: an amount is a whole number of yuan, not below zero")]
    Amount(String),
    #[error("{0}: the percents of a split are expected to sum to 100")]
    Shares(String),
    #[error("{0}: every row of a table gives the same kind of value")]
    Mixed(String),
}

/// The columns we read; the file has further ones for its readers.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    amount: Vec<Amount>,
    #[serde(default)]
    day: Vec<Day>,
    #[serde(default)]
    count: Vec<Count>,
    #[serde(default)]
    share: Vec<shares::Written>,
}

/// What every row has.
#[derive(Deserialize)]
pub(super) struct Head {
    pub(super) id: String,
    #[serde(default)]
    key: Vec<Keys>,
    #[serde(default)]
    effective_from: String,
    #[serde(default)]
    effective_to: String,
    /// The clause; else the source is what there is.
    #[serde(default)]
    legal_basis: Option<String>,
    source: String,
    verified: String,
}

/// One text of a key, or several that count alike.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Keys {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Amount {
    #[serde(flatten)]
    head: Head,
    yuan: i64,
}

#[derive(Deserialize)]
struct Day {
    #[serde(flatten)]
    head: Head,
    on: String,
}

/// Seats, days: a number that is no money.
#[derive(Deserialize)]
struct Count {
    #[serde(flatten)]
    head: Head,
    n: i64,
}

/// A line of a table of codes.
#[derive(Deserialize)]
struct CodeLine {
    code: String,
    name_zh: String,
    name_en: String,
    /// What the table gives; else the code.
    #[serde(default)]
    is: Option<String>,
    #[serde(default)]
    effective_from: String,
    #[serde(default)]
    effective_to: String,
    #[serde(default)]
    basis: String,
    #[serde(default)]
    verified: String,
}

impl Tables {
    /// The tables that come with the program.
    ///
    /// # Errors
    /// [`BadTables`] when a file that was built in is broken; a test reads them.
    pub fn shipped() -> Result<Self, BadTables> {
        CODES
            .iter()
            .try_fold(Self::read(SHIPPED)?, |tables, (table, csv)| tables.with_codes(table, csv))
    }

    /// Reads tables in the form of the shipped file.
    ///
    /// # Errors
    /// [`BadTables`] says which row is wrong, and how.
    pub fn read(toml: &str) -> Result<Self, BadTables> {
        let file: File = toml::from_str(toml)?;
        let mut tables = Self::default();
        for written in file.amount {
            let fen = written.yuan.checked_mul(100).filter(|fen| *fen >= 0);
            let fen = fen.ok_or_else(|| BadTables::Amount(written.head.id.clone()))?;
            tables.add(written.head.row(Value::Money(Fen(fen)), None)?)?;
        }
        for written in file.day {
            let bad =
                || BadTables::Date { row: written.head.id.clone(), found: written.on.clone() };
            let on = day(&written.head.id, &written.on)?.ok_or_else(bad)?;
            tables.add(written.head.row(Value::Date(on), None)?)?;
        }
        for written in file.count {
            tables.add(written.head.row(Value::Int(written.n), None)?)?;
        }
        for rows in tables.rows.values_mut() {
            rows.sort_by_key(|row| row.days.from);
        }
        for written in file.share {
            let row = written.row()?;
            tables.shares.entry(row.table.clone()).or_default().push(row);
        }
        Ok(tables)
    }

    /// The same tables and one of codes, from the text of a CSV file with the columns `code`,
    /// `name_zh`, `name_en` and, where they matter, `is`, `effective_from`, `effective_to`,
    /// `basis` and `verified`.
    ///
    /// # Errors
    /// [`BadTables`] says which row is wrong, and how.
    pub fn with_codes(mut self, table: &str, csv: &str) -> Result<Self, BadTables> {
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(csv.as_bytes());
        for line in reader.deserialize::<CodeLine>() {
            let bad = |error| BadTables::Codes { table: table.to_owned(), error };
            let line = line.map_err(bad)?;
            let head = Head {
                id: table.to_owned(),
                key: vec![Keys::One(line.code.clone())],
                effective_from: line.effective_from,
                effective_to: line.effective_to,
                legal_basis: None,
                source: line.basis,
                verified: line.verified,
            };
            let is = line.is.filter(|is| !is.is_empty()).unwrap_or(line.code);
            let title = Text::new(line.name_zh, line.name_en);
            self.add(head.row(Value::Text(is), Some(title))?)?;
        }
        Ok(self)
    }

    fn add(&mut self, row: Row) -> Result<(), BadTables> {
        let rows = self.rows.entry(row.table.clone()).or_default();
        if rows.first().is_some_and(|first| first.is.kind() != row.is.kind()) {
            return Err(BadTables::Mixed(row.table));
        }
        rows.push(row);
        Ok(())
    }
}

impl Head {
    /// The days on which the row counts.
    pub(super) fn days(&self) -> Result<Counts, BadTables> {
        let from = day(&self.id, &self.effective_from)?;
        Ok(Counts { from, to: day(&self.id, &self.effective_to)? })
    }

    /// The clause, or where it was found.
    pub(super) fn basis(&self) -> String {
        self.legal_basis.clone().unwrap_or_else(|| self.source.clone())
    }

    pub(super) fn verified(&self) -> bool {
        matches!(self.verified.as_str(), "plan" | "official" | "press")
    }

    fn row(self, is: Value, title: Option<Text>) -> Result<Row, BadTables> {
        let key = self.key.iter().map(|keys| match keys {
            Keys::One(one) => vec![one.clone()],
            Keys::Many(many) => many.clone(),
        });
        let key = key.collect();
        let (days, basis, verified) = (self.days()?, self.basis(), self.verified());
        Ok(Row { table: self.id, key, is, title, days, basis, verified })
    }
}

fn day(row: &str, text: &str) -> Result<Option<NaiveDate>, BadTables> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = |_| BadTables::Date { row: row.to_owned(), found: text.to_owned() };
    text.parse().map(Some).map_err(bad)
}
