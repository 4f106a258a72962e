//! `/cases/{number}`: how far a case is, its receipt, its decision, taking it back.

use actix_web::web;
use workflow::commands::{urge_case, withdraw_case};

use super::{Answer, Visitor, once};
use crate::{csrf::CheckedForm, show};

/// How far it is.
pub(crate) async fn show(visitor: Visitor, number: web::Path<String>) -> Answer {
    let who = visitor.actor()?.who();
    let view = show::progress(&visitor.reader(), who, &number).await?;
    visitor.page(&view)
}

/// The receipt.
pub(crate) async fn submitted(visitor: Visitor, number: web::Path<String>) -> Answer {
    let who = visitor.actor()?.who();
    let address = visitor.address();
    let view = show::submitted(&visitor.reader(), who, &number, &address).await?;
    visitor.page(&view)
}

/// The decision.
pub(crate) async fn decision(visitor: Visitor, number: web::Path<String>) -> Answer {
    let who = visitor.actor()?.who();
    let view = show::decision(&visitor.reader(), who, &number).await?;
    visitor.page(&view)
}

/// Asks those who have it to hurry.
pub(crate) async fn urge(visitor: Visitor, number: web::Path<String>, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.actor()?.who(), visitor.workflow());
    let case = show::scope::mine(&visitor.reader(), who, &number).await?.id;
    let done = once(&visitor, &form, "urge-case", async |tx| {
        let done = urge_case(tx, workflow, who, case).await?;
        Ok((format!("/cases/{number}"), done.recorded.jobs))
    });
    match done.await {
        Ok(to) => Ok(visitor.go(&to, Some("urged"))),
        Err(problem) => {
            let drawn = show::progress(&visitor.reader(), who, &number).await;
            visitor.again_or(drawn, problem)
        }
    }
}

/// Takes it back.
pub(crate) async fn withdraw(
    visitor: Visitor,
    number: web::Path<String>,
    form: CheckedForm,
) -> Answer {
    let (who, workflow) = (visitor.actor()?.who(), visitor.workflow());
    let case = show::scope::mine(&visitor.reader(), who, &number).await?.id;
    let done = once(&visitor, &form, "withdraw-case", async |tx| {
        let done = withdraw_case(tx, workflow, who, case, None).await?;
        Ok((format!("/cases/{number}"), done.recorded.jobs))
    });
    match done.await {
        Ok(to) => Ok(visitor.go(&to, Some("withdrawn"))),
        Err(problem) => {
            let drawn = show::progress(&visitor.reader(), who, &number).await;
            visitor.again_or(drawn, problem)
        }
    }
}
