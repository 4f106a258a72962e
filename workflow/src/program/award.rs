//! What is granted, to whom under which condition, and who pays it.

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    expression::Expr,
    place::listed,
    word::{Located, Text, Word},
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

impl AwardLine {
    /// Who gets it; the person whose case it is has two words in the language and one here.
    pub fn payee(&self) -> &str {
        payee(self.to.as_ref().map_or(PERSON, |to| to.as_str()))
    }
}

/// Who is paid where a line does not say it.
const PERSON: &str = "person";

/// A payee's word as lines carry it: `applicant` is the person.
pub(crate) fn payee(to: &str) -> &str {
    if to == "applicant" { PERSON } else { to }
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

/// How much of each line a pay step pays.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Portion {
    /// `{of: 3}`: one of so many equal parts, each time.
    Part { of: u32 },
    /// So many hundredths.
    Percent(Expr),
}

struct ReadPortion(Portion);

impl<'de> Deserialize<'de> for ReadPortion {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Of {
            of: u32,
        }
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Portion;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a percent, or {of: 3} for one of three equal parts")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Portion, E> {
                Expr::parse(text)
                    .map(Portion::Percent)
                    .map_err(|fault| serde::de::Error::custom(format!("{text:?}: {fault}")))
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Portion, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Portion, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Portion, A::Error> {
                let Of { of } = Of::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                if (1..=100).contains(&of) {
                    return Ok(Portion::Part { of });
                }
                Err(serde::de::Error::custom("expected {of: n} with n from 1 to 100"))
            }
        }
        from.deserialize_any(Either).map(Self)
    }
}

impl<'de> Deserialize<'de> for Portion {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = serde_saphyr::Spanned::<ReadPortion>::deserialize(from)?;
        let ReadPortion(mut portion) = read.value;
        if let Self::Percent(percent) = &mut portion {
            percent.locate(read.referenced.into());
        }
        Ok(portion)
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
    /// A line that is paid out of the others, before them (a loan is repaid first); or which of two
    /// programs that exclude each other goes first.
    #[serde(default)]
    pub first: Option<Word>,
}
