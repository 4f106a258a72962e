//! What is granted, to whom under which condition, and who pays it.

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    expression::Expr,
    place::listed,
    word::{Text, Word},
};

/// A condition without which a case or a row is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligible {
    #[serde(rename = "if")]
    pub condition: Expr,
    /// The reason given when it does not hold.
    pub refuse: Word,
    /// Only these award lines fall away; empty: the case or row is refused.
    #[serde(default)]
    pub lines: Vec<Word>,
}

/// What is granted, and who pays it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Award {
    pub lines: Vec<AwardLine>,
    /// For every line that has none of its own.
    #[serde(default)]
    pub split: Option<Split>,
    #[serde(default)]
    pub stack: Option<Stack>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwardLine {
    pub id: Word,
    #[serde(default)]
    pub title: Option<Text>,
    /// Money.
    pub amount: Expr,
    #[serde(default)]
    pub when: Option<Expr>,
    /// The payee: `applicant` (default), `person`, `school`, `opener` …
    #[serde(default)]
    pub to: Option<Word>,
    #[serde(default)]
    pub split: Option<Split>,
}

/// Who pays which percent; by a name, or written out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Split {
    Named(Word),
    Shares(Vec<Share>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    pub payer: Word,
    pub percent: u32,
}

impl<'de> Deserialize<'de> for Split {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Split;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the name of a split or [{payer: county, percent: 100}]")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Split, E> {
                Ok(Split::Named(Word::new(text)))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, list: A) -> Result<Split, A::Error> {
                let list = serde::de::value::SeqAccessDeserializer::new(list);
                Vec::deserialize(list).map(Split::Shares)
            }
        }
        from.deserialize_any(Either)
    }
}

/// A split that a dated table gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitTable {
    pub table: Word,
}

/// With which other programs it may be had together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    #[serde(default, deserialize_with = "listed")]
    pub adds: Vec<Word>,
    #[serde(default)]
    pub excludes: Vec<Word>,
    #[serde(default)]
    pub first: Option<Word>,
}
