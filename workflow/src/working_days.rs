//! The life of the calendar: rows come with the program and by import; a year that is not there
//! yet is missed in time; clocks that an import touches are projected anew.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use entities::{CaseId, TimerKind, calendar_day, case_file, clock, timer};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    prelude::Uuid,
};
use serde_json::json;

use crate::{
    CommandError, Workflow,
    calendar::{Calendar, CalendarError, DayKind, Row, instant, local_date},
    commands::{self, Reprojected},
    health::Condition as Health,
    record::{append, imported_days},
    tx,
};

/// From this month on the next year must be there: the State Council publishes it in November.
const DECEMBER: u32 = 12;

/// Cases of one read.
const BATCH: u64 = 200;

/// What an import has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The calendar's revision afterwards.
    pub revision: String,
    /// Days that are worked or off now and were not before.
    pub days: usize,
    /// Clocks that were projected anew.
    pub clocks: usize,
    /// Moments that no clock carries, such as the ends of notices, that have moved.
    pub moments: usize,
    /// Cases that could not be looked at; the same import again looks at them.
    pub failed: usize,
}

/// The rows that were imported.
///
/// # Errors
/// The database's, or a row that is none.
pub async fn stored(workflow: &tx::Store) -> Result<Vec<Row>, CommandError> {
    let rows = tx::in_time(calendar_day::Entity::find().all(workflow.read())).await?;
    let row = |row: calendar_day::Model| {
        let none = |error: CalendarError| CommandError::Stored(error.to_string());
        let kind = if row.kind == "work" { DayKind::Work } else { DayKind::Off };
        Ok(Row { scope: row.scope.parse().map_err(none)?, date: row.day, kind })
    };
    rows.into_iter().map(row).collect()
}

/// The shipped rows and those that were imported.
///
/// # Errors
/// As [`stored`], and [`CommandError::Stored`] for a shipped file that does not parse.
pub async fn load(store: &tx::Store) -> Result<Calendar, CommandError> {
    let shipped = Calendar::shipped().map_err(|error| CommandError::Stored(error.to_string()))?;
    Ok(shipped.with_rows(stored(store).await?))
}

/// Takes over what another process has imported. Returns whether anything was new.
///
/// # Errors
/// As [`load`].
pub async fn follow(workflow: &Workflow) -> Result<bool, CommandError> {
    let calendar = load(&workflow.store).await?;
    if calendar == *workflow.calendar.now() {
        return Ok(false);
    }
    tracing::info!(revision = calendar.revision(), "the calendar of working days has changed");
    workflow.calendar.replace(calendar);
    Ok(true)
}

/// Takes `rows` into the calendar for good, and projects anew exactly the running clocks whose
/// days they change. May be done again: what is as it shall be stays.
///
/// # Errors
/// The database's.
pub async fn import(workflow: &Workflow, rows: Vec<Row>) -> Result<Imported, CommandError> {
    let old = load(&workflow.store).await?;
    let new = old.clone().with_rows(rows.clone());
    let changed = old.differences(&new);
    let revision = new.revision();
    let now = workflow.clock.machine();
    if !changed.is_empty() {
        let touched: BTreeSet<_> = changed.iter().cloned().collect();
        let fresh: Vec<calendar_day::Model> = rows
            .iter()
            .filter(|row| touched.contains(&(row.scope.clone(), row.date)))
            .map(|row| calendar_day::Model {
                scope: row.scope.to_string(),
                day: row.date,
                kind: if row.kind == DayKind::Work { "work" } else { "off" }.to_owned(),
                revision: revision.clone(),
                imported_at: now,
            })
            .collect();
        tx::write(&workflow.store, async |tx| {
            let said = json!({ "revision": revision, "days": fresh.len() });
            append(
                tx,
                now,
                entities::Stream::System,
                Uuid::nil(),
                None,
                ("calendar_imported", said),
            )
            .await?;
            imported_days(tx, fresh.clone()).await
        })
        .await?;
    }
    workflow.calendar.replace(new);
    let days: BTreeSet<NaiveDate> = rows.iter().map(|row| row.date).collect();
    let (moved, failed) = reproject(workflow, &days).await?;
    let Reprojected { clocks, moments } = moved;
    Ok(Imported { revision, days: changed.len(), clocks, moments, failed })
}

/// Case by case, each in a transaction of its own; one that fails holds up no other.
async fn reproject(
    workflow: &Workflow,
    changed: &BTreeSet<NaiveDate>,
) -> Result<(Reprojected, usize), CommandError> {
    let Some(first) = changed.first() else { return Ok((Reprojected::default(), 0)) };
    let since = instant(*first, NaiveTime::MIN);
    let (mut all, mut failed) = (Reprojected::default(), 0);
    let mut last: Option<CaseId> = None;
    loop {
        let mut cases = touched(since).limit(BATCH);
        if let Some(last) = last {
            cases = cases.filter(case_file::Column::Id.gt(last));
        }
        let cases: Vec<CaseId> = cases.into_tuple().all(workflow.store.read()).await?;
        last = cases.last().copied();
        if last.is_none() {
            return Ok((all, failed));
        }
        for case in cases {
            let done = tx::write(&workflow.store, async |tx| {
                commands::reproject_case(tx, workflow, case, changed).await
            });
            match done.await {
                Ok(moved) => {
                    all.clocks += moved.clocks;
                    all.moments += moved.moments;
                }
                Err(error) => {
                    tracing::error!(case.id = %case, %error, "a case was not projected anew");
                    failed += 1;
                }
            }
        }
    }
}

/// Cases with a clock, or with something else that they wait for by working days, that is not over
/// at `since`; in the order of their ids.
fn touched(since: DateTime<Utc>) -> Select<case_file::Entity> {
    let due = Condition::any()
        .add(clock::Column::DueAt.gte(since))
        .add(clock::Column::StoppedAt.is_not_null());
    let clocks = clock::Entity::find()
        .filter(clock::Column::EndedAt.is_null())
        .filter(due)
        .select_only()
        .column(clock::Column::CaseId);
    let timers = timer::Entity::find()
        .filter(timer::Column::FiredAt.is_null())
        // A day behind the moment may be a later last day of its week.
        .filter(
            Condition::any()
                .add(timer::Column::DueAt.gte(since))
                .add(timer::Column::Kind.eq(TimerKind::Gather)),
        )
        .filter(timer::Column::Kind.is_not_in([TimerKind::Due, TimerKind::Remind]))
        .select_only()
        .column(timer::Column::CaseId);
    let either = Condition::any()
        .add(case_file::Column::Id.in_subquery(clocks.into_query()))
        .add(case_file::Column::Id.in_subquery(timers.into_query()));
    case_file::Entity::find()
        .filter(either)
        .select_only()
        .column(case_file::Column::Id)
        .order_by_asc(case_file::Column::Id)
}

/// Whether the calendar reaches far enough: from December on the next year must be there.
pub fn condition(calendar: &Calendar, now: DateTime<Utc>) -> Health {
    let today = local_date(now);
    let days = calendar.of("");
    let missing = |year: i32| {
        Health::Degraded(format!(
            "the working days of {year} are missing, so that due dates in it are provisional: \
             banjie calendar import FILE"
        ))
    };
    if days.provisional(today.year()) {
        return missing(today.year());
    }
    if today.month() >= DECEMBER && days.provisional(today.year() + 1) {
        return missing(today.year() + 1);
    }
    Health::Well
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_year_is_missed_from_december_on() {
        let calendar = Calendar::shipped().unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(condition(&calendar, at("2026-11-30T15:59:59Z")), Health::Well);
        let missing = condition(&calendar, at("2026-11-30T16:00:00Z"));
        assert!(matches!(&missing, Health::Degraded(why) if why.contains("2027")), "{missing:?}");
        assert_eq!(condition(&calendar, at("2025-12-20T00:00:00Z")), Health::Well);
        let beyond = condition(&calendar, at("2027-03-01T00:00:00Z"));
        assert!(matches!(&beyond, Health::Degraded(why) if why.contains("2027")), "{beyond:?}");
    }
}
