//! `/me/profile`: facts about one person. Staff write down here whom they file for.

use actix_web::web;
use entities::{AccountKind, PersonId};
use serde::Deserialize;
use workflow::{commands::save_person, tx};

use super::{Answer, Visitor, once, visitor::set};
use crate::{
    Problem,
    csrf::CheckedForm,
    session,
    show::{self, Wrong},
};

/// Whose facts.
#[derive(Debug, Deserialize)]
pub(crate) struct Whose {
    subject: Option<String>,
}

/// The facts of the person acted for, of another, or of a new one.
pub(crate) async fn show(visitor: Visitor, whose: web::Query<Whose>) -> Answer {
    let who = visitor.actor()?.who();
    let subject = match whose.subject.as_deref() {
        None => visitor.acting,
        Some(named) => subject(named)?,
    };
    let view = show::profile(&visitor.reader(), who, subject, &Wrong::default()).await?;
    visitor.page(&view)
}

/// Keeps them all.
pub(crate) async fn save(visitor: Visitor, form: CheckedForm) -> Answer {
    let subject = subject(form.get("subject").unwrap_or_default())?;
    match keep(&visitor, subject, &form).await {
        Ok(person) => saved(&visitor, subject, person),
        Err(problem) => {
            let who = visitor.actor()?.who();
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::profile(&visitor.reader(), who, subject, &wrong).await;
            visitor.redrawn_or(drawn, problem)
        }
    }
}

/// Writes the person; a new one only once, however often the form is sent.
async fn keep(
    visitor: &Visitor,
    subject: Option<PersonId>,
    form: &CheckedForm,
) -> Result<PersonId, Problem> {
    let who = visitor.actor()?.who();
    if subject.is_some() {
        // Staff write down whom nobody knows yet; what is known is the applicant's to change.
        visitor.applicant()?;
    }
    let workflow = visitor.workflow();
    let ask = show::save_person_of(subject, &form.fields)?;
    if subject.is_some() {
        let kept = tx::write(&workflow.store, async |tx| save_person(tx, workflow, who, ask).await);
        return Ok(kept.await?);
    }
    let person = once(visitor, form, "save-person", async |tx| {
        Ok((save_person(tx, workflow, who, ask.clone()).await?.to_string(), Vec::new()))
    });
    person.await?.parse().map_err(|_| Problem::NotFound)
}

fn saved(visitor: &Visitor, before: Option<PersonId>, person: PersonId) -> Answer {
    if visitor.actor()?.kind == AccountKind::Staff {
        return Ok(visitor.go("/staff/file", Some("saved")));
    }
    let mut response = visitor.go("/me", Some("saved"));
    if before.is_none() {
        set(&mut response, &session::acting_cookie(&visitor.services.settings, person))?;
    }
    Ok(response)
}

/// `new` and nothing stand for a new person.
fn subject(named: &str) -> Result<Option<PersonId>, Problem> {
    match named {
        "" | "new" => Ok(None),
        id => id.parse().map(Some).map_err(|_| Problem::NotFound),
    }
}
