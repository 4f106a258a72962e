//! `/staff/recusals`: from whose cases one keeps away.

use std::collections::BTreeMap;

use actix_web::web;
use entities::RecusalId;
use workflow::commands;

use super::{Answer, Visitor, once};
use crate::{
    csrf::CheckedForm,
    recusing,
    show::{self, Wrong},
};

const RECUSALS: &str = "/staff/recusals";

/// What is declared.
pub(crate) async fn list(visitor: Visitor) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::recusals(&visitor.reader(), who, &Wrong::default()).await?;
    visitor.page(&view)
}

/// Declares one more.
pub(crate) async fn declare(visitor: Visitor, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let said: BTreeMap<&str, &str> =
        form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let done = match recusing::read(workflow.store.read(), &said).await {
        Ok(ask) => {
            once(&visitor, &form, "declare-recusal", async |tx| {
                commands::declare_recusal(tx, workflow, who, ask.clone()).await?;
                Ok((RECUSALS.to_owned(), Vec::new()))
            })
            .await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(to) => Ok(visitor.go(&to, Some("saved"))),
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::recusals(&visitor.reader(), who, &wrong).await;
            visitor.again_or(drawn, problem)
        }
    }
}

/// Takes one back.
pub(crate) async fn end(visitor: Visitor, id: web::Path<RecusalId>, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let to = once(&visitor, &form, "end-recusal", async |tx| {
        commands::end_recusal(tx, workflow, who, *id).await?;
        Ok((RECUSALS.to_owned(), Vec::new()))
    })
    .await?;
    Ok(visitor.go(&to, Some("saved")))
}
