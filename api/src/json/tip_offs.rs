//! `/api/v1/tip-offs`: what the public points out, without an account.

use std::fmt::Write;

use actix_web::{HttpRequest, HttpResponse, web};
use entities::UnitId;
use serde::Deserialize;
use utoipa::ToSchema;
use workflow::commands::TipOff;

use crate::{
    Problem, Services,
    idempotency::IdempotencyKey,
    json_body::Json,
    language,
    read::voices::{TipOffFound, TippedView},
    session,
    show::{self, Reader},
    tipping::point_out,
};

/// What is pointed out, and where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TipOffAsk {
    /// A county, a city or the region; or the very unit, where its id is known.
    #[schema(value_type = String, format = Uuid)]
    place: UnitId,
    /// What the unit is called.
    #[serde(default)]
    name: String,
    /// 5 to 1000 characters.
    text: String,
    /// How to be reached; may be left out.
    #[serde(default)]
    contact: String,
}

/// Number and code, as they were given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeAsk {
    number: String,
    code: String,
}

/// Points something out. A case is opened at the supervising unit above; the same under the same
/// key has the same number and code.
#[utoipa::path(post, path = "/api/v1/tip-offs", tag = "public", request_body = TipOffAsk,
    responses((status = 201, body = TippedView), (status = 422, description = "invalid-fields"),
        (status = 429, description = "too-many-requests; see Retry-After")))]
pub(crate) async fn send(
    services: web::Data<Services>,
    request: HttpRequest,
    key: IdempotencyKey,
    ask: Json<TipOffAsk>,
) -> Result<HttpResponse, Problem> {
    let mut hash = String::with_capacity(64);
    for byte in ask.hash {
        let _ = write!(hash, "{byte:02x}"); // a String takes everything
    }
    let TipOffAsk { place, name, text, contact } = ask.value;
    let key = key.0.unwrap_or(hash);
    let ask = TipOff { place, called: name, text, contact, key, sequence: 0 };
    let done = point_out(&services, &request, ask).await?;
    let body = TippedView { number: done.number, code: done.code };
    Ok(HttpResponse::Created().json(body))
}

/// How far it is, by number and code. A wrong number and a wrong code are answered alike.
#[utoipa::path(post, path = "/api/v1/tip-offs/look-ups", tag = "public", request_body = CodeAsk,
    responses((status = 200, body = TipOffFound), (status = 404, description = "not-found"),
        (status = 429, description = "too-many-requests; see Retry-After")))]
pub(crate) async fn look_up(
    services: web::Data<Services>,
    request: HttpRequest,
    ask: Json<CodeAsk>,
) -> Result<HttpResponse, Problem> {
    let network = session::visit(&request, &services.settings).network;
    let r = Reader::of(&services, language::of(&request));
    let CodeAsk { number, code } = &ask.value;
    let found = show::tip_off(&r, &services, &network, (number, code)).await?;
    Ok(HttpResponse::Ok().json(found))
}
