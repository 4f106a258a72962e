//! Lengths of time and moments as a program writes them: `5wd`, `48h`, `80%`, `+1wd`, `09-01..10-31`.

use std::{fmt, str::FromStr};

use super::word::{Located, as_text};

/// A length of time. Day zero is not counted; `0d` is the same day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// `5wd`: due 18:00 of the n-th working day after day zero.
    WorkingDays(u32),
    /// `48h`: elapsed time, never moved.
    Hours(u32),
    /// `7d`: calendar days, moved to a working day.
    Days(u32),
    /// `6mo`
    Months(u32),
    /// `1y`
    Years(u32),
}

impl Span {
    /// How many of its unit.
    pub fn number(self) -> u32 {
        match self {
            Self::WorkingDays(n)
            | Self::Hours(n)
            | Self::Days(n)
            | Self::Months(n)
            | Self::Years(n) => n,
        }
    }

    /// So many of the same unit.
    #[must_use]
    pub fn of(self, n: u32) -> Self {
        match self {
            Self::WorkingDays(_) => Self::WorkingDays(n),
            Self::Hours(_) => Self::Hours(n),
            Self::Days(_) => Self::Days(n),
            Self::Months(_) => Self::Months(n),
            Self::Years(_) => Self::Years(n),
        }
    }
}

/// A text is not what this place of a program asks for; the text says what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not {expected}")]
pub struct NotThis {
    pub found: String,
    pub expected: &'static str,
}

impl NotThis {
    pub(super) fn new(found: &str, expected: &'static str) -> Self {
        Self { found: found.to_owned(), expected }
    }
}

impl FromStr for Span {
    type Err = NotThis;

    fn from_str(text: &str) -> Result<Self, NotThis> {
        let bad = || NotThis::new(text, "a length of time such as 5wd, 48h, 7d, 6mo or 1y");
        let end = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let (digits, unit) = text.split_at_checked(end).ok_or_else(bad)?;
        let number: u32 = digits.parse().map_err(|_| bad())?;
        // Ten years of days: longer is a slip of the finger, and would leave every calendar.
        if number > 3660 {
            return Err(bad());
        }
        match unit {
            "wd" => Ok(Self::WorkingDays(number)),
            "h" => Ok(Self::Hours(number)),
            "d" => Ok(Self::Days(number)),
            "mo" => Ok(Self::Months(number)),
            "y" => Ok(Self::Years(number)),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkingDays(n) => write!(f, "{n}wd"),
            Self::Hours(n) => write!(f, "{n}h"),
            Self::Days(n) => write!(f, "{n}d"),
            Self::Months(n) => write!(f, "{n}mo"),
            Self::Years(n) => write!(f, "{n}y"),
        }
    }
}
as_text!(Span);
impl Located for Span {}

/// How long a step has: its own length, or the rest of its block's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    Span(Span),
    /// `block`: no clock of its own, its due is the block's.
    Block,
}

impl FromStr for Within {
    type Err = NotThis;
    fn from_str(text: &str) -> Result<Self, NotThis> {
        if text == "block" { Ok(Self::Block) } else { text.parse().map(Self::Span) }
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(span) => span.fmt(f),
            Self::Block => f.write_str("block"),
        }
    }
}
as_text!(Within);
impl Located for Within {}

/// When a reminder goes out or a rung is climbed, seen from a step's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Opened,
    Due,
    Late,
    /// `80%` of the budget is used.
    Used(u32),
    /// `-1wd` before the due day.
    Before(Span),
    /// `+3wd` after it.
    After(Span),
}

impl FromStr for Moment {
    type Err = NotThis;
    fn from_str(text: &str) -> Result<Self, NotThis> {
        let bad = || NotThis::new(text, "a moment: opened, due, late, 80%, -1wd or +3wd");
        match text {
            "opened" => return Ok(Self::Opened),
            "due" => return Ok(Self::Due),
            "late" => return Ok(Self::Late),
            _ => {}
        }
        if let Some(percent) = text.strip_suffix('%') {
            let percent = percent.parse().map_err(|_| bad())?;
            return if percent <= 100 { Ok(Self::Used(percent)) } else { Err(bad()) };
        }
        match (text.strip_prefix('-'), text.strip_prefix('+')) {
            (Some(span), _) => span.parse().map(Self::Before).map_err(|_| bad()),
            (_, Some(span)) => span.parse().map(Self::After).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened => f.write_str("opened"),
            Self::Due => f.write_str("due"),
            Self::Late => f.write_str("late"),
            Self::Used(percent) => write!(f, "{percent}%"),
            Self::Before(span) => write!(f, "-{span}"),
            Self::After(span) => write!(f, "+{span}"),
        }
    }
}
as_text!(Moment);

/// A day of any year, `02-28`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    pub month: u32,
    pub day: u32,
}

impl FromStr for MonthDay {
    type Err = NotThis;
    fn from_str(text: &str) -> Result<Self, NotThis> {
        let bad = || NotThis::new(text, "a day of the year such as 02-28");
        let (month, day) = text.split_once('-').ok_or_else(bad)?;
        let (month, day): (u32, u32) =
            (month.parse().map_err(|_| bad())?, day.parse().map_err(|_| bad())?);
        // 2024 is a leap year, so that 02-29 is a day.
        chrono::NaiveDate::from_ymd_opt(2024, month, day).ok_or_else(bad)?;
        Ok(Self { month, day })
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}
as_text!(MonthDay);

/// Days of every year from one to another, both included: `09-01..10-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Season {
    pub from: MonthDay,
    pub to: MonthDay,
}

impl FromStr for Season {
    type Err = NotThis;
    fn from_str(text: &str) -> Result<Self, NotThis> {
        let bad = || NotThis::new(text, "days of the year such as 09-01..10-31");
        let (from, to) = text.split_once("..").ok_or_else(bad)?;
        Ok(Self { from: from.parse().map_err(|_| bad())?, to: to.parse().map_err(|_| bad())? })
    }
}

impl fmt::Display for Season {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.to)
    }
}
as_text!(Season);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_and_written() {
        for text in ["5wd", "48h", "7d", "6mo", "1y", "0d"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        for text in ["", "wd", "5", "5 wd", "-5wd", "5w", "99999d", "1.5h"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        for text in ["opened", "due", "late", "80%", "-1wd", "+24h"] {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), text);
        }
        assert!("101%".parse::<Moment>().is_err());
        assert!("02-30..03-01".parse::<Season>().is_err());
        assert_eq!("09-01..10-31".parse::<Season>().unwrap().to_string(), "09-01..10-31");
    }
}
