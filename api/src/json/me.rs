//! `/api/v1/me`: who is signed in.

use actix_web::{HttpRequest, HttpResponse, web};
use entities::{AccountId, AccountKind, Language, PersonId, Sensitive, account, person};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::{
    commands,
    sign_in::{self, ChangePassword as Change},
    tx,
};

use super::sessions::begun;
use crate::{Problem, Services, actor::Actor, json_body::Json, session};

/// An account, without what signs it in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountShown {
    #[schema(value_type = String, format = Uuid)]
    id: AccountId,
    /// `staff` or `applicant`.
    #[schema(value_type = String)]
    kind: AccountKind,
    /// Staff only.
    login: Option<String>,
    /// Staff only: who they are.
    #[schema(value_type = Option<String>, format = Uuid)]
    person: Option<PersonId>,
    /// A BCP 47 tag: `zh-CN` or `en`.
    #[schema(value_type = String)]
    language: Language,
}

impl AccountShown {
    /// What may be shown of an account to its holder.
    pub(super) fn of(account: &account::Model) -> Self {
        Self {
            id: account.id,
            kind: account.kind,
            login: account.login.clone(),
            person: account.person_id,
            language: account.language,
        }
    }
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    account: AccountShown,
    /// Staff only.
    name: Option<String>,
}

/// When one's digest of reminders comes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DigestHour {
    /// `09:00` of working days, one of those offered; `null`: no digest.
    at: Option<String>,
}

/// When one's digest comes.
#[utoipa::path(get, path = "/api/v1/me/digest", tag = "me",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = DigestHour)))]
pub(crate) async fn digest(
    services: web::Data<Services>,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let person = actor.who().person.ok_or(Problem::NotFound)?;
    let at = commands::digest_hour(services.workflow.store.read(), person).await?;
    Ok(HttpResponse::Ok().json(DigestHour { at }))
}

/// Chooses when one's digest comes, or that none does. Direct letters the day before are not
/// touched by it.
#[utoipa::path(put, path = "/api/v1/me/digest", tag = "me",
    security(("session" = []), ("token" = [])), request_body = DigestHour,
    responses((status = 204), (status = 404, description = "not-found: no such hour")))]
pub(crate) async fn set_digest(
    services: web::Data<Services>,
    actor: Actor,
    ask: Json<DigestHour>,
) -> Result<HttpResponse, Problem> {
    let workflow = &services.workflow;
    let at = ask.value.at.as_deref();
    tx::write(&workflow.store, async |tx| {
        commands::set_digest(tx, workflow, actor.who(), at).await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Two passwords.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    #[schema(value_type = String, format = Password)]
    old: Sensitive,
    /// 8 to 128 characters; not a common one, not the login.
    #[schema(value_type = String, format = Password)]
    new: Sensitive,
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/me", tag = "me",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Me), (status = 401, description = "unauthenticated")))]
pub(crate) async fn show(
    services: web::Data<Services>,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let account =
        account::Entity::find_by_id(actor.account).one(services.workflow.store.read()).await?;
    let account = account.ok_or(Problem::Unauthenticated)?;
    let name = match account.person_id {
        Some(id) => person::Entity::find_by_id(id)
            .one(services.workflow.store.read())
            .await?
            .map(|row| row.name),
        None => None,
    };
    Ok(HttpResponse::Ok().json(Me { account: AccountShown::of(&account), name }))
}

/// Changes one's password. All sessions end; the answer opens a new one.
#[utoipa::path(put, path = "/api/v1/me/password", tag = "me", request_body = ChangePassword,
    security(("session" = [])),
    responses((status = 201, body = super::sessions::Begun),
        (status = 401, description = "wrong-password"),
        (status = 422, description = "weak-password"),
        (status = 429, description = "locked; see Retry-After")))]
pub(crate) async fn change_password(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    ask: Json<ChangePassword>,
) -> Result<HttpResponse, Problem> {
    if actor.kind != AccountKind::Staff {
        return Err(Problem::NotFound);
    }
    let Services { workflow, settings, passwords, .. } = services.get_ref();
    let (store, clock) = (&workflow.store, &workflow.clock);
    let visit = session::visit(&request, settings);
    let ask = Change { old: ask.value.old, new: ask.value.new };
    let (now, limits, who) = (clock.machine(), &settings.sign_in, (actor.account, &visit));
    let opened = sign_in::change_password(store, now, limits, passwords, who, ask).await?;
    Ok(begun(&services, &opened))
}
