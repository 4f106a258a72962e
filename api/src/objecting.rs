//! The one way in which the public objects to a notice, by a page or by JSON.

use actix_web::HttpRequest;
use workflow::{
    commands::{Objection, object_to_notice},
    tx,
};

use crate::{Problem, Services, session, show};

/// Counts the sender's network, records the objection, and lets the letters go.
///
/// # Errors
/// [`Problem::TooManyRequests`], what [`object_to_notice`] refuses, the database's.
pub(crate) async fn object(
    services: &Services,
    request: &HttpRequest,
    ask: Objection,
) -> Result<(), Problem> {
    let network = session::visit(request, &services.settings).network;
    show::count_objection(services, &network)?;
    let workflow = &services.workflow;
    let done = tx::write(&workflow.store, async |tx| object_to_notice(tx, workflow, ask).await);
    workflow.wake.hand(&done.await?.jobs);
    Ok(())
}
