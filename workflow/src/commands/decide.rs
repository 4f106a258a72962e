//! What all verbs of a step begin with: the case locked, its rows read, the one who asks judged.

use chrono::{DateTime, Utc};
use entities::{PersonId, TaskId, UnitId, case_file, person, task};
use sea_orm::{DatabaseTransaction, EntityTrait};

use crate::{
    Actor, Bar, CommandError, Refusal, Workflow, load,
    program::Step,
    record,
    rules::{
        authority::{Right, Verb},
        barring::judges_lines,
        facts::Facts,
        rosters, selecting,
    },
    state::CaseState,
};

/// A step somebody is about to act on.
pub(super) struct AtStep {
    /// The case as it is.
    pub(super) before: CaseState,
    /// What the rules know.
    pub(super) facts: Facts,
    /// The slot.
    pub(super) task: task::Model,
    /// What entitles the one who asks.
    pub(super) right: Right,
    /// Business time, read after the lock.
    pub(super) now: DateTime<Utc>,
    /// Machine time.
    pub(super) machine: DateTime<Utc>,
    /// The offices that they head, for the verbs of heads.
    pub(super) heads: Vec<UnitId>,
}

/// Locks, reads, judges.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotYours`], [`Refusal::NotNow`], [`Refusal::Settled`],
/// [`Refusal::Stale`], or the database's.
pub(super) async fn at_step(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: (TaskId, Verb, Option<i32>),
) -> Result<AtStep, CommandError> {
    let (id, verb, seen) = ask;
    let case = load::lock_of_task(tx, id).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let asks = matches!(
        verb,
        Verb::RequestSupplement
            | Verb::CloseAsLapsed
            | Verb::Suspend
            | Verb::Continue
            | Verb::AskExtension
            | Verb::AskSupplementAgain
            | Verb::TakeBack
            | Verb::Undo
    ) || brings_others(verb);
    // These, and the first word on a case, move or ask the case's own clocks; so does every word
    // where an open step lets the total stand.
    let stops = load::program(workflow, &case)?.steps().iter().any(|step| step.stop.is_some());
    let before = if asks || stops || case.phase == entities::Phase::Filed {
        load::state(tx, case).await?
    } else {
        load::state_to_decide(tx, case).await?
    };
    let mut authority = load::authority(tx, actor, now).await?;
    if brings_others(verb) || verb == Verb::Release {
        authority.heads = load::headed(tx, &authority.appointments).await?;
    }
    let mut facts = load::bare_facts(workflow, &before.case)?;
    let task = before.task(id).cloned().ok_or(Refusal::NotFound("task"))?;
    authority.owing = load::owing(tx, (actor, &facts.program), &task, now).await?;
    let right = match authority.may(verb, &before, &facts.program, Some(&task)) {
        Err(Refusal::Settled { by: None, state }) => {
            let by = winner(tx, &before, &task).await?;
            return Err(Refusal::Settled { by, state }.into());
        }
        judged => judged?,
    };
    if decides(verb) {
        let people: Vec<_> = actor.person.into_iter().chain(authority.absent(&right)).collect();
        not_near(tx, (&before.case, facts.program.step(&task.path)), &people).await?;
    }
    if let Some(seen) = seen
        && seen != task.version
    {
        return Err(Refusal::Stale { seen, current: task.version }.into());
    }
    let judges = facts.program.step(&task.path).is_some_and(|step| {
        step.most.is_some() || !step.form.is_empty() || !step.papers.is_empty()
    });
    // What is done to a roster changes what the case comes to; what is said of lines is held
    // against what is known of them.
    let judges = judges || rosters::has_page(&facts.program);
    let lists = selecting::lists(&facts.program);
    if !lists.is_empty() && matches!(verb, Verb::Approve | Verb::ApproveLess | Verb::DropSigner) {
        // Who signs a list counts the seats that others have taken: one after the other.
        record::hold_lists(tx, &lists).await?;
    }
    if judges || asks || !lists.is_empty() || before.case.phase == entities::Phase::Filed {
        facts = load::facts(tx, workflow, &before.case, now).await?;
    }
    let heads = authority.heads;
    Ok(AtStep { before, facts, task, right, now, machine, heads })
}

/// Refuses whoever is near to the applicant, or to one of the people of a list, and whoever acts
/// for somebody who is.
async fn not_near(
    tx: &DatabaseTransaction,
    (case, step): (&case_file::Model, Option<&Step>),
    people: &[PersonId],
) -> Result<(), CommandError> {
    let near = match case.subject_id {
        Some(subject) => !load::kept_from(tx, people, &[subject]).await?.is_empty(),
        None if !people.is_empty() && step.is_some_and(judges_lines) => {
            let found = load::near_lists(tx, &[case.id]).await?;
            let mut near = found.values().flat_map(|kept| kept.values().flatten());
            near.any(|person| people.contains(person))
        }
        None => false,
    };
    if near { Err(Refusal::NotYours(Bar::Conflict).into()) } else { Ok(()) }
}

/// The verbs that say something about the case or move its time, so that whoever keeps away may not:
/// what was declared after the step had opened counts too. They may still pass it on.
fn decides(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::Claim
            | Verb::Approve
            | Verb::ApproveLess
            | Verb::Refuse
            | Verb::Return
            | Verb::Accept
            | Verb::RefuseAcceptance
            | Verb::RequestSupplement
            | Verb::CloseAsLapsed
            | Verb::HandIn
            | Verb::SignForReceipt
            | Verb::Pay
            | Verb::Strike
            | Verb::Move
            | Verb::GiveOpinion
            | Verb::Suspend
            | Verb::Continue
            | Verb::AskExtension
            | Verb::AskSupplementAgain
            | Verb::FillRows
            | Verb::TakeBack
            | Verb::Undo
    )
}

/// The verbs that bring somebody else to a step; heads have some of them.
fn brings_others(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::Transfer
            | Verb::Delegate
            | Verb::GiveBack
            | Verb::AddSigner
            | Verb::DropSigner
            | Verb::AskOpinion
            | Verb::AskExpert
            | Verb::GiveOpinion
            | Verb::Copy
            | Verb::PlanHolder
    )
}

/// The name of whoever signed the slot, or else signed last in the same round of its step.
async fn winner(
    tx: &DatabaseTransaction,
    state: &CaseState,
    task: &task::Model,
) -> Result<Option<String>, CommandError> {
    let last = state.slots(task.run_id).filter(|slot| slot.signed_by.is_some());
    let last = last.max_by_key(|slot| slot.signed_at).and_then(|slot| slot.signed_by);
    let Some(person) = task.signed_by.or(last) else { return Ok(None) };
    let found = person::Entity::find_by_id(person).one(tx).await?;
    Ok(found.map(|person| person.name))
}
