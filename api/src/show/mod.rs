//! Fills the views from the database: one file a view, read by pages and JSON alike.
//!
//! Whatever this reader may not know of is [`Problem::NotFound`](crate::Problem::NotFound),
//! which does not say whether it is there.

mod absence;
mod answers;
mod batches;
mod bounces;
mod case;
mod decision;
mod demo;
mod desk;
mod document;
mod draft;
mod due;
mod extensions;
mod fields;
mod grouping;
mod guide;
mod hand_fields;
mod hands;
mod held;
mod history;
mod jobs;
mod letter_words;
mod list;
mod look_up;
mod lookups;
mod machine;
mod mine;
mod next;
mod notices;
mod organisation;
mod oversight;
mod own_step;
mod paper_views;
mod people;
mod profile;
mod program_desk;
mod programs;
mod progress;
mod queue;
mod queue_pages;
mod queue_rows;
mod queue_search;
mod reader;
mod recusals;
mod replays;
mod reveal;
mod roster;
mod roster_papers;
mod roster_sums;
mod rows;
mod samples_drawn;
pub mod scope;
mod settings;
mod soundness;
mod status;
mod steps;
mod submitted;
mod supplement;
mod tip_offs;
mod verb_views;
mod voices;
mod why;
mod why_machine;
mod wrong;

pub use absence::{SubstitutesAsk, copies, substitutes};
pub use batches::{batch, batches, done_rows};
pub use bounces::{BouncesAsk, bounces};
pub use decision::decision;
pub use demo::{clock, letter, letters, move_clock};
pub use desk::{Open, on_behalf, slot_case, slot_of_paper, staff_case, task_case};
pub use document::{document, invitation};
pub use draft::{check, form_page, page_fields, papers, task_list};
pub use extensions::extensions;
pub use guide::guide;
pub use held::held;
pub use jobs::{JobsAsk, jobs};
pub use look_up::{look_up, look_up_form};
pub use machine::{case, person, program, units};
pub use mine::{mine, my_cases, subjects};
pub use next::{NextAsk, next, said as because_words};
pub use notices::{count_objection, notice, notices};
pub use organisation::{
    ClosingAsk, HandOverAsk, MembersAsk, TrailAsk, closing, hand_over, import_form, import_refused,
    import_view, may_organise, member, members, organisation_top, organisation_unit, settle,
    successor, trail,
};
pub(crate) use oversight::supervised;
pub use oversight::{BoardsAsk, OversightAsk, boards, boards_sheet, oversight, units_sheet};
pub use own_step::own_step;
pub use profile::{profile, save_person_of};
pub use program_desk::{
    draft_drawing, draft_of, new_program, program_desk, program_draft, programs,
};
pub use programs::{cards, home};
pub use progress::progress;
pub use queue::{QueueAsk, queue};
pub use queue_search::Search;
pub use reader::Reader;
pub use recusals::recusals;
pub use replays::{rebase, rebase_view, replay};
pub use reveal::reveal;
pub use roster::{RosterOpen, roster, roster_program};
pub use settings::settings;
pub use soundness::soundness;
pub use submitted::submitted;
pub use supplement::supplement;
pub use tip_offs::{count_tip_off, tip_off, tip_offs};
pub use voices::{say, voices};
pub use why::why;
pub use wrong::{Wrong, without_row};

/// The version of the declaration and consent that an applicant agrees to.
pub const DECLARATION: &str = "2018-1";
