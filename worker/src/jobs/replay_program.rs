//! Looks at some more past cases as a draft of their program would have them.

use entities::ProgramReplayId;
use workflow::{program_versions, tx};

use super::{Held, JobError, lease};
use crate::Services;

/// Some cases in one transaction with the mark; more of them are a job of their own, so that
/// cases of today are never held up for long.
#[tracing::instrument(name = "job.replay_program", skip_all, fields(replay.id = %replay))]
pub(super) async fn run(
    services: &Services,
    held: &Held,
    replay: ProgramReplayId,
) -> Result<(), JobError> {
    let workflow = &services.workflow;
    let tickets = tx::write(&workflow.store, async |tx| {
        lease::finish(services, tx, held).await?;
        let tickets = program_versions::replay_some(tx, workflow, replay).await?;
        Ok::<_, JobError>(tickets)
    })
    .await?;
    workflow.wake.hand(&tickets);
    Ok(())
}
