//! `/staff/batches`: like cases, approved in one act after opening a sample.

use actix_web::{http::header, web};
use entities::{BatchId, TaskId};
use workflow::batches;

use super::{Answer, Visitor, once};
use crate::{
    Problem,
    batches::sign as sign_batch,
    csrf::CheckedForm,
    idempotency::{Once, StoredAnswer},
    show::{self, Open},
};

/// What can be approved together, and one's own batches.
pub(crate) async fn list(visitor: Visitor) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::batches(&visitor.reader(), who).await?;
    visitor.page(&view)
}

/// Puts a batch together.
pub(crate) async fn prepare(visitor: Visitor, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let like = task(&form, "like")?;
    let done = once(&visitor, &form, "prepare-batch", async |tx| {
        let id = batches::prepare_batch(tx, workflow, who, like).await?;
        Ok((address(id), Vec::new()))
    })
    .await;
    match done {
        Ok(to) => Ok(visitor.go(&to, None)),
        Err(problem) => {
            let drawn = show::batches(&visitor.reader(), who).await;
            visitor.again_or(drawn, problem)
        }
    }
}

/// One's own batch.
pub(crate) async fn one(visitor: Visitor, id: web::Path<BatchId>) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::batch(&visitor.reader(), who, *id).await?;
    visitor.page(&view)
}

/// Opens a case of it; of the sample it is noted down.
pub(crate) async fn open(visitor: Visitor, id: web::Path<BatchId>, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let task = task(&form, "task")?;
    // What cannot be shown is not opened.
    show::staff_case(&visitor.reader(), who, task, &Open::default()).await?;
    workflow::tx::write_patiently(&workflow.store, async |tx| {
        batches::open_row(tx, workflow, who, (*id, task)).await
    })
    .await?;
    Ok(visitor.go(&format!("/staff/tasks/{task}?batch={id}"), None))
}

/// Signs it: what is ticked is approved.
pub(crate) async fn sign(visitor: Visitor, id: web::Path<BatchId>, form: CheckedForm) -> Answer {
    let actor = visitor.staff()?;
    let who = actor.who();
    let (_, rows) = batches::own_batch(visitor.services.workflow.store.read(), who, *id).await?;
    let ticked = |task: TaskId| {
        let text = task.to_string();
        form.fields.iter().any(|(name, value)| name == "task" && *value == text)
    };
    let leave_out = rows.iter().map(|row| row.task_id).filter(|task| !ticked(*task)).collect();
    let key = Some(form.key.clone());
    let what = Once { operation: "sign-batch-page", key, hash: form.hash };
    let to = address(*id);
    let done = sign_batch(&visitor.services, actor, &what, (*id, leave_out), async |_, _| {
        let headers = vec![(header::LOCATION.to_string(), to.clone())];
        Ok(StoredAnswer { status: 303, headers, body: String::new() })
    })
    .await;
    match done {
        Ok(_) => Ok(visitor.go(&to, Some("done"))),
        Err(problem) => {
            let drawn = show::batch(&visitor.reader(), who, *id).await;
            visitor.again_or(drawn, problem)
        }
    }
}

fn address(id: BatchId) -> String {
    format!("/staff/batches/{id}")
}

fn task(form: &CheckedForm, name: &str) -> Result<TaskId, Problem> {
    let text = form.get(name).unwrap_or_default();
    text.parse().map_err(|_| Problem::MalformedRequest)
}
