//! How far a case has come.

use entities::{ClockKind, Phase};
use workflow::{
    Actor,
    calendar::local_date,
    rules::authority::{Authority, Verb},
};

use super::{Reader, bounces, case::Case, due, held, own_step, people, scope, steps, why};
use crate::{
    Problem,
    read::{
        CaseStatus, Light,
        progress::{Action, HolderView, LateView, ProgressView},
    },
};

/// A case of one's own.
///
/// # Errors
/// [`Problem::NotFound`], the database's.
pub async fn progress(r: &Reader<'_>, actor: Actor, key: &str) -> Result<ProgressView, Problem> {
    let file = scope::mine(r, actor, key).await?;
    let case = Case::read(r, file).await?;
    for_caller(r, &case, actor).await
}

/// What is known of the one who asks, outside a command.
pub(super) async fn authority(r: &Reader<'_>, actor: Actor) -> Result<Authority, Problem> {
    let appointments = match actor.person {
        Some(person) => entities::appointment::Entity::held_by(person, r.now).all(r.db()).await?,
        None => Vec::new(),
    };
    let acts_for = match actor.person {
        None => scope::acted_for(r, actor).await?.into_iter().map(|row| row.person_id).collect(),
        Some(_) => Vec::new(),
    };
    Ok(Authority { actor, appointments, acts_for, owing: Vec::new() })
}

/// How far a case of the caller's is, with what they may do with it.
pub(super) async fn for_caller(
    r: &Reader<'_>,
    case: &Case,
    actor: Actor,
) -> Result<ProgressView, Problem> {
    let authority = authority(r, actor).await?;
    let mut view = of(r, case);
    view.actions = actions(case, &authority);
    view.todo = own_step::todo(r, case, &authority);
    view.undelivered = bounces::undelivered(r, case.file()).await?;
    if case.file().submitted_at.is_some() {
        view.held = Some(held::of(r, case.file()).await?);
    }
    Ok(view)
}

fn actions(case: &Case, authority: &Authority) -> Vec<Action> {
    let may = |verb| authority.may(verb, &case.state, &case.program, None).is_ok();
    let mut actions = Vec::new();
    if may(Verb::Resubmit) {
        let returned = case.status() == CaseStatus::Returned;
        actions.push(if returned { Action::Change } else { Action::Supplement });
    }
    if may(Verb::Withdraw) {
        actions.push(Action::Withdraw);
    }
    actions.push(Action::Complain);
    actions
}

/// The view without what may be done.
pub(super) fn of(r: &Reader<'_>, case: &Case) -> ProgressView {
    let file = case.file();
    let total = case.state.case_clock(ClockKind::Total).filter(|row| row.ended_at.is_none());
    let decided = file.outcome.is_some() && file.outcome != Some(entities::Outcome::Withdrawn);
    let granted = file.outcome == Some(entities::Outcome::Granted);
    ProgressView {
        number: case.key(),
        title: case.title(),
        subject: case.subject_name(),
        status: case.status(),
        submitted_at: file.submitted_at,
        asked_fen: case.asked_fen(r),
        awarded_fen: granted.then_some(file.award_fen.0),
        holders: holders(r, case),
        late: late(r, case),
        total: total.and_then(|row| due::of_clock(r, row)),
        steps: steps::of(r, case),
        held: None,
        todo: Vec::new(),
        actions: Vec::new(),
        undelivered: false,
        decided,
        looked_up: false,
    }
}

/// Who holds it, office by office.
fn holders(r: &Reader<'_>, case: &Case) -> Vec<HolderView> {
    if case.file().phase == Phase::Draft || !case.state.is_live() {
        return Vec::new();
    }
    let mut views: Vec<HolderView> = Vec::new();
    for (slot, run) in steps::open_slots(&case.state) {
        let unit = people::name_in(r, &case.units, Some(slot.unit_id));
        let office = case.units.get(&slot.unit_id).map_or("", |unit| unit.office.as_str());
        let duty = people::duty_words(r, office, slot.duty);
        if views.iter().any(|view| view.unit == unit && view.duty == duty) {
            continue;
        }
        let why = why::of_slot(r, case, slot, run).sentence;
        let clock = case.state.clock_of(run.id);
        views.push(HolderView {
            unit,
            duty,
            why,
            since: slot.opened_at.unwrap_or(run.opened_at),
            due: clock.and_then(|row| due::of_slot(r, case, slot.unit_id, row)),
        });
    }
    views
}

/// An apology, when the step that holds it is over its time.
fn late(r: &Reader<'_>, case: &Case) -> Option<LateView> {
    let (slot, run) = steps::open_slots(&case.state).find(|(slot, run)| {
        let clock = case.state.clock_of(run.id);
        let due = clock.and_then(|row| due::of_slot(r, case, slot.unit_id, row));
        due.is_some_and(|due| due.light == Light::Red)
    })?;
    let days = r.days_of(case.state.clock_of(run.id)?);
    let days = days.working_days_between(local_date(run.due_at?), local_date(r.now));
    Some(LateView {
        unit: people::name_in(r, &case.units, Some(slot.unit_id)),
        days: i64::from(days.max(1)),
        reason: None,
        new_day: None,
    })
}
