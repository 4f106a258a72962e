//! The functions of the language: their arguments and their results.

use super::types::Type;

/// What a function takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Takes {
    /// Exactly these.
    Just(&'static [Kind]),
    /// These, and any number of anything between them and the last.
    Between(&'static [Kind], Kind),
}

/// The type of one argument, or of a result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Bool,
    Int,
    Money,
    Text,
    Date,
    Days,
    /// A text in quotes that names a step.
    StepName,
    /// A text in quotes that names a block or a step.
    BlockName,
    /// A text in quotes.
    Literal,
    Any,
    AnyList,
    Texts,
}

impl Kind {
    pub(super) fn as_type(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Money => Type::Money,
            Self::Text | Self::StepName | Self::BlockName | Self::Literal => Type::Text,
            Self::Date => Type::Date,
            Self::Days => Type::Days,
            Self::Any => Type::Any,
            Self::AnyList => Type::List(Box::new(Type::Any)),
            Self::Texts => Type::List(Box::new(Type::Text)),
        }
    }
}

/// One function: name, arguments, result.
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    pub(super) gives: Kind,
}

const fn just(name: &'static str, takes: &'static [Kind], gives: Kind) -> Signature {
    Signature { name, takes: Takes::Just(takes), gives }
}

const fn between(name: &'static str, first: &'static [Kind], last: Kind, gives: Kind) -> Signature {
    Signature { name, takes: Takes::Between(first, last), gives }
}

/// Every function. `min`, `max`, `sum` and `size` take several types and are checked by hand.
pub(super) const FUNCTIONS: &[Signature] = &[
    just("yuan", &[Kind::Int], Kind::Money),
    just("part", &[Kind::Money, Kind::Int, Kind::Int], Kind::Money),
    just("at_least", &[Kind::Int, Kind::Int], Kind::Int),
    just("percent_of", &[Kind::Int], Kind::Int),
    between("table", &[Kind::Literal], Kind::Any, Kind::Any),
    between("in_table", &[Kind::Literal], Kind::Any, Kind::Bool),
    just("on_roster", &[Kind::Literal, Kind::Any], Kind::Bool),
    just("names", &[Kind::Literal], Kind::Texts),
    just("day", &[Kind::StepName], Kind::Date),
    just("year", &[Kind::Date], Kind::Int),
    just("month", &[Kind::Date], Kind::Int),
    just("days", &[Kind::Int], Kind::Days),
    just("months", &[Kind::Int], Kind::Days),
    just("years", &[Kind::Int], Kind::Days),
    just("wd", &[Kind::Date, Kind::Int], Kind::Date),
    just("date", &[Kind::Int, Kind::Int, Kind::Int], Kind::Date),
    just("date", &[Kind::Text], Kind::Date),
    just("days_between", &[Kind::Date, Kind::Date], Kind::Int),
    just("working_days", &[Kind::Date, Kind::Date], Kind::Int),
    just("term", &[Kind::Date], Kind::Text),
    just("term_end", &[Kind::Text], Kind::Date),
    just("verdict", &[Kind::StepName], Kind::Text),
    just("done", &[Kind::BlockName], Kind::Bool),
    just("rounds", &[Kind::StepName], Kind::AnyList),
    just("threads", &[Kind::BlockName], Kind::AnyList),
    just("block_due", &[Kind::BlockName], Kind::Date),
    just("told", &[Kind::AnyList], Kind::Text),
    between("taken", &[], Kind::Any, Kind::Int),
    just("enrolled", &[Kind::Any, Kind::Any], Kind::AnyList),
    just("cases", &[Kind::AnyList, Kind::Date, Kind::Date], Kind::AnyList),
];

/// The functions of a name; none when there is no such function.
pub(super) fn of(name: &str) -> Vec<&'static Signature> {
    FUNCTIONS.iter().filter(|one| one.name == name).collect()
}

/// Every name that may be called, for "did you mean".
pub(super) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = FUNCTIONS.iter().map(|one| one.name).collect();
    names.extend(["min", "max", "sum", "size", "has"]);
    names.extend(METHODS);
    names
}

/// What may be called on a list (or, `count`, on a history).
pub(super) const METHODS: [&str; 6] = ["distinct", "where", "by", "picked", "count", "size"];
