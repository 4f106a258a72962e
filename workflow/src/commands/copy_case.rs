//! 抄送、已阅: a colleague is informed, and says that they have read it.

use chrono::{DateTime, Utc};
use entities::{NoticeId, NoticeState, PersonId, TaskId, appointment, notice};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, Select};

use super::{
    answer::{Done, finish},
    decide::at_step,
};
use crate::{
    Actor, Bar, CommandError, Event, Refusal, Workflow, load,
    record::Batch,
    rules::{authority::Verb, engine::Engine},
};

/// Informs colleagues of a case: they may look at it, and have nothing to do.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever works nowhere or has to keep away from the case, or as
/// [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn copy_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (to, seen): (PersonId, Option<i32>),
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::Copy, seen)).await?;
    let held = appointment::Entity::held_by(to, at.now).all(tx).await?;
    if held.is_empty() {
        return Err(Refusal::NotYours(Bar::NotStaff).into());
    }
    let near = at.facts.keeps_away(to) || at.before.case.subject_id == Some(to);
    if near || at.facts.filer == Some(to) {
        return Err(Refusal::NotYours(Bar::Conflict).into());
    }
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    let run = at.task.run_id;
    engine.emit(Event::Copied { run, units: Vec::new(), people: vec![to] });
    finish(tx, &at.before, engine, (Some(actor), at.machine), |_| {}).await
}

/// The copies that somebody got, newest first.
pub fn copies_of(person: PersonId) -> Select<notice::Entity> {
    notice::Entity::find()
        .filter(notice::Column::PersonId.eq(person))
        .filter(notice::Column::Template.eq("copied"))
        .order_by_desc(notice::Column::Id)
}

/// Notes that somebody has read a copy. A second time changes nothing.
///
/// # Errors
/// [`Refusal::NotFound`] for a copy that is not theirs, or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account))]
pub async fn read_copy(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    id: NoticeId,
) -> Result<Done, CommandError> {
    let none = || Refusal::NotFound("copy");
    let person = actor.person.ok_or_else(none)?;
    let found = copies_of(person).filter(notice::Column::Id.eq(id)).one(tx).await?;
    let case = found.and_then(|row| row.case_id).ok_or_else(none)?;
    let file = load::lock(tx, case).await?;
    let (now, machine): (DateTime<Utc>, _) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    let known = copies_of(person).filter(notice::Column::Id.eq(id)).one(tx).await?;
    if let Some(row) = known.filter(|row| row.seen_at.is_none()) {
        engine.emit(Event::CopyRead { person });
        let mut batch = Batch::default();
        batch.change::<notice::Entity>(&row, &notice::Model { seen_at: Some(now), ..row.clone() });
        batch.run(tx).await?;
    }
    finish(tx, &before, engine, (Some(actor), machine), |_| {}).await
}

/// Copies that nobody has read yet.
pub fn unread(person: PersonId) -> Select<notice::Entity> {
    copies_of(person)
        .filter(notice::Column::SeenAt.is_null())
        .filter(notice::Column::State.ne(NoticeState::Bounced))
}
