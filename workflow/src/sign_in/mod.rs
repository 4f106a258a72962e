//! Signing in: who may open a session, how long it lasts, and what stops a guesser.
//!
//! Staff prove a password ([`with_password`]), applicants a code sent to their phone
//! ([`ask_code`], [`check_code`]), machines carry a bearer token ([`make_token`]). All `now`
//! here is **machine time**: a simulated day lets nobody's session run out.

mod codes;
mod disable;
mod error;
mod form_token;
mod housekeeping;
mod limits;
mod password_policy;
mod passwords;
mod phone;
mod phone_seal;
mod secret;
mod sessions;
mod staff;
mod throttle;
mod tokens;

#[cfg(test)]
mod tests;

pub use codes::{CodeAddressee, CodeAttempt, CodeToSend, ask_code, check_code};
pub use disable::disable_account;
pub use error::{SignInError, WeakPassword};
pub use form_token::{form_token, nonce_of_form_token};
pub use housekeeping::forget_what_is_over;
pub use limits::SignInLimits;
pub use passwords::Passwords;
pub use phone::normalised_phone;
pub use phone_seal::{phone_index, phone_of};
pub use secret::{new_token, same_bytes};
pub use sessions::{
    Opened, SignedIn, Visit, end_all_sessions, end_session, find_session, note_seen, open_sessions,
};
pub use staff::{
    ChangePassword, NewStaff, SignInStaff, change_password, create_staff, with_password,
};
pub use tokens::{end_all_tokens, end_token, find_token, make_token};
