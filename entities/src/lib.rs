//! The tables, and the words they are written in. Nothing here writes.
//!
//! One file a table: its row, and its selects with names. What a column may hold is in
//! [`words`], who a row is in [`id`].

pub mod account;
pub mod acts_for;
pub mod appointment;
pub mod award_line;
pub mod bearer_token;
pub mod bounce;
pub mod business_time;
pub mod calendar_day;
pub mod case_file;
pub mod case_row;
pub mod clock;
pub mod conflict;
pub mod counter;
pub mod data_key;
pub mod digest_line;
pub mod digest_setting;
pub mod document_number;
pub mod extension;
mod fen;
pub mod form_version;
pub mod gathering;
pub mod id;
pub mod idempotency;
mod language;
pub mod letter;
pub mod note;
pub mod notice;
pub mod outbox;
pub mod pace;
pub mod paper;
pub mod payment;
pub mod person;
pub mod program_draft;
pub mod program_replay;
pub mod program_version;
pub mod publicity;
pub mod red_light;
pub mod replayed_case;
pub mod roster;
pub mod roster_entry;
pub mod seat;
pub mod seat_list;
mod sensitive;
pub mod session;
pub mod sign_in_code;
pub mod step_run;
pub mod substitution;
pub mod task;
pub mod throttle;
pub mod timer;
pub mod trail;
pub mod unit;
pub mod unit_name;
pub mod words;

pub use account::AccountKind;
pub use acts_for::Basis;
pub use fen::{Fen, NotFen};
pub use id::*;
pub use language::Language;
pub use note::NoteKind;
pub use sensitive::Sensitive;
pub use session::Strength;
pub use words::*;
