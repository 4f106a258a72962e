//! How far a case has come.

use entities::{ClockKind, Phase, step_run};
use workflow::{
    Actor,
    calendar::local_date,
    rules::authority::{Authority, Verb},
};

use super::{Reader, bounces, case::Case, due, held, own_step, people, scope, steps, voices, why};
use crate::{
    Problem,
    read::{
        CaseStatus, Light, Words,
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
    let authority = workflow::load::authority_to_show(r.db(), actor, r.now).await?;
    let acts_for = match actor.person {
        None => scope::acted_for(r, actor).await?.into_iter().map(|row| row.person_id).collect(),
        Some(_) => Vec::new(),
    };
    Ok(Authority { acts_for, ..authority })
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
    let offered = voices::open_to(r, case, &authority).await?;
    view.actions.extend(offered.actions);
    (view.voices, view.appeal_until) = (offered.said, offered.until);
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
    let held = case.state.open_runs().any(|run| run.state == entities::RunState::Open);
    if held && !case.file().supplementing && authority.acts_on(&case.state) {
        actions.push(Action::Urge);
    }
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
        voices: Vec::new(),
        appeal_until: None,
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
    let calendar = r.days_of(case.state.clock_of(run.id)?);
    let today = local_date(r.now);
    let days = calendar.working_days_between(local_date(run.due_at?), today);
    // The day of the whole case while it can be kept; else as long again as the step was given.
    let whole = case.state.clocks.iter().find(|row| row.kind == ClockKind::Total);
    let whole = whole.and_then(|row| row.due_at).map(local_date).filter(|day| *day > today);
    let given = calendar.working_days_between(local_date(run.opened_at), local_date(run.due_at?));
    let again = calendar.add_working(today, given.max(1));
    Some(LateView {
        unit: people::name_in(r, &case.units, Some(slot.unit_id)),
        days: i64::from(days.max(1)),
        reason: Some(why_late(run)),
        new_day: Some(whole.unwrap_or(again)),
    })
}

/// Why it is late, and what was done about it, as far as the case tells.
fn why_late(run: &step_run::Model) -> Words {
    let held = run.holders.get("held").and_then(serde_json::Value::as_bool) == Some(true);
    let (zh, en) = match (held, run.rungs) {
        (true, _) => (
            "原因：该岗位暂无承办人，已由主管部门代为负责。",
            "Nobody holds that office at present; the department in charge sees to it.",
        ),
        (false, 0..=2) => (
            "原因：承办单位未在时限内办结，已催办。",
            "The office did not finish in time; it has been urged.",
        ),
        (false, _) => (
            "原因：承办单位未在时限内办结，已催办并报上级督查。",
            "The office did not finish in time; it has been urged, and its superior has been told.",
        ),
    };
    Words::new(zh, en)
}
