//! The language in which a case's life is written.

mod award;
mod canonical;
mod catalogue;
mod changes;
mod choice;
mod draw;
mod editions;
mod entry;
pub mod expression;
mod field;
mod finding;
#[cfg(test)]
mod guide;
mod intake;
pub mod lint;
pub mod load;
pub mod model;
mod place;
mod repeats;
mod rhythm;
#[cfg(test)]
mod schema;
pub mod shared;
#[cfg(test)]
mod shared_schema;
mod span;
mod spoken;
mod step_words;
pub mod tables;
mod word;

pub use catalogue::Programs;
pub use changes::changes;
pub use choice::{Choice, FirstMatch};
pub use draw::draw;
pub use editions::Edition;
pub use entry::{Block, Cash, Entry, LightRule, Step};
pub use expression::Expr;
pub use field::{Field, FieldType, Items, Keep, Paper, PaperAsk};
pub use finding::Finding;
pub use model::Program;
pub use place::{By, Level, Place, RoleRef};
pub use repeats::{Pace, Repeats};
pub use shared::Shared;
pub use span::{Moment, MonthDay, NotThis, Season, Span, Within};
pub use spoken::Spoken;
pub use step_words::{
    AfterMissed, Assign, ClockFrom, Edit, Light, Need, OnEmpty, PayPer, Recused, Refusal, StepKind,
    Take, Tie, VerdictKind,
};
pub use tables::{Code, TableRead, Tables};
pub use word::{At, Lang, Text, Word};
