//! `/api/v1/substitutes` and `/api/v1/copies`.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use entities::{NoticeId, SubstitutionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::commands;

use super::act::{Acted, CaseDone, act};
use crate::{
    Problem, Services, absences,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::absence::{CopiesView, SubstitutesView},
    show::{self, Reader, SubstitutesAsk, Wrong},
};

/// A substitute for oneself; by a head, for one of the office or a head below; by a system
/// administrator, for anybody.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubstituteAsk {
    /// Who will be away; none: oneself.
    #[serde(default)]
    absent: Option<String>,
    substitute: String,
    /// The first day, as `2026-03-02`.
    from: String,
    /// The last day.
    to: String,
    /// Only cases of this program.
    #[serde(default)]
    program: Option<String>,
    /// Awards of at most so much, in fen.
    #[serde(default)]
    most: Option<i64>,
}

/// What was arranged.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubstituteDone {
    #[schema(value_type = String, format = Uuid)]
    id: SubstitutionId,
}

/// Nothing comes with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NothingAsk {}

/// Who stands in for one, and for whom one stands in; or what is arranged for a head below, or, for
/// a system administrator, for anybody.
#[utoipa::path(get, path = "/api/v1/substitutes", tag = "people",
    params(("absent" = Option<String>, Query, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = SubstitutesView), (status = 404, description = "not-found")))]
pub(crate) async fn substitutes(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    ask: web::Query<SubstitutesAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let view = show::substitutes(&r, actor.who(), ask.absent, &Wrong::default()).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Names a substitute for some days, some program and up to some amount.
#[utoipa::path(post, path = "/api/v1/substitutes", tag = "people", request_body = SubstituteAsk,
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = SubstituteDone), (status = 403, description = "not-yours"),
        (status = 422, description = "invalid-fields, substitute")))]
pub(crate) async fn name(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<SubstituteAsk>,
) -> Result<HttpResponse, Problem> {
    let once = Once { operation: "name-substitute", key: key.0, hash: ask.hash };
    let (workflow, who, body) = (&services.workflow, actor.who(), ask.value);
    let mut said: BTreeMap<&str, &str> = BTreeMap::from([
        ("substitute", body.substitute.as_str()),
        ("from", body.from.as_str()),
        ("to", body.to.as_str()),
    ]);
    said.extend(body.absent.as_deref().map(|id| ("absent", id)));
    said.extend(body.program.as_deref().map(|id| ("program", id)));
    let named = absences::read(who.person, &said)?;
    let named = commands::NameSubstitute { most: body.most.map(entities::Fen), ..named };
    act(&services, &actor, &once, async |tx| {
        let id = commands::name_substitute(tx, workflow, who, named.clone()).await?;
        let (status, body) = (StatusCode::CREATED, SubstituteDone { id });
        Ok(Acted { status, location: None, body, jobs: Vec::new() })
    })
    .await
}

/// Ends a substitution before its time.
#[utoipa::path(delete, path = "/api/v1/substitutes/{id}", tag = "people",
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 404, description = "not-found")))]
pub(crate) async fn end(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<SubstitutionId>,
) -> Result<HttpResponse, Problem> {
    let (workflow, who) = (&services.workflow, actor.who());
    workflow::tx::write(&workflow.store, async |tx| {
        commands::end_substitute(tx, workflow, who, *id).await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What one was informed of, newest first.
#[utoipa::path(get, path = "/api/v1/copies", tag = "tasks",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CopiesView), (status = 404, description = "not-found")))]
pub(crate) async fn copies(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::copies(&r, actor.who()).await?))
}

/// One has read a copy.
#[utoipa::path(post, path = "/api/v1/copies/{id}/read", tag = "tasks", request_body = NothingAsk,
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CaseDone), (status = 404, description = "not-found")))]
pub(crate) async fn read(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<NoticeId>,
    key: IdempotencyKey,
    ask: Json<NothingAsk>,
) -> Result<HttpResponse, Problem> {
    let once = Once { operation: "read-copy", key: key.0, hash: ask.hash };
    let (workflow, who) = (&services.workflow, actor.who());
    act(&services, &actor, &once, async |tx| {
        Ok(Acted::of(commands::read_copy(tx, workflow, who, *id).await?))
    })
    .await
}
