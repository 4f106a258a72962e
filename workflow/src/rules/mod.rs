//! What follows from what. Plain functions of plain values: no clock, no database, no `async`.

mod accepting;
pub mod advance;
pub mod authority;
pub mod award;
pub mod bank_card;
pub mod capitals;
pub mod case_number;
mod climbing;
pub mod clock;
pub mod display;
pub mod eligibility;
pub mod engine;
mod entering;
pub mod extending;
pub mod facts;
pub mod form;
pub mod half_width;
pub mod held;
pub mod identity;
pub mod letters;
mod lines;
pub mod mask;
pub mod media;
pub mod mobile;
pub mod named;
pub mod pacing;
pub mod papers;
pub mod payments;
mod pools;
mod publicity;
pub mod recipients;
mod reminding;
pub mod reopening;
pub mod returning;
mod rounds;
pub(crate) mod rungs;
mod series;
pub mod signing;
pub mod social_credit;
pub mod standing;
mod threads;
pub mod unnamed;
pub mod verdicts;
mod waiting;

#[cfg(test)]
mod vectors;
