//! The organisation, for whoever administers it and for heads: units with their names and people,
//! what would move with a unit, one person, a file's rows, and what was done.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{FieldView, Words, oversight::UnitLink};

/// `/staff/organisation/units/{id}` and `GET /api/v1/organisation/units/{id}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitView {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    /// Both names of today.
    pub names: Words,
    /// Each name with its days, the newest first.
    pub bore: Vec<NameRow>,
    /// `county`, `school` …
    pub level: String,
    #[serde(skip)]
    pub level_words: Words,
    /// `education`, `government` …
    pub office: String,
    #[serde(skip)]
    pub office_words: Words,
    pub division: String,
    /// The state's or the ministry's own code.
    pub code: Option<String>,
    /// 机关代字: what the numbers of its documents begin with today.
    pub mark: Option<String>,
    /// Each mark with its days, the newest first; none where it was never changed.
    pub marks: Vec<MarkRow>,
    pub from_on: NaiveDate,
    /// Since when it is closed.
    pub to_on: Option<NaiveDate>,
    pub successor: Option<UnitLink>,
    /// The way down to it.
    pub above: Vec<UnitLink>,
    /// Slots that somebody has still to sign here.
    pub tasks: i64,
    pub staff: Vec<StaffRow>,
    /// Its offices, of a place.
    pub offices: Vec<BelowRow>,
    /// Places that report to it.
    pub places: Vec<BelowRow>,
    pub may: MayView,
    #[serde(skip)]
    pub forms: UnitForms,
}

/// What the caller may do here.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "rights, each of its own")]
pub struct MayView {
    /// Change units, people and appointments.
    pub organise: bool,
    /// Give administrative duties, lock accounts.
    pub secure: bool,
    /// Read what was done.
    pub audit: bool,
    /// Hand over what lies with somebody here.
    pub hand_over: bool,
}

/// The forms of a unit's page; empty where there is nothing to do.
#[derive(Clone, Debug, Default)]
pub struct UnitForms {
    pub rename: Vec<FieldView>,
    pub mark: Vec<FieldView>,
    /// Of a place: under which one it stands.
    pub relocate: Vec<FieldView>,
    pub open: Vec<FieldView>,
    pub appoint: Vec<FieldView>,
    pub close: Vec<FieldView>,
}

/// A name and its days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NameRow {
    pub names: Words,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
}

/// A mark and its days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MarkRow {
    pub mark: String,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
}

/// Somebody who works in a unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StaffRow {
    #[schema(format = Uuid)]
    pub appointment: String,
    #[schema(format = Uuid)]
    pub person: String,
    pub name: String,
    pub duty: String,
    #[serde(skip)]
    pub title: Words,
    pub from_at: DateTime<Utc>,
    pub to_at: Option<DateTime<Utc>>,
    /// Slots that lie with this person here.
    pub tasks: i64,
    /// Whether the caller may end it.
    pub can_end: bool,
}

/// A unit below another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BelowRow {
    pub unit: UnitLink,
    pub office: String,
    #[serde(skip)]
    pub office_words: Words,
    pub tasks: i64,
    pub staff: i64,
    pub to_on: Option<NaiveDate>,
}

/// `…/closing`: what would move if a unit were closed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClosingView {
    pub unit: UnitLink,
    pub successor: Option<UnitLink>,
    pub parts: Vec<PartRow>,
    /// Cases under way whose route is looked up from there.
    pub cases: u64,
    /// Places that would report to the successor.
    pub below: Vec<UnitLink>,
    /// Why it may not be closed so, in the caller's language.
    pub refused: Option<String>,
}

/// One of the units that are closed together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartRow {
    pub unit: UnitLink,
    pub to: Option<UnitLink>,
    pub tasks: usize,
    pub staff: Vec<StaffRow>,
}

/// `/staff/organisation/people`: members of staff by name or mail address.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PeopleView {
    pub search: String,
    pub people: Vec<StaffLink>,
    /// More were found than are shown.
    pub more: bool,
    pub may: MayView,
    #[serde(skip)]
    pub add: Vec<FieldView>,
}

/// A member of staff.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StaffLink {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    pub mail: Option<String>,
}

/// `/staff/organisation/people/{id}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MemberView {
    pub person: StaffLink,
    /// Duties, those in force first.
    pub duties: Vec<DutyRow>,
    pub accounts: Vec<AccountRow>,
    /// Whether it is the caller: nobody changes what is their own.
    pub oneself: bool,
    pub may: MayView,
    /// Whether the caller may name a substitute for them.
    pub arranges: bool,
    #[serde(skip)]
    pub forms: MemberForms,
}

/// The forms of a person's page.
#[derive(Clone, Debug, Default)]
pub struct MemberForms {
    /// The name, and how they are reached.
    pub record: Vec<FieldView>,
    pub appoint: Vec<FieldView>,
    pub account: Vec<FieldView>,
    pub password: Vec<FieldView>,
}

/// A duty that somebody has or had.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutyRow {
    #[serde(flatten)]
    pub held: StaffRow,
    pub unit: UnitLink,
    pub in_force: bool,
    /// Whether the caller answers for the unit's work.
    pub can_hand_over: bool,
}

/// A way to sign in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountRow {
    #[schema(format = Uuid)]
    pub id: String,
    pub login: String,
    pub locked_at: Option<DateTime<Utc>>,
}

/// `…/hand-over`: what lies with somebody in a unit, and who could have it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HandOverView {
    pub person: StaffLink,
    pub unit: UnitLink,
    pub tasks: Vec<LyingRow>,
    #[serde(skip)]
    pub fields: Vec<FieldView>,
}

/// One slot that lies with somebody.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LyingRow {
    pub number: String,
    pub program: Words,
    pub step: Words,
    pub due_at: Option<DateTime<Utc>>,
    /// Meant for this person alone.
    pub addressed: bool,
}

/// `/staff/organisation/import`: a file, and what became of its rows.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ImportView {
    pub kind: String,
    /// It was only looked at.
    pub dry: bool,
    pub made: usize,
    pub known: usize,
    pub rows: Vec<ImportRow>,
    /// Nothing was taken because of these.
    pub faults: Vec<ImportFault>,
    /// Whether a file was sent.
    #[serde(skip)]
    pub done: bool,
    /// The columns of a file of this kind; those that may be left out in brackets.
    #[serde(skip)]
    pub columns: String,
}

/// A row that was taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportRow {
    pub line: u64,
    pub name: String,
    pub said: Words,
}

/// A row that was not.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImportFault {
    pub line: u64,
    pub column: String,
    pub said: Words,
}

/// `/staff/trail`: what was done to units, people, programs and the deployment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrailView {
    pub stream: String,
    pub rows: Vec<TrailRow>,
    /// The key of the next page.
    pub next: Option<String>,
}

/// One thing that was done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrailRow {
    pub at: DateTime<Utc>,
    /// Who; none for the machine or an operator.
    pub who: Option<String>,
    pub kind: String,
    #[serde(skip)]
    pub title: Words,
    /// Whose stream.
    pub about: String,
    pub number: i32,
    /// What, as it is stored: ids and codes.
    #[schema(value_type = Object)]
    pub what: serde_json::Value,
}
