//! A message did not arrive: it is put before a person, who sends it again or reaches the
//! recipient in another way. Who did is on record.

use chrono::{DateTime, Utc};
use entities::{
    NoticeId, NoticeState, PersonId, Stream, UnitId, appointment, bounce, case_file, notice, outbox,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, sea_query::OnConflict,
    sea_query::Query,
};
use serde_json::json;
use uuid::Uuid;

use super::{publish, retry_job::administers};
use crate::{
    Actor, Bar, CommandError, Job, Refusal, Ticket, Workflow,
    record::{Batch, append, to_rows},
};

/// What a person does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// The recipient was reached in another way.
    Handled,
    /// It is sent once more, under the same key: the address was put right.
    Resent,
}

impl Handling {
    /// The name that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::Resent => "resent",
        }
    }
}

/// Notes that a message did not arrive, for the office that answers for its case.
///
/// # Errors
/// The database's.
pub async fn note_bounce(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    notice: NoticeId,
    reason: &str,
) -> Result<(), CommandError> {
    let now = workflow.clock.now();
    let Some(row) = notice::Entity::find_by_id(notice).one(tx).await? else { return Ok(()) };
    let case = match row.case_id {
        Some(case) => case_file::Entity::find_by_id(case).one(tx).await?,
        None => None,
    };
    let unit_id = match &case {
        Some(case) => publish::lead_office(tx, workflow, case, now).await?,
        None => None,
    };
    let row = bounce::Model {
        notice_id: notice,
        case_id: row.case_id,
        unit_id,
        reason: reason.chars().take(300).collect(),
        bounced_at: now,
        handled_at: None,
        handled_by: None,
        how: None,
    };
    let columns = [
        bounce::Column::Reason,
        bounce::Column::BouncedAt,
        bounce::Column::HandledAt,
        bounce::Column::HandledBy,
        bounce::Column::How,
    ];
    let merge = OnConflict::column(bounce::Column::NoticeId).update_columns(columns).to_owned();
    let row = row.into_active_model().reset_all();
    bounce::Entity::insert(row).on_conflict(merge).exec_without_returning(tx).await?;
    Ok(())
}

/// Which of them are `actor`'s: all for whoever runs the service, else those of their offices.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever is no member of staff, or the database's.
pub async fn bounces_of(
    db: &impl ConnectionTrait,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Condition, CommandError> {
    let Some(person) = actor.person else { return Err(Refusal::NotYours(Bar::NotStaff).into()) };
    if administers(db, actor, now).await? {
        return Ok(Condition::all());
    }
    let units = units_of(db, person, now).await?;
    Ok(Condition::all().add(bounce::Column::UnitId.is_in(units)))
}

async fn units_of(
    db: &impl ConnectionTrait,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<UnitId>, DbErr> {
    let held = appointment::Entity::held_by(person, now).all(db).await?;
    Ok(held.into_iter().map(|held| held.unit_id).collect())
}

/// Somebody has seen to it. Returns the job when it is sent again; nothing when somebody else was
/// quicker.
///
/// # Errors
/// [`Refusal::NotFound`] for one that is not theirs, or the database's.
#[tracing::instrument(skip_all, fields(notice.id = %notice))]
pub async fn handle_bounce(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (notice, how): (NoticeId, Handling),
) -> Result<Vec<Ticket>, CommandError> {
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let mine = bounces_of(tx, actor, now).await?;
    let row = bounce::Entity::find_by_id(notice).filter(mine).lock_exclusive().one(tx).await?;
    let row = row.ok_or(Refusal::NotFound("bounce"))?;
    if row.handled_at.is_some() {
        return Ok(Vec::new());
    }
    let mut batch = Batch::default();
    batch.update(
        Query::update()
            .table(bounce::Entity)
            .value(bounce::Column::HandledAt, now)
            .value(bounce::Column::HandledBy, actor.person)
            .value(bounce::Column::How, how.word())
            .and_where(bounce::Column::NoticeId.eq(notice))
            .to_owned(),
    );
    let mut tickets = Vec::new();
    if how == Handling::Resent {
        batch.update(
            Query::update()
                .table(notice::Entity)
                .value(notice::Column::State, NoticeState::Waiting)
                .and_where(notice::Column::Id.eq(notice))
                .and_where(notice::Column::State.eq(NoticeState::Bounced))
                .to_owned(),
        );
        let jobs;
        (tickets, jobs) = to_rows(&[Job::SendNotice { notice }], machine)?;
        batch.insert::<outbox::Entity>(jobs);
    }
    batch.run(tx).await?;
    let what = ("bounce_handled", json!({ "notice": notice, "how": how.word() }));
    append(tx, now, Stream::System, Uuid::nil(), Some(actor), what).await?;
    Ok(tickets)
}
