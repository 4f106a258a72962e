//! The pages: one file a page. A `GET` draws a view of [`crate::show`] in the frame; a `POST` is
//! one command in one transaction and leads on, or draws the same page with what was typed and
//! what is wrong with it.

pub(crate) mod about;
pub(crate) mod absence;
pub(crate) mod batches;
pub(crate) mod bounces;
pub(crate) mod case;
pub(crate) mod check;
pub(crate) mod clock;
mod confirm;
pub(crate) mod document;
pub(crate) mod draft;
pub(crate) mod duties;
pub(crate) mod extensions;
pub(crate) mod form_page;
pub(crate) mod home;
pub(crate) mod imports;
pub(crate) mod jobs;
pub(crate) mod letters;
pub(crate) mod look_up;
pub(crate) mod me;
pub(crate) mod notices;
pub(crate) mod on_behalf;
mod once;
pub(crate) mod organisation;
pub(crate) mod oversight;
pub(crate) mod own_step;
pub(crate) mod papers;
pub(crate) mod password;
pub(crate) mod preferences;
pub(crate) mod problem;
pub(crate) mod profile;
pub(crate) mod program;
pub(crate) mod program_desk;
pub(crate) mod program_draft;
pub(crate) mod queue;
pub(crate) mod recusals;
pub(crate) mod roster;
pub(crate) mod roster_papers;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod soundness;
pub(crate) mod staff;
pub(crate) mod staff_case;
pub(crate) mod staff_papers;
pub(crate) mod staff_sign_in;
pub(crate) mod statics;
pub(crate) mod supplement;
pub(crate) mod tip_offs;
mod upload;
mod visitor;
pub(crate) mod voices;

use actix_web::HttpResponse;

use once::once;
pub use problem::draw as error_page;
use upload::Upload;
use visitor::Visitor;

use crate::Problem;

/// What a page's handler returns.
pub(crate) type Answer = Result<HttpResponse, Problem>;
