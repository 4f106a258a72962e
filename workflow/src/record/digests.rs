//! What is written beside cases: reminders, the letters that gather them, imported days.

use chrono::{DateTime, NaiveTime, Utc};
use entities::{
    CaseId, DigestLineId, NoticeId, PersonId, digest_line, digest_setting, notice, outbox, timer,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, sea_query::Query};

use super::{Batch, Recorded, Telling, to_rows};
use crate::{
    CommandError, Job,
    calendar::{instant, local_date},
    load::{IDS, padded},
    rules::{
        pacing::DIGEST,
        recipients::{Message, OWED, is_marked},
    },
};

/// A line of somebody's digest.
pub(crate) fn line(
    case: CaseId,
    message: Message,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> digest_line::Model {
    digest_line::Model {
        id: DigestLineId::at(now),
        dedupe_key: message.key,
        person_id: message.person,
        case_id: case,
        template: message.template.to_owned(),
        params: message.params,
        due_at,
        taken_at: None,
    }
}

/// Puts lines into the digests that their readers want: at their own hour, or into none. What is
/// told outside the usual hour, after an outage, stays where it is, and comes to everybody: it would
/// have been letters of their own.
///
/// # Errors
/// The database's.
pub(super) async fn as_wanted(
    tx: &DatabaseTransaction,
    mut lines: Vec<digest_line::Model>,
) -> Result<Vec<digest_line::Model>, CommandError> {
    let mut people: Vec<PersonId> = lines.iter().map(|line| line.person_id).collect();
    people.sort();
    people.dedup();
    if people.is_empty() {
        return Ok(lines);
    }
    let set = digest_setting::Entity::find()
        .filter(digest_setting::Column::PersonId.is_in(padded(&people)))
        .all(tx)
        .await?;
    let of = |line: &digest_line::Model| set.iter().find(|row| row.person_id == line.person_id);
    let wanted = |line: &digest_line::Model| of(line).is_none_or(|row| row.at.is_some());
    lines.retain(|line| wanted(line) || is_marked(&line.params, OWED));
    for line in &mut lines {
        let at = of(line).and_then(|row| row.at.as_deref()?.parse::<NaiveTime>().ok());
        let day = local_date(line.due_at);
        if let Some(at) = at.filter(|_| line.due_at == instant(day, DIGEST)) {
            line.due_at = instant(day, at);
        }
    }
    Ok(lines)
}

/// What somebody is told of a case that has not changed, and when they are told again; to be
/// written with `batch`.
///
/// # Errors
/// The database's.
pub(crate) async fn remind(
    tx: &DatabaseTransaction,
    batch: &mut Batch,
    (now, machine): (DateTime<Utc>, DateTime<Utc>),
    (told, lines): (Vec<Telling>, Vec<digest_line::Model>),
    timers: Vec<timer::Model>,
) -> Result<Recorded, CommandError> {
    batch.insert::<timer::Entity>(timers);
    let lines = as_wanted(tx, lines).await?;
    batch.insert_once::<digest_line::Entity>(lines, digest_line::Column::DedupeKey);
    let tickets = notices(batch, (now, machine), told)?;
    Ok(Recorded { jobs: tickets, version: 0 })
}

/// Puts lines into one letter to `person`; into none where nothing of them is left to say.
///
/// # Errors
/// The database's.
pub(crate) async fn take_lines(
    tx: &DatabaseTransaction,
    (now, machine): (DateTime<Utc>, DateTime<Utc>),
    (person, lines): (PersonId, Vec<DigestLineId>),
    letter: Option<Telling>,
) -> Result<Recorded, CommandError> {
    let mut batch = Batch::default();
    for some in lines.chunks(IDS) {
        let mark = Query::update()
            .table(digest_line::Entity)
            .value(digest_line::Column::TakenAt, now)
            .and_where(digest_line::Column::PersonId.eq(person))
            .and_where(digest_line::Column::Id.is_in(padded(some)))
            .to_owned();
        batch.update(mark);
    }
    let tickets = notices(&mut batch, (now, machine), letter.into_iter().collect())?;
    batch.run(tx).await?;
    Ok(Recorded { jobs: tickets, version: 0 })
}

fn notices(
    batch: &mut Batch,
    (now, machine): (DateTime<Utc>, DateTime<Utc>),
    told: Vec<Telling>,
) -> Result<Vec<crate::Ticket>, CommandError> {
    let rows: Vec<notice::Model> =
        told.into_iter().map(|telling| telling.into_row(NoticeId::at(machine), now)).collect();
    let jobs: Vec<Job> = rows.iter().map(|row| Job::SendNotice { notice: row.id }).collect();
    let (tickets, jobs) = to_rows(&jobs, machine)?;
    batch.insert_once::<notice::Entity>(rows, notice::Column::DedupeKey);
    batch.insert::<outbox::Entity>(jobs);
    Ok(tickets)
}

/// Days that an operator has imported.
///
/// # Errors
/// The database's.
pub(crate) async fn imported_days(
    tx: &DatabaseTransaction,
    days: Vec<entities::calendar_day::Model>,
) -> Result<(), CommandError> {
    let mut batch = Batch::default();
    batch.upsert::<entities::calendar_day::Entity>(days);
    Ok(batch.run(tx).await?)
}
