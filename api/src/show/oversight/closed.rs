//! What was closed in a period: how much of it in time, and in how many working days.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};
use entities::UnitId;
use sea_orm::{FromQueryResult, Statement};
use workflow::calendar::{Days, instant, local_date};

use super::dialect::{BELOW, Dialect, OF_STAFF, day_of};
use crate::{Problem, read::oversight::MonthRow, show::Reader};

/// Months of the trend.
const MONTHS: u32 = 12;

/// Steps that came on one day and were closed on another.
#[derive(Clone, Debug, FromQueryResult)]
struct Heap {
    line: UnitId,
    opened_on: i64,
    closed_on: i64,
    late: i64,
    steps: i64,
}

/// What was closed of one line.
#[derive(Clone, Debug, Default)]
pub(super) struct Closed {
    pub(super) steps: i64,
    pub(super) on_time: i64,
    /// How many steps took so many working days.
    took: BTreeMap<u32, i64>,
}

/// Steps that were signed, and those whose grace went by, from `$2` to `$3`.
fn closed(d: Dialect) -> String {
    let (opened, signed) = (d.epoch("task.opened_at"), d.epoch("task.signed_at"));
    let (entered, missed) = (d.epoch("run.opened_at"), d.epoch("run.closed_at"));
    format!(
        "SELECT below.line AS line, MIN({opened}) AS opened, MAX({signed}) AS closed,
            MAX(CASE WHEN task.signed_at > task.due_at THEN 1 ELSE 0 END) AS late
        FROM below JOIN task ON task.unit_id = below.id AND task.state = 'signed'
            AND task.signed_at >= $2 AND task.signed_at <= $3
        JOIN case_file ON case_file.id = task.case_id
        WHERE {OF_STAFF} AND task.opened_at IS NOT NULL
        GROUP BY below.line, task.run_id, task.unit_id
        UNION ALL
        SELECT below.line, {entered}, {missed}, 1
        FROM below JOIN step_run run ON run.unit_id = below.id
            AND run.closed_at >= $2 AND run.closed_at <= $3 AND run.verdict = 'missed'"
    )
}

/// What was closed since `from`, by line.
pub(super) async fn by_line(
    r: &Reader<'_>,
    unit: UnitId,
    from: DateTime<Utc>,
) -> Result<BTreeMap<UnitId, Closed>, Problem> {
    let backend = r.db().get_database_backend();
    let d = Dialect(backend);
    let sql = format!(
        "WITH RECURSIVE {BELOW}
        SELECT line, {} AS opened_on, {} AS closed_on, CAST(late AS BIGINT) AS late,
            COUNT(*) AS steps
        FROM ({}) closed GROUP BY 1, 2, 3, 4",
        Dialect::day("opened"),
        Dialect::day("closed"),
        closed(d)
    );
    let values = [unit.into(), from.into(), r.now.into()];
    let heaps = Heap::find_by_statement(Statement::from_sql_and_values(backend, sql, values));
    let mut lines: BTreeMap<UnitId, Closed> = BTreeMap::new();
    let days = r.days();
    for heap in heaps.all(r.db()).await? {
        lines.entry(heap.line).or_default().add(&heap, &days);
    }
    Ok(lines)
}

impl Closed {
    fn add(&mut self, heap: &Heap, days: &Days) {
        self.steps += heap.steps;
        self.on_time += if heap.late == 0 { heap.steps } else { 0 };
        let took = days.working_days_between(day_of(heap.opened_on), day_of(heap.closed_on));
        *self.took.entry(took).or_default() += heap.steps;
    }

    /// Both together.
    pub(super) fn join(&mut self, other: &Self) {
        self.steps += other.steps;
        self.on_time += other.on_time;
        for (took, steps) in &other.took {
            *self.took.entry(*took).or_default() += steps;
        }
    }

    /// In working days; of an even number, the middle between the two in the middle.
    pub(super) fn median(&self) -> Option<f64> {
        let nth = |wanted: i64| {
            let mut before = 0;
            let mut took = self.took.iter();
            took.find_map(|(took, steps)| {
                before += steps;
                (before >= wanted).then_some(*took)
            })
        };
        let (low, high) = (nth((self.steps + 1) / 2)?, nth(self.steps / 2 + 1)?);
        Some(f64::from(low + high) / 2.0)
    }
}

/// What was closed on one day.
#[derive(Clone, Debug, FromQueryResult)]
struct OneDay {
    closed_on: i64,
    late: i64,
    steps: i64,
}

/// What was closed in each of the last months; of the unit alone if it is its `own` that is asked
/// for.
pub(super) async fn by_month(
    r: &Reader<'_>,
    unit: UnitId,
    own: bool,
) -> Result<Vec<MonthRow>, Problem> {
    let today = local_date(r.now);
    let this = today.with_day(1).unwrap_or(today);
    let first = this.checked_sub_months(Months::new(MONTHS - 1)).unwrap_or(this);
    let backend = r.db().get_database_backend();
    let d = Dialect(backend);
    let alone = if own { "WHERE line = $1" } else { "" };
    let sql = format!(
        "WITH RECURSIVE {BELOW}
        SELECT {} AS closed_on, CAST(late AS BIGINT) AS late, COUNT(*) AS steps
        FROM ({}) closed {alone} GROUP BY 1, 2",
        Dialect::day("closed"),
        closed(d)
    );
    let from = instant(first, NaiveTime::MIN);
    let values = [unit.into(), from.into(), r.now.into()];
    let found = OneDay::find_by_statement(Statement::from_sql_and_values(backend, sql, values));
    let mut months: BTreeMap<NaiveDate, (i64, i64)> = (0..MONTHS)
        .filter_map(|nth| Some((first.checked_add_months(Months::new(nth))?, (0, 0))))
        .collect();
    for day in found.all(r.db()).await? {
        let date = day_of(day.closed_on);
        let sums = months.entry(date.with_day(1).unwrap_or(date)).or_default();
        sums.0 += day.steps;
        sums.1 += if day.late == 0 { day.steps } else { 0 };
    }
    let row = |(month, (closed, on_time))| MonthRow {
        month,
        closed,
        on_time,
        on_time_percent: percent(on_time, closed),
    };
    Ok(months.into_iter().map(row).collect())
}

/// Hundredths, rounded half up; none of nothing.
pub(super) fn percent(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| (part * 200 + whole) / (whole * 2))
}
