//! Who held the days of a period, by unit: the sum of what [`workflow::rules::held`] says of each
//! case, counted in the database. Cases whose steps were open side by side are read instead, some
//! at a time, and told by [`workflow::rules::held_rows`]: there the one that is due first has the
//! day, and nobody else.
//!
//! Every stretch adds one to the day on which it ends and takes one from the day on which it
//! begins; so a period, however many its cases, comes back as one number for each day, and the
//! calendar is asked once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{CaseId, UnitId, case_file};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};
use workflow::{
    calendar::{Days, local_date},
    load,
    rules::{
        held::{Holder, PUBLICITY, Stretch},
        held_rows,
    },
};

use super::dialect::{BELOW, Dialect, OF_STAFF, day_at, day_of};
use crate::{
    Problem,
    read::oversight::{HeldDays, HeldSum},
    show::Reader,
};

/// Cases that are in memory at once.
const SOME: usize = 256;

/// The cases on whose way a unit below stands and two steps of which were open side by side, in the
/// period that begins at `$2`. Rounds of one step are not side by side.
const BESIDE: &str = "beside(case_id) AS (
    SELECT DISTINCT one.case_id FROM step_run one
        JOIN step_run other ON other.case_id = one.case_id AND other.position > one.position
            AND other.kind <> 'block' AND other.state NOT IN ('waiting', 'skipped')
            AND (one.closed_at IS NULL OR other.opened_at < one.closed_at)
            AND (other.closed_at IS NULL OR other.closed_at >= $2)
        JOIN below ON below.id = one.unit_id OR below.id = other.unit_id
        WHERE one.kind <> 'block' AND one.state NOT IN ('waiting', 'skipped')
            AND (one.closed_at IS NULL OR one.closed_at >= $2)
)";

/// Begins and ends of stretches on one day.
#[derive(Clone, Debug, FromQueryResult)]
struct Edge {
    line: UnitId,
    kind: String,
    day: i64,
    weight: i64,
    seconds: i64,
}

/// Who held the days since `from`, by line.
pub(super) async fn held(
    r: &Reader<'_>,
    unit: UnitId,
    from: DateTime<Utc>,
) -> Result<BTreeMap<UnitId, HeldDays>, Problem> {
    let backend = r.db().get_database_backend();
    let sql = statement(Dialect(backend));
    let values = [
        unit.into(),
        from.into(),
        from.timestamp().into(),
        r.now.timestamp().into(),
        (day_at(from) - 1).into(),
    ];
    let edges = Edge::find_by_statement(Statement::from_sql_and_values(backend, sql, values));
    let edges = edges.all(r.db()).await?;
    let counts = counted(&edges, &r.days());
    let mut lines: BTreeMap<UnitId, HeldDays> = BTreeMap::new();
    for edge in &edges {
        let line = lines.entry(edge.line).or_default();
        let Some(sum) = of_kind(line, &edge.kind) else { continue };
        sum.seconds += edge.seconds;
        sum.working_days += edge.weight * counts.get(&edge.day).copied().unwrap_or_default();
    }
    side_by_side(r, unit, from, &mut lines).await?;
    Ok(lines)
}

/// A unit below, and the line it counts for.
#[derive(Clone, Debug, FromQueryResult)]
struct Line {
    id: UnitId,
    line: UnitId,
}

/// Adds the days of those cases whose steps were open side by side.
async fn side_by_side(
    r: &Reader<'_>,
    unit: UnitId,
    from: DateTime<Utc>,
    lines: &mut BTreeMap<UnitId, HeldDays>,
) -> Result<(), Problem> {
    let backend = r.db().get_database_backend();
    let sql = format!("WITH RECURSIVE {BELOW}, {BESIDE} SELECT case_id AS id FROM beside");
    let ask = Statement::from_sql_and_values(backend, sql, [unit.into(), from.into()]);
    let rows = r.db().query_all_raw(ask).await?;
    let cases: Vec<CaseId> =
        rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    if cases.is_empty() {
        return Ok(());
    }
    let sql = format!("WITH RECURSIVE {BELOW} SELECT id, line FROM below");
    let ask = Statement::from_sql_and_values(backend, sql, [unit.into()]);
    let below = Line::find_by_statement(ask).all(r.db()).await?;
    let below: BTreeMap<UnitId, UnitId> = below.into_iter().map(|one| (one.id, one.line)).collect();
    for some in cases.chunks(SOME) {
        let files = case_file::Entity::find().filter(case_file::Column::Id.is_in(some.to_vec()));
        for state in load::states(r.db(), files.all(r.db()).await?).await? {
            let program = load::program(r.workflow, &state.case)?;
            for placed in held_rows::placed(&state, &program, r.now) {
                let line = placed.at.and_then(|unit| below.get(&unit));
                if let Some(line) = line {
                    add(lines.entry(*line).or_default(), &placed.stretch, from, &r.days());
                }
            }
        }
    }
    Ok(())
}

/// What of a stretch lies in the period.
fn add(held: &mut HeldDays, stretch: &Stretch, from: DateTime<Utc>, days: &Days) {
    let (a, b) = (stretch.from.max(from), stretch.to);
    if a >= b {
        return;
    }
    let sum = match &stretch.holder {
        Holder::Applicant => &mut held.applicant,
        Holder::Unit(_) => &mut held.unit,
        Holder::Stop { ground, .. } if ground == PUBLICITY => &mut held.publicity,
        Holder::Stop { .. } => &mut held.stop,
        Holder::Calendar => &mut held.calendar,
    };
    sum.seconds += (b - a).num_seconds();
    // A period begins with its first day, which counts too.
    let first = if stretch.from < from { day_of(day_at(from) - 1) } else { local_date(a) };
    sum.working_days += i64::from(days.working_days_between(first, local_date(b)));
}

/// For each day, how many working days lie after the first up to it.
fn counted(edges: &[Edge], days: &Days) -> BTreeMap<i64, i64> {
    let mut found: Vec<i64> = edges.iter().map(|edge| edge.day).collect();
    found.sort_unstable();
    found.dedup();
    let (mut sum, mut before) = (0, found.first().copied().unwrap_or_default());
    let count = |day: i64| {
        sum += i64::from(days.working_days_between(day_of(before), day_of(day)));
        before = day;
        (day, sum)
    };
    found.into_iter().map(count).collect()
}

fn of_kind<'a>(held: &'a mut HeldDays, kind: &str) -> Option<&'a mut HeldSum> {
    match kind {
        "applicant" => Some(&mut held.applicant),
        "unit" => Some(&mut held.unit),
        "publicity" => Some(&mut held.publicity),
        "stop" => Some(&mut held.stop),
        "calendar" => Some(&mut held.calendar),
        _ => None,
    }
}

/// `$1` the unit, `$2` the begin, `$3` and `$4` begin and end in seconds, `$5` the day before.
fn statement(d: Dialect) -> String {
    let (spans, pauses) = (spans(d), pauses(d));
    let (a, b) = (d.later("held.a", "$3"), d.earlier("held.b", "$4"));
    let (from, to) = (d.later("spans.a", "pause.a"), d.earlier("spans.b", "pause.b"));
    let day = Dialect::day("held.a");
    let end = Dialect::day(&b);
    format!(
        "WITH RECURSIVE {BELOW}, {pauses}, {spans},
        {BESIDE},
        held(line, kind, a, b, sign) AS (
            SELECT line, kind, a, b, 1 FROM spans WHERE a < b
                AND case_id NOT IN (SELECT case_id FROM beside)
            UNION ALL
            SELECT below.line, pause.kind, pause.a, pause.b, 1
            FROM pause JOIN below ON below.id = pause.unit_id
                AND pause.case_id NOT IN (SELECT case_id FROM beside)
            UNION ALL
            SELECT spans.line, spans.kind, {from}, {to}, -1
            FROM spans JOIN pause ON pause.case_id = spans.case_id AND spans.a < spans.b
                AND pause.b > spans.a AND pause.a < spans.b
                AND spans.case_id NOT IN (SELECT case_id FROM beside)
        ),
        cut(line, kind, sign, a, b, first, last) AS (
            SELECT line, kind, sign, {a}, {b},
                CASE WHEN held.a < $3 THEN $5 ELSE {day} END, {end}
            FROM held WHERE {b} > {a}
        )
        SELECT line, kind, day, CAST(SUM(weight) AS BIGINT) AS weight,
            CAST(SUM(seconds) AS BIGINT) AS seconds
        FROM (SELECT line, kind, last AS day, sign AS weight, sign * b AS seconds FROM cut
            UNION ALL SELECT line, kind, first, -sign, -sign * a FROM cut) edge
        GROUP BY line, kind, day"
    )
}

/// The stops of cases, and the times in which applicants were asked. Such a clock names no step:
/// it is of the one that was open when it was started, the last to come.
fn pauses(d: Dialect) -> String {
    let started = d.started("clock");
    let (a, ended) = (d.epoch(&started), d.epoch("clock.ended_at"));
    let asked = d.epoch("other.opened_at");
    let left = d.epoch("COALESCE(other.signed_at, run.closed_at)");
    format!(
        "pause(case_id, kind, a, b, unit_id) AS (
            SELECT clock.case_id, clock.kind, {a}, COALESCE({ended}, $4),
                (SELECT CASE WHEN clock.kind = 'stop' THEN run.unit_id ELSE other.unit_id END
                FROM task other JOIN step_run run ON run.id = other.run_id
                WHERE other.case_id = clock.case_id AND {asked} <= {a}
                    AND COALESCE({left}, $4) >= {a}
                ORDER BY run.position DESC, other.place LIMIT 1)
            FROM clock WHERE clock.kind IN ('applicant', 'stop')
                AND (clock.ended_at IS NULL OR clock.ended_at >= $2)
        )"
    )
}

/// What units, applicants with a step of their own, public notices and days to come had.
fn spans(d: Dialect) -> String {
    let (opened, left) = (d.epoch("task.opened_at"), "COALESCE(task.signed_at, run.closed_at)");
    let left = d.epoch(left);
    let slot = format!(
        "SELECT below.line AS line, task.case_id AS case_id, task.run_id AS run_id,
            task.place AS place, run.position AS position,
            CASE WHEN {OF_STAFF} THEN 'unit' ELSE 'applicant' END AS kind,
            {opened} AS a, COALESCE({left}, $4) AS b"
    );
    let case = "JOIN case_file ON case_file.id = task.case_id";
    // Of the offices that sign one step side by side, the first has it until it has signed.
    let turn = d.epoch("COALESCE(other.signed_at, run.closed_at)");
    let first = d.later(
        "slot.a",
        &format!(
            "COALESCE((SELECT MAX(COALESCE({turn}, $4)) FROM task other
                JOIN step_run run ON run.id = other.run_id
                WHERE other.run_id = slot.run_id AND other.place < slot.place
                    AND other.opened_at IS NOT NULL), 0)"
        ),
    );
    let begun = d.epoch("run.opened_at");
    let closed = d.epoch("run.closed_at");
    let before = d.epoch("earlier.closed_at");
    format!(
        "slot AS (
            {slot} FROM below JOIN task ON task.unit_id = below.id
                AND task.state IN ('open', 'claimed')
            JOIN step_run run ON run.id = task.run_id {case}
            WHERE task.opened_at IS NOT NULL
            UNION ALL
            {slot} FROM below JOIN task ON task.unit_id = below.id AND task.state = 'signed'
                AND task.signed_at >= $2
            JOIN step_run run ON run.id = task.run_id {case}
            WHERE task.opened_at IS NOT NULL
            UNION ALL
            {slot} FROM below holder JOIN step_run run ON run.unit_id = holder.id
                AND run.closed_at >= $2
            JOIN task ON task.run_id = run.id AND task.state = 'void'
            JOIN below ON below.id = task.unit_id {case}
            WHERE task.opened_at IS NOT NULL
        ),
        spans(line, case_id, kind, a, b) AS (
            SELECT line, case_id, kind, CASE WHEN place > 1 THEN {first} ELSE a END, b FROM slot
            UNION ALL
            SELECT line, case_id, 'calendar', (SELECT MAX(COALESCE({before}, $4))
                FROM step_run earlier WHERE earlier.case_id = slot.case_id
                    AND earlier.position < slot.position AND earlier.kind <> 'block'), a
            FROM slot WHERE place = 1
            UNION ALL
            SELECT below.line, run.case_id,
                CASE WHEN run.kind = 'publish' THEN 'publicity' ELSE 'unit' END,
                {begun}, COALESCE({closed}, $4)
            FROM below JOIN step_run run ON run.unit_id = below.id
                AND (run.closed_at IS NULL OR run.closed_at >= $2)
            WHERE run.kind IN ('publish', 'wait') AND run.state <> 'waiting'
            UNION ALL
            SELECT below.line, run.case_id, 'calendar', {begun}, $4
            FROM step_run run JOIN case_file ON case_file.id = run.case_id
            JOIN below ON below.id = COALESCE(run.unit_id, case_file.anchor_id)
            WHERE run.state = 'waiting' AND run.kind <> 'block' AND NOT EXISTS (
                SELECT 1 FROM step_run open WHERE open.case_id = run.case_id
                    AND open.state = 'open' AND open.kind <> 'block')
        )"
    )
}
