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
    if let Some(wrong) = rows_changed(&form) {
        // What is right already is kept; what is wrong is said when the page is handed in.
        match keep(&visitor, (&draft, page), &wrong.typed).await {
            Ok(()) | Err(Problem::Command(CommandError::Refused(Refusal::Form(_)))) => {}
            Err(problem) => return Err(problem),
        }
        let view = show::form_page(&visitor.reader(), who, &draft, page, &wrong).await?;
        return visitor.page(&view);
    }
    match keep(&visitor, (&draft, page), &form.fields).await {
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

/// What was typed, with a row more or less, where a button of a list was pressed.
fn rows_changed(form: &CheckedForm) -> Option<Wrong> {
    if let Some(list) = form.get("more") {
        let (typed, more) = (form.fields.clone(), Some(list.to_owned()));
        return Some(Wrong { typed, more, ..Wrong::default() });
    }
    let typed = show::without_row(&form.fields, form.get("drop")?);
    Some(Wrong { typed, ..Wrong::default() })
}

async fn keep(
    visitor: &Visitor,
    (draft, page): (&str, u32),
    typed: &[(String, String)],
) -> Result<(), Problem> {
    let who = visitor.actor()?.who();
    let (reader, workflow) = (visitor.reader(), visitor.workflow());
    let case = show::scope::mine(&reader, who, draft).await?.id;
    let ids = show::page_fields(&reader, who, draft, page).await?;
    let ask = EditCase { case, seen: None, fields: given(typed, &ids), keep_right: true };
    let edited =
        tx::write(&workflow.store, async |tx| edit_case(tx, workflow, who, ask).await).await?;
    if edited.faults.is_empty() {
        return Ok(());
    }
    Err(CommandError::Refused(Refusal::Form(edited.faults)).into())
}

/// The answers to the fields `ids` and to nothing else. A box that nobody ticked is not sent by
/// browsers: its answer is empty.
pub(super) fn given(typed: &[(String, String)], ids: &[String]) -> BTreeMap<String, Given> {
    let mut given: BTreeMap<String, Given> = BTreeMap::new();
    for id in ids {
        let inner = format!("{id}.");
        let parts = typed.iter().filter(|(name, _)| name.starts_with(&inner));
        let before = given.len();
        given.extend(parts.map(|(name, value)| (name.clone(), Given::Text(value.clone()))));
        if given.len() == before {
            let mine = typed.iter().filter(|(name, _)| name == id);
            let values: Vec<&str> = mine.map(|(_, value)| value.as_str()).collect();
            given.insert(id.clone(), Given::Text(values.join("\n")));
        }
    }
    given
}
