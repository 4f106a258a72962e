//! The demo's own pages: the clock that can be moved, the drawer of letters; and "about".

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// `/demo/clock`. Posts `days`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClockView {
    pub now: DateTime<Utc>,
    pub working_day: bool,
    /// Where it is being moved to; nothing when it stands.
    pub moving_to: Option<DateTime<Utc>>,
    /// What falls due next, in order.
    pub moments: Vec<MomentView>,
}

/// Something that falls due.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MomentView {
    pub at: DateTime<Utc>,
    pub what: Words,
    pub number: Option<String>,
}

/// `/demo/letters`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LettersView {
    pub rows: Vec<LetterView>,
    pub next: Option<String>,
}

/// One letter, at `/demo/letters/{id}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LetterView {
    pub id: String,
    pub channel: Channel,
    pub to: String,
    /// Of a mail.
    pub subject: Option<String>,
    pub sent_at: DateTime<Utc>,
    pub text: String,
    /// The code in it, if it is a sign-in code.
    pub code: Option<String>,
    /// All mails about the same case, oldest first; only where one letter is shown.
    pub thread: Vec<ThreadLine>,
}

/// A letter as one of its thread.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ThreadLine {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub sent_at: DateTime<Utc>,
}

/// How a letter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sms,
    Mail,
}

/// `/about`: what runs here and whether it is well.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AboutView {
    pub version: String,
    pub healthy: bool,
    pub parts: Vec<HealthRow>,
}

/// One part that was looked at.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HealthRow {
    pub name: Words,
    pub well: bool,
    pub note: String,
}
