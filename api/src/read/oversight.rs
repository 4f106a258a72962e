//! Lights by unit, who held the days, and the documents about late units: for whoever supervises.
//! Numbers of cases and names of units; never an applicant's.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{DueView, Words};

/// `/staff/oversight` and `GET /api/v1/oversight/units`: a unit and what stands below it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OversightView {
    /// Where one looks.
    pub unit: UnitLink,
    /// The unit alone, without what stands below it.
    pub own: bool,
    /// The way down to it, from the place that one supervises.
    pub above: Vec<UnitLink>,
    /// Other places that one supervises.
    pub elsewhere: Vec<UnitLink>,
    pub period: PeriodView,
    /// By which column the rows are sorted.
    pub sort: Column,
    /// All of it together.
    pub total: Figures,
    /// One a unit; those without anything to count are left out.
    pub rows: Vec<UnitRow>,
    /// 好差评 of the period, by the unit that dealt with the case; without names.
    pub ratings: Vec<RatingsRow>,
    /// How many were left out.
    pub quiet: i64,
    /// On-time share by month, the last twelve.
    pub months: Vec<MonthRow>,
    /// Of a single unit: its open steps, what is due first first.
    pub steps: Option<Vec<StepRow>>,
    /// The key of the next page of steps.
    pub next: Option<String>,
    /// Hundredths: who lets the clock stand for more of the time is shown.
    pub stop_share: i64,
    pub as_of: DateTime<Utc>,
}

/// How content people were with one unit and all that stand below it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RatingsRow {
    pub unit: UnitLink,
    /// The place's own hand, and not what stands below it.
    pub own: bool,
    pub ratings: Ratings,
}

/// How often each grade was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ratings {
    pub very_satisfied: i64,
    pub satisfied: i64,
    pub fair: i64,
    pub dissatisfied: i64,
    pub very_dissatisfied: i64,
}

/// A unit that one may look into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitLink {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
}

/// Of which days the closed steps and the held days are.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PeriodView {
    pub kind: PeriodKind,
    pub title: Words,
    pub from: NaiveDate,
    /// Today.
    pub to: NaiveDate,
}

/// How long the period is; it is the present one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodKind {
    Month,
    #[default]
    Quarter,
    Year,
}

/// A column by which units are sorted; the worst come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    Unit,
    Open,
    Green,
    Amber,
    #[default]
    Red,
    Stopped,
    Closed,
    OnTime,
    Median,
    Stops,
}

/// One unit, with all that stands below it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnitRow {
    pub unit: UnitLink,
    /// The place's own hand, and not what stands below it.
    pub own: bool,
    pub level: String,
    pub figures: Figures,
}

/// What is counted of a unit. A step that several offices sign counts once for each of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// Steps on their desks now: the four lights together.
    pub open: i64,
    pub green: i64,
    pub amber: i64,
    pub red: i64,
    /// The clock stands.
    pub stopped: i64,
    /// Steps that were closed in the period.
    pub closed: i64,
    pub on_time: i64,
    /// Hundredths, rounded; none where nothing was closed.
    pub on_time_percent: Option<i64>,
    /// From the day on which a step came to the day on which it was signed.
    pub median_working_days: Option<f64>,
    /// Who held the days of the period.
    pub held: HeldDays,
    /// Hundredths of the time of its steps for which the unit let the clock stand.
    pub stop_percent: Option<i64>,
    /// A light of its own: that is more than the set share.
    pub stops_too_much: bool,
}

/// Days of the period by who held them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeldDays {
    pub applicant: HeldSum,
    pub unit: HeldSum,
    pub publicity: HeldSum,
    pub stop: HeldSum,
    pub calendar: HeldSum,
}

/// What one holder had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeldSum {
    pub seconds: i64,
    /// Working days that ended in this hand.
    pub working_days: i64,
}

/// The steps that were closed in one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MonthRow {
    /// Its first day.
    pub month: NaiveDate,
    pub closed: i64,
    pub on_time: i64,
    pub on_time_percent: Option<i64>,
}

/// One open step of a unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepRow {
    pub number: String,
    pub program: Words,
    pub step: Words,
    pub opened_at: Option<DateTime<Utc>>,
    /// The light, and the days over.
    pub due: Option<DueView>,
    /// Its task, if one may see the case.
    #[schema(format = Uuid)]
    pub task: Option<String>,
}

/// `/staff/oversight/boards` and `GET /api/v1/oversight/boards`: one kind of document a board.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BoardsView {
    /// Whose documents.
    pub unit: UnitLink,
    pub elsewhere: Vec<UnitLink>,
    /// Of each kind: how many are not done.
    pub kinds: Vec<BoardKind>,
    /// The kind that is shown.
    pub kind: String,
    pub lanes: Vec<Lane>,
    /// Of which programs one may open a case oneself, and where.
    pub openable: Vec<Openable>,
}

/// A program of which somebody may open a case about no applicant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Openable {
    pub program: String,
    pub title: Words,
    /// The place whose case it becomes.
    pub at: UnitLink,
}

/// A kind of document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BoardKind {
    /// The program's id.
    pub id: String,
    pub title: Words,
    /// Not done.
    pub open: i64,
}

/// The documents in one state.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Lane {
    pub state: LaneState,
    /// All of them; of what is done, the newest twenty are shown.
    pub count: i64,
    pub cards: Vec<CardRow>,
}

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LaneState {
    /// 草拟
    Drafted,
    /// 已签发
    Issued,
    /// 整改中
    UnderWay,
    /// 待销号
    ToClose,
    /// 已销号
    Done,
}

impl LaneState {
    /// In the order in which a document goes through them.
    pub const ALL: [Self; 5] =
        [Self::Drafted, Self::Issued, Self::UnderWay, Self::ToClose, Self::Done];

    /// Its stored name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Issued => "issued",
            Self::UnderWay => "under_way",
            Self::ToClose => "to_close",
            Self::Done => "done",
        }
    }
}

/// One document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CardRow {
    pub case_number: String,
    /// `宁教督〔2026〕3号`; none before it is signed.
    pub document_number: Option<String>,
    pub issuer: String,
    /// The units that it is about.
    pub addressed: Vec<String>,
    pub due: Option<DueView>,
    pub ended_at: Option<DateTime<Utc>>,
    /// A task of it, if one may see the case.
    #[schema(format = Uuid)]
    pub task: Option<String>,
    /// The case, if one may reopen it now.
    #[schema(format = Uuid)]
    pub reopens: Option<String>,
}

impl PeriodKind {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::Month, Self::Quarter, Self::Year];

    /// Its name in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

impl Column {
    /// All that can be sorted by, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Unit,
        Self::Open,
        Self::Green,
        Self::Amber,
        Self::Red,
        Self::Stopped,
        Self::Closed,
        Self::OnTime,
        Self::Median,
        Self::Stops,
    ];

    /// Whether it stands under the head of the held days.
    pub fn is_last(&self) -> bool {
        *self == Self::Stops
    }

    /// How its order is told to those who do not see it.
    pub fn order(&self) -> &'static str {
        if *self == Self::Unit { "ascending" } else { "descending" }
    }

    /// The class of its head.
    pub fn class(&self) -> &'static str {
        if *self == Self::Unit { "" } else { "num" }
    }

    /// Its name in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Open => "open",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
            Self::Stopped => "stopped",
            Self::Closed => "closed",
            Self::OnTime => "on_time",
            Self::Median => "median",
            Self::Stops => "stops",
        }
    }
}

impl OversightView {
    /// The address of this page.
    pub fn here(&self) -> String {
        Self::address("/staff/oversight", (&self.unit.id, self.own), (self.period.kind, self.sort))
    }

    /// The address of another unit's page.
    pub fn to_unit(&self, unit: &str) -> String {
        Self::address("/staff/oversight", (unit, false), (self.period.kind, self.sort))
    }

    /// The address of the page of one row.
    pub fn to_row(&self, row: &UnitRow) -> String {
        let to = (row.unit.id.as_str(), row.own);
        Self::address("/staff/oversight", to, (self.period.kind, self.sort))
    }

    /// The address of this page for another period.
    pub fn in_period(&self, period: &PeriodKind) -> String {
        Self::address("/staff/oversight", (&self.unit.id, self.own), (*period, self.sort))
    }

    /// The address of this page in another order.
    pub fn sorted(&self, by: &Column) -> String {
        Self::address("/staff/oversight", (&self.unit.id, self.own), (self.period.kind, *by))
    }

    /// Whether it is of this period.
    pub fn is_of(&self, period: &PeriodKind) -> bool {
        self.period.kind == *period
    }

    /// Whether it is in this order.
    pub fn is_sorted(&self, by: &Column) -> bool {
        self.sort == *by
    }

    /// The address of a file with the same figures.
    pub fn file(&self, kind: &str) -> String {
        let path = format!("/staff/oversight/units.{kind}");
        Self::address(&path, (&self.unit.id, self.own), (self.period.kind, self.sort))
    }

    fn address(
        path: &str,
        (unit, own): (&str, bool),
        (period, sort): (PeriodKind, Column),
    ) -> String {
        let own = if own { "&own=true" } else { "" };
        format!("{path}?unit={unit}{own}&span={}&sort={}", period.word(), sort.word())
    }
}
