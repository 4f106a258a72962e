//! Who may file a case, when, and how often.

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    expression::Expr,
    place::{RoleRef, listed},
    span::{NotThis, Season, Span},
    word::{Located, Word, spanned},
};

/// Who may file, when, and how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    pub by: Vec<Filer>,
    #[serde(default, deserialize_with = "listed")]
    pub window: Vec<Season>,
    /// Only one open or granted case with the same of these: `person`, `year`, `form.x` …
    #[serde(default)]
    pub once: Vec<Expr>,
    #[serde(default)]
    pub parent: Option<Parent>,
}
impl Located for Season {}

/// Who may file a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filer {
    /// The person whose case it is.
    Myself,
    Guardian,
    /// The person's school, on behalf.
    School,
    /// The person's township, on behalf.
    Township,
    /// A ladder, a letter or a calendar.
    Machine,
    Role(RoleRef),
}

impl Filer {
    fn word(&self) -> Option<&'static str> {
        match self {
            Self::Myself => Some("self"),
            Self::Guardian => Some("guardian"),
            Self::School => Some("school"),
            Self::Township => Some("township"),
            Self::Machine => Some("machine"),
            Self::Role(_) => None,
        }
    }
}

impl Serialize for Filer {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Role(role) => role.serialize(out),
            word => out.serialize_str(word.word().unwrap_or_default()),
        }
    }
}

impl<'de> Deserialize<'de> for Filer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (text, at) = spanned(from)?;
        let words = [Self::Myself, Self::Guardian, Self::School, Self::Township, Self::Machine];
        if let Some(filer) = words.into_iter().find(|filer| filer.word() == Some(&text)) {
            return Ok(filer);
        }
        let expected = "self, guardian, school, township, machine or place/role";
        let role: RoleRef =
            text.parse().map_err(|_| serde::de::Error::custom(NotThis::new(&text, expected)))?;
        Ok(Self::Role(RoleRef { at, ..role }))
    }
}

/// The case that must have gone before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    pub program: Word,
    pub state: Word,
    #[serde(default)]
    pub within: Option<Span>,
    #[serde(default)]
    pub after: Option<Expr>,
}
