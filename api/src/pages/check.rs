//! `/drafts/{draft}/check`, `/drafts/{draft}/submit`: everything read back, then handed in.

use std::collections::BTreeMap;

use actix_web::web;
use workflow::{
    CommandError, Refusal,
    commands::{SubmitCase, resubmit_case, submit_case},
};

use super::{Answer, Visitor, confirm, draft::handed_in, once};
use crate::{
    Problem,
    csrf::CheckedForm,
    read::{Words, apply::CheckView},
    show,
};

/// Everything read back. Of an application that staff file, the code goes out to the applicant.
pub(crate) async fn show(visitor: Visitor, draft: web::Path<String>) -> Answer {
    if let Some(elsewhere) = handed_in(&visitor, &draft).await? {
        return Ok(elsewhere);
    }
    confirm::send(&visitor, &draft).await?;
    let view = view(&visitor, &draft, None).await?;
    visitor.page(&view)
}

/// Hands it in; sent twice, it is one case with one number.
pub(crate) async fn submit(
    visitor: Visitor,
    draft: web::Path<String>,
    form: CheckedForm,
) -> Answer {
    match hand_in(&visitor, &draft, &form).await {
        Ok(to) => Ok(visitor.go(&to, None)),
        Err(problem) => {
            if let Some(elsewhere) = handed_in(&visitor, &draft).await? {
                return Ok(elsewhere);
            }
            let drawn = view(&visitor, &draft, Some(&problem)).await;
            visitor.redrawn_or(drawn, problem)
        }
    }
}

/// The page; a wrong code is told at its field.
async fn view(
    visitor: &Visitor,
    draft: &str,
    problem: Option<&Problem>,
) -> Result<CheckView, Problem> {
    let who = visitor.actor()?.who();
    let mut view = show::check(&visitor.reader(), who, draft, problem).await?;
    name_errors(visitor, &mut view);
    if let Some(Problem::Command(CommandError::Refused(Refusal::NoConsent))) = problem {
        view.errors.iter_mut().for_each(|error| "f-truth".clone_into(&mut error.anchor));
    }
    view.on_behalf = confirm::asked(visitor, draft).await?;
    if let (Some(asked), Some(problem @ Problem::SignIn(_))) = (&mut view.on_behalf, problem) {
        asked.code.error = Some(problem.detail(visitor.language));
    }
    Ok(view)
}

/// The fields are on other pages: an error says which it means instead of leading to it.
fn name_errors(visitor: &Visitor, view: &mut CheckView) {
    let facts = view.groups.iter().flat_map(|group| &group.facts);
    let titles: BTreeMap<&str, &Words> = facts
        .map(|fact| (fact.id.as_str(), &fact.title))
        .chain(view.papers.iter().map(|paper| (paper.id.as_str(), &paper.title)))
        .collect();
    for error in &mut view.errors {
        let anchor = std::mem::take(&mut error.anchor);
        let id = anchor.get(2..).unwrap_or_default();
        let top = id.split('.').next().unwrap_or_default();
        if let Some(title) = titles.get(top) {
            let mark = if visitor.layout.t.chinese() { "：" } else { ": " };
            error.text = format!("{}{mark}{}", visitor.layout.say(title), error.text);
        }
    }
}

async fn hand_in(visitor: &Visitor, draft: &str, form: &CheckedForm) -> Result<String, Problem> {
    let (who, workflow) = (visitor.actor()?.who(), visitor.workflow());
    let case = show::scope::mine(&visitor.reader(), who, draft).await?;
    let declared = form.get("truth").is_some() && form.get("consent").is_some();
    if !declared {
        return Err(CommandError::Refused(Refusal::NoConsent).into());
    }
    confirm::check(visitor, &case, form).await?;
    let sequence = workflow.numbers.next(workflow, case.id).await?;
    let ask = SubmitCase { case: case.id, seen: None, sequence, declared };
    once(visitor, form, "submit-case", async |tx| {
        let done = if case.supplementing {
            resubmit_case(tx, workflow, who, case.id, None).await?
        } else {
            submit_case(tx, workflow, who, ask).await?
        };
        let number = done.number.unwrap_or_else(|| case.id.to_string());
        let rest = if case.supplementing { "" } else { "/submitted" };
        Ok((format!("/cases/{number}{rest}"), done.recorded.jobs))
    })
    .await
}
