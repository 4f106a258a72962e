//! 撤并: a unit is closed, and whichever takes over has all that lies there, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{
    AppointmentId, CaseId, PersonId, Stream, UnitId, appointment, case_file, extension, unit,
    unit_name,
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde_json::{Value as Json, json};

use super::{
    answer::{self, Writes},
    answer_request::take_over,
    closing::{Closing, closing},
    document_number, passed_on,
    settle_slots::closed_by,
};
use crate::{
    Actor, CommandError, Ticket, Workflow,
    calendar::local_date,
    event::How,
    load,
    organise::{entitled, leaves, refused},
    record::{Batch, append},
    rules::{
        administering::{Power, not_oneself},
        engine::Engine,
    },
    state::CaseState,
};

/// Cases that are in memory at once.
const BATCH: usize = 50;

/// A unit that shall be closed.
#[derive(Clone, Debug)]
pub struct CloseUnit {
    /// Which; a place with all its offices.
    pub unit: UnitId,
    /// Who takes over; none only where nothing is left.
    pub successor: Option<UnitId>,
    /// Who goes along, with the same duty; none: all.
    pub along: Option<Vec<PersonId>>,
}

/// What has moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Slots.
    pub tasks: usize,
    /// The cases that they are of.
    pub cases: usize,
    /// Appointments that go on at the successor.
    pub along: usize,
    /// Appointments that ended.
    pub ended: usize,
    /// For the fast path.
    pub jobs: Vec<Ticket>,
}

/// Closes a unit today. Each case that lies there is told so in its trail; no clock listens.
///
/// # Errors
/// As [`closing`] and [`Closing::may`]; [`crate::Refusal::NotYours`] for whoever is no system
/// administrator, or works there; [`crate::Refusal::Unfit`] while a vote is addressed to somebody who does not go
/// along; or the database's.
#[tracing::instrument(skip_all, fields(unit.id = %ask.unit))]
pub async fn close_unit(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: CloseUnit,
) -> Result<Closed, CommandError> {
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    entitled(tx, by, Power::Organise, now).await?;
    // All places are few; the same order for everybody.
    let both: Vec<UnitId> = std::iter::once(ask.unit).chain(ask.successor).collect();
    unit::Entity::in_places(both.clone())
        .filter(unit::Column::Id.is_not_in(both.clone()))
        .order_by_asc(unit::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let own = unit::Entity::find().filter(unit::Column::Id.is_in(both));
    own.order_by_asc(unit::Column::Id).lock_exclusive().all(tx).await?;
    let plan = closing(tx, now, ask.unit, ask.successor).await?;
    plan.may()?;
    // Whoever goes along has a duty given anew, which nobody gives himself.
    for held in plan.parts.iter().flat_map(|part| &part.staff) {
        not_oneself(by, held.person_id)?;
    }
    let cases: BTreeSet<CaseId> =
        plan.parts.iter().flat_map(|part| part.cases.iter().chain(&part.asked).copied()).collect();
    let cases: Vec<CaseId> = cases.into_iter().collect();
    let files = locked(tx, &cases).await?;
    let along = |person: PersonId| ask.along.as_ref().is_none_or(|these| these.contains(&person));
    let moved = staff(tx, &plan, (by, now), along).await?;
    for person in gone(&plan, along) {
        leaves(tx, workflow, by, person).await?;
    }
    rows(tx, &plan, (by, now)).await?;
    let mut done =
        Closed { cases: files.len(), along: moved.0, ended: moved.1, ..Closed::default() };
    let mut told: BTreeMap<PersonId, Vec<Json>> = BTreeMap::new();
    for some in files.chunks(BATCH) {
        slots(tx, workflow, (by, machine), (&plan, some), (&mut done, &mut told)).await?;
    }
    below(tx, &plan, (by, now)).await?;
    let why = format!("closed/{}", plan.unit.id);
    done.jobs.extend(passed_on::tell(tx, (now, machine), &why, told).await?);
    Ok(done)
}

/// Whoever does not go along, or cannot.
fn gone(plan: &Closing, along: impl Fn(PersonId) -> bool) -> BTreeSet<PersonId> {
    let parts = plan.parts.iter();
    let held = parts.flat_map(|part| part.staff.iter().map(move |held| (part, held.person_id)));
    held.filter(|(part, person)| part.heir.is_none() || !along(*person))
        .map(|(_, person)| person)
        .collect()
}

/// The cases, locked in the order of their ids.
async fn locked(
    tx: &DatabaseTransaction,
    cases: &[CaseId],
) -> Result<Vec<case_file::Model>, CommandError> {
    let mut files = Vec::with_capacity(cases.len());
    for some in cases.chunks(load::IDS) {
        let some = case_file::Entity::find()
            .filter(case_file::Column::Id.is_in(load::padded(some)))
            .order_by_asc(case_file::Column::Id)
            .lock_exclusive();
        files.extend(some.all(tx).await?);
    }
    Ok(files)
}

/// Ends the appointments, and gives those who go along the same duty at the successor: how many
/// went, how many ended.
async fn staff(
    tx: &DatabaseTransaction,
    plan: &Closing,
    (by, now): (Option<Actor>, DateTime<Utc>),
    along: impl Fn(PersonId) -> bool,
) -> Result<(usize, usize), CommandError> {
    let (mut went, mut ended) = (0, 0);
    for part in &plan.parts {
        let ids: Vec<AppointmentId> = part.staff.iter().map(|held| held.id).collect();
        let held = appointment::Entity::find()
            .filter(appointment::Column::Id.is_in(ids))
            .order_by_asc(appointment::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await?;
        for held in held {
            let (person, duty) = (held.person_id, held.duty);
            let to_at = Some(held.from_at.max(now));
            let what = ("appointment_ended", json!({ "appointment": held.id, "person": person }));
            let mut batch = Batch::default();
            batch.upsert::<appointment::Entity>(vec![appointment::Model { to_at, ..held }]);
            batch.run(tx).await?;
            append(tx, now, Stream::Unit, part.unit.id.0, by, what).await?;
            ended += 1;
            let Some(heir) = part.heir.as_ref().filter(|_| along(person)) else { continue };
            let there = appointment::Entity::held_by(person, now)
                .filter(appointment::Column::UnitId.eq(heir.id))
                .filter(appointment::Column::Duty.eq(duty));
            if there.one(tx).await?.is_some() {
                continue;
            }
            let id = AppointmentId::at(now);
            let (unit_id, from_at) = (heir.id, now);
            let row =
                appointment::Model { id, person_id: person, unit_id, duty, from_at, to_at: None };
            let mut batch = Batch::default();
            batch.insert::<appointment::Entity>(vec![row]);
            batch.run(tx).await?;
            let what = json!({ "appointment": id, "person": person, "duty": duty });
            append(tx, now, Stream::Unit, heir.id.0, by, ("appointed", what)).await?;
            went += 1;
        }
    }
    Ok((went, ended))
}

/// The units' own rows: closed, with who took over.
async fn rows(
    tx: &DatabaseTransaction,
    plan: &Closing,
    (by, now): (Option<Actor>, DateTime<Utc>),
) -> Result<(), CommandError> {
    let today = local_date(now);
    for part in &plan.parts {
        // An empty office without its like over there is taken over by the place.
        let heir = part.heir.as_ref().or(plan.successor.as_ref()).map(|heir| heir.id);
        let row = unit::Model { to_on: Some(today), successor_id: heir, ..part.unit.clone() };
        let mut batch = Batch::default();
        batch.change::<unit::Entity>(&part.unit, &row);
        batch.run(tx).await?;
        unit_name::Entity::update_many()
            .col_expr(unit_name::Column::ToOn, Expr::value(today))
            .filter(unit_name::Column::UnitId.eq(part.unit.id))
            .filter(unit_name::Column::ToOn.is_null())
            .exec(tx)
            .await?;
        let mut what = json!({ "successor": heir, "tasks": part.tasks });
        if let Some(what) = what.as_object_mut().filter(|_| !part.asked.is_empty()) {
            what.insert("requests".to_owned(), json!(part.asked.len()));
        }
        let what = ("unit_closed", what);
        append(tx, now, Stream::Unit, part.unit.id.0, by, what).await?;
        if let Some(heir) = &part.heir {
            let what = ("unit_took_over", json!({ "from": part.unit.id }));
            append(tx, now, Stream::Unit, heir.id.0, by, what).await?;
        }
    }
    Ok(())
}

/// Places below report to whichever took over; last, for until then what lies in the closed place
/// is found from them.
async fn below(
    tx: &DatabaseTransaction,
    plan: &Closing,
    (by, now): (Option<Actor>, DateTime<Utc>),
) -> Result<(), CommandError> {
    let Some(to) = &plan.successor else { return Ok(()) };
    for below in &plan.below {
        let row = unit::Model { parent_id: Some(to.id), ..below.clone() };
        let mut batch = Batch::default();
        batch.change::<unit::Entity>(below, &row);
        batch.run(tx).await?;
        let what = ("unit_reports_to", json!({ "above": to.id }));
        append(tx, now, Stream::Unit, below.id.0, by, what).await?;
    }
    Ok(())
}

/// What lies in the units goes to whichever took over, of some cases.
async fn slots(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (by, machine): (Option<Actor>, DateTime<Utc>),
    (plan, files): (&Closing, &[case_file::Model]),
    (done, told): (&mut Closed, &mut BTreeMap<PersonId, Vec<Json>>),
) -> Result<(), CommandError> {
    let now = workflow.clock.now();
    let states = load::states(tx, files.to_vec()).await?;
    let of: Vec<&case_file::Model> = states.iter().map(|state| &state.case).collect();
    let facts = load::facts_of(tx, workflow, &of, now).await?;
    let ids: Vec<CaseId> = of.iter().map(|case| case.id).collect();
    // Read under the locks of their cases: one that was answered meanwhile is past.
    let asked = extension::Entity::waiting()
        .filter(extension::Column::CaseId.is_in(load::padded(&ids)))
        .filter(extension::Column::UnitId.is_in(plan.parts.iter().map(|part| part.unit.id)))
        .order_by_asc(extension::Column::Id)
        .all(tx)
        .await?;
    let mut writes = Writes::default();
    for (before, facts) in states.iter().zip(&facts) {
        let mut engine = Engine::new(facts, before.clone(), now);
        if plan.parts.iter().any(|part| part.cases.contains(&before.case.id)) {
            engine.reseat_all(How::Merged);
        }
        let heir = |unit| plan.parts.iter().find(|part| part.unit.id == unit)?.heir.as_ref();
        let here = asked.iter().filter(|row| row.case_id == before.case.id);
        let requests: Vec<extension::Model> = here
            .filter_map(|row| Some((row, heir(row.unit_id)?.id)))
            .map(|(row, unit)| take_over(&mut engine, row, unit))
            .collect();
        orphaned(plan, before, &engine)?;
        let closed = closed_by(&engine);
        for path in &closed {
            document_number::take(tx, &mut engine, path).await?;
        }
        for (person, line) in passed_on::lines(before, &engine) {
            told.entry(person).or_default().push(line);
        }
        done.tasks += passed_on::moved(&engine);
        let gathered = answer::gather(tx, &mut writes, (before, engine), (by, machine), |change| {
            change.extensions.extend(requests);
            change.routing = (!closed.is_empty()).then_some(true);
        });
        done.jobs.extend(gathered.await?.recorded.jobs);
    }
    Ok(writes.batch.run(tx).await?)
}

/// Refuses while something is meant for one person who has no part in it any more: the machine
/// chooses nobody in their place.
fn orphaned(plan: &Closing, before: &CaseState, engine: &Engine<'_>) -> Result<(), CommandError> {
    let in_parts = |unit| plan.parts.iter().any(|part| part.unit.id == unit);
    for slot in before.tasks.iter().filter(|slot| slot.addressed && in_parts(slot.unit_id)) {
        let open = CaseState::is_open(slot);
        let (Some(person), true) = (slot.person_id, open) else { continue };
        let organisation = &engine.facts.organisation;
        let unit = organisation.unit(slot.unit_id).map_or(slot.unit_id, |unit| unit.id);
        let holders = organisation.holders(unit, slot.duty);
        if Some(person) != before.case.subject_id && !holders.contains(&person) {
            let number = before.case.number.clone().unwrap_or_default();
            return Err(refused(
                format!("{number} 有指定本人签署的事项，其人不随往；请先转办，或让其随往"),
                format!("{number} waits for the signature of one person who does not go along; hand it over first, or let them go along"),
            )
            .into());
        }
    }
    Ok(())
}
