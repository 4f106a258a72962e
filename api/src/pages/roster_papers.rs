//! `/staff/tasks/{task}/rows/{row}/papers/{paper}`: the papers of one line of a list.

use actix_web::web;
use entities::{CaseRowId, TaskId};
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
    show::{self, RosterOpen},
};

/// Puts a file in for the line.
pub(crate) async fn add(
    visitor: Visitor,
    at: web::Path<(TaskId, CaseRowId, String)>,
    upload: Upload,
) -> Answer {
    let (task, row, paper) = at.into_inner();
    let who = visitor.staff()?.who();
    match take(&visitor, (task, row, &paper), upload).await {
        Ok(()) => {
            let back = format!("/staff/tasks/{task}/rows?row={row}#p-{paper}");
            Ok(visitor.go(&back, Some("uploaded")))
        }
        Err(problem) => {
            let told = at_paper(&visitor, &problem, &paper);
            let open = RosterOpen { row: Some(row), ..RosterOpen::default() };
            let mut drawn = show::roster(&visitor.reader(), who, task, &open).await;
            if let Ok(view) = &mut drawn {
                mark(view.open.iter_mut().flat_map(|line| &mut line.papers), &told);
            }
            visitor.again_or(drawn, problem)
        }
    }
}

async fn take(
    visitor: &Visitor,
    (task, row, paper): (TaskId, CaseRowId, &str),
    upload: Upload,
) -> Result<(), Problem> {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let (_, case) = show::task_case(&visitor.reader(), who, task).await?;
    let (kind, bytes) = upload.cleaned().await?;
    let (case, task, row) = (case.id, Some(task), Some(row));
    let ask = AttachPaper { case, task, row, paper: paper.to_owned(), kind, bytes };
    tx::write(&workflow.store, async |tx| attach_paper(tx, workflow, who, ask).await).await?;
    Ok(())
}
