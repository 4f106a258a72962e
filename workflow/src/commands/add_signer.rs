//! 加签、减签、沟通: somebody else is put beside a slot, taken off again, or asked what they think.

use entities::{Added, Duty, NoteKind, PersonId, RunState, TaskId, appointment};
use sea_orm::DatabaseTransaction;

use super::{
    answer::{Done, finish},
    asking::note_of,
    decide::at_step,
    document_number,
    hand_on::{able, brought, with_words},
};
use crate::{
    Actor, CommandError, Refusal, Workflow,
    canonical::hex,
    event::Signature,
    rules::{
        authority::Verb,
        engine::Engine,
        recipients::{Message, Way},
    },
};

/// Puts a colleague beside one's slot: to sign before it, after it, or to say what they think. Who
/// signs works at the same place or in the same office; an opinion may be asked of any member of
/// staff. The clock does not listen.
///
/// # Errors
/// [`Refusal::NeedsReason`] without words; [`Refusal::NotYours`] with what bars them, or when they
/// have a slot of the step; or as [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn add_signer(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (added, who, seen, words): (Added, PersonId, Option<i32>, String),
) -> Result<Done, CommandError> {
    let verb = if added == Added::Opinion { Verb::AskOpinion } else { Verb::AddSigner };
    put_beside(tx, workflow, actor, (task, verb), (added, who, seen, words)).await
}

/// 征求专家意见: asks a member of staff as an expert. Where the program's clock knows a stop for
/// that, the step stands until they have answered, as long as its cap allows; else time runs on.
///
/// # Errors
/// As [`add_signer`].
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn ask_expert(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (who, seen, words): (PersonId, Option<i32>, String),
) -> Result<Done, CommandError> {
    let asked = (Added::Opinion, who, seen, words);
    put_beside(tx, workflow, actor, (task, Verb::AskExpert), asked).await
}

async fn put_beside(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (task, verb): (TaskId, Verb),
    (added, who, seen, words): (Added, PersonId, Option<i32>, String),
) -> Result<Done, CommandError> {
    let at = with_words(tx, workflow, actor, (task, verb, seen), &words).await?;
    let organisation = &at.facts.organisation;
    let seat = organisation.seat(at.task.unit_id).map(|unit| unit.id);
    let near = |held: &appointment::Model| {
        let decides = matches!(held.duty, Duty::Handler | Duty::Head);
        let here = organisation.seat(held.unit_id).map(|unit| unit.id) == seat;
        decides && (added == Added::Opinion || held.unit_id == at.task.unit_id || here)
    };
    let comes = able(tx, &at, who, near).await?;
    // Who lets somebody sign first keeps the slot.
    let keeps = added != Added::Opinion;
    let (run, path) = (at.task.run_id, at.task.path.clone());
    let (subject, now) = (at.before.case.subject_id, at.now);
    brought(tx, workflow, actor, at, (NoteKind::Added, &words, keeps), |engine, hash| {
        engine.put_beside(task, added, comes, hash)?;
        if verb == Verb::AskExpert
            && engine.stand_for_expert(run)
            && let Some(person) = subject
        {
            engine.messages.push(Message {
                key: format!("{run}/paused/{}", now.timestamp()),
                person,
                way: Way::Sms,
                template: "paused",
                params: serde_json::json!({ "step": path }),
            });
        }
        Ok(())
    })
    .await
}

/// Takes somebody off again who has not signed; by who put them there, or the head of the office.
///
/// # Errors
/// [`Refusal::NotFound`]; [`Refusal::NotNow`] while the step stands, and where it could not come to
/// a verdict without them; or as [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn drop_signer(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (off, seen): (TaskId, Option<i32>),
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::DropSigner, seen)).await?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    let signs = at.before.task(off).is_some_and(|slot| slot.added != Some(Added::Opinion));
    let stands = at.before.case.supplementing || engine.is_paused(at.task.run_id);
    let not_now = Refusal::NotNow { verb: Verb::DropSigner };
    if signs && stands {
        return Err(not_now.into());
    }
    engine.take_off(task, off)?;
    engine.expert_answered(at.task.run_id);
    // Who was to sign after all others may have been the only one still waited for.
    let step = at.facts.program.step(&at.task.path).ok_or(Refusal::NotFound("step"))?;
    if signs && !engine.counts_again(step, at.task.run_id) {
        return Err(not_now.into());
    }
    let run = engine.state.run(at.task.run_id);
    let closed = run.is_some_and(|run| run.state == RunState::Closed);
    if closed {
        document_number::take(tx, &mut engine, &at.task.path).await?;
    }
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| {
        change.routing = closed.then_some(true);
    })
    .await
}

/// Says what one was asked for. The step does not move.
///
/// # Errors
/// [`Refusal::NeedsReason`] without words, or as
/// [`Authority::may`](crate::rules::authority::Authority::may).
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %task))]
pub async fn give_opinion(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    task: TaskId,
    (seen, words): (Option<i32>, String),
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (task, Verb::GiveOpinion, seen)).await?;
    let note = note_of(tx, workflow, actor, &at, (NoteKind::Added, &words)).await?;
    let Some(note) = note else { return Err(Refusal::NeedsReason.into()) };
    let signature = Signature {
        verdict: entities::Verdict::Done,
        fen: None,
        reason: None,
        person: actor.person,
        appointment: at.right.as_ref().map(|right| right.id),
        on_behalf: None,
        note: Some(hex(&note.sha256)),
        form: None,
        said: serde_json::json!({}),
        seen: at.before.case.version,
        batch: None,
    };
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    let signature = Box::new(signature);
    engine.emit(crate::Event::TaskSigned { task, signature });
    engine.expert_answered(at.task.run_id);
    if let Some(asker) = at.task.beside_id.and_then(|of| at.before.task(of)?.person_id) {
        engine.tell_of(&at.task, asker, "opinion_given");
    }
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| change.told.push(note)).await
}
