//! Lets a case go on as far as it can; several in one transaction where several wait.

use std::panic::AssertUnwindSafe;

use entities::CaseId;
use futures_util::FutureExt;
use tracing::Instrument;
use workflow::{commands, trace, tx};

use super::{Held, JobError, lease};
use crate::Services;

/// One answer for each job, in their order. What fails or falls together is done again one by
/// one, so that each fails or falls alone.
pub(super) async fn run_all(
    services: &Services,
    jobs: Vec<(Held, CaseId)>,
) -> Vec<Result<(), JobError>> {
    let mut done = Vec::new();
    if jobs.len() > 1 {
        // What follows from all of them belongs to none of their traces alone.
        let span = tracing::info_span!(parent: None, "jobs", jobs = jobs.len());
        for (held, _) in &jobs {
            trace::link(&span, held.trace.as_deref());
        }
        let together = Box::pin(together(services, &jobs)).instrument(span);
        let together = AssertUnwindSafe(together).catch_unwind().await;
        done = match together {
            Ok(Ok(done)) => done,
            Ok(Err(error)) => {
                tracing::warn!(%error, jobs = jobs.len(), "jobs failed together: one by one now");
                Vec::new()
            }
            Err(_) => {
                tracing::error!(jobs = jobs.len(), "jobs died together: one by one now");
                Vec::new()
            }
        };
    }
    let mut answers = Vec::with_capacity(jobs.len());
    for (held, case) in &jobs {
        let known = done.contains(case);
        // Boxed: with all that it may do, it would burden the stack of everybody above.
        let work =
            Box::pin(async { if known { Ok(()) } else { run(services, held, *case).await } });
        answers.push(apart(work).await);
    }
    answers
}

/// The answer of one job among others. A panic is its own death: the others are still served,
/// and its lease runs out like that of any job that died.
async fn apart(work: impl Future<Output = Result<(), JobError>>) -> Result<(), JobError> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a job died among others");
        Err(JobError::Lost)
    })
}

/// Routes those that nobody else has in hand, and marks their jobs, in one transaction; which.
async fn together(services: &Services, jobs: &[(Held, CaseId)]) -> Result<Vec<CaseId>, JobError> {
    let workflow = &services.workflow;
    let cases: Vec<CaseId> = jobs.iter().map(|(_, case)| *case).collect();
    let routed = tx::write(&workflow.store, async |tx| {
        let routed = commands::route_cases(tx, workflow, &cases).await?;
        let done = |case| routed.iter().any(|done| done.case == case);
        let held: Vec<&Held> =
            jobs.iter().filter(|(_, case)| done(*case)).map(|(held, _)| held).collect();
        lease::finish_all(services, tx, &held).await?;
        Ok::<_, JobError>(routed)
    })
    .await?;
    for done in &routed {
        workflow.wake.hand(&done.recorded.jobs);
    }
    Ok(routed.into_iter().map(|done| done.case).collect())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_job_that_dies_among_others_takes_none_with_it() {
        let mut answers = Vec::new();
        for job in 0..3 {
            let work = async move {
                assert!(job != 1, "the second one dies");
                Ok(())
            };
            answers.push(apart(work).await);
        }
        assert!(matches!(&answers[..], [Ok(()), Err(JobError::Lost), Ok(())]), "{answers:?}");
    }
}
