//! `/api/v1/me/tokens`: bearer tokens for machines.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use entities::{BearerTokenId, bearer_token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::{sign_in, tx};

use crate::{
    Problem, Services,
    actor::{Actor, Entrance},
    json_body::Json,
};

/// What a token is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MakeToken {
    /// 1 to 80 characters.
    name: String,
}

/// A token, without what it opens with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenShown {
    #[schema(value_type = String, format = Uuid)]
    id: BearerTokenId,
    name: String,
    created_at: DateTime<Utc>,
}

/// A token that has just been made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenMade {
    /// To be sent as `Authorization: Bearer …`. It is shown this once.
    token: String,
    #[serde(flatten)]
    shown: TokenShown,
}

/// One's tokens, newest first.
#[utoipa::path(get, path = "/api/v1/me/tokens", tag = "me",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Vec<TokenShown>)))]
pub(crate) async fn list(
    services: web::Data<Services>,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let found =
        bearer_token::Entity::open_of(actor.account).all(services.workflow.store.read()).await?;
    let shown: Vec<_> = found.into_iter().map(shown).collect();
    Ok(HttpResponse::Ok().json(shown))
}

/// Makes a token. Only a signed-in browser may: a token makes no further tokens.
#[utoipa::path(post, path = "/api/v1/me/tokens", tag = "me", request_body = MakeToken,
    security(("session" = [])),
    responses((status = 201, body = TokenMade), (status = 401, description = "unauthenticated")))]
pub(crate) async fn make(
    services: web::Data<Services>,
    actor: Actor,
    ask: Json<MakeToken>,
) -> Result<HttpResponse, Problem> {
    if matches!(actor.entrance, Entrance::Token(_)) {
        return Err(Problem::Unauthenticated);
    }
    let (now, account, name) = (services.workflow.clock.machine(), actor.account, ask.value.name);
    let (token, row) = tx::write(&services.workflow.store, async |tx| {
        sign_in::make_token(tx, now, account, &name).await
    })
    .await?;
    let made = TokenMade { token: token.expose().to_owned(), shown: shown(row) };
    Ok(HttpResponse::Created().json(made))
}

/// Ends a token.
#[utoipa::path(delete, path = "/api/v1/me/tokens/{id}", tag = "me",
    security(("session" = []), ("token" = [])),
    params(("id" = String, Path, format = Uuid)),
    responses((status = 204), (status = 404, description = "not-found")))]
pub(crate) async fn end(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<BearerTokenId>,
) -> Result<HttpResponse, Problem> {
    let (now, account, id) = (services.workflow.clock.machine(), actor.account, *id);
    let ended = tx::write(&services.workflow.store, async |tx| {
        sign_in::end_token(tx, now, account, id).await
    })
    .await?;
    if ended { Ok(HttpResponse::NoContent().finish()) } else { Err(Problem::NotFound) }
}

fn shown(token: bearer_token::Model) -> TokenShown {
    TokenShown { id: token.id, name: token.name, created_at: token.created_at }
}
