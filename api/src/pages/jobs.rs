//! `/staff/jobs`: what happens unasked, for whoever runs the service.

use actix_web::web;
use entities::{OutboxId, outbox::JobState};
use workflow::commands::{retry_job, retry_jobs};

use super::{Answer, Visitor, once};
use crate::{
    Problem,
    csrf::CheckedForm,
    show::{self, JobsAsk},
};

/// What waits, fails, or needs a person.
pub(crate) async fn show(visitor: Visitor, ask: web::Query<JobsAsk>) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::jobs(&visitor.reader(), who, &ask).await?;
    visitor.page(&view)
}

/// Has one tried again at once.
pub(crate) async fn retry(visitor: Visitor, job: web::Path<OutboxId>, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let to = once(&visitor, &form, "retry-job", async |tx| {
        let jobs = retry_job(tx, workflow, who, *job).await?;
        Ok((back(&form)?, jobs))
    })
    .await?;
    Ok(visitor.go(&to, Some("retried")))
}

/// Has all of a state tried again at once.
pub(crate) async fn retry_all(visitor: Visitor, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let state = form.get("state").and_then(JobState::of_word).ok_or(Problem::MalformedRequest)?;
    let to = once(&visitor, &form, "retry-jobs", async |tx| {
        let jobs = retry_jobs(tx, workflow, who, state).await?;
        Ok((back(&form)?, jobs))
    })
    .await?;
    Ok(visitor.go(&to, Some("retried")))
}

/// To the list that one came from.
fn back(form: &CheckedForm) -> Result<String, Problem> {
    let Some(state) = form.get("state").filter(|word| !word.is_empty()) else {
        return Ok("/staff/jobs".to_owned());
    };
    let state = JobState::of_word(state).ok_or(Problem::MalformedRequest)?;
    Ok(format!("/staff/jobs?state={}", state.word()))
}
