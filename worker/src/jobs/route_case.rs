//! Lets a case go on as far as it can.

use entities::CaseId;
use workflow::{commands, tx};

use super::{Held, JobError, lease};
use crate::Services;

/// Marks the job and routes the case in one transaction: if either fails, neither happened.
#[tracing::instrument(name = "job.route_case", skip_all, fields(case.id = %case))]
pub(super) async fn run(services: &Services, held: &Held, case: CaseId) -> Result<(), JobError> {
    let workflow = &services.workflow;
    let routed = tx::write(&workflow.store, async |tx| {
        lease::finish(services, tx, held).await?;
        Ok::<_, JobError>(commands::route_case(tx, workflow, case).await?)
    })
    .await?;
    workflow.wake.hand(&routed.recorded.jobs);
    Ok(())
}
