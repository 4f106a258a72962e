//! The worker lets a case go on as far as it can.

use entities::{CaseId, Channel};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::answer::{Done, finish, stuck};
use crate::{
    CommandError, Workflow, load,
    record::Telling,
    rules::{advance::advance, engine::Engine},
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
        let state = crate::state::CaseState::new(file);
        return Ok(Done::new(&state, crate::record::Recorded::default()));
    }
    let before = load::state(tx, file).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
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
    let shown = super::publish::shown(tx, workflow, &engine).await?;
    finish(tx, &before, engine, (None, machine), |change| {
        change.routing = Some(false);
        change.tell = told;
        change.shown = shown;
    })
    .await
}
