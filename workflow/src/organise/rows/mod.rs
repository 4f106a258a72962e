//! Townships, schools and people from a file (CSV) or a list of rows: all of them or none, with
//! what is wrong row by row.

mod people;
mod places;
mod read;

use std::collections::BTreeMap;

use entities::Stream;
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

pub use read::{read_csv, read_list};

use super::entitled;
use crate::{
    Actor, CommandError, Refusal, RowFault, Said, Workflow, record::append,
    rules::administering::Power,
};

/// Bytes of a file that are read at most.
pub const MOST_BYTES: usize = 1024 * 1024;
/// Rows of a file that are taken at most.
pub const MOST_ROWS: usize = 1_000;

/// What a file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 乡镇（街道）
    Townships,
    /// 学校
    Schools,
    /// 人员及任职
    People,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Townships, Self::Schools, Self::People];

    /// The name, for machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Townships => "townships",
            Self::Schools => "schools",
            Self::People => "people",
        }
    }

    /// The kind of a name.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The columns: those that must be there, and those that may.
    pub fn columns(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Townships => (&["code", "name_zh", "county_code", "kind"], &["pinyin"]),
            Self::Schools => {
                (&["name_zh", "city_zh"], &["name_en", "county_code", "moe_code", "outside"])
            }
            Self::People => (&["name", "mail", "unit", "duty"], &[]),
        }
    }
}

/// One row: its line in the file, and its cells by their columns, without blanks around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// From 1; the heading is a line too.
    pub line: u64,
    /// The cells.
    pub cells: BTreeMap<String, String>,
}

impl Row {
    fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map(String::as_str).unwrap_or_default()
    }

    fn fault(&self, column: &str, zh: impl Into<String>, en: impl Into<String>) -> RowFault {
        RowFault { line: self.line, column: column.to_owned(), said: Said::new(zh, en) }
    }

    fn missing(&self, column: &str) -> RowFault {
        self.fault(
            column,
            format!("缺少 {column}，请填写"),
            format!("{column} is missing; fill it in"),
        )
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Its line.
    pub line: u64,
    /// Whom or what it is about.
    pub name: String,
    /// Whether anything is new by it.
    pub made: bool,
    /// What, in both languages.
    pub said: Said,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What it is of.
    pub kind: Kind,
    /// Nothing was written: it was only looked at.
    pub dry: bool,
    /// Rows by which something is new.
    pub made: usize,
    /// Rows that say what is known.
    pub known: usize,
    /// Row by row.
    pub rows: Vec<Taken>,
}

/// Takes all rows, or none: then every row that cannot be taken is named with its line, its
/// column, what is wrong and what to do. With `dry` it says what would become of them and writes
/// nothing. The same rows may be taken again: what is known stays as it is.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever is no system administrator, [`Refusal::Rows`], or the
/// database's.
#[tracing::instrument(skip_all, fields(kind = kind.word(), rows = rows.len()))]
pub async fn import_rows(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    (kind, dry): (Kind, bool),
    rows: &[Row],
) -> Result<Report, CommandError> {
    let now = workflow.clock.now();
    entitled(tx, by, Power::Organise, now).await?;
    let mut faults = read::whole(rows);
    let taken = match kind {
        Kind::People => people::take(tx, workflow, (by, dry), rows, &mut faults).await?,
        Kind::Townships | Kind::Schools => {
            places::take(tx, workflow, (kind, dry), rows, &mut faults).await?
        }
    };
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.line);
        return Err(Refusal::Rows(faults).into());
    }
    let made = taken.iter().filter(|row| row.made).count();
    let known = taken.len() - made;
    if made > 0 && !dry {
        let what = ("rows_imported", json!({ "kind": kind, "made": made, "known": known }));
        append(tx, now, Stream::System, Uuid::nil(), by, what).await?;
    }
    Ok(Report { kind, dry, made, known, rows: taken })
}
