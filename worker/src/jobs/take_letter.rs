//! Reads a letter of one case in another.

use entities::LetterId;
use workflow::{
    CommandError, Ticket,
    commands::{self, Done},
    tx,
};

use super::{Held, JobError, lease};
use crate::Services;

/// Each case that hears of it in a transaction of its own; the job is marked in the last one.
#[tracing::instrument(name = "job.take_letter", skip_all, fields(letter.id = %letter))]
pub(super) async fn run(
    services: &Services,
    held: &Held,
    letter: LetterId,
) -> Result<(), JobError> {
    let workflow = &services.workflow;
    let ahead = commands::look_ahead(workflow, letter).await?;
    let sequence = match &ahead.code {
        Some(code) => workflow.numbers.of(workflow, code).await?,
        None => 0,
    };
    let mut tickets: Vec<Ticket> = Vec::new();
    for case in ahead.cases {
        let told = tx::write(&workflow.store, async |tx| {
            commands::settle_row(tx, workflow, letter, case).await
        });
        let told: Done = told.await.map_err(|error: CommandError| error)?;
        tickets.extend(told.recorded.jobs);
    }
    let done = tx::write(&workflow.store, async |tx| {
        lease::finish(services, tx, held).await?;
        let done = commands::take_letter(tx, workflow, letter, sequence).await?;
        Ok::<_, JobError>(done)
    })
    .await?;
    tickets.extend(done.into_iter().flat_map(|done| done.recorded.jobs));
    workflow.wake.hand(&tickets);
    Ok(())
}
