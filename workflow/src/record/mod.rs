//! The only writer: turns events into rows.
//!
//! Each event becomes one row of the hash-chained trail; what they made of the case is written
//! row by row where it changed; timers, notices and jobs follow from them; all in the caller's
//! transaction. To add an event: a variant in [`Event`], an arm in `fold`, and, where they
//! apply, one in `timers` and `notices`.

mod batch;
mod digests;
mod fired;
mod lines;
mod notices;
mod payments;
mod seats;
mod timers;
mod trail;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{
    CaseRowId, NoticeId, OutboxId, PublicityId, TaskId, TimerKind, case_file, case_row, clock,
    digest_line, extension, form_version, gathering, note, notice, outbox, paper, publicity,
    step_run, task, timer,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, ModelTrait,
    sea_query::Query,
};

pub(crate) use batch::Batch;
pub(crate) use digests::{imported_days, line, remind, take_lines};
pub(crate) use fired::{fired, postponed};
pub use notices::{Telling, tell};
pub(crate) use seats::hold_lists;
#[cfg(test)]
pub(crate) use timers::Timers;
pub use trail::{Chain, TrailBreak, append, verify};

use crate::{Actor, CommandError, Event, Job, Ticket, event::ShownRow, state::CaseState};

/// What a command makes of a case.
#[derive(Clone, Debug)]
pub struct Change {
    /// Who; none when the clock or the worker acts.
    pub actor: Option<Actor>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The case afterwards.
    pub after: CaseState,
    /// Whether the worker shall let the case go on; `Some(false)` is the worker's own word.
    pub routing: Option<bool>,
    /// Forms that were handed in, encrypted.
    pub forms: Vec<form_version::Model>,
    /// Free texts of signers, encrypted.
    pub notes: BTreeMap<TaskId, Vec<u8>>,
    /// What the applicant is told who is asked for more, encrypted.
    pub told: Vec<note::Model>,
    /// Documents that were put in or taken out.
    pub papers: Vec<paper::Model>,
    /// Timers that no event carries.
    pub timers: Vec<timer::Model>,
    /// Messages that no event carries.
    pub tell: Vec<Telling>,
    /// What goes with somebody's next digest.
    pub lines: Vec<digest_line::Model>,
    /// Requests for more time, new or answered.
    pub extensions: Vec<extension::Model>,
    /// What the public may be shown, by the names of the whitelist.
    pub shown: BTreeMap<String, String>,
    /// The same of each line of a roster.
    pub shown_rows: BTreeMap<CaseRowId, BTreeMap<String, String>>,
    /// Machine time, for the jobs.
    pub machine: DateTime<Utc>,
}

impl Change {
    /// `events` that made `after` of the case.
    pub fn new(
        actor: Option<Actor>,
        events: Vec<Event>,
        after: CaseState,
        machine: DateTime<Utc>,
    ) -> Self {
        Self {
            actor,
            events,
            after,
            routing: None,
            forms: Vec::new(),
            notes: BTreeMap::new(),
            told: Vec::new(),
            papers: Vec::new(),
            timers: Vec::new(),
            tell: Vec::new(),
            lines: Vec::new(),
            extensions: Vec::new(),
            shown: BTreeMap::new(),
            shown_rows: BTreeMap::new(),
            machine,
        }
    }
}

/// What was written: tickets for the fast path, to be handed over after the commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The jobs that were put into the outbox.
    pub jobs: Vec<Ticket>,
    /// The case's version afterwards.
    pub version: i32,
}

/// Writes `change` of the case that was `before`. The caller holds the case's lock.
///
/// # Errors
/// The database's, or [`CommandError::Stored`] for a body that is not canonical.
pub async fn record(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    before: &CaseState,
    change: Change,
) -> Result<Recorded, CommandError> {
    let mut batch = Batch::default();
    let recorded = gather(tx, &mut batch, (now, before), change).await?;
    batch.run(tx).await?;
    Ok(recorded)
}

/// The same, to be written with `batch`, which may be of several cases.
///
/// # Errors
/// As [`record`].
pub(crate) async fn gather(
    tx: &DatabaseTransaction,
    batch: &mut Batch,
    (now, before): (DateTime<Utc>, &CaseState),
    mut change: Change,
) -> Result<Recorded, CommandError> {
    let mut file = change.after.case.clone();
    let rows = trail::of_case(&mut file, &change.events, change.actor, now)?;
    batch.insert::<entities::trail::Entity>(rows);
    file.version = before.case.version + 1;
    if let Some(routing) = change.routing {
        file.routing = routing;
    }
    for task in &mut change.after.tasks {
        if let Some(note) = change.notes.get(&task.id) {
            task.note_sealed = Some(note.clone());
            task.account_id = change.actor.map(|actor| actor.account);
        }
    }
    let version = file.version;
    batch.change::<case_file::Entity>(&before.case, &file);
    differences(batch, before, &change.after);
    follow_ups(batch, &file, &change, now);
    let letters = lines::write(batch, &file, &change, now);
    batch.insert::<form_version::Entity>(std::mem::take(&mut change.forms));
    batch.insert::<note::Entity>(std::mem::take(&mut change.told));
    batch.upsert::<paper::Entity>(std::mem::take(&mut change.papers));
    timers_of(batch, &file, &change, now);
    let lines = digests::as_wanted(tx, std::mem::take(&mut change.lines)).await?;
    batch.insert_once::<digest_line::Entity>(lines, digest_line::Column::DedupeKey);
    batch.upsert::<extension::Entity>(std::mem::take(&mut change.extensions));

    let told = notices::of(&file, &change.after, &change.events, &change.tell);
    let told: Vec<notice::Model> = told
        .into_iter()
        .map(|telling| telling.into_row(NoticeId::at(change.machine), now))
        .collect();
    let mut jobs: Vec<Job> =
        told.iter().map(|notice| Job::SendNotice { notice: notice.id }).collect();
    jobs.extend(letters);
    if change.routing == Some(true) && !before.case.routing {
        jobs.push(Job::RouteCase { case: file.id });
    }
    let (tickets, rows) = to_rows(&jobs, change.machine)?;
    batch.insert_once::<notice::Entity>(told, notice::Column::DedupeKey);
    batch.insert::<outbox::Entity>(rows);
    Ok(Recorded { jobs: tickets, version })
}

/// Rows that changed, and rows that are new.
fn differences(batch: &mut Batch, before: &CaseState, after: &CaseState) {
    rows::<step_run::Entity>(batch, &before.runs, &after.runs);
    rows::<task::Entity>(batch, &before.tasks, &after.tasks);
    rows::<clock::Entity>(batch, &before.clocks, &after.clocks);
    rows::<case_row::Entity>(batch, &before.rows, &after.rows);
}

/// Rows keep their place and new ones come last, so that a pairwise look is enough.
fn rows<E>(batch: &mut Batch, before: &[E::Model], after: &[E::Model])
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E> + IntoActiveModel<E::ActiveModel> + Clone + PartialEq,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    E::Column: Send,
{
    for (was, is) in before.iter().zip(after) {
        batch.change::<E>(was, is);
    }
    batch.insert::<E>(after.get(before.len()..).unwrap_or_default().to_vec());
}

/// What stands in tables that the rules do not load.
fn follow_ups(batch: &mut Batch, file: &case_file::Model, change: &Change, now: DateTime<Utc>) {
    payments::write(batch, file, change, now);
    seats::write(batch, file, change, now);
    for event in &change.events {
        match event {
            Event::Published { run, unit, fields, ends_at, rows, stays, .. } => {
                batch.insert::<publicity::Entity>(vec![publicity::Model {
                    id: PublicityId::at(now),
                    case_id: file.id,
                    run_id: *run,
                    unit_id: *unit,
                    program: file.program.clone(),
                    fields: shown(change, fields, rows),
                    starts_at: now,
                    ends_at: if *stays { publicity::FOR_GOOD } else { *ends_at },
                    taken_down_at: None,
                }]);
            }
            Event::MomentMoved { kind: TimerKind::PublicityEnd, run: Some(run), at, .. } => {
                let update = Query::update()
                    .table(publicity::Entity)
                    .value(publicity::Column::EndsAt, *at)
                    .and_where(publicity::Column::RunId.eq(*run))
                    .and_where(publicity::Column::EndsAt.lt(publicity::FOR_GOOD))
                    .to_owned();
                batch.update(update);
            }
            Event::MomentMoved { kind: TimerKind::Gather, at, .. } => {
                // Its key stays: that is only the name which the case has got.
                let update = Query::update()
                    .table(gathering::Entity)
                    .value(gathering::Column::Until, *at)
                    .and_where(gathering::Column::CaseId.eq(file.id))
                    .to_owned();
                batch.update(update);
            }
            Event::TakenDown { run, stays: false } => {
                let update = Query::update()
                    .table(publicity::Entity)
                    .value(publicity::Column::TakenDownAt, now)
                    .and_where(publicity::Column::RunId.eq(*run))
                    .to_owned();
                batch.update(update);
            }
            _ => {}
        }
    }
}

/// The whitelisted fields, with their values.
fn shown(change: &Change, fields: &[String], rows: &[ShownRow]) -> serde_json::Value {
    let of = |values: &BTreeMap<String, String>| {
        let pairs = fields.iter().filter_map(|field| {
            Some((field.clone(), serde_json::Value::String(values.get(field)?.clone())))
        });
        pairs.collect::<serde_json::Map<_, _>>()
    };
    let mut shown = of(&change.shown);
    if !rows.is_empty() {
        let rows = rows.iter().filter_map(|row| change.shown_rows.get(&row.row)).map(of);
        let rows = rows.map(serde_json::Value::Object).collect();
        shown.insert("rows".to_owned(), serde_json::Value::Array(rows));
    }
    serde_json::Value::Object(shown)
}

fn timers_of(batch: &mut Batch, file: &case_file::Model, change: &Change, now: DateTime<Utc>) {
    let mut timers = timers::Timers::default();
    for event in &change.events {
        timers.note(file.id, event, now);
    }
    for timer in &change.timers {
        timers.add(timer.clone());
    }
    if let Some(settle) = timers.settle(file.id, now) {
        batch.update(settle);
    }
    batch.insert::<timer::Entity>(timers.set);
}

/// A job as it is stored.
///
/// # Errors
/// [`CommandError::Stored`], which cannot happen for ids.
fn to_row(job: Job, machine: DateTime<Utc>) -> Result<outbox::Model, CommandError> {
    Ok(outbox::Model {
        id: OutboxId::at(machine),
        job: serde_json::to_value(job)?,
        kind: job.kind().to_owned(),
        case_id: job.case(),
        created_at: machine,
        next_attempt_at: machine,
        attempts: 0,
        lease_until: None,
        lease_token: None,
        done_at: None,
        quarantined_at: None,
        last_error: None,
        trace: crate::trace::current(),
    })
}

/// Jobs as rows, and the tickets that find them.
pub(crate) fn to_rows(
    jobs: &[Job],
    machine: DateTime<Utc>,
) -> Result<(Vec<Ticket>, Vec<outbox::Model>), CommandError> {
    let rows = jobs.iter().map(|job| to_row(*job, machine)).collect::<Result<Vec<_>, _>>()?;
    let tickets = jobs.iter().zip(&rows);
    let tickets = tickets.map(|(job, row)| Ticket { id: row.id, kind: job.sort() }).collect();
    Ok((tickets, rows))
}
