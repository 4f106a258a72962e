//! The closed words of steps: kinds, ways of signing, what happens to the odd cases.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// What happens in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// People say yes or no.
    #[default]
    Decide,
    /// People hand in a form, papers or rows.
    Fill,
    /// People sign for receipt.
    Receive,
    /// People pay.
    Pay,
    /// The machine hangs out a public notice and waits.
    Publish,
    /// The machine opens another case.
    Open,
    /// The machine ranks or draws rows.
    Select,
    /// The machine waits for a day or a condition.
    Wait,
    /// The machine sends copies.
    Copy,
}

/// Who of the people on a step's list signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// The first signature counts.
    Any,
    /// 会签: the first signature of each office.
    EachOffice,
    /// Every person on the frozen list.
    All,
    /// The next task opens when the one before signed.
    InOrder,
    /// So many signatures; with `of`, of so many people, least loaded first.
    #[serde(untagged)]
    Quorum {
        quorum: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<u32>,
    },
    /// So many percent of the frozen list, rounded up.
    #[serde(untagged)]
    Percent { percent: u32 },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vote {
    #[serde(default)]
    quorum: Option<u32>,
    #[serde(default)]
    of: Option<u32>,
    #[serde(default)]
    percent: Option<u32>,
}

impl<'de> Deserialize<'de> for Take {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        const WORDS: &[&str] =
            &["any", "each_office", "all", "in_order", "{quorum: n}", "{percent: p}"];
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Take;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "one of {}", WORDS.join(", "))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Take, E> {
                match text {
                    "any" => Ok(Take::Any),
                    "each_office" => Ok(Take::EachOffice),
                    "all" => Ok(Take::All),
                    "in_order" => Ok(Take::InOrder),
                    _ => Err(E::unknown_variant(text, WORDS)),
                }
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Take, A::Error> {
                let vote = Vote::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                match vote {
                    Vote { quorum: Some(quorum @ 1..=1000), of, percent: None }
                        if of.is_none_or(|of| of >= quorum) =>
                    {
                        Ok(Take::Quorum { quorum, of })
                    }
                    Vote { quorum: None, of: None, percent: Some(percent @ 1..=100) } => {
                        Ok(Take::Percent { percent })
                    }
                    _ => Err(serde::de::Error::custom(
                        "expected {quorum: n}, {quorum: n, of: m} with m at least n, or {percent: \
                         p} with p from 1 to 100",
                    )),
                }
            }
        }
        from.deserialize_any(Either)
    }
}

/// Who of an office is offered a slot first; the others may take it all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assign {
    /// Whoever has least in hand.
    LeastLoaded,
    /// Whoever was given this step longest ago.
    RoundRobin,
    /// Whoever signed last in this case, else this step in the person's last case.
    SameAsBefore,
}

impl Assign {
    /// As people say it.
    pub fn in_lang(self, lang: super::Lang) -> &'static str {
        match (self, lang) {
            (Self::LeastLoaded, super::Lang::Zh) => "在办最少者优先",
            (Self::LeastLoaded, super::Lang::En) => "whoever has least in hand",
            (Self::RoundRobin, super::Lang::Zh) => "轮流分派",
            (Self::RoundRobin, super::Lang::En) => "by turns",
            (Self::SameAsBefore, super::Lang::Zh) => "原经办人优先",
            (Self::SameAsBefore, super::Lang::En) => "whoever had the case before",
        }
    }
}

/// Who keeps away from a step, of what the lines of its case are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recused {
    /// Everybody who works in a line's unit.
    Unit,
    /// Whoever has signed in the case that a line is about, as far as the line names them.
    Signers,
}

/// When a block of threads is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    All,
    None,
    #[serde(untagged)]
    Percent {
        percent: u32,
    },
}

impl<'de> Deserialize<'de> for Need {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Need;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("all, none or {percent: p}")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Need, E> {
                match text {
                    "all" => Ok(Need::All),
                    "none" => Ok(Need::None),
                    _ => Err(E::unknown_variant(text, &["all", "none", "{percent: p}"])),
                }
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Need, A::Error> {
                let vote = Vote::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                match vote {
                    Vote { quorum: None, of: None, percent: Some(percent @ 1..=100) } => {
                        Ok(Need::Percent { percent })
                    }
                    _ => Err(serde::de::Error::custom("expected {percent: p} from 1 to 100")),
                }
            }
        }
        from.deserialize_any(Either)
    }
}

/// What a refusal does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The case is refused; inside `each`, the thread ends.
    #[default]
    Ends,
    /// A fact for the next `when`.
    GoesOn,
}

/// Who holds a step for which nobody is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnEmpty {
    /// The same role one level up.
    Climb,
    /// The owner's lead office there, with a red light.
    Hold,
}

/// What a holder may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    Approve,
    Less,
    Refuse,
    Return,
}

/// What a holder may do with rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    Strike,
    Add,
    Move,
}

/// What happens after the grace of a step that was missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterMissed {
    GoOn,
    Suspend,
    Open,
}

/// Where a clock starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockFrom {
    Submitted,
    Accepted,
    Opened,
}
impl super::word::Located for ClockFrom {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    Amber,
    Red,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    Draw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayPer {
    /// One payment for each award line.
    Line,
}
