//! The worker lets cases go on as far as they can.

use chrono::{DateTime, Utc};
use entities::{CaseId, Channel, case_file};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::answer::{Done, finish, stuck};
use crate::{
    CommandError, Workflow, load,
    record::{Recorded, Telling},
    rules::{
        advance::advance,
        assigning::{self, Given},
        engine::Engine,
        facts::Facts,
    },
    state::CaseState,
};

/// Enters what can be entered next; nothing when nobody has spoken since.
///
/// # Errors
/// [`Refusal::NotFound`](crate::Refusal::NotFound), or the database's.
#[tracing::instrument(skip_all, fields(case.id = %case))]
pub async fn route_case(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    case: CaseId,
) -> Result<Done, CommandError> {
    let file = load::lock(tx, case).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    if !file.routing {
        return Ok(Done::new(&CaseState::new(file), Recorded::default()));
    }
    let before = load::state(tx, file).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    Ok(go_on(tx, workflow, &before, &facts, (now, machine)).await?.0)
}

/// The same for several cases, in one transaction and with shared reads. Those that somebody
/// else has in hand, or that are not there, are left out of the answer.
///
/// # Errors
/// The database's, or [`CommandError::Stored`]: then nothing of any of them was done.
pub async fn route_cases(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    cases: &[CaseId],
) -> Result<Vec<Done>, CommandError> {
    let files = load::lock_free(tx, cases).await?;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let (spoken, silent): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.routing);
    let nothing = |file| Done::new(&CaseState::new(file), Recorded::default());
    let mut done: Vec<Done> = silent.into_iter().map(nothing).collect();
    if spoken.is_empty() {
        return Ok(done);
    }
    let states = load::states(tx, spoken).await?;
    let files: Vec<&case_file::Model> = states.iter().map(|state| &state.case).collect();
    let facts = load::facts_of(tx, workflow, &files, now).await?;
    // What one case gives to somebody lies there when the next one looks.
    let mut given = Vec::new();
    for (before, mut facts) in states.iter().zip(facts) {
        facts.desks.note(&given);
        let (one, gave) = go_on(tx, workflow, before, &facts, (now, machine)).await?;
        done.push(one);
        given.extend(gave);
    }
    Ok(done)
}

/// Enters what can be entered, and records it.
async fn go_on(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    before: &CaseState,
    facts: &Facts,
    (now, machine): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(Done, Vec<Given>), CommandError> {
    let case = before.case.id;
    let mut engine = Engine::new(facts, before.clone(), now);
    advance(&mut engine);
    let mut told = Vec::new();
    if stuck(&engine.events) {
        tracing::error!(case.id = %case, "a rule of the program got stuck: its owner must act");
        for person in super::publish::owners(tx, workflow, &before.case, now).await? {
            told.push(Telling {
                key: format!("{case}/{}/stuck/{person}", before.case.trail_number),
                case: Some(case),
                account: None,
                person: Some(person),
                channel: Channel::Mail,
                template: "stuck",
                params: json!({}),
                sealed: None,
            });
        }
    }
    let given = assigning::given(&engine.state, &engine.events, now);
    let shown = super::publish::shown(tx, workflow, &engine).await?;
    let rows = super::publish::shown_rows(tx, &engine).await?;
    let done = finish(tx, before, engine, (None, machine), |change| {
        change.routing = Some(false);
        change.tell = told;
        change.shown = shown;
        change.shown_rows = rows;
    })
    .await?;
    Ok((done, given))
}
