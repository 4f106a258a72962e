//! 系统故障: an administrator says from when to when the service was away, and the clocks that ran
//! then stand for that time.

use entities::{CaseId, Stream, appointment, case_file, clock};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, prelude::Uuid,
};
use serde_json::json;

use crate::{
    Actor, CommandError, Fault, Refusal, Workflow, commands,
    record::append,
    rules::{
        administering::Power,
        outages::{OUTAGE, Stretch},
    },
    tx,
};

/// Cases of one read.
const BATCH: u64 = 200;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// From when to when the service was away.
    pub stretch: Stretch,
    /// The numbers of the cases whose clocks shall stand; none: all that are under way.
    pub cases: Vec<String>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stood {
    /// Cases whose clocks have moved.
    pub cases: usize,
    /// Those clocks.
    pub clocks: usize,
    /// Cases that could not be looked at; the same again looks at them.
    pub failed: usize,
}

/// Lets the clocks stand, case by case, each in a transaction of its own. May be done again: what
/// was given is not given twice.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever does not administer, [`Refusal::Form`] for a stretch that is
/// none or is not over, [`Refusal::NotFound`] for a number that no case has, the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account))]
pub async fn stand_still(
    workflow: &Workflow,
    actor: Actor,
    ask: &Outage,
) -> Result<Stood, CommandError> {
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let person = actor.person.ok_or(Refusal::NotYours(crate::Bar::NotAdministrator))?;
    let held = appointment::Entity::held_by(person, now).all(workflow.store.read()).await?;
    Power::Organise.of(&held)?;
    let (from, to) = ask.stretch;
    if from >= to || to > now {
        return Err(Refusal::Form(vec![Fault::new("to", "out_of_range", "")]).into());
    }
    let mut chosen = Vec::new();
    for number in &ask.cases {
        let found = case_file::Entity::find().filter(case_file::Column::Number.eq(number.as_str()));
        let found = found.one(workflow.store.read()).await?;
        chosen.push(found.ok_or(Refusal::NotFound("case"))?.id);
    }
    let mut stood = Stood::default();
    if ask.cases.is_empty() {
        let mut last: Option<CaseId> = None;
        loop {
            let some = under_way(workflow, last).await?;
            last = some.last().copied();
            if last.is_none() {
                break;
            }
            each(workflow, actor, (&some, ask.stretch), &mut stood).await;
        }
    } else {
        each(workflow, actor, (&chosen, ask.stretch), &mut stood).await;
    }
    if stood.clocks > 0 {
        let said = json!({
            "ground": OUTAGE, "from": from, "to": to, "cases": stood.cases, "clocks": stood.clocks,
        });
        tx::write(&workflow.store, async |tx| {
            let what = ("clocks_stood", said.clone());
            append(tx, machine, Stream::System, Uuid::nil(), Some(actor), what).await
        })
        .await?;
    }
    Ok(stood)
}

/// Cases with a clock that has not ended, in the order of their ids.
async fn under_way(workflow: &Workflow, last: Option<CaseId>) -> Result<Vec<CaseId>, CommandError> {
    let clocks = clock::Entity::find()
        .filter(clock::Column::EndedAt.is_null())
        .select_only()
        .column(clock::Column::CaseId);
    let mut cases = case_file::Entity::find()
        .filter(case_file::Column::Id.in_subquery(clocks.into_query()))
        .select_only()
        .column(case_file::Column::Id)
        .order_by_asc(case_file::Column::Id)
        .limit(BATCH);
    if let Some(last) = last {
        cases = cases.filter(case_file::Column::Id.gt(last));
    }
    Ok(cases.into_tuple().all(workflow.store.read()).await?)
}

/// One that fails holds up no other.
async fn each(
    workflow: &Workflow,
    actor: Actor,
    (cases, stretch): (&[CaseId], Stretch),
    stood: &mut Stood,
) {
    for case in cases {
        let done = tx::write(&workflow.store, async |tx| {
            commands::stand_for_outage(tx, workflow, actor, (*case, stretch)).await
        });
        match done.await {
            Ok(0) => {}
            Ok(clocks) => {
                stood.cases += 1;
                stood.clocks += clocks;
            }
            Err(error) => {
                tracing::error!(case.id = %case, %error, "the clocks of a case did not stand");
                stood.failed += 1;
            }
        }
    }
}
