//! 离职转办: the head of a unit passes on everything that lies with somebody who leaves.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entities::{
    CaseId, Duty, NoteId, NoteKind, PersonId, Stream, UnitId, appointment, case_file, note, task,
    unit,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::ExprTrait,
};
use serde_json::{Value as Json, json};

use super::{
    answer::{self, Writes},
    closing::LIVE,
    passed_on,
    receiver::{Receiver, receiver},
    stand_ins::pass_substitutions,
};
use crate::{
    Actor, Bar, CommandError, Event, Refusal, Ticket, Workflow,
    canonical::{digest, hex},
    event::{How, Moved},
    load,
    organise::refused,
    record::append,
    rules::{administering::Power, engine::Engine},
    state::CaseState,
    vault::{self, Owner},
};

/// What shall be passed on.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// Whose.
    pub from: PersonId,
    /// Of which unit's work.
    pub unit: UnitId,
    /// To whom: somebody with the same duty there; none: back to the pool.
    pub to: Option<PersonId>,
    /// Why; kept encrypted with each case.
    pub reason: String,
}

/// What was passed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandedOver {
    /// Slots that went to the other person.
    pub moved: usize,
    /// Slots that went back: to the pool, where the other person may not take them, or to whoever
    /// had only delegated them.
    pub pooled: usize,
    /// The cases of what stays: meant for this person alone, and nobody may take their place.
    pub left: Vec<String>,
    /// For the fast path.
    pub jobs: Vec<Ticket>,
}

/// Whether `actor` answers for the work of `unit`: its head, the head of its place, or whoever
/// administers.
///
/// # Errors
/// [`Refusal::NotYours`].
pub fn answers_for(held: &[appointment::Model], unit: &unit::Model) -> Result<(), Refusal> {
    let heads = |held: &appointment::Model| {
        held.duty == Duty::Head && (held.unit_id == unit.id || held.unit_id == unit.seat_id)
    };
    if held.iter().any(heads) || Power::Organise.of(held).is_ok() {
        return Ok(());
    }
    Err(Refusal::NotYours(Bar::NotHead))
}

/// The slots of one unit that lie with somebody: taken, meant for them, or delegated by them.
///
/// # Errors
/// The database's.
pub async fn lies_with(
    db: &impl ConnectionTrait,
    person: PersonId,
    unit: UnitId,
) -> Result<Vec<task::Model>, CommandError> {
    let rows = task::Entity::find()
        .filter(task::Column::PersonId.eq(person).or(task::Column::OwnerId.eq(person)))
        .filter(task::Column::UnitId.eq(unit))
        .filter(task::Column::State.is_in(LIVE))
        .order_by_asc(task::Column::CaseId)
        .order_by_asc(task::Column::Id)
        .all(db)
        .await?;
    Ok(rows)
}

/// Passes on what lies with somebody in a unit. No clock listens; each case is told so in its
/// trail, and the receiver by one letter. What the receiver may not take goes to the pool; what
/// somebody else had delegated goes back to that one, who alone may sign it.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotYours`] for whoever does not answer for the unit,
/// [`Refusal::Unfit`] without a reason, for a receiver without the same duty there, or when nothing
/// lies with them; or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, unit.id = %ask.unit))]
pub async fn hand_over(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: HandOver,
) -> Result<HandedOver, CommandError> {
    let person = actor.person.ok_or(Refusal::NotYours(Bar::NotStaff))?;
    let found = unit::Entity::find_by_id(ask.unit).one(tx).await?;
    let own = appointment::Entity::held_by(person, workflow.clock.now()).all(tx).await?;
    let Some(unit) = found else {
        // Whoever answers for no unit does not hear which there are.
        let looks = Power::Organise.of(&own).is_ok();
        let why = if looks { Refusal::NotFound("unit") } else { Refusal::NotYours(Bar::NotHead) };
        return Err(why.into());
    };
    answers_for(&own, &unit)?;
    let ask = HandOver { reason: reason_of(&ask)?, ..ask };
    let files = locked(tx, &ask).await?;
    // The cases first, then the appointments: as every decision does.
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let own = appointment::Entity::held_by_for_share(person, now).all(tx).await?;
    answers_for(&own, &unit)?;
    let receiver = receiver_of(tx, &ask, now).await?;
    let substitutions = pass_substitutions(tx, workflow, (actor, person), &ask).await?;
    if files.is_empty() && substitutions == 0 {
        return Err(refused(
            "此人在该单位没有在手的待办，无需转办",
            "nothing lies with this person in this unit: there is nothing to hand over",
        )
        .into());
    }
    let states = load::states(tx, files).await?;
    let of: Vec<&case_file::Model> = states.iter().map(|state| &state.case).collect();
    let facts = load::facts_of(tx, workflow, &of, now).await?;
    let (mut done, mut writes) = (HandedOver::default(), Writes::default());
    let mut lines: Vec<Json> = Vec::new();
    let to = (&ask, receiver.as_ref());
    for (before, facts) in states.iter().zip(&facts) {
        let mut engine = Engine::new(facts, before.clone(), now);
        let by = (actor, machine);
        let passed = pass_all(tx, workflow, (&mut engine, before), (by, to), &mut done).await?;
        lines.extend(passed.lines);
        if engine.events.is_empty() {
            continue;
        }
        let by = (Some(actor), machine);
        let gathered = answer::gather(tx, &mut writes, (before, engine), by, |change| {
            change.told.extend(passed.notes);
        });
        done.jobs.extend(gathered.await?.recorded.jobs);
    }
    writes.batch.run(tx).await?;
    let what =
        json!({ "from": ask.from, "to": ask.to, "moved": done.moved, "pooled": done.pooled });
    append(tx, now, Stream::Unit, unit.id.0, Some(actor), ("handed_over", what)).await?;
    if let (Some(to), false) = (ask.to, lines.is_empty()) {
        let told = BTreeMap::from([(to, lines)]);
        let why = format!("{}/{}", ask.from, ask.unit);
        done.jobs.extend(passed_on::tell(tx, (now, machine), &why, told).await?);
    }
    Ok(done)
}

/// Why, in at most 500 characters.
fn reason_of(ask: &HandOver) -> Result<String, Refusal> {
    let reason = ask.reason.trim();
    if (1..=500).contains(&reason.chars().count()) {
        return Ok(reason.to_owned());
    }
    Err(refused(
        "请用 500 字以内说明转办原因",
        "say in at most 500 characters why it is handed over",
    ))
}

/// The cases of what lies with them, locked in the order of their ids.
async fn locked(
    tx: &DatabaseTransaction,
    ask: &HandOver,
) -> Result<Vec<case_file::Model>, CommandError> {
    let slots = lies_with(tx, ask.from, ask.unit).await?;
    let mut cases: Vec<CaseId> = slots.iter().map(|slot| slot.case_id).collect();
    cases.dedup();
    let files = case_file::Entity::find()
        .filter(case_file::Column::Id.is_in(load::padded(&cases)))
        .order_by_asc(case_file::Column::Id)
        .lock_exclusive();
    Ok(files.all(tx).await?)
}

/// What is told of what was passed on of one case.
#[derive(Default)]
struct Passed {
    notes: Vec<note::Model>,
    lines: Vec<Json>,
}

/// Who does it, and the machine's time.
type By = (Actor, DateTime<Utc>);

/// Passes on all of one case that lies with them.
async fn pass_all(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (engine, before): (&mut Engine<'_>, &CaseState),
    (by, to): (By, (&HandOver, Option<&Receiver>)),
    done: &mut HandedOver,
) -> Result<Passed, CommandError> {
    let mut passed = Passed::default();
    for slot in mine(before, to.0) {
        let note = note_of(tx, workflow, by, slot, (to.0.reason.as_str(), engine.now)).await?;
        match pass(engine, slot, to, hex(&note.sha256))? {
            Went::Over => {
                done.moved += 1;
                passed.lines.push(passed_on::line(&engine.facts.program, before, slot));
            }
            Went::Back => done.pooled += 1,
            Went::Nowhere => {
                done.left.push(before.case.number.clone().unwrap_or_default());
                continue;
            }
        }
        passed.notes.push(note);
    }
    Ok(passed)
}

/// What of a case is passed on.
fn mine<'a>(state: &'a CaseState, ask: &HandOver) -> impl Iterator<Item = &'a task::Model> {
    let (from, unit) = (ask.from, ask.unit);
    state.tasks.iter().filter(move |slot| {
        [slot.person_id, slot.owner_id].contains(&Some(from))
            && slot.unit_id == unit
            && LIVE.contains(&slot.state)
            // An applicant's own step is nobody's to pass on.
            && state.case.subject_id != Some(from)
    })
}

/// Whoever receives; they work in the unit.
async fn receiver_of(
    tx: &DatabaseTransaction,
    ask: &HandOver,
    now: DateTime<Utc>,
) -> Result<Option<Receiver>, CommandError> {
    let Some(to) = ask.to else { return Ok(None) };
    if to == ask.from {
        return Err(refused(
            "接收人不能是本人，请另选",
            "it lies with this person already; choose another",
        )
        .into());
    }
    let found = receiver(tx, to, now).await?;
    if found.by(|held| held.unit_id == ask.unit).is_none() {
        return Err(not_there().into());
    }
    Ok(Some(found))
}

fn not_there() -> Refusal {
    refused(
        "接收人须在同一单位任同一职责，请另选，或退回本单位待领",
        "the receiver must have the same duty in the same unit; choose another, or give it back to the pool",
    )
}

/// What became of a slot.
enum Went {
    Over,
    Back,
    Nowhere,
}

fn pass(
    engine: &mut Engine<'_>,
    slot: &task::Model,
    (ask, receiver): (&HandOver, Option<&Receiver>),
    note: String,
) -> Result<Went, CommandError> {
    let facts = engine.facts;
    let organisation = &facts.organisation;
    let stays = |owner: &PersonId| {
        *owner != ask.from && organisation.holders(slot.unit_id, slot.duty).contains(owner)
    };
    if let Some(owner) = slot.owner_id.filter(stays) {
        engine.pass_on(slot.id, How::GivenBack, owner, Some(note))?;
        return Ok(Went::Back);
    }
    let same = |held: &appointment::Model| held.unit_id == ask.unit && held.duty == slot.duty;
    if receiver.is_some_and(|receiver| receiver.by(same).is_none()) {
        return Err(not_there().into());
    }
    let may = receiver
        .is_some_and(|receiver| receiver.may(engine.facts, &engine.state, slot, same).is_ok());
    if !may && slot.addressed {
        return Ok(Went::Nowhere);
    }
    if !may {
        engine.emit(Event::TaskReleased { task: slot.id });
    }
    let moved = Moved {
        how: How::HandedOver,
        unit: None,
        duty: None,
        person: ask.to.filter(|_| may),
        from: Some(ask.from),
        note: Some(note),
    };
    engine.emit(Event::TaskMoved { task: slot.id, moved: Box::new(moved) });
    Ok(if may { Went::Over } else { Went::Back })
}

/// The reason, sealed with the case's key.
async fn note_of(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (actor, machine): (Actor, DateTime<Utc>),
    slot: &task::Model,
    (reason, now): (&str, DateTime<Utc>),
) -> Result<note::Model, CommandError> {
    let key = vault::key_or_new(tx, workflow, Owner::Case(slot.case_id), machine).await?;
    let id = NoteId::at(now);
    let sealed = vault::seal_text(&key, ("note", "sealed", &id.to_string()), reason)?;
    Ok(note::Model {
        id,
        case_id: slot.case_id,
        task_id: slot.id,
        run_id: slot.run_id,
        kind: NoteKind::HandedOver,
        sha256: digest(&sealed).to_vec(),
        sealed,
        account_id: actor.account,
        created_at: now,
    })
}
