//! `/api/v1/notices`: what the public is shown, and what it answers; `/api/v1/look-ups`.

use actix_web::{HttpRequest, HttpResponse, web};
use entities::PublicityId;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use utoipa::ToSchema;
use workflow::commands::Objection;

use crate::{
    Problem, Services,
    idempotency::IdempotencyKey,
    json_body::Json,
    language,
    objecting::object as object_to,
    read::{
        notice::{NoticeView, NoticesView},
        progress::ProgressView,
    },
    session,
    show::{self, Reader, Wrong},
};

/// Where to go on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    pub(super) after: Option<String>,
}

/// Facts and reasons; how to be reached, for an answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectionAsk {
    /// 5 to 1000 characters.
    text: String,
    #[serde(default)]
    contact: String,
}

/// It was written down.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recorded {
    recorded: bool,
}

/// The number of a case, and the phone given with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookUpAsk {
    number: String,
    #[schema(value_type = String)]
    phone: entities::Sensitive,
}

/// What is up now, newest first.
#[utoipa::path(get, path = "/api/v1/notices", tag = "public",
    params(("after" = Option<String>, Query)),
    responses((status = 200, body = NoticesView)))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
    ask: web::Query<After>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::notices(&r, ask.after.as_deref()).await?))
}

/// One notice, while it is up.
#[utoipa::path(get, path = "/api/v1/notices/{id}", tag = "public",
    params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = NoticeView), (status = 404, description = "not-found")))]
pub(crate) async fn one(
    services: web::Data<Services>,
    request: HttpRequest,
    id: web::Path<PublicityId>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::notice(&r, *id, false, &Wrong::default()).await?))
}

/// Objects to a notice; the program's owner is told. The same words twice are one objection.
#[utoipa::path(post, path = "/api/v1/notices/{id}/objections", tag = "public",
    request_body = ObjectionAsk, params(("id" = String, Path, format = Uuid)),
    responses((status = 202, body = Recorded), (status = 404, description = "not-found"),
        (status = 422, description = "invalid-fields")))]
pub(crate) async fn object(
    services: web::Data<Services>,
    request: HttpRequest,
    id: web::Path<PublicityId>,
    key: IdempotencyKey,
    ask: Json<ObjectionAsk>,
) -> Result<HttpResponse, Problem> {
    let mut hash = String::with_capacity(64);
    for byte in ask.hash {
        let _ = write!(hash, "{byte:02x}"); // a String takes everything
    }
    let ObjectionAsk { text, contact } = ask.value;
    let ask = Objection { publicity: *id, text, contact, key: key.0.unwrap_or(hash) };
    object_to(&services, &request, ask).await?;
    Ok(HttpResponse::Accepted().json(Recorded { recorded: true }))
}

/// How far a case is, by number and phone. A wrong number and a wrong phone are answered alike.
#[utoipa::path(post, path = "/api/v1/look-ups", tag = "public", request_body = LookUpAsk,
    responses((status = 200, body = ProgressView), (status = 404, description = "not-found"),
        (status = 429, description = "too-many-requests; see Retry-After")))]
pub(crate) async fn look_up(
    services: web::Data<Services>,
    request: HttpRequest,
    ask: Json<LookUpAsk>,
) -> Result<HttpResponse, Problem> {
    let network = session::visit(&request, &services.settings).network;
    let r = Reader::of(&services, language::of(&request));
    let LookUpAsk { number, phone } = ask.value;
    let found = show::look_up(&r, &services, &network, &number, phone.expose()).await?;
    Ok(HttpResponse::Ok().json(found))
}
