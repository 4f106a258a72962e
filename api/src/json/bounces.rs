//! `/api/v1/bounces`: messages that did not arrive.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use entities::NoticeId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::commands::{Handling, handle_bounce};

use super::act::{Acted, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::bounces::BouncesView,
    show::{self, BouncesAsk, Reader},
};

/// What is done about it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BounceAsk {
    /// Send it once more; otherwise the recipient was reached in another way.
    resend: bool,
}

/// What followed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BounceDone {
    /// Whether it is on its way again.
    resent: bool,
}

/// How many messages did not arrive and wait for somebody, fifty a page. Those of one's offices;
/// administrators see all.
#[utoipa::path(get, path = "/api/v1/bounces", tag = "operating",
    params(("after" = Option<String>, Query, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = BouncesView), (status = 403, description = "not-yours")))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    ask: web::Query<BouncesAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::bounces(&r, actor.who(), &ask).await?))
}

/// Says that a message that did not arrive is seen to, or sends it once more under the same key.
/// It is noted down who did.
#[utoipa::path(post, path = "/api/v1/bounces/{id}", tag = "operating", request_body = BounceAsk,
    params(("id" = String, Path, format = Uuid)), security(("session" = []), ("token" = [])),
    responses((status = 200, body = BounceDone), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found")))]
pub(crate) async fn handle(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<NoticeId>,
    key: IdempotencyKey,
    ask: Json<BounceAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let how = if ask.value.resend { Handling::Resent } else { Handling::Handled };
    let once = Once { operation: "handle-bounce", key: key.0, hash: ask.hash };
    act(&services, &actor, &once, async |tx| {
        let jobs = handle_bounce(tx, workflow, who, (*id, how)).await?;
        let body = BounceDone { resent: !jobs.is_empty() };
        Ok(Acted { status: StatusCode::OK, location: None, body, jobs })
    })
    .await
}
