//! `/api/v1/sessions`: signing in by password, looking at one's sessions, signing out.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use entities::{Sensitive, SessionId, account, session as row};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::{
    sign_in::{self, Opened, SignInStaff},
    tx,
};

use super::me::AccountShown;
use crate::{
    Problem, Services,
    actor::{Actor, Entrance},
    json_body::Json,
    session,
};

/// A login and its password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    login: String,
    #[schema(value_type = String, format = Password)]
    password: Sensitive,
}

/// One signed-in browser.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionShown {
    #[schema(value_type = String, format = Uuid)]
    id: SessionId,
    /// What was proved: `password`, `code`, `second_factor`.
    #[schema(value_type = String)]
    strength: entities::Strength,
    created_at: DateTime<Utc>,
    /// To the minute.
    seen_at: DateTime<Utc>,
    /// At the latest.
    ends_at: DateTime<Utc>,
    /// An IPv4 address or an IPv6 /64.
    network: String,
    /// Whether this request came with it.
    current: bool,
}

/// A session that has just begun. Its token is in the cookie only.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Begun {
    session: SessionShown,
    account: AccountShown,
}

/// Signs a member of staff in and sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "signing in", request_body = SignIn,
    responses((status = 201, body = Begun), (status = 401, description = "wrong-password"),
        (status = 429, description = "locked; see Retry-After")))]
pub(crate) async fn sign_in(
    services: web::Data<Services>,
    request: HttpRequest,
    ask: Json<SignIn>,
) -> Result<HttpResponse, Problem> {
    let Services { workflow, settings, passwords, .. } = services.get_ref();
    let (store, clock) = (&workflow.store.doors(), &workflow.clock);
    let visit = session::visit(&request, settings);
    let SignIn { login, password } = ask.value;
    let ask = SignInStaff { login, password };
    let (now, limits) = (clock.machine(), &settings.sign_in);
    let opened = sign_in::with_password(store, now, limits, passwords, &visit, ask).await?;
    Ok(begun(&services, &opened))
}

/// The answer to a sign-in: `201` with the cookie.
pub(super) fn begun(services: &Services, opened: &Opened) -> HttpResponse {
    let body = Begun {
        session: shown(&opened.session, Some(opened.session.id)),
        account: AccountShown::of(&opened.account),
    };
    let cookie = session::cookie(&services.settings, &opened.token);
    HttpResponse::Created().cookie(cookie).json(body)
}

/// The sessions of whoever is signed in, newest first.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "signing in",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Vec<SessionShown>)))]
pub(crate) async fn list(
    services: web::Data<Services>,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let Services { workflow, settings, .. } = services.get_ref();
    let (store, clock) = (&workflow.store, &workflow.clock);
    let account = account::Entity::find_by_id(actor.account).one(store.read()).await?;
    let account = account.ok_or(Problem::Unauthenticated)?;
    let found =
        sign_in::open_sessions(store.read(), clock.machine(), &settings.sign_in, &account).await?;
    let own = own_session(&actor);
    let shown: Vec<_> = found.iter().map(|session| shown(session, own)).collect();
    Ok(HttpResponse::Ok().json(shown))
}

/// Signs out: the session ends on the server, and the cookie goes.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "signing in",
    security(("session" = [])),
    responses((status = 204), (status = 404, description = "Came with a token, not a session")))]
pub(crate) async fn sign_out(
    services: web::Data<Services>,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let own = own_session(&actor).ok_or(Problem::NotFound)?;
    end_one(&services, &actor, own).await?;
    Ok(gone(&services))
}

/// Ends one of one's sessions.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "signing in",
    security(("session" = []), ("token" = [])),
    params(("id" = String, Path, format = Uuid)),
    responses((status = 204), (status = 404, description = "not-found")))]
pub(crate) async fn end(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<SessionId>,
) -> Result<HttpResponse, Problem> {
    end_one(&services, &actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all of one's sessions, this one too.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "signing in",
    security(("session" = []), ("token" = [])), responses((status = 204)))]
pub(crate) async fn end_all(
    services: web::Data<Services>,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let (now, account) = (services.workflow.clock.machine(), actor.account);
    tx::write(&services.workflow.store, async |tx| {
        sign_in::end_all_sessions(tx, now, account).await
    })
    .await?;
    Ok(gone(&services))
}

async fn end_one(services: &Services, actor: &Actor, id: SessionId) -> Result<(), Problem> {
    let (now, account) = (services.workflow.clock.machine(), actor.account);
    let ended = tx::write(&services.workflow.store, async |tx| {
        sign_in::end_session(tx, now, account, id).await
    })
    .await?;
    if ended { Ok(()) } else { Err(Problem::NotFound) }
}

fn gone(services: &Services) -> HttpResponse {
    HttpResponse::NoContent()
        .cookie(session::no_cookie(&services.settings))
        .insert_header(("clear-site-data", "\"cache\", \"storage\""))
        .finish()
}

fn own_session(actor: &Actor) -> Option<SessionId> {
    match &actor.entrance {
        Entrance::Session { id, .. } => Some(*id),
        Entrance::Token(_) => None,
    }
}

fn shown(session: &row::Model, own: Option<SessionId>) -> SessionShown {
    SessionShown {
        id: session.id,
        strength: session.strength,
        created_at: session.created_at,
        seen_at: session.seen_at,
        ends_at: session.ends_at,
        network: session.network.clone(),
        current: own == Some(session.id),
    }
}
