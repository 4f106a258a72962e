//! What can be asked of the service: one verb a file, one command one transaction.
//!
//! Each takes the case's lock first, reads the clock after it, asks the rules, and records.

mod accept_case;
mod add_signer;
mod answer;
mod answer_request;
mod asking;
mod attach_paper;
mod begin_case;
mod bounced;
mod change_duty;
mod claim_task;
mod close_unit;
mod closing;
mod copy_case;
mod counting;
mod decide;
mod declare_recusal;
mod document_number;
mod excluded;
mod extend_step;
mod fire_timer;
mod following;
mod forget_draft;
mod hand_on;
mod hand_over;
mod heads_below;
mod known_person;
mod look_up_person;
mod move_row;
mod move_time;
mod named_units;
mod open_case;
mod parent;
mod passed_lines;
mod passed_on;
mod pause_step;
mod plan_holder;
mod publish;
mod raise_voice;
mod receiver;
mod reopen_case;
mod reproject_case;
mod request_supplement;
mod retry_job;
mod roster;
mod route_case;
mod save_person;
mod send_digest;
mod set_digest;
mod settle_slots;
mod sign_task;
mod stand_for_outage;
mod stand_ins;
mod start_case;
mod step_answers;
mod strike_row;
mod submit_case;
mod substitute;
mod take_back;
mod take_letter;
mod tip_off;
mod unroutable;
mod urge_case;
mod voices;
mod withdraw_case;

pub use crate::actor::MACHINE;
pub use accept_case::{accept_case, refuse_acceptance};
pub use add_signer::{add_signer, ask_expert, drop_signer, give_opinion};
pub use answer::Done;
pub(crate) use answer::moved;
pub use answer_request::{answer_extension, may_answer, with_predecessors};
pub use attach_paper::{AttachPaper, attach_paper, read_paper, remove_paper};
pub use bounced::{Handling, bounces_of, handle_bounce, note_bounce};
pub use change_duty::{ChangeDuty, change_duty};
pub use claim_task::{claim_task, release_task};
pub use close_unit::{CloseUnit, Closed, close_unit};
pub use closing::{Closing, Part, closing};
pub use copy_case::{copies_of, copy_case, read_copy, unread};
pub use declare_recusal::{DeclareRecusal, Declared, declare_recusal, end_recusal, recusals};
pub use extend_step::{ask_extension, ask_supplement_again};
#[cfg(test)]
pub(crate) use fire_timer::act as act_on;
pub use fire_timer::{Fired, Sweep, fire_due, fire_timer, postpone_timer, ready};
pub use forget_draft::forget_draft;
pub use hand_on::{colleagues, give_back, hand_on};
pub use hand_over::{HandOver, HandedOver, answers_for, hand_over, lies_with};
pub use heads_below::heads_below;
pub use look_up_person::look_up_person;
pub use move_row::{MoveRow, move_row, renew_list};
pub use move_time::move_time;
pub use open_case::{OpenCase, open_case, openable};
pub use pause_step::{continue_step, pause_step};
pub use plan_holder::plan_holder;
pub use publish::{Objection, Spoken, object_to_notice, objection_behind, objections};
pub use raise_voice::{RaiseVoice, WORDS, decided_at, may_say_again, raise_voice};
pub use reopen_case::{reopen_case, reopenable};
pub use reproject_case::{Reprojected, reproject_case};
pub use request_supplement::{RequestSupplement, close_as_lapsed, request_supplement};
pub use retry_job::{administers, retry_job, retry_jobs};
pub use roster::{
    FillRows, LineGiven, Private, fill_rows, papers_needed, private, private_by_step, private_here,
    round_name, step_asks,
};
pub use route_case::{route_case, route_cases};
pub use save_person::{Guardian, SavePerson, find_by_id_number, save_person};
pub use send_digest::{readers, send_digest};
pub use set_digest::{DIGEST_HOURS, digest_hour, set_digest};
pub use settle_slots::{settle_case, settle_slots, stray_cases};
pub(crate) use sign_task::sign_together;
pub use sign_task::{SignTask, Word, sign_task};
pub use stand_for_outage::stand_for_outage;
pub use start_case::{EditCase, Edited, StartCase, draft, edit_case, open_programs, start_case};
pub use step_answers::step_answers;
pub use strike_row::{StrikeRow, strike_row};
pub use submit_case::{SubmitCase, resubmit_case, submit_case};
pub use substitute::{
    NameSubstitute, Wrong as WrongSubstitute, end_substitute, may_arrange, name_substitute,
    possible_substitutes, substitutions,
};
pub use take_back::{take_back, undo_decision};
pub use take_letter::{Ahead, look_ahead, settle_row, take_letter};
pub use tip_off::{TipOff, Tipped, find_tip_off, tip_off};
pub use urge_case::{urge_case, urge_case_seen, urger};
pub use voices::{Heard, heard_behind, heard_of, reply_of, words_of};
pub use withdraw_case::withdraw_case;
