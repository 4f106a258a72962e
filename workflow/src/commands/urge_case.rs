//! 催办: the applicant, a head or a supervisor asks those who have a case to hurry.

use chrono::{DateTime, Utc};
use entities::{CaseId, Duty, PersonId, RunState, Stream, UnitId, trail};
use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter};
use serde_json::json;

use super::answer::{Done, finish, same_version};
use crate::{
    Actor, Bar, CommandError, Event, Refusal, Workflow,
    calendar::local_date,
    event::Urger,
    load,
    program::Word,
    rules::{
        authority::{Authority, Verb},
        clock::{Budget, due},
        engine::Engine,
        facts::Facts,
        recipients::{Message, Way},
    },
    state::CaseState,
};

/// Working days between two urgings of one applicant.
const PAUSE: u32 = 2;

/// Tells whoever holds the open steps of a case, and the head of their unit, that somebody waits.
/// No clock moves.
///
/// # Errors
/// [`Refusal::NotYours`] for whoever neither applied nor heads nor supervises those who have it,
/// [`Refusal::UrgedAlready`] for an applicant within two working days, [`Refusal::NotNow`] when
/// nobody holds it.
pub async fn urge_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    case: CaseId,
) -> Result<Done, CommandError> {
    urge_case_seen(tx, workflow, actor, (case, None)).await
}

/// The same by somebody who has looked at that version of the case.
///
/// # Errors
/// As [`urge_case`]; [`Refusal::Stale`] when it has changed since.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, case.id = %case))]
pub async fn urge_case_seen(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    (case, seen): (CaseId, Option<i32>),
) -> Result<Done, CommandError> {
    let file = load::lock(tx, case).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let before = load::state(tx, file).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut authority = load::authority(tx, actor, now).await?;
    authority.heads = load::headed(tx, &authority.appointments).await?;
    let by = urger(&authority, &before, &facts)?;
    same_version(&before, seen)?;
    if by == Urger::Applicant {
        pause_is_over(tx, &facts, case, now).await?;
    }
    let mut engine = Engine::new(&facts, before.clone(), now);
    hurry(&mut engine, by)?;
    finish(tx, &before, engine, (Some(actor), machine), |_| {}).await
}

/// As who somebody may urge.
///
/// # Errors
/// [`Refusal::NotYours`].
pub fn urger(authority: &Authority, state: &CaseState, facts: &Facts) -> Result<Urger, Refusal> {
    if authority.applies(state).is_ok() {
        return Ok(Urger::Applicant);
    }
    let open = state.tasks.iter().filter(|slot| CaseState::is_open(slot));
    let units: Vec<UnitId> = open.map(|slot| slot.unit_id).collect();
    let above: Vec<UnitId> = units.iter().flat_map(|unit| set_over(facts, *unit)).collect();
    let held = &authority.appointments;
    let heads = units.iter().any(|unit| authority.heads.contains(unit));
    let supervises = held.iter().any(|held| {
        above.contains(&held.unit_id)
            && matches!(held.duty, Duty::Handler | Duty::Head | Duty::Supervisor)
    });
    if heads || supervises { Ok(Urger::Staff) } else { Err(Refusal::NotYours(Bar::OtherOffice)) }
}

/// The units that are set over another: its superior, and the supervision offices from its place
/// upwards.
fn set_over(facts: &Facts, unit: UnitId) -> Vec<UnitId> {
    let organisation = &facts.organisation;
    let mut found: Vec<UnitId> =
        organisation.superior(unit).map(|unit| unit.id).into_iter().collect();
    let mut here = organisation.seat(unit).map(|seat| seat.id);
    while let Some(at) = here {
        found.extend(organisation.office(at, "supervision").map(|office| office.id));
        here = organisation.above(at).map(|above| above.id);
    }
    found
}

async fn pause_is_over(
    tx: &DatabaseTransaction,
    facts: &Facts,
    case: CaseId,
    now: DateTime<Utc>,
) -> Result<(), CommandError> {
    let told = trail::Entity::of(Stream::Case, case.0)
        .filter(trail::Column::Kind.eq("urged"))
        .all(tx)
        .await?;
    let own = |row: &&trail::Model| row.body.contains("\"by\":\"applicant\"");
    let Some(last) = told.iter().rev().find(own) else { return Ok(()) };
    let since = facts.days.working_days_between(local_date(last.happened_at), local_date(now));
    if since >= PAUSE {
        return Ok(());
    }
    let next = due(last.happened_at, Budget::WorkingDays(PAUSE), &facts.days);
    Err(Refusal::UrgedAlready { again_on: local_date(next) }.into())
}

/// Each person once, however many steps they hold.
fn hurry(engine: &mut Engine<'_>, by: Urger) -> Result<(), Refusal> {
    let open: Vec<_> =
        engine.state.open_runs().filter(|run| run.state == RunState::Open).cloned().collect();
    let mut told: Vec<PersonId> = Vec::new();
    let nth = engine.state.case.trail_number;
    for run in open {
        for word in ["holder", "unit_head"] {
            let word = Word::new(word);
            for (person, is_subject) in engine.people_for(&run, &word) {
                if is_subject || told.contains(&person) {
                    continue;
                }
                told.push(person);
                engine.messages.push(Message {
                    key: format!("{}/hurried/{nth}/{person}", run.id),
                    person,
                    way: Way::Mail,
                    template: "hurried",
                    params: json!({ "step": run.path, "due": run.due_at }),
                });
            }
        }
    }
    if told.is_empty() {
        return Err(Refusal::NotNow { verb: Verb::Urge });
    }
    engine.emit(Event::Urged { by });
    Ok(())
}
