//! Time in a program: the total clock, extensions, rounds.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    choice::FirstMatch,
    expression::Expr,
    place::RoleRef,
    span::{MonthDay, Span},
    step_words::ClockFrom,
    word::{Word, spanned, text_or_number},
};

/// How long the whole may take, and what stops the clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    pub total: FirstMatch<Span>,
    pub from: FirstMatch<ClockFrom>,
    /// `outcome`, `end` or the id of a step.
    pub to: FirstMatch<Word>,
    /// The most that each kind of stop may take from the clock, for the whole case.
    #[serde(default)]
    pub stops: BTreeMap<String, Span>,
    #[serde(default)]
    pub extend: Option<Extend>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    pub times: u32,
    pub by: Span,
    pub approved_by: Approver,
}

/// Who approves an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approver {
    Superior,
    Role(RoleRef),
}

impl Extend {
    /// The role whose word it needs; none: the superior's.
    pub fn asks(&self) -> Option<&RoleRef> {
        match &self.approved_by {
            Approver::Role(role) => Some(role),
            Approver::Superior => None,
        }
    }
}

impl Serialize for Approver {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Superior => out.serialize_str("superior"),
            Self::Role(role) => role.serialize(out),
        }
    }
}

impl<'de> Deserialize<'de> for Approver {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (text, at) = spanned(from)?;
        if text == "superior" {
            return Ok(Self::Superior);
        }
        let role: RoleRef = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Self::Role(RoleRef { at, ..role }))
    }
}

/// Rounds: by the calendar, or until something holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    #[serde(default)]
    pub every: Option<Every>,
    #[serde(default)]
    pub until: Option<Expr>,
    #[serde(default)]
    pub at_most: Option<u32>,
    #[serde(default)]
    pub start: Option<Expr>,
}

/// `6mo`, or a rhythm of the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Every {
    Span(Span),
    Calendar(Rhythm),
}

/// `{week: 1, day: fri}`, `{month: 1, day: 5}`, `{year: 1, day: 02-28}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rhythm {
    #[serde(default)]
    pub week: Option<u32>,
    #[serde(default)]
    pub month: Option<u32>,
    #[serde(default)]
    pub year: Option<u32>,
    /// `fri`, the day of the month, or `02-28`.
    #[serde(deserialize_with = "text_or_number")]
    pub day: String,
}

impl Rhythm {
    /// Is `day` one that its week, month or year has?
    pub(super) fn is_sound(&self) -> bool {
        match (self.week, self.month, self.year) {
            (Some(1..), None, None) => {
                ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&self.day.as_str())
            }
            (None, Some(1..), None) => {
                self.day.parse().is_ok_and(|day: u32| (1..=31).contains(&day))
            }
            (None, None, Some(1..)) => self.day.parse::<MonthDay>().is_ok(),
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Every {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Every;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a length of time or {week: 1, day: fri}")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Every, E> {
                text.parse().map(Every::Span).map_err(E::custom)
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Every, A::Error> {
                let map = serde::de::value::MapAccessDeserializer::new(map);
                let rhythm = Rhythm::deserialize(map)?;
                if rhythm.is_sound() {
                    return Ok(Every::Calendar(rhythm));
                }
                Err(serde::de::Error::custom(
                    "expected {week: n, day: mon…sun}, {month: n, day: 1…31} or {year: n, day: 02-28}",
                ))
            }
        }
        from.deserialize_any(Either)
    }
}
