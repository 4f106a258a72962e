//! `/api/v1/recusals`.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use entities::RecusalId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::commands;

use super::act::{Acted, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::recusal::RecusalsView,
    recusing,
    show::{self, Reader, Wrong},
};

/// From whose cases one keeps away.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecusalAsk {
    /// `relative`, `village`, `township`, `school`, `house`.
    kind: String,
    /// Of a relative.
    #[serde(default)]
    name: Option<String>,
    /// Of a relative; it is compared and not kept.
    #[serde(default)]
    id_number: Option<String>,
    /// A township or a school, by its id, its name or its code; the township of a village or a house.
    #[serde(default)]
    place: Option<String>,
    /// Of a village or of one's own house.
    #[serde(default)]
    village: Option<String>,
    /// Of one's own house; it is compared and not kept.
    #[serde(default)]
    address: Option<String>,
}

/// What was declared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecusalDone {
    #[schema(value_type = String, format = Uuid)]
    id: RecusalId,
}

/// What one has declared.
#[utoipa::path(get, path = "/api/v1/recusals", tag = "people",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = RecusalsView), (status = 404, description = "not-found")))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::recusals(&r, actor.who(), &Wrong::default()).await?))
}

/// Declares a relative, a village, a township, a school or one's own address: one is taken off the people who may sign.
#[utoipa::path(post, path = "/api/v1/recusals", tag = "people", request_body = RecusalAsk,
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = RecusalDone), (status = 403, description = "not-yours"),
        (status = 422, description = "invalid-fields")))]
pub(crate) async fn declare(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<RecusalAsk>,
) -> Result<HttpResponse, Problem> {
    let once = Once { operation: "declare-recusal", key: key.0, hash: ask.hash };
    let (workflow, who, body) = (&services.workflow, actor.who(), ask.value);
    let mut said: BTreeMap<&str, &str> = BTreeMap::from([("kind", body.kind.as_str())]);
    said.extend(body.name.as_deref().map(|name| ("name", name)));
    said.extend(body.id_number.as_deref().map(|number| ("id_number", number)));
    said.extend(body.place.as_deref().map(|place| ("place", place)));
    said.extend(body.village.as_deref().map(|village| ("village", village)));
    said.extend(body.address.as_deref().map(|address| ("address", address)));
    let declared = recusing::read(workflow.store.read(), &said).await?;
    act(&services, &actor, &once, async |tx| {
        let id = commands::declare_recusal(tx, workflow, who, declared.clone()).await?;
        let (status, body) = (StatusCode::CREATED, RecusalDone { id });
        Ok(Acted { status, location: None, body, jobs: Vec::new() })
    })
    .await
}

/// Takes a declaration back.
#[utoipa::path(delete, path = "/api/v1/recusals/{id}", tag = "people",
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 404, description = "not-found")))]
pub(crate) async fn end(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<RecusalId>,
) -> Result<HttpResponse, Problem> {
    let (workflow, who) = (&services.workflow, actor.who());
    workflow::tx::write(&workflow.store, async |tx| {
        commands::end_recusal(tx, workflow, who, *id).await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
