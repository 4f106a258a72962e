//! `/drafts/{draft}`: the task list of an application, and throwing it away.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use entities::Phase;
use workflow::{CommandError, Refusal, commands::forget_draft, rules::authority::Verb, tx};

use super::{Answer, Visitor};
use crate::{Problem, csrf::CheckedForm, show};

/// What was handed in is read as a case: whoever goes back to its draft is led there.
pub(super) async fn handed_in(
    visitor: &Visitor,
    key: &str,
) -> Result<Option<HttpResponse>, Problem> {
    let who = visitor.actor()?.who();
    let case = show::scope::mine(&visitor.reader(), who, key).await?;
    let number = case.number.filter(|_| !case.supplementing);
    Ok(number.map(|number| visitor.go(&format!("/cases/{number}"), None)))
}

/// How far the application is.
pub(crate) async fn show(visitor: Visitor, draft: web::Path<String>) -> Answer {
    if let Some(elsewhere) = handed_in(&visitor, &draft).await? {
        return Ok(elsewhere);
    }
    let who = visitor.actor()?.who();
    let view = show::task_list(&visitor.reader(), who, &draft).await?;
    visitor.page(&view)
}

/// Throws a draft away, with all that is in it.
pub(crate) async fn discard(
    visitor: Visitor,
    draft: web::Path<String>,
    _form: CheckedForm,
) -> Answer {
    let who = visitor.actor()?.who();
    let workflow = visitor.workflow();
    let case = show::scope::mine(&visitor.reader(), who, &draft).await?;
    if case.phase != Phase::Draft {
        return Err(CommandError::Refused(Refusal::NotNow { verb: Verb::Edit }).into());
    }
    // Whenever it was begun or written into: a day from now is after all of that.
    let ever = workflow.clock.machine() + TimeDelta::days(1);
    tx::write(&workflow.store, async |tx| forget_draft(tx, case.id, ever).await).await?;
    // Nobody can read the files any more; what cannot be removed now, tidying up removes.
    let folder = workflow.papers.join(case.id.to_string());
    let removed = tokio::fs::remove_dir_all(folder);
    drop(tokio::time::timeout(Duration::from_secs(2), removed).await);
    let home = if visitor.staff().is_ok() { "/staff/tasks" } else { "/me" };
    Ok(visitor.go(home, Some("discarded")))
}
