//! `/api/v1/extensions`: requests for more time, for those who answer them.

use actix_web::{HttpRequest, HttpResponse, web};
use entities::ExtensionId;
use serde::Deserialize;
use utoipa::ToSchema;
use workflow::commands::answer_extension;

use super::act::{Acted, CaseDone, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::extension::ExtensionsView,
    show::{self, Reader},
};

/// Nothing comes with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerAsk {}

/// What an answer says; none for any other word.
pub(crate) fn gives(answer: &str) -> Option<bool> {
    match answer {
        "approve" => Some(true),
        "refuse" => Some(false),
        _ => None,
    }
}

/// What waits for one's answer, the oldest first.
#[utoipa::path(get, path = "/api/v1/extensions", tag = "tasks",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = ExtensionsView), (status = 404, description = "not-found")))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::extensions(&r, actor.who()).await?))
}

/// Gives a holder more time (`approve`), or not (`refuse`): once, by the superior.
#[utoipa::path(post, path = "/api/v1/extensions/{id}/{answer}", tag = "tasks",
    request_body = AnswerAsk,
    params(("id" = String, Path, format = Uuid), ("answer" = String, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CaseDone), (status = 404, description = "not-found"),
        (status = 409, description = "settled-already, too-late")))]
pub(crate) async fn answer(
    services: web::Data<Services>,
    actor: Actor,
    at: web::Path<(ExtensionId, String)>,
    key: IdempotencyKey,
    ask: Json<AnswerAsk>,
) -> Result<HttpResponse, Problem> {
    let (id, said) = at.into_inner();
    let gives = gives(&said).ok_or(Problem::NotFound)?;
    let (who, workflow) = (actor.who(), &services.workflow);
    let operation = if gives { "approve-extension" } else { "refuse-extension" };
    let once = Once { operation, key: key.0, hash: ask.hash };
    act(&services, &actor, &once, async |tx| {
        Ok(Acted::of(answer_extension(tx, workflow, who, id, gives).await?))
    })
    .await
}
