//! `/look-up`: how far a case is, by its number and the applicant's phone.

use actix_web::web;
use serde::Deserialize;

use super::{Answer, Visitor};
use crate::{
    csrf::CheckedForm,
    session,
    show::{self, Wrong},
};

/// What a receipt's code leads to.
#[derive(Debug, Deserialize)]
pub(crate) struct Known {
    number: Option<String>,
}

/// The form, with the number where a receipt brought it along.
pub(crate) async fn ask(visitor: Visitor, known: web::Query<Known>) -> Answer {
    let typed = known.into_inner().number.map(|number| ("number".to_owned(), number));
    let typed = Wrong { typed: typed.into_iter().collect(), ..Wrong::default() };
    visitor.page(&show::look_up_form(&visitor.reader(), &typed))
}

/// The case; or the form again, which does not say which of the two was wrong.
pub(crate) async fn answer(visitor: Visitor, form: CheckedForm) -> Answer {
    let reader = visitor.reader();
    let network = session::visit(&visitor.request, &visitor.services.settings).network;
    let get = |name| form.get(name).unwrap_or_default().trim();
    let services = &visitor.services;
    match show::look_up(&reader, services, &network, get("number"), get("phone")).await {
        Ok(view) => visitor.page(&view),
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::look_up_form(&reader, &wrong);
            visitor.clone().redrawn_or(Ok(drawn), problem)
        }
    }
}
