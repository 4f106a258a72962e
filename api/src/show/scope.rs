//! Who may know of which case: the applicant's side, and staff through whose hands it goes.

use std::collections::{BTreeMap, BTreeSet};

use entities::{
    CaseId, Duty, Level, PaperId, PersonId, TaskId, TaskState, UnitId, acts_for, appointment,
    case_file, notice, paper, step_run, task, unit,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use workflow::{
    Actor, Bar, CommandError, Refusal, event::Holders, load, organisation::Organisation,
    rules::recusing::KEPT_OUT, state::CaseState,
};

use super::{Reader, case::Case, people, progress};
use crate::Problem;

/// An office that looks over all others at its place.
pub(super) const OVERSEER: &str = "supervision";

/// A case by its id or its number.
pub(super) async fn find(r: &Reader<'_>, key: &str) -> Result<case_file::Model, Problem> {
    let query = match key.parse::<CaseId>() {
        Ok(id) => case_file::Entity::find_by_id(id),
        Err(_) => case_file::Entity::with_number(key),
    };
    query.one(r.db()).await?.ok_or(Problem::NotFound)
}

/// A case of somebody this account acts for, or that it filed.
///
/// # Errors
/// [`Problem::NotFound`] for any other, the database's.
pub async fn mine(r: &Reader<'_>, actor: Actor, key: &str) -> Result<case_file::Model, Problem> {
    let case = find(r, key).await?;
    if is_mine(r, actor, &case).await? { Ok(case) } else { Err(Problem::NotFound) }
}

/// A case that the applicant's side or staff may look at.
///
/// # Errors
/// As [`mine`].
pub async fn seen(r: &Reader<'_>, actor: Actor, key: &str) -> Result<case_file::Model, Problem> {
    let case = find(r, key).await?;
    let may = is_mine(r, actor, &case).await? || is_ours(r, actor, &case).await?;
    if may { Ok(case) } else { Err(Problem::NotFound) }
}

/// A document of a case that one may look at.
///
/// # Errors
/// As [`mine`].
pub async fn paper(r: &Reader<'_>, actor: Actor, id: PaperId) -> Result<paper::Model, Problem> {
    let row = paper::Entity::find_by_id(id).one(r.db()).await?;
    let row = row.filter(|row| row.removed_at.is_none()).ok_or(Problem::NotFound)?;
    let case = seen(r, actor, &row.case_id.to_string()).await?;
    // What staff put in at their step is theirs until the case is over; what is of a line is for
    // those who may see the lines.
    let own = row.row_id.is_none() && (row.run_id.is_none() || row.uploaded_by == actor.account);
    if own || is_ours(r, actor, &case).await? { Ok(row) } else { Err(Problem::NotFound) }
}

/// The task through which a member of staff comes to a case: one that waits for them, else the last
/// that was opened.
///
/// # Errors
/// [`Problem::NotFound`] for a case that is none of their business or has no task, the database's.
pub async fn way_in(r: &Reader<'_>, actor: Actor, key: &str) -> Result<TaskId, Problem> {
    let case = find(r, key).await?;
    let Some(person) = actor.person.filter(|_| case.number.is_some()) else {
        return Err(Problem::NotFound);
    };
    if !is_ours(r, actor, &case).await? {
        return Err(Problem::NotFound);
    }
    let held = appointment::Entity::used_by(person, r.now).all(r.db()).await?;
    let mut slots = task::Entity::of_case(case.id).all(r.db()).await?;
    slots.sort_by_key(|slot| slot.opened_at);
    let waits = |slot: &&task::Model| {
        let open = CaseState::is_open(slot) && slot.person_id.is_none_or(|who| who == person);
        open && held.iter().any(|held| works_on(held, slot))
    };
    let found = slots.iter().find(waits).or(slots.last());
    found.map(|slot| slot.id).ok_or(Problem::NotFound)
}

async fn is_mine(r: &Reader<'_>, actor: Actor, case: &case_file::Model) -> Result<bool, Problem> {
    let filed = case.filed_by == actor.account;
    let Some(subject) = case.subject_id else { return Ok(filed) };
    if actor.person.is_some() {
        return Ok(filed && works_where(r, actor, subject).await?);
    }
    if filed {
        return Ok(true);
    }
    let now = r.workflow.clock.machine();
    let held = acts_for::Entity::of_account(actor.account, now)
        .filter(acts_for::Column::PersonId.eq(subject))
        .one(r.db());
    Ok(held.await?.is_some())
}

/// Whether a member of staff works in the school or the township of whom they filed for.
async fn works_where(r: &Reader<'_>, actor: Actor, subject: PersonId) -> Result<bool, Problem> {
    let (Some(own), person) = (actor.person, people::person(r, subject).await?) else {
        return Ok(false);
    };
    let held = appointment::Entity::held_by(own, r.now).all(r.db()).await?;
    let units = people::units(r, held.into_iter().map(|held| held.unit_id)).await?;
    let places = [person.school_id, person.township_id];
    Ok(units.values().any(|unit| places.contains(&Some(unit.seat_id))))
}

/// Whoever decides: administrators keep accounts, and supervisors see by [`OVERSEER`] alone.
fn decides(duty: Duty) -> bool {
    matches!(duty, Duty::Handler | Duty::Head)
}

/// Whether `actor` may see a case as staff: its route leads or led through one of the units that
/// they work in, or one of those supervises a unit on it, at the same or a higher level, in the
/// case's own places; or an objection to it was sent to them. Never a case they are kept from.
pub(super) async fn is_ours(
    r: &Reader<'_>,
    actor: Actor,
    case: &case_file::Model,
) -> Result<bool, Problem> {
    if actor.person.is_none() || case.number.is_none() {
        return Ok(false); // a draft is nobody's business
    }
    let runs = step_run::Entity::of_case(case.id).all(r.db()).await?;
    let slots = task::Entity::of_case(case.id).all(r.db()).await?;
    let files = std::slice::from_ref(case);
    Ok(!are_ours(r, actor, files, (&runs, &slots)).await?.is_empty())
}

/// Which of some cases `actor` may see as staff, as [`is_ours`] judges one: asked of all of them
/// together. `runs` and `slots` are all of theirs.
pub(super) async fn are_ours(
    r: &Reader<'_>,
    actor: Actor,
    files: &[case_file::Model],
    (runs, slots): (&[step_run::Model], &[task::Model]),
) -> Result<BTreeSet<CaseId>, Problem> {
    let Some(person) = actor.person else { return Ok(BTreeSet::new()) };
    let seen = |case: &&case_file::Model| {
        let mut own = runs.iter().filter(|run| run.case_id == case.id);
        case.number.is_some() && !is_recused((actor, person), case, &mut own)
    };
    let files: Vec<&case_file::Model> = files.iter().filter(seen).collect();
    if files.is_empty() {
        return Ok(BTreeSet::new());
    }
    let authority = load::authority_to_show(r.db(), actor, r.now).await?;
    let held = authority.appointments;
    let takes = |case: &case_file::Model| {
        let stands_in = authority.stands_in.iter().filter(|stand_in| stand_in.covers(case));
        let in_a_name: Vec<&appointment::Model> = stands_in.flat_map(|one| &one.held).collect();
        slots.iter().filter(|slot| slot.case_id == case.id).any(|slot| {
            let own = slot.person_id == Some(person) && slot.added.is_some();
            own || held.iter().chain(in_a_name.iter().copied()).any(|held| works_on(held, slot))
        })
    };
    let (taken, rest): (Vec<_>, Vec<_>) = files.into_iter().partition(|case| takes(case));
    let mut found: BTreeSet<CaseId> = taken.into_iter().map(|case| case.id).collect();
    if rest.is_empty() {
        return Ok(found);
    }
    let duties = held.iter().map(|held| (held.unit_id, held.duty));
    let duties: Vec<(UnitId, Duty)> = duties.collect();
    let of_rest = |slot: &&task::Model| rest.iter().any(|case| case.id == slot.case_id);
    let on_route = slots.iter().filter(of_rest).map(|slot| slot.unit_id);
    let units = people::units(r, on_route.chain(duties.iter().map(|(unit, _)| *unit))).await?;
    for case in &rest {
        let own = slots.iter().filter(|slot| slot.case_id == case.id);
        if looks_over(r, case, (duties.as_slice(), &units), own).await? {
            found.insert(case.id);
        }
    }
    let rest = rest.into_iter().map(|case| case.id).filter(|case| !found.contains(case));
    let rest: Vec<CaseId> = rest.collect();
    if !rest.is_empty() {
        found.extend(were_told(r, person, rest).await?);
    }
    Ok(found)
}

/// Whether an appointment is to the unit of a slot, to decide or to what the slot asks for.
fn works_on(held: &appointment::Model, slot: &task::Model) -> bool {
    let fits = decides(held.duty) || (held.duty == slot.duty && !held.duty.is_administrative());
    held.unit_id == slot.unit_id && fits
}

/// Whether one of the units looks over the case: as its program's owner, as the supervision
/// office, or as the same office higher up.
async fn looks_over<'a>(
    r: &Reader<'_>,
    case: &case_file::Model,
    (held, units): (&[(UnitId, Duty)], &BTreeMap<UnitId, unit::Model>),
    mut slots: impl Iterator<Item = &'a task::Model>,
) -> Result<bool, Problem> {
    let own = held.iter().filter_map(|(id, duty)| Some((units.get(id)?, *duty)));
    let own: Vec<(&unit::Model, Duty)> = own.collect();
    // Since places were merged, a code alone does not say what lies where.
    let coded = |unit: &unit::Model| covers(unit, &case.county);
    let above = match case.anchor_id {
        Some(anchor) if own.iter().any(|(unit, _)| rank(unit.level) > 1 && !coded(unit)) => {
            Organisation::around(r.db(), anchor, None, r.now).await?
        }
        _ => Organisation::default(),
    };
    let lies_in = |unit: &unit::Model| rank(unit.level) > 1 && above.knows(unit.id);
    let own: Vec<(&unit::Model, Duty)> =
        own.into_iter().filter(|(unit, _)| coded(unit) || lies_in(unit)).collect();
    let oversees = |unit: &unit::Model, duty| unit.office == OVERSEER && duty == Duty::Supervisor;
    if own.iter().any(|(unit, duty)| oversees(unit, *duty)) {
        return Ok(true);
    }
    let own: Vec<&unit::Model> =
        own.into_iter().filter(|(_, duty)| decides(*duty)).map(|(unit, _)| unit).collect();
    if own.is_empty() {
        return Ok(false);
    }
    let lead = load::program(r.workflow, case)?.owner.lead.to_string();
    if own.iter().any(|unit| unit.office == OVERSEER || unit.office == lead) {
        return Ok(true);
    }
    Ok(slots.any(|slot| {
        units.get(&slot.unit_id).is_some_and(|unit| {
            own.iter().any(|own| unit.office == own.office && rank(own.level) >= rank(unit.level))
        })
    }))
}

/// Of which cases an objection was sent to this person, or they were informed: so that they can
/// read it.
async fn were_told(
    r: &Reader<'_>,
    person: PersonId,
    cases: Vec<CaseId>,
) -> Result<Vec<CaseId>, Problem> {
    let told = notice::Entity::find()
        .filter(notice::Column::CaseId.is_in(cases))
        .filter(notice::Column::PersonId.eq(person))
        .filter(notice::Column::Template.is_in(["objection", "copied"]))
        .all(r.db());
    Ok(told.await?.into_iter().filter_map(|row| row.case_id).collect())
}

/// Whether the case is their own, or they were struck from a step of it for more than having
/// signed another.
fn is_recused<'a>(
    (actor, person): (Actor, PersonId),
    case: &case_file::Model,
    runs: &mut impl Iterator<Item = &'a step_run::Model>,
) -> bool {
    if case.subject_id == Some(person) || case.filed_by == actor.account {
        return true;
    }
    runs.any(|run| {
        let holders: Holders = serde_json::from_value(run.holders.clone()).unwrap_or_default();
        let list = KEPT_OUT.iter().filter_map(|why| holders.struck.get(*why));
        list.flatten().any(|struck| *struck == person)
    })
}

/// Whether a masked fact of the case may be shown to them: they may act on a step of it now, or
/// their office has it in hand or has signed it.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever may only look, the database's.
pub(super) async fn may_reveal(r: &Reader<'_>, actor: Actor, case: &Case) -> Result<(), Problem> {
    let authority = progress::authority(r, actor).await?;
    let counts = |slot: &&task::Model| {
        matches!(slot.state, TaskState::Open | TaskState::Claimed | TaskState::Signed)
    };
    let mut slots = case.state.tasks.iter().filter(counts);
    let holds =
        |slot: &task::Model| {
            let pool = |held: &&appointment::Model| held.unit_id == slot.unit_id;
            authority.appointments.iter().filter(pool).any(|held| {
                decides(held.duty) || (held.duty == slot.duty && CaseState::is_open(slot))
            })
        };
    if slots.any(holds) {
        return Ok(());
    }
    Err(CommandError::Refused(Refusal::NotYours(Bar::OtherOffice)).into())
}

/// Whether the county lies in the unit's county, city or region.
fn covers(unit: &unit::Model, county: &str) -> bool {
    let digits = match unit.level {
        Level::County => 6,
        Level::City => 4,
        Level::Region => 2,
        Level::School | Level::Township | Level::Outside => return false,
    };
    county.get(..digits).is_some_and(|part| Some(part) == unit.division.get(..digits))
}

fn rank(level: Level) -> u8 {
    match level {
        Level::Outside => 0,
        Level::School | Level::Township => 1,
        Level::County => 2,
        Level::City => 3,
        Level::Region => 4,
    }
}

/// For whom an account acts, in the order in which the rights were given.
pub(super) async fn acted_for(
    r: &Reader<'_>,
    actor: Actor,
) -> Result<Vec<acts_for::Model>, Problem> {
    let now = r.workflow.clock.machine();
    Ok(acts_for::Entity::of_account(actor.account, now).all(r.db()).await?)
}
