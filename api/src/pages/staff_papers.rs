//! `/staff/tasks/{task}/papers/{paper}`: a step's own papers.

use actix_web::web;
use entities::TaskId;
use workflow::{
    commands::{AttachPaper, attach_paper},
    tx,
};

use super::{
    Answer, Upload, Visitor,
    papers::{at_paper, mark},
};
use crate::{
    Problem,
    show::{self, Open},
};

/// Puts a file in for the step.
pub(crate) async fn add(
    visitor: Visitor,
    at: web::Path<(TaskId, String)>,
    upload: Upload,
) -> Answer {
    let (task, paper) = at.into_inner();
    let who = visitor.staff()?.who();
    match take(&visitor, task, &paper, upload).await {
        Ok(()) => Ok(visitor.go(&format!("/staff/tasks/{task}#p-{paper}"), Some("uploaded"))),
        Err(problem) => {
            let told = at_paper(&visitor, &problem, &paper);
            let mut drawn = show::staff_case(&visitor.reader(), who, task, &Open::default()).await;
            if let Ok(view) = &mut drawn {
                mark(view.own_papers.iter_mut(), &told);
            }
            visitor.again_or(drawn, problem)
        }
    }
}

async fn take(visitor: &Visitor, task: TaskId, paper: &str, upload: Upload) -> Result<(), Problem> {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let (_, case) = show::task_case(&visitor.reader(), who, task).await?;
    let (kind, bytes) = upload.cleaned().await?;
    let paper = paper.to_owned();
    let ask = AttachPaper { case: case.id, task: Some(task), row: None, paper, kind, bytes };
    tx::write(&workflow.store, async |tx| attach_paper(tx, workflow, who, ask).await).await?;
    Ok(())
}
