//! `/cases/{number}/steps/{task}`: what the applicant hands in after the decision.

use actix_web::web;
use entities::TaskId;
use workflow::{
    commands::{AttachPaper, attach_paper},
    tx,
};

use super::{
    Answer, Upload, Visitor, once,
    papers::{at_paper, mark},
};
use crate::{
    Problem,
    csrf::CheckedForm,
    show::{self, Wrong},
    verbs::{VerbAsk, do_verb},
};

/// What is asked for.
pub(crate) async fn show(visitor: Visitor, at: web::Path<(String, TaskId)>) -> Answer {
    let (number, task) = at.into_inner();
    let who = visitor.actor()?.who();
    let at = (&*number, task);
    let view = show::own_step(&visitor.reader(), who, at, &Wrong::default()).await?;
    visitor.page(&view)
}

/// Hands it in.
pub(crate) async fn hand_in(
    visitor: Visitor,
    at: web::Path<(String, TaskId)>,
    form: CheckedForm,
) -> Answer {
    let (number, task) = at.into_inner();
    let who = visitor.actor()?.who();
    match say(&visitor, (&number, task), &form).await {
        Ok(to) => Ok(visitor.go(&to, Some("done"))),
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let reader = visitor.reader();
            let mut drawn = show::own_step(&reader, who, (&number, task), &wrong).await;
            if let Ok(view) = &mut drawn {
                mark(view.papers.iter_mut(), &wrong.fields);
            }
            visitor.again_or(drawn, problem)
        }
    }
}

/// Puts a file in for it.
pub(crate) async fn add(
    visitor: Visitor,
    at: web::Path<(String, TaskId, String)>,
    upload: Upload,
) -> Answer {
    let (number, task, paper) = at.into_inner();
    let who = visitor.actor()?.who();
    match take(&visitor, (&number, task), &paper, upload).await {
        Ok(()) => {
            let back = format!("/cases/{number}/steps/{task}#p-{paper}");
            Ok(visitor.go(&back, Some("uploaded")))
        }
        Err(problem) => {
            let told = at_paper(&visitor, &problem, &paper);
            let (reader, none) = (visitor.reader(), Wrong::default());
            let mut drawn = show::own_step(&reader, who, (&number, task), &none).await;
            if let Ok(view) = &mut drawn {
                mark(view.papers.iter_mut(), &told);
            }
            visitor.again_or(drawn, problem)
        }
    }
}

async fn say(
    visitor: &Visitor,
    (number, task): (&str, TaskId),
    form: &CheckedForm,
) -> Result<String, Problem> {
    let (who, workflow) = (visitor.actor()?.who(), visitor.workflow());
    // Whose step it is not learns nothing: not even that there is such a step.
    let reader = visitor.reader();
    let view = show::own_step(&reader, who, (number, task), &Wrong::default()).await?;
    let ask = VerbAsk::of_form(&form.fields)?;
    once(visitor, form, "hand-in-own-step", async |tx| {
        let done = do_verb(tx, workflow, who, task, &view.verb, ask.clone()).await?;
        Ok((format!("/cases/{number}"), done.recorded.jobs))
    })
    .await
}

async fn take(
    visitor: &Visitor,
    (number, task): (&str, TaskId),
    paper: &str,
    upload: Upload,
) -> Result<(), Problem> {
    let (who, workflow) = (visitor.actor()?.who(), visitor.workflow());
    let reader = visitor.reader();
    show::own_step(&reader, who, (number, task), &Wrong::default()).await?;
    let case = show::scope::mine(&reader, who, number).await?.id;
    let (kind, bytes) = upload.cleaned().await?;
    let ask =
        AttachPaper { case, task: Some(task), row: None, paper: paper.to_owned(), kind, bytes };
    tx::write(&workflow.store, async |tx| attach_paper(tx, workflow, who, ask).await).await?;
    Ok(())
}
