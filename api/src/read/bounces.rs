//! Messages that did not arrive.

use chrono::{DateTime, Utc};
use entities::NoticeId;
use serde::Serialize;
use utoipa::ToSchema;

use super::Words;

/// `/staff/bounces?after=`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BouncesView {
    /// How many wait for somebody.
    pub open: u64,
    /// The oldest first, fifty a page.
    pub rows: Vec<BounceRow>,
    /// The key of the next page.
    pub next: Option<String>,
}

/// One of them. It names nobody: who may see the case reads there whose it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BounceRow {
    #[schema(value_type = String, format = Uuid)]
    pub id: NoticeId,
    /// Which letter, by its stored name.
    pub letter: String,
    pub title: Words,
    /// `mail` or `sms`.
    pub channel: String,
    pub way: Words,
    /// The case it is about.
    pub number: Option<String>,
    /// What the server said.
    pub reason: String,
    pub bounced_at: DateTime<Utc>,
}

/// A message about a case, as it went.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SentView {
    /// Which letter, by its stored name.
    pub letter: String,
    pub title: Words,
    /// `mail`, `sms`, or `inbox`: to be read after signing in only.
    pub channel: String,
    pub way: Words,
    /// `waiting`, `claimed`, `sent`, `bounced`.
    pub state: String,
    pub went: Words,
    /// Whether it went to whoever the case is for.
    pub to_applicant: bool,
    pub written_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
}
