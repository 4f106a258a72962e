//! `/staff/extensions`: requests for more time, for those who answer them.

use actix_web::web;
use entities::ExtensionId;
use workflow::commands::answer_extension;

use super::{Answer, Visitor, once};
use crate::{Problem, csrf::CheckedForm, json::extensions::gives, show};

/// What waits for an answer.
pub(crate) async fn list(visitor: Visitor) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::extensions(&visitor.reader(), who).await?;
    visitor.page(&view)
}

/// Gives it, or not.
pub(crate) async fn answer(
    visitor: Visitor,
    at: web::Path<(ExtensionId, String)>,
    form: CheckedForm,
) -> Answer {
    let (id, said) = at.into_inner();
    let gives = gives(&said).ok_or(Problem::NotFound)?;
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let to = once(&visitor, &form, "answer-extension", async |tx| {
        let done = answer_extension(tx, workflow, who, id, gives).await?;
        Ok(("/staff/extensions".to_owned(), done.recorded.jobs))
    })
    .await?;
    Ok(visitor.go(&to, Some("done")))
}
