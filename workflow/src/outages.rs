//! 系统故障: an administrator says from when to when the service was away, and the clocks that ran
//! then stand for that time.

use entities::{CaseId, Stream, appointment, case_file, clock};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, prelude::Uuid,
};
use serde_json::json;

use crate::{
    Actor, CommandError, Refusal, Said, Workflow,
    calendar::SHANGHAI,
    commands,
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
    /// Only look what would stand, and write nothing.
    pub dry: bool,
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
/// [`Refusal::NotYours`] for whoever does not administer, [`Refusal::Unfit`] for a stretch that is
/// none or is not over and for a number that no case has, the database's.
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
    if from >= to {
        let said = Said::new("结束时间须晚于开始时间", "the end must come after the beginning");
        return Err(Refusal::Unfit(said).into());
    }
    if to > now {
        let now = now.with_timezone(&SHANGHAI).format("%Y-%m-%d %H:%M");
        return Err(Refusal::Unfit(Said::new(
            format!("结束时间不得晚于现在（{now}）：故障须已结束"),
            format!("the end must not lie ahead, it is {now} now: the outage must be over"),
        ))
        .into());
    }
    let mut chosen = Vec::new();
    for number in &ask.cases {
        let found = case_file::Entity::find().filter(case_file::Column::Number.eq(number.as_str()));
        let found = found.one(workflow.store.read()).await?;
        let none = || {
            let (zh, en) =
                (format!("没有编号为 {number} 的办件"), format!("no case has the number {number}"));
            Refusal::Unfit(Said::new(zh, en))
        };
        chosen.push(found.ok_or_else(none)?.id);
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
            each(workflow, actor, (&some, ask), &mut stood).await;
        }
    } else {
        each(workflow, actor, (&chosen, ask), &mut stood).await;
    }
    if stood.clocks > 0 && !ask.dry {
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
    (cases, ask): (&[CaseId], &Outage),
    stood: &mut Stood,
) {
    for case in cases {
        let done = tx::write(&workflow.store, async |tx| {
            let what = (*case, ask.stretch, ask.dry);
            commands::stand_for_outage(tx, workflow, actor, what).await
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
