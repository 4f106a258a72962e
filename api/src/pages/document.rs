//! `/staff/cases/{number}/document`: a case as a letter to be printed; its appointments for calendars.

use actix_web::{HttpResponse, http::header, web};
use serde::Deserialize;

use super::{Answer, Visitor};
use crate::show;

/// Which of the letters; the one with the number when none is named.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Which {
    part: Option<String>,
}

/// The letter.
pub(crate) async fn show(
    visitor: Visitor,
    number: web::Path<String>,
    which: web::Query<Which>,
) -> Answer {
    let who = visitor.staff()?.who();
    let part = which.part.as_deref();
    let address = visitor.address();
    let view = show::document(&visitor.reader(), who, (&number, part), &address).await?;
    visitor.page(&view)
}

/// A file for calendars.
pub(crate) async fn invitation(visitor: Visitor, at: web::Path<(String, String)>) -> Answer {
    let who = visitor.staff()?.who();
    let (number, step) = at.into_inner();
    let file = show::invitation(&visitor.reader(), who, (&number, &step)).await?;
    let name = format!("attachment; filename=\"{step}.ics\"");
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(file))
}
