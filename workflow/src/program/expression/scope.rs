//! What an expression may look at: facts, all of them gathered before it runs.

use std::{collections::BTreeMap, fmt, sync::Arc};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Expr, value::Value};
use crate::program::tables::Tables;

/// Working days, as the calendar of the case's unit counts them.
pub trait Days: Send + Sync {
    fn is_working(&self, day: NaiveDate) -> bool;
    /// The n-th working day after a day; day zero is not counted. Negative: before it.
    fn add(&self, day: NaiveDate, n: i64) -> NaiveDate;
}

/// Monday to Friday, without holidays: for looking at programs, never for deadlines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weekdays;

impl Days for Weekdays {
    fn is_working(&self, day: NaiveDate) -> bool {
        day.weekday().num_days_from_monday() < 5
    }

    fn add(&self, day: NaiveDate, n: i64) -> NaiveDate {
        let (mut day, mut left) = (day, n.unsigned_abs());
        while left > 0 {
            let next = if n < 0 { day.pred_opt() } else { day.succ_opt() };
            let Some(next) = next else { return day };
            day = next;
            left -= u64::from(self.is_working(day));
        }
        day
    }
}

/// The facts an expression sees. Owned, without I/O: the same scope gives the same value.
#[derive(Clone)]
pub struct Scope {
    /// The day in the deployment's zone.
    pub today: NaiveDate,
    /// The case's form; inside a step's form, its values laid over it.
    pub form: BTreeMap<String, Value>,
    /// The person: `school`, `township`, `county`, `city` are ids of units.
    pub applicant: BTreeMap<String, Value>,
    pub case: BTreeMap<String, Value>,
    /// `total`: money; and each line by its id.
    pub award: BTreeMap<String, Value>,
    /// `level`, `unit`, `office` of the one who signs.
    pub signer: BTreeMap<String, Value>,
    /// The steps that were closed or skipped, and what they say.
    pub steps: BTreeMap<String, StepFacts>,
    /// What the rounds of each step in a block have said, the oldest first.
    pub rounds: BTreeMap<String, Vec<Value>>,
    /// What the threads of each block say, by the block's id.
    pub threads: BTreeMap<String, Vec<Value>>,
    /// When blocks with a clock are due.
    pub dues: BTreeMap<String, NaiveDate>,
    /// The person's earlier cases.
    pub history: Vec<PastCase>,
    /// Whether the person of the case is on a roster; one that is missing here is not loaded.
    pub rosters: BTreeMap<String, Roster>,
    /// Named lists for `names()`.
    pub names: BTreeMap<String, Vec<String>>,
    pub round: Option<i64>,
    /// The thing of the thread.
    pub item: Option<Value>,
    pub parent: Option<Value>,
    pub row: Option<Value>,
    pub rows: Option<Vec<Value>>,
    /// The cases that `cases()` found, where a list is made from them.
    pub cases: Option<Vec<Value>>,
    /// How many rows the group has, for `percent_of()`.
    pub group: Option<i64>,
    /// How many seats are taken, by the values of their quota's key; none where there are none.
    pub taken: Option<BTreeMap<String, i64>>,
    /// Other facts by name: `wish`, `opener`, `opener_unit`, `holder_unit`.
    pub facts: BTreeMap<String, Value>,
    /// The program's `let` names.
    pub lets: BTreeMap<String, Expr>,
    pub tables: Arc<Tables>,
    pub days: Arc<dyn Days>,
    /// What is known of units.
    pub units: Arc<dyn Units>,
}

impl fmt::Debug for Scope {
    /// Only the day: the rest holds personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("today", &self.today).finish_non_exhaustive()
    }
}

impl Scope {
    /// The day at which a case reads what names no day of its own: that of its submission.
    pub(crate) fn read_on(&self) -> NaiveDate {
        match self.case.get("submitted") {
            Some(Value::Date(day)) => *day,
            _ => self.today,
        }
    }

    /// No facts but the day, the tables and the calendar.
    pub fn new(today: NaiveDate, tables: Arc<Tables>, days: Arc<dyn Days>) -> Self {
        Self {
            today,
            tables,
            days,
            form: BTreeMap::new(),
            applicant: BTreeMap::new(),
            case: BTreeMap::new(),
            award: BTreeMap::new(),
            signer: BTreeMap::new(),
            steps: BTreeMap::new(),
            rounds: BTreeMap::new(),
            threads: BTreeMap::new(),
            dues: BTreeMap::new(),
            history: Vec::new(),
            rosters: BTreeMap::new(),
            names: BTreeMap::new(),
            round: None,
            item: None,
            parent: None,
            row: None,
            rows: None,
            cases: None,
            group: None,
            taken: None,
            facts: BTreeMap::new(),
            lets: BTreeMap::new(),
            units: Arc::new(Nowhere),
        }
    }
}

/// The facts of units: `form.host.city`.
pub trait Units: Send + Sync {
    /// The fact `name` of a unit, which is given by its id, or as a place by its division's code.
    /// None when there is no such unit, or nothing is known of it.
    fn fact(&self, unit: &str, name: &str) -> Option<Value>;
}

/// No units.
#[derive(Clone, Copy, Debug)]
pub struct Nowhere;

impl Units for Nowhere {
    fn fact(&self, _: &str, _: &str) -> Option<Value> {
        None
    }
}

/// What a step that is over says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepFacts {
    /// `approved less refused returned done missed skipped merged`; none while it is open.
    #[serde(default)]
    pub verdict: Option<String>,
    /// The day in the deployment's zone.
    #[serde(default)]
    pub closed_on: Option<NaiveDate>,
    /// What was entered in its form.
    #[serde(default)]
    pub values: BTreeMap<String, Value>,
}

/// An earlier case of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastCase {
    pub program: String,
    pub outcome: String,
    /// The day of the outcome.
    pub on: NaiveDate,
}

/// Whether the person of the case stands on a roster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Roster {
    /// The list was not imported: it refuses nobody.
    #[default]
    NotLoaded,
    Listed,
    NotListed,
}
