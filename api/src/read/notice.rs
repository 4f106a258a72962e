//! Look-up by number and phone, and public notices: what anybody may see.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{FieldView, Words};

/// `/look-up`. Posts `number` and `phone`; the result is a `ProgressView`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LookUpView {
    pub number: FieldView,
    pub phone: FieldView,
    /// Not found, or asked too often.
    pub error: Option<String>,
}

/// A notice on a card.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeCard {
    pub id: String,
    pub title: Words,
    pub unit: String,
    pub starts_on: NaiveDate,
    /// None: it is public for good.
    pub ends_on: Option<NaiveDate>,
    /// Working days until it is taken down.
    pub days_left: i64,
}

/// `/notices`
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticesView {
    pub rows: Vec<NoticeCard>,
    /// The key of the next page.
    pub next: Option<String>,
}

/// `/notices/{id}`: whitelisted columns only. An objection is posted to
/// `/notices/{id}/objections`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeView {
    pub card: NoticeCard,
    pub columns: Vec<Words>,
    pub rows: Vec<Vec<String>>,
    /// The fields of an objection; none when the time is over.
    pub objection: Vec<FieldView>,
    /// One was just recorded.
    pub objected: bool,
}
