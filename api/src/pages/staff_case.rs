//! `/staff/tasks/{task}` and `/staff/cases/{number}`: a case on the desk; deciding it opens the next.

use actix_web::web;
use entities::{BatchId, TaskId};
use serde::Deserialize;
use workflow::{commands, rules::next_case::Because};

use super::{Answer, Visitor, once, papers::mark};
use crate::{
    Problem,
    csrf::CheckedForm,
    show::{self, NextAsk, Open, Wrong},
    verbs::{VerbAsk, do_verb, make_anew},
};

const QUEUE: &str = "/staff/tasks";

/// Where a case was opened from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CaseAsk {
    /// A batch of which it is one.
    batch: Option<BatchId>,
    /// Why it came next.
    because: Option<String>,
}

/// The case.
pub(crate) async fn show(
    visitor: Visitor,
    task: web::Path<TaskId>,
    ask: web::Query<CaseAsk>,
) -> Answer {
    let who = visitor.staff()?.who();
    let mut view = show::staff_case(&visitor.reader(), who, *task, &Open::default()).await?;
    view.batch = ask.batch.map(|id| id.to_string());
    let because = ask.because.as_deref().and_then(Because::of_word);
    view.because = because.map(show::because_words);
    visitor.page(&view)
}

/// Leads to what is due first among what one may decide.
pub(crate) async fn next_case(visitor: Visitor, ask: web::Query<NextAsk>) -> Answer {
    let who = visitor.staff()?.who();
    let found = show::next(&visitor.reader(), who, *ask).await?.next;
    let to = found.map_or_else(|| QUEUE.to_owned(), |next| next.link());
    Ok(visitor.go(&to, None))
}

/// Leads from a case's number to the task at which it is read: letters name cases, not tasks.
pub(crate) async fn find(visitor: Visitor, number: web::Path<String>) -> Answer {
    let who = visitor.staff()?.who();
    let task = show::scope::way_in(&visitor.reader(), who, &number).await?;
    Ok(visitor.go(&format!("/staff/tasks/{task}"), None))
}

/// A head or a supervisor asks those who have it to hurry.
pub(crate) async fn urge(visitor: Visitor, number: web::Path<String>, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let task = show::scope::way_in(&visitor.reader(), who, &number).await?;
    let (slot, _) = show::task_case(&visitor.reader(), who, task).await?;
    let to = once(&visitor, &form, "urge-case", async |tx| {
        let done = commands::urge_case(tx, workflow, who, slot.case_id).await?;
        Ok((format!("/staff/tasks/{task}"), done.recorded.jobs))
    })
    .await?;
    Ok(visitor.go(&to, Some("urged")))
}

/// Says a word on it.
pub(crate) async fn act(
    visitor: Visitor,
    at: web::Path<(TaskId, String)>,
    form: CheckedForm,
) -> Answer {
    let (task, verb) = at.into_inner();
    let who = visitor.staff()?.who();
    match say(&visitor, task, &verb, &form).await {
        Ok(()) => {
            let alike = form.get("then") == Some("like");
            let to = next(&visitor, task, (&verb, alike)).await?;
            Ok(visitor.go(&to, Some("done")))
        }
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let told = wrong.fields.clone();
            let open = Open { verb: Some(verb), wrong, ..Open::default() };
            let mut drawn = show::staff_case(&visitor.reader(), who, task, &open).await;
            if let Ok(view) = &mut drawn {
                mark(view.own_papers.iter_mut(), &told);
            }
            visitor.again_or(drawn, problem)
        }
    }
}

/// Shows a masked fact, and writes down who saw it.
pub(crate) async fn reveal(visitor: Visitor, task: web::Path<TaskId>, form: CheckedForm) -> Answer {
    let who = visitor.staff()?.who();
    let fact = form.get("fact").unwrap_or_default();
    let value = show::reveal(&visitor.services, who, *task, fact).await?;
    let open = Open { shown: Some((fact.to_owned(), value)), ..Open::default() };
    let view = show::staff_case(&visitor.reader(), who, *task, &open).await?;
    visitor.page(&view)
}

async fn say(
    visitor: &Visitor,
    task: TaskId,
    verb: &str,
    form: &CheckedForm,
) -> Result<(), Problem> {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    // Whose business it is not learns nothing: not even that there is such a task.
    show::task_case(&visitor.reader(), who, task).await?;
    let ask = VerbAsk::of_form(&form.fields)?;
    let said = once(visitor, form, "say-on-task", async |tx| {
        let done = do_verb(tx, workflow, who, task, verb, ask.clone()).await?;
        Ok((String::new(), done.recorded.jobs))
    })
    .await;
    match said {
        Ok(_) => Ok(()),
        Err(problem) => Err(make_anew(workflow, task, problem).await?),
    }
}

/// What one takes stays open; after a decision comes what is most urgent now.
async fn next(
    visitor: &Visitor,
    task: TaskId,
    (verb, alike): (&str, bool),
) -> Result<String, Problem> {
    if ["claim", "strike", "move"].contains(&verb) {
        return Ok(format!("/staff/tasks/{task}"));
    }
    if verb == "release" {
        return Ok(QUEUE.to_owned());
    }
    let who = visitor.staff()?.who();
    let ask = NextAsk { after: Some(task), like: alike.then_some(task) };
    let found = show::next(&visitor.reader(), who, ask).await?.next;
    Ok(found.map_or_else(|| QUEUE.to_owned(), |next| next.link()))
}
