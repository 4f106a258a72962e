//! What both doors show, read once: a page and its JSON twin are made from the same struct.
//!
//! Plain values only. Words that a program or the organisation brings along come in both
//! languages ([`Words`]); closed vocabularies are enums and get their words from the texts.
//! Money is fen, moments are UTC, days are days of Asia/Shanghai.

pub mod absence;
pub mod applicant;
pub mod apply;
pub mod batch;
pub mod bounces;
pub mod case;
pub mod decision;
pub mod demo;
pub mod document;
pub mod due;
pub mod extension;
pub mod fact;
pub mod field;
pub mod guide;
pub mod held;
pub mod home;
pub mod jobs;
pub mod next;
pub mod notice;
pub mod organisation;
pub mod oversight;
pub mod paper;
pub mod problem;
pub mod program_desk;
pub mod progress;
pub mod queue;
pub mod recusal;
pub mod roster;
pub mod settings;
pub mod sign_in;
pub mod soundness;
pub mod staff_case;
pub mod status;
pub mod voices;
pub mod why;
pub mod words;

pub use due::{DueView, Light, Term};
pub use fact::{Answer, FactGroup, FactView};
pub use field::{ErrorView, FieldKind, FieldView, OptionView};
pub use paper::{FileKind, FileView, PaperView};
pub use status::{CaseStatus, StepState};
pub use words::Words;
