//! 补正告知: once, all defects in one list; and 按放弃办结, when the applicant stays silent.

use entities::{NoteKind, Outcome, TaskId};
use sea_orm::DatabaseTransaction;

use super::{
    answer::{Done, finish},
    asking::{explained, note_of},
    decide::at_step,
};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    event::Asked,
    rules::{authority::Verb, engine::Engine},
};

/// What is missing or wrong.
#[derive(Clone, Debug, Default)]
pub struct RequestSupplement {
    /// The slot's version that was seen.
    pub seen: Option<i32>,
    /// Field ids to be corrected.
    pub fields: Vec<String>,
    /// Paper ids to be handed in (again).
    pub papers: Vec<String>,
    /// In words; kept encrypted.
    pub note: String,
}

/// Asks the applicant, once: the clocks stand until the answer.
///
/// # Errors
/// [`Refusal::AskedOnce`], [`Refusal::NothingAsked`], [`Refusal::Form`] for a field or paper the
/// program does not have, or as [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn request_supplement(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    ask: RequestSupplement,
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::RequestSupplement, ask.seen)).await?;
    if ask.fields.is_empty() && ask.papers.is_empty() {
        return Err(Refusal::NothingAsked.into());
    }
    let program = &at.facts.program;
    let strange = ask.fields.iter().filter(|id| program.field(id).is_none());
    let strange = strange.chain(ask.papers.iter().filter(|id| program.paper(id).is_none()));
    let faults: Vec<_> = strange.map(|id| crate::Fault::new(id, "unknown_field", "")).collect();
    if !faults.is_empty() {
        return Err(Refusal::Form(faults).into());
    }
    let said = (NoteKind::Supplement, ask.note.as_str());
    let note = note_of(tx, workflow, actor, &at, said).await?;
    let asked = Asked { fields: ask.fields, papers: ask.papers, ..Asked::default() };
    let asked = explained(asked, note.as_ref());
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    engine.ask(at.task.run_id, asked);
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| {
        change.told.extend(note);
    })
    .await
}

/// Ends a case whose applicant has let the time for supplements go by.
///
/// # Errors
/// [`Refusal::NotNow`] before that time is over, after an answer and once the case has come out, or
/// as [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn close_as_lapsed(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    seen: Option<i32>,
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::CloseAsLapsed, seen)).await?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    engine.reach(Outcome::Lapsed, None).map_err(Refusal::from)?;
    finish(tx, &at.before, engine, (Some(actor), at.machine), |_| {}).await
}
