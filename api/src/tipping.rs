//! The one way in which the public points something out, by a page or by JSON.

use actix_web::HttpRequest;
use workflow::{
    commands::{TipOff, Tipped, tip_off},
    tx,
};

use crate::{Problem, Services, session, show};

/// Counts the sender's network, records what is pointed out, and lets its case go on.
///
/// # Errors
/// [`Problem::TooManyRequests`], what [`tip_off`] refuses, the database's.
pub(crate) async fn point_out(
    services: &Services,
    request: &HttpRequest,
    ask: TipOff,
) -> Result<Tipped, Problem> {
    let network = session::visit(request, &services.settings).network;
    show::count_tip_off(services, &network)?;
    let workflow = &services.workflow;
    // Numbers may have gaps: one is taken even if nothing comes of it.
    let ask = TipOff { sequence: TipOff::sequence(workflow).await?, ..ask };
    let done = tx::write(&workflow.store, async |tx| tip_off(tx, workflow, ask).await).await?;
    workflow.wake.hand(&done.jobs);
    Ok(done)
}
