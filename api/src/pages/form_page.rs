//! `/drafts/{draft}/pages/{page}`: some fields of an application.

use std::collections::BTreeMap;

use actix_web::web;
use workflow::{
    CommandError, Refusal,
    commands::{EditCase, edit_case},
    rules::form::Given,
    tx,
};

use super::{Answer, Visitor, draft::handed_in};
use crate::{
    Problem,
    csrf::CheckedForm,
    show::{self, Wrong},
};

/// The fields, as far as they are filled in.
pub(crate) async fn show(visitor: Visitor, at: web::Path<(String, u32)>) -> Answer {
    let (draft, page) = at.into_inner();
    if let Some(elsewhere) = handed_in(&visitor, &draft).await? {
        return Ok(elsewhere);
    }
    let who = visitor.actor()?.who();
    let wrong = Wrong::default();
    let view = show::form_page(&visitor.reader(), who, &draft, page, &wrong).await?;
    visitor.page(&view)
}

/// Keeps what is right and asks for the rest again.
pub(crate) async fn save(
    visitor: Visitor,
    at: web::Path<(String, u32)>,
    form: CheckedForm,
) -> Answer {
    let (draft, page) = at.into_inner();
    let who = visitor.actor()?.who();
    match keep(&visitor, (&draft, page), &form).await {
        Ok(()) => {
            let pages =
                show::form_page(&visitor.reader(), who, &draft, page, &Wrong::default()).await?;
            let next = page + 1;
            let more = next <= pages.pages;
            let rest = if more { format!("pages/{next}") } else { "papers".to_owned() };
            Ok(visitor.go(&format!("/drafts/{draft}/{rest}"), None))
        }
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::form_page(&visitor.reader(), who, &draft, page, &wrong).await;
            visitor.again_or(drawn, problem)
        }
    }
}

async fn keep(
    visitor: &Visitor,
    (draft, page): (&str, u32),
    form: &CheckedForm,
) -> Result<(), Problem> {
    let who = visitor.actor()?.who();
    let (reader, workflow) = (visitor.reader(), visitor.workflow());
    let case = show::scope::mine(&reader, who, draft).await?.id;
    let ids = show::page_fields(&reader, who, draft, page).await?;
    let ask = EditCase { case, seen: None, fields: given(form, &ids), keep_right: true };
    let edited =
        tx::write(&workflow.store, async |tx| edit_case(tx, workflow, who, ask).await).await?;
    if edited.faults.is_empty() {
        return Ok(());
    }
    Err(CommandError::Refused(Refusal::Form(edited.faults)).into())
}

/// The answers to the fields `ids` and to nothing else. A box that nobody ticked is not sent by
/// browsers: its answer is empty.
pub(super) fn given(form: &CheckedForm, ids: &[String]) -> BTreeMap<String, Given> {
    let mut given: BTreeMap<String, Given> = BTreeMap::new();
    for id in ids {
        let inner = format!("{id}.");
        let parts = form.fields.iter().filter(|(name, _)| name.starts_with(&inner));
        let before = given.len();
        given.extend(parts.map(|(name, value)| (name.clone(), Given::Text(value.clone()))));
        if given.len() == before {
            let mine = form.fields.iter().filter(|(name, _)| name == id);
            let values: Vec<&str> = mine.map(|(_, value)| value.as_str()).collect();
            given.insert(id.clone(), Given::Text(values.join("\n")));
        }
    }
    given
}
