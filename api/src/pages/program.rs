//! `/programs/{name}`: the guide, and the beginning of an application.

use actix_web::web;
use entities::{AccountKind, Basis, acts_for};
use workflow::commands::{StartCase, start_case};

use super::{Answer, Visitor, once};
use crate::{Problem, csrf::CheckedForm, show};

/// The guide.
pub(crate) async fn guide(visitor: Visitor, name: web::Path<String>) -> Answer {
    let view = show::guide(&visitor.reader(), &name).await?;
    visitor.page(&view)
}

/// Begins a draft for the person acted for; staff say first for whom.
pub(crate) async fn start(visitor: Visitor, name: web::Path<String>, form: CheckedForm) -> Answer {
    let who = visitor.actor()?.who();
    if who.kind == AccountKind::Staff {
        return Ok(visitor.go("/staff/file", None));
    }
    let Some(subject) = visitor.acting else { return Ok(visitor.go("/me/profile", None)) };
    let filed_as = right(&visitor).await?.to_owned();
    let ask = StartCase { program: name.clone(), subject, filed_as };
    let done = once(&visitor, &form, "start-case", async |tx| {
        let case = start_case(tx, visitor.workflow(), who, ask.clone()).await?;
        Ok((format!("/drafts/{case}"), Vec::new()))
    });
    match done.await {
        Ok(to) => Ok(visitor.go(&to, None)),
        Err(problem) => {
            let drawn = show::guide(&visitor.reader(), &name).await;
            visitor.again_or(drawn, problem)
        }
    }
}

/// By what right the account acts for the person: as the program names it.
async fn right(visitor: &Visitor) -> Result<&'static str, Problem> {
    let workflow = visitor.workflow();
    let rows = acts_for::Entity::of_account(visitor.actor()?.account, workflow.clock.machine());
    let rows = rows.all(workflow.store.read()).await?;
    let own = rows.iter().find(|row| Some(row.person_id) == visitor.acting);
    Ok(if own.is_none_or(|row| row.basis == Basis::Oneself) { "self" } else { "guardian" })
}
