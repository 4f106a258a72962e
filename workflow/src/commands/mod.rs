//! What can be asked of the service: one verb a file, one command one transaction.
//!
//! Each takes the case's lock first, reads the clock after it, asks the rules, and records.

mod accept_case;
mod answer;
mod asking;
mod attach_paper;
mod claim_task;
mod decide;
mod excluded;
mod extend_step;
mod fire_timer;
mod forget_draft;
mod known_person;
mod look_up_person;
mod move_time;
mod named_units;
mod pause_step;
mod publish;
mod reproject_case;
mod request_supplement;
mod retry_job;
mod route_case;
mod save_person;
mod send_digest;
mod sign_task;
mod start_case;
mod submit_case;
mod withdraw_case;

pub use accept_case::{accept_case, refuse_acceptance};
pub use answer::Done;
pub use attach_paper::{AttachPaper, attach_paper, read_paper, remove_paper};
pub use claim_task::{claim_task, release_task};
pub use extend_step::{answer_extension, ask_extension, may_answer};
pub use fire_timer::{Fired, Sweep, fire_due, fire_timer, postpone_timer, ready};
pub use forget_draft::forget_draft;
pub use look_up_person::look_up_person;
pub use move_time::move_time;
pub use pause_step::{continue_step, pause_step};
pub use publish::{Objection, Spoken, object_to_notice, objections};
pub use reproject_case::reproject_case;
pub use request_supplement::{RequestSupplement, close_as_lapsed, request_supplement};
pub use retry_job::{administers, retry_job, retry_jobs};
pub use route_case::{route_case, route_cases};
pub use save_person::{Guardian, SavePerson, find_by_id_number, save_person};
pub use send_digest::{readers, send_digest};
pub use sign_task::{SignTask, Word, sign_task};
pub use start_case::{EditCase, Edited, StartCase, draft, edit_case, open_programs, start_case};
pub use submit_case::{SubmitCase, resubmit_case, submit_case};
pub use withdraw_case::withdraw_case;
