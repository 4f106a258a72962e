//! Which days are worked: the national calendar, and what a region adds to it.
//!
//! A row says of one day in one scope that it is worked or off. The most particular row wins:
//! county over city over region over nation; a day without a row is worked from Monday to Friday.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

mod days;
mod rows;
mod shared;
#[cfg(test)]
mod tests;

pub use days::Days;
pub use rows::{CalendarError, read_rows};
pub use shared::SharedCalendar;

const NATIONAL: &str = include_str!("../calendars/holidays.csv");
const NINGXIA: &str = include_str!("../calendars/holidays_ningxia.csv");

/// Asia/Shanghai. China keeps no summer time since 1991 and this service no case from before,
/// so that the zone is a fixed offset and needs no time zone database.
pub const SHANGHAI: FixedOffset = match FixedOffset::east_opt(8 * 3600) {
    Some(zone) => zone,
    None => panic!("eight hours are less than a day"),
};

/// The day on which `at` falls in Shanghai.
pub fn local_date(at: DateTime<Utc>) -> NaiveDate {
    at.naive_utc().checked_add_offset(SHANGHAI).unwrap_or(NaiveDateTime::MAX).date()
}

/// The instant at which Shanghai's clocks show `time` on `date`.
pub fn instant(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    date.and_time(time).checked_sub_offset(SHANGHAI).unwrap_or(NaiveDateTime::MIN).and_utc()
}

/// Whether a day is worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    Work,
    Off,
}

/// For whom a row holds. Written `CN`, or as the six digits of a division.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    National,
    Division(String),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::National => f.write_str("CN"),
            Self::Division(code) => f.write_str(code),
        }
    }
}

impl FromStr for Scope {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        match text {
            "CN" => Ok(Self::National),
            code if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Self::Division(code.to_owned()))
            }
            other => Err(CalendarError::Scope(other.to_owned())),
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = CalendarError;

    fn try_from(text: String) -> Result<Self, CalendarError> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

/// One day that is not what its weekday says, or is said to be so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Row {
    pub scope: Scope,
    pub date: NaiveDate,
    pub kind: DayKind,
}

type Layer = Arc<BTreeMap<NaiveDate, DayKind>>;

/// All rows that are known. Cheap to clone; never changed, only replaced.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    scopes: BTreeMap<Scope, Layer>,
    /// What [`Calendar::of`] has put together so far.
    places: Arc<Mutex<BTreeMap<String, Days>>>,
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.scopes == other.scopes
    }
}

impl Eq for Calendar {}

impl Calendar {
    /// The rows that come with the program: the State Council's for 2018–2026, and those of the
    /// Ningxia government. Their sources stand at the head of `workflow/calendars/*.csv`.
    ///
    /// # Errors
    /// A shipped file that does not parse, which a test excludes.
    pub fn shipped() -> Result<Self, CalendarError> {
        let mut rows = read_rows(NATIONAL)?;
        rows.extend(read_rows(NINGXIA)?);
        Ok(Self::default().with_rows(rows))
    }

    /// This calendar and `rows`; a row given later replaces one of the same scope and date.
    #[must_use]
    pub fn with_rows(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        for Row { scope, date, kind } in rows {
            Arc::make_mut(self.scopes.entry(scope).or_default()).insert(date, kind);
        }
        self.places = Arc::default();
        self
    }

    /// Every row, by scope and date.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.scopes.iter().flat_map(|(scope, days)| {
            days.iter().map(|(date, kind)| Row { scope: scope.clone(), date: *date, kind: *kind })
        })
    }

    /// Names the rows by their content: the first twelve hex digits of a SHA-256. A due date
    /// that is stored with it can be recomputed for ever.
    pub fn revision(&self) -> String {
        let mut hash = Sha256::new();
        for Row { scope, date, kind } in self.rows() {
            let worked = match kind {
                DayKind::Work => "work",
                DayKind::Off => "off",
            };
            hash.update(format!("{scope},{date},{worked}\n"));
        }
        let first = hash.finalize().iter().take(6).fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        format!("{first:012x}")
    }

    /// The days on which `self` and `other` differ: what an import has changed.
    pub fn differences(&self, other: &Self) -> BTreeSet<(Scope, NaiveDate)> {
        let all = |calendar: &Self| calendar.rows().collect::<BTreeSet<_>>();
        let (ours, theirs) = (all(self), all(other));
        ours.symmetric_difference(&theirs).map(|row| (row.scope.clone(), row.date)).collect()
    }

    /// The days of a unit in the division `code` (six digits, of any level): its own rows, its
    /// city's, its region's, the nation's. Anything else gets the nation's alone.
    pub fn of(&self, code: &str) -> Days {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(days) = places.get(code) {
            return days.clone();
        }
        let mut wider = vec![code.to_owned()];
        wider.extend(code.get(..4).map(|city| format!("{city}00")));
        wider.extend(code.get(..2).map(|region| format!("{region}0000")));
        let scopes = wider.into_iter().map(Scope::Division);
        let regional: Vec<&Layer> = scopes.filter_map(|scope| self.scopes.get(&scope)).collect();
        let national = self.scopes.get(&Scope::National).cloned().unwrap_or_default();
        let days = Days::new(&regional, national);
        places.insert(code.to_owned(), days.clone());
        days
    }
}
