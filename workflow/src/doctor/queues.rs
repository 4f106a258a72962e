//! What goes out and what is counted: jobs, messages, letters between cases, document numbers.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use entities::{
    CaseId, LetterId, NoticeId, NoticeState, OutboxId, UnitId, case_file, counter, document_number,
    letter, notice, outbox,
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value as Json;

use super::{Check, Look, Report, Why, call};
use crate::{CommandError, Job, JobKind, load};

/// Rows that are in memory at once.
const PAGE: u64 = 500;

/// A job that could have been begun so long ago is stuck: the relay looks four times a second.
const STUCK: TimeDelta = TimeDelta::minutes(15);

/// Jobs that died too often, or that nobody begins. A job that brings a message or a letter counts
/// with those.
pub(super) async fn jobs(
    tx: &DatabaseTransaction,
    look: &Look,
    report: &mut Report,
) -> Result<(), CommandError> {
    let mut last: Option<OutboxId> = None;
    loop {
        let mut query = outbox::Entity::not_done().order_by_asc(outbox::Column::Id).limit(PAGE);
        if let Some(last) = last {
            query = query.filter(outbox::Column::Id.gt(last));
        }
        let rows = query.all(tx).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = Some(end.id);
        let names = names(tx, rows.iter().filter_map(|row| row.case_id).collect()).await?;
        for row in rows {
            let check = match JobKind::of_stored(&row.kind) {
                Some(JobKind::Letters) => Check::Notices,
                Some(JobKind::Routing) if row.kind != JobKind::Routing.stored() => Check::Letters,
                _ => Check::Jobs,
            };
            report.looked(check);
            let free = row.lease_until.is_none_or(|until| until <= look.machine - STUCK);
            let why = if row.quarantined_at.is_some() {
                Why::Quarantined
            } else if free && row.next_attempt_at <= look.machine - STUCK {
                Why::Late
            } else {
                continue;
            };
            let case = row.case_id.and_then(|case| names.get(&case).cloned());
            report.found(check, why, case, format!("{} {}", row.kind, row.id));
        }
    }
}

async fn names(
    tx: &DatabaseTransaction,
    mut cases: Vec<CaseId>,
) -> Result<BTreeMap<CaseId, String>, CommandError> {
    cases.sort();
    cases.dedup();
    let rows = case_file::Entity::find().filter(case_file::Column::Id.is_in(load::padded(&cases)));
    let rows = rows.all(tx).await?;
    Ok(rows.iter().map(|row| (row.id, call(row))).collect())
}

/// Which of `jobs` nobody will do any more.
async fn without(tx: &DatabaseTransaction, jobs: Vec<Job>) -> Result<Vec<Job>, CommandError> {
    let stored = jobs.iter().map(serde_json::to_value).collect::<Result<Vec<Json>, _>>()?;
    let rows = outbox::Entity::not_done()
        .filter(outbox::Column::Job.is_in(load::padded(&stored)))
        .all(tx)
        .await?;
    let left = |(job, stored): (Job, &Json)| {
        let there = rows.iter().any(|row| row.job == *stored);
        (!there).then_some(job)
    };
    Ok(jobs.into_iter().zip(&stored).filter_map(left).collect())
}

/// A message that has not gone out has a job that brings it.
pub(super) async fn notices(
    tx: &DatabaseTransaction,
    report: &mut Report,
) -> Result<(), CommandError> {
    let mut last: Option<NoticeId> = None;
    loop {
        let mut query = notice::Entity::find()
            .filter(notice::Column::State.is_in([NoticeState::Waiting, NoticeState::Claimed]))
            .order_by_asc(notice::Column::Id)
            .limit(PAGE);
        if let Some(last) = last {
            query = query.filter(notice::Column::Id.gt(last));
        }
        let rows = query.all(tx).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = Some(end.id);
        let jobs = rows.iter().map(|row| Job::SendNotice { notice: row.id }).collect();
        let stuck = without(tx, jobs).await?;
        let names = names(tx, rows.iter().filter_map(|row| row.case_id).collect()).await?;
        for row in rows {
            report.looked(Check::Notices);
            if stuck.contains(&Job::SendNotice { notice: row.id }) {
                let case = row.case_id.and_then(|case| names.get(&case).cloned());
                let about = format!("{} {}", row.template, row.id);
                report.found(Check::Notices, Why::NoJob, case, about);
            }
        }
    }
}

/// A letter that nobody has read has a job that brings it.
pub(super) async fn letters(
    tx: &DatabaseTransaction,
    report: &mut Report,
) -> Result<(), CommandError> {
    let mut last: Option<LetterId> = None;
    loop {
        let mut query = letter::Entity::find()
            .filter(letter::Column::TakenAt.is_null())
            .order_by_asc(letter::Column::Id)
            .limit(PAGE);
        if let Some(last) = last {
            query = query.filter(letter::Column::Id.gt(last));
        }
        let rows = query.all(tx).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = Some(end.id);
        let jobs = rows.iter().map(|row| Job::TakeLetter { letter: row.id }).collect();
        let stuck = without(tx, jobs).await?;
        let names = names(tx, rows.iter().map(|row| row.from_case).collect()).await?;
        for row in rows {
            report.looked(Check::Letters);
            if stuck.contains(&Job::TakeLetter { letter: row.id }) {
                let about = format!("{} {}", row.kind.word(), row.id);
                let case = names.get(&row.from_case).cloned();
                report.found(Check::Letters, Why::NoJob, case, about);
            }
        }
    }
}

/// Numbers of documents of one unit, word and year.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sequence {
    unit: UnitId,
    word: String,
    year: i32,
}

/// Each sequence counts from 1 without a gap, up to where its counter stands.
pub(super) async fn numbers(
    tx: &DatabaseTransaction,
    report: &mut Report,
) -> Result<(), CommandError> {
    use document_number::Column;
    let mut cursor = document_number::Entity::find().cursor_by((
        Column::UnitId,
        Column::Word,
        Column::Year,
        Column::Number,
    ));
    let mut at: Option<(Sequence, i32)> = None;
    loop {
        if let Some((sequence, number)) = &at {
            let Sequence { unit, word, year } = sequence.clone();
            cursor.after((unit, word, year, *number));
        }
        let rows = cursor.first(PAGE).all(tx).await?;
        if rows.is_empty() {
            break;
        }
        let names = names(tx, rows.iter().map(|row| row.case_id).collect()).await?;
        for row in rows {
            report.looked(Check::Numbers);
            let own = Sequence { unit: row.unit_id, word: row.word, year: row.year };
            let before = match at.take() {
                Some((sequence, number)) if sequence == own => number,
                other => {
                    counted(tx, other, report).await?;
                    0
                }
            };
            if row.number != before + 1 {
                let case = names.get(&row.case_id).cloned();
                report.found(Check::Numbers, Why::NumberGap, case, row.text);
            }
            at = Some((own, row.number));
        }
    }
    counted(tx, at, report).await
}

/// Whether the counter of a sequence stands at its last number.
async fn counted(
    tx: &DatabaseTransaction,
    at: Option<(Sequence, i32)>,
    report: &mut Report,
) -> Result<(), CommandError> {
    let Some((Sequence { unit, word, year }, number)) = at else { return Ok(()) };
    let name = format!("number/{unit}/{word}/{year}");
    let row = counter::Entity::find_by_id(name.clone()).one(tx).await?;
    let value = row.map_or(0, |row| row.value);
    if value != i64::from(number) {
        report.found(Check::Numbers, Why::Counter, None, format!("{name} {value} / {number}"));
    }
    Ok(())
}
