//! `/notices`: what is made public, and what the public says to it.

use actix_web::web;
use entities::PublicityId;
use serde::Deserialize;
use workflow::commands::Objection;

use super::{Answer, Visitor};
use crate::{
    Problem,
    csrf::CheckedForm,
    objecting::object as object_to,
    show::{self, Wrong},
};

/// Where a list goes on.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub(super) after: Option<String>,
}

/// What a notice is come back to with.
#[derive(Debug, Deserialize)]
pub(crate) struct Said {
    objected: Option<String>,
}

/// What is up.
pub(crate) async fn list(visitor: Visitor, page: web::Query<Page>) -> Answer {
    let view = show::notices(&visitor.reader(), page.after.as_deref()).await?;
    visitor.page(&view)
}

/// One notice.
pub(crate) async fn one(
    visitor: Visitor,
    id: web::Path<PublicityId>,
    said: web::Query<Said>,
) -> Answer {
    let objected = said.objected.is_some();
    let view = show::notice(&visitor.reader(), *id, objected, &Wrong::default()).await?;
    visitor.page(&view)
}

/// Records an objection; sent twice, it is recorded once.
pub(crate) async fn object(
    visitor: Visitor,
    id: web::Path<PublicityId>,
    form: CheckedForm,
) -> Answer {
    let get = |name| form.get(name).unwrap_or_default().to_owned();
    let contact = if get("contact").is_empty() { get("phone") } else { get("contact") };
    let ask = Objection { publicity: *id, text: get("text"), contact, key: form.key.clone() };
    match object_to(&visitor.services, &visitor.request, ask).await {
        Ok(()) => Ok(visitor.go(&format!("/notices/{id}?objected=1"), None)),
        Err(problem @ Problem::TooManyRequests { .. }) => Err(problem),
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::notice(&visitor.reader(), *id, false, &wrong).await;
            visitor.again_or(drawn, problem)
        }
    }
}
