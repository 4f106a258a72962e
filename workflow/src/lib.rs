//! What the service decides, and the one way it is written down.
//!
//! Read in this order: [`program`] (what the customer configures), [`rules`] (what follows from
//! it: plain functions, no clock, no database), [`commands`] (load, ask a rule, [`record`] the
//! answer: one command, one transaction).

mod actor;
#[cfg(test)]
mod at_random;
pub mod backlog;
pub mod batches;
pub mod business_time;
pub mod calendar;
pub mod canonical;
pub mod clock;
pub mod code_letter;
pub mod commands;
pub mod database_error;
pub mod doctor;
pub mod drawer;
mod error;
pub mod event;
pub mod export;
mod fold;
pub mod health;
mod job;
pub mod load;
pub mod lot;
pub mod measures;
pub mod numbers;
pub mod once;
pub mod organisation;
pub mod organise;
pub mod outages;
pub mod pace;
pub mod program;
pub mod program_versions;
pub mod record;
pub mod rules;
pub mod seal;
pub mod sign_in;
pub mod state;
pub mod trace;
pub mod tx;
pub mod vault;
mod workflow;
pub mod working_days;

pub use actor::Actor;
pub use error::{Bar, CommandError, Fault, PaperFault, Refusal, RowFault, Said};
pub use event::Event;
pub use job::{Job, JobKind, Ticket};
pub use workflow::{Wake, Workflow};
