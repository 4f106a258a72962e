//! What an expression is worth.

use std::{collections::BTreeMap, fmt};

use chrono::{Months, NaiveDate, NaiveDateTime, TimeDelta};
use entities::Fen;
use serde::{Deserialize, Serialize};

/// A value of the language. There are no decimals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Money(Fen),
    Text(String),
    Date(NaiveDate),
    /// A day with its time of day, in China. Rules read the day; what opens or is due then does so
    /// at the minute.
    Moment(NaiveDateTime),
    /// `days(3)`, `months(6)`, `years(1)`: added to dates.
    Length {
        months: i64,
        days: i64,
    },
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
    /// Not known, because this roster is not loaded; neither true nor false.
    NotLoaded(String),
}

impl Value {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The name of its type, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Money(_) => "money",
            Self::Text(_) => "text",
            Self::Date(_) | Self::Moment(_) => "date",
            Self::Length { .. } => "days",
            Self::List(_) => "list",
            Self::Map(_) => "record",
            Self::NotLoaded(_) => "not loaded",
        }
    }

    /// The day that it is, or is on.
    pub fn day(&self) -> Option<NaiveDate> {
        match self {
            Self::Date(day) => Some(*day),
            Self::Moment(at) => Some(at.date()),
            _ => None,
        }
    }

    /// As rules read it: a moment as its day, all else as it is.
    #[must_use]
    pub(super) fn by_day(self) -> Self {
        match self {
            Self::Moment(at) => Self::Date(at.date()),
            other => other,
        }
    }
}

impl fmt::Display for Value {
    /// For an explanation that both languages read: `¥2000.00`, `2018-09-10`, `"illness"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("–"),
            Self::Bool(is) => write!(f, "{is}"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Money(fen) => write!(f, "{fen}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Date(day) => write!(f, "{day}"),
            Self::Moment(at) => write!(f, "{}", at.format("%Y-%m-%d %H:%M")),
            Self::Length { months: 0, days } => write!(f, "{days}d"),
            Self::Length { months, days: 0 } => write!(f, "{months}mo"),
            Self::Length { months, days } => write!(f, "{months}mo {days}d"),
            Self::List(list) => {
                f.write_str("[")?;
                for (index, one) in list.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}{one}")?;
                }
                f.write_str("]")
            }
            Self::Map(map) => {
                write!(f, "{{{}}}", map.keys().cloned().collect::<Vec<_>>().join(", "))
            }
            Self::NotLoaded(roster) => write!(f, "{roster}?"),
        }
    }
}

/// The date moved by a length; a month without that day ends on its last. None outside the years
/// that dates have.
pub(super) fn moved(day: NaiveDate, months: i64, days: i64) -> Option<NaiveDate> {
    let steps = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let day =
        if months < 0 { day.checked_sub_months(steps)? } else { day.checked_add_months(steps)? };
    day.checked_add_signed(TimeDelta::try_days(days)?)
}
