//! `GET /problems`: what can go wrong, by name.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::{
    Problem, language,
    problem::{ALL, Kind},
};

/// All of them.
pub(crate) async fn list(request: HttpRequest) -> HttpResponse {
    let told: Vec<Value> = ALL.iter().map(|kind| tell(&request, kind)).collect();
    HttpResponse::Ok().json(told)
}

/// One of them.
pub(crate) fn show(request: &HttpRequest, name: &str) -> Result<HttpResponse, Problem> {
    let kind = ALL.iter().find(|kind| kind.name == name).ok_or(Problem::NotFound)?;
    Ok(HttpResponse::Ok().json(tell(request, kind)))
}

fn tell(request: &HttpRequest, kind: &Kind) -> Value {
    let language = language::of(request);
    json!({
        "type": format!("/problems/{}", kind.name),
        "status": kind.status.as_u16(),
        "title": kind.title(language),
        "detail": kind.advice(language),
    })
}
