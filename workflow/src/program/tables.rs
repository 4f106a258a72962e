//! Effective-dated tables of amounts, each row with its basis.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entities::Fen;
use serde::{Deserialize, Serialize};

/// The tables that are shipped.
const SHIPPED: &str = include_str!("../../tables/amounts.toml");

/// What tables say, by name; each is read at a date.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    amounts: BTreeMap<String, Vec<Row>>,
}

/// One row of a table: an amount and the days on which it counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Row {
    id: String,
    /// Empty: for every key.
    key: Vec<String>,
    fen: Fen,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    basis: String,
    verified: bool,
}

/// What was read from a table: kept with the award line it led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRead {
    pub table: String,
    /// The date of reading.
    pub on: NaiveDate,
    pub fen: Fen,
    /// Names the row as it was: the same content has the same version.
    pub version: String,
    /// Where the amount is written.
    pub basis: String,
    /// Was the amount found in a source? An unverified one never refuses anybody: it asks the
    /// step to confirm it.
    pub verified: bool,
}

/// The tables' file is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum BadTables {
    #[error("the tables of amounts cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("{row}: {found:?} is not a date such as 2018-09-01, nor empty")]
    Date { row: String, found: String },
    #[error("{0}: an amount is a whole number of yuan, not below zero")]
    Amount(String),
}

/// The columns we read; the file has further ones for its readers.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    amount: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    id: String,
    #[serde(default)]
    key: Vec<String>,
    yuan: i64,
    #[serde(default)]
    effective_from: String,
    #[serde(default)]
    effective_to: String,
    source: String,
    verified: String,
}

impl Tables {
    /// The tables that come with the program.
    ///
    /// # Errors
    /// [`BadTables`] when the file that was built in is broken; a test reads it.
    pub fn shipped() -> Result<Self, BadTables> {
        Self::read(SHIPPED)
    }

    /// Reads tables in the form of the shipped file.
    ///
    /// # Errors
    /// [`BadTables`] says which row is wrong, and how.
    pub fn read(toml: &str) -> Result<Self, BadTables> {
        let file: File = toml::from_str(toml)?;
        let mut amounts: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for written in file.amount {
            let row = Row {
                fen: written
                    .yuan
                    .checked_mul(100)
                    .filter(|fen| *fen >= 0)
                    .map(Fen)
                    .ok_or_else(|| BadTables::Amount(written.id.clone()))?,
                from: day(&written.id, &written.effective_from)?,
                to: day(&written.id, &written.effective_to)?,
                verified: matches!(written.verified.as_str(), "plan" | "official" | "press"),
                basis: written.source,
                key: written.key,
                id: written.id.clone(),
            };
            amounts.entry(written.id).or_default().push(row);
        }
        for rows in amounts.values_mut() {
            rows.sort_by_key(|row| row.from);
        }
        Ok(Self { amounts })
    }

    /// The same tables, but one amount is a setting of this deployment from now on.
    #[must_use]
    pub fn with_cap(mut self, id: &str, fen: Fen) -> Self {
        let row = Row {
            id: id.to_owned(),
            key: Vec::new(),
            fen,
            from: None,
            to: None,
            basis: "setting".to_owned(),
            verified: true,
        };
        self.amounts.insert(id.to_owned(), vec![row]);
        self
    }

    /// Is there a table of this name?
    pub fn has(&self, table: &str) -> bool {
        self.amounts.contains_key(table)
    }

    /// The amount of a table for keys at a date: of the rows that count then, the newest.
    pub fn amount(&self, table: &str, keys: &[String], on: NaiveDate) -> Option<TableRead> {
        let row = self.amounts.get(table)?.iter().rev().find(|row| {
            row.from.is_none_or(|from| from <= on)
                && row.to.is_none_or(|to| on <= to)
                && (row.key.is_empty() || row.key == keys)
        })?;
        Some(TableRead {
            table: table.to_owned(),
            on,
            fen: row.fen,
            version: super::canonical::hash(row).chars().take(12).collect(),
            basis: row.basis.clone(),
            verified: row.verified,
        })
    }
}

fn day(row: &str, text: &str) -> Result<Option<NaiveDate>, BadTables> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = |_| BadTables::Date { row: row.to_owned(), found: text.to_owned() };
    text.parse().map(Some).map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_amount_is_that_of_its_date() {
        let tables = Tables::shipped().unwrap();
        //   table              date          yuan
        for (table, date, yuan) in [
            ("sv_state_grant", "2018-09-01", 2000),
            ("sv_state_grant", "2025-02-28", 2000), // the last day of the old amount
            ("sv_state_grant", "2025-03-01", 2300),
            ("emergency_cap", "2018-09-01", 20_000),
        ] {
            let read = tables.amount(table, &["illness".to_owned()], on(date)).unwrap();
            assert_eq!(read.fen, Fen(yuan * 100), "{table} on {date}");
        }
        assert!(tables.amount("hv_state_grant_3700", &[], on("2018-09-01")).is_none());
        assert!(tables.amount("nowhere", &[], on("2018-09-01")).is_none());
    }

    #[test]
    fn a_setting_replaces_a_cap_and_has_another_version() {
        let shipped = Tables::shipped().unwrap();
        let day = on("2018-09-10");
        let before = shipped.amount("emergency_cap", &[], day).unwrap();
        assert!(!before.verified, "the Plan names no amount");
        let after =
            shipped.with_cap("emergency_cap", Fen(500_000)).amount("emergency_cap", &[], day);
        let after = after.unwrap();
        assert_eq!((after.fen, after.verified), (Fen(500_000), true));
        assert_ne!(before.version, after.version);
    }

    #[test]
    fn broken_tables_are_refused() {
        for (toml, says) in [
            (
                "[[amount]]\nid = 'a'\nyuan = 1\nsource = ''\nverified = ''\neffective_from = '2018'",
                "is not a date",
            ),
            ("[[amount]]\nid = 'a'\nyuan = -1\nsource = ''\nverified = ''", "whole number"),
            ("[[amount]]\nid = 'a'\n", "missing field"),
        ] {
            let said = Tables::read(toml).unwrap_err().to_string();
            assert!(said.contains(says), "{said}");
        }
    }
}
