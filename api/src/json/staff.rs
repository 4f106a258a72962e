//! `/api/v1/organisation/people` and what belongs to it: who does what where, how they sign in.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use entities::{AccountId, AppointmentId, Duty, Language, PersonId, Sensitive, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::{
    CommandError, Refusal,
    commands::{self, HandOver},
    organise::{self, AddPerson, Appoint, NewAccount},
    sign_in::NewStaff,
};

use super::{
    act::{Acted, act},
    organisation::{Changed, Made, changed, made},
};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::organisation::{MemberView, PeopleView, TrailView},
    show::{self, MembersAsk, Reader, TrailAsk, Wrong},
};

/// Members of staff by name or mail address.
#[utoipa::path(get, path = "/api/v1/organisation/people", tag = "organisation",
    params(("search" = Option<String>, Query)), security(("session" = []), ("token" = [])),
    responses((status = 200, body = PeopleView), (status = 403, description = "not-yours")))]
pub(crate) async fn people(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    ask: web::Query<MembersAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let view = show::members(&r, actor.who(), &ask.search, &Wrong::default()).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// One of them: duties, accounts.
#[utoipa::path(get, path = "/api/v1/organisation/people/{id}", tag = "organisation",
    params(("id" = String, Path, format = Uuid)), security(("session" = []), ("token" = [])),
    responses((status = 200, body = MemberView), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found")))]
pub(crate) async fn person(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<PersonId>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::member(&r, actor.who(), *id, &Wrong::default()).await?))
}

/// A member of staff that shall be on record.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberAsk {
    name: String,
    #[serde(default)]
    mail: Option<String>,
}

/// Puts a member of staff on record. System administrators only.
#[utoipa::path(post, path = "/api/v1/organisation/people", tag = "organisation",
    request_body = MemberAsk, security(("session" = []), ("token" = [])),
    responses((status = 201, body = Made), (status = 403, description = "not-yours"),
        (status = 422, description = "organisation")))]
pub(crate) async fn add(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<MemberAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "add-member", key: key.0, hash: ask.hash };
    let MemberAsk { name, mail } = ask.value;
    let ask = AddPerson { name, mail };
    act(&services, &actor, &once, async |tx| {
        Ok(made(&organise::add_person(tx, workflow, Some(who), ask.clone()).await?))
    })
    .await
}

/// A duty that somebody shall have.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppointAsk {
    #[schema(value_type = String, format = Uuid)]
    person: PersonId,
    #[schema(value_type = String, format = Uuid)]
    unit: UnitId,
    /// `handler`, `head`, `supervisor`; of security administrators `administrator`,
    /// `security_administrator`, `auditor`.
    #[schema(value_type = String)]
    duty: Duty,
}

/// Gives a duty from now on. Administrative duties are the security administrator's to give,
/// others the system administrator's; nobody gives himself anything or has two administrative ones.
#[utoipa::path(post, path = "/api/v1/organisation/appointments", tag = "organisation",
    request_body = AppointAsk, security(("session" = []), ("token" = [])),
    responses((status = 201, body = Made), (status = 403, description = "not-yours"),
        (status = 422, description = "organisation")))]
pub(crate) async fn appoint(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<AppointAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "appoint", key: key.0, hash: ask.hash };
    let AppointAsk { person, unit, duty } = ask.value;
    let ask = Appoint { person, unit, duty, from: workflow.clock.now() };
    act(&services, &actor, &once, async |tx| {
        Ok(made(&organise::appoint(tx, workflow, Some(who), ask).await?))
    })
    .await
}

/// Nothing comes with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bare {}

/// Ends a duty now. What lies with its holder goes back to the unit's pool afterwards.
#[utoipa::path(post, path = "/api/v1/organisation/appointments/{id}/end", tag = "organisation",
    request_body = Bare, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Changed), (status = 403, description = "not-yours"),
        (status = 422, description = "organisation")))]
pub(crate) async fn end(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<AppointmentId>,
    key: IdempotencyKey,
    ask: Json<Bare>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "end-appointment", key: key.0, hash: ask.hash };
    let at = workflow.clock.now();
    let answer = act(&services, &actor, &once, async |tx| {
        organise::end_appointment(tx, workflow, Some(who), (*id, at)).await?;
        Ok(changed())
    })
    .await?;
    show::settle(workflow).await;
    Ok(answer)
}

/// An account that shall be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountAsk {
    login: String,
    #[schema(value_type = String)]
    password: Sensitive,
}

/// Lets somebody sign in who has no account yet. System administrators only; of somebody who
/// administers, security administrators.
#[utoipa::path(post, path = "/api/v1/organisation/people/{id}/accounts", tag = "organisation",
    request_body = AccountAsk, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = Made), (status = 403, description = "not-yours"),
        (status = 422, description = "organisation, weak-password")))]
pub(crate) async fn account(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<PersonId>,
    key: IdempotencyKey,
    ask: Json<AccountAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "add-account", key: key.0, hash: ask.hash };
    // Whose business it is not learns nothing of passwords.
    let r = Reader::of(&services, language::of(&request));
    show::member(&r, who, *id, &Wrong::default()).await?;
    let AccountAsk { login, password } = ask.value;
    let password_hash = NewStaff::checked(&services.passwords, &login, password).await?;
    let (person, language) = (*id, Language::Chinese);
    let new = NewAccount { login, password_hash, person, language };
    act(&services, &actor, &once, async |tx| {
        Ok(made(&organise::add_staff_account(tx, workflow, Some(who), new.clone()).await?))
    })
    .await
}

/// Locks an account (`lock`): its sessions end with it; or lets it in again (`unlock`). Security
/// administrators only.
#[utoipa::path(post, path = "/api/v1/organisation/accounts/{id}/{verb}", tag = "organisation",
    request_body = Bare,
    params(("id" = String, Path, format = Uuid), ("verb" = String, Path, description = "`lock`, `unlock`")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Changed), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found")))]
pub(crate) async fn lock(
    services: web::Data<Services>,
    actor: Actor,
    at: web::Path<(AccountId, String)>,
    key: IdempotencyKey,
    ask: Json<Bare>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let (id, verb) = at.into_inner();
    let once = Once { operation: "lock-account", key: key.0, hash: ask.hash };
    act(&services, &actor, &once, async |tx| {
        match verb.as_str() {
            "lock" => organise::lock_account(tx, workflow, Some(who), id).await?,
            "unlock" => organise::unlock_account(tx, workflow, Some(who), id).await?,
            _ => return Err(Problem::NotFound),
        }
        Ok(changed())
    })
    .await
}

/// Another password.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordAsk {
    #[schema(value_type = String)]
    password: Sensitive,
}

/// Gives a member of staff another password; their sessions end. Security administrators only,
/// and not their own.
#[utoipa::path(post, path = "/api/v1/organisation/accounts/{id}/password", tag = "organisation",
    request_body = PasswordAsk, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Changed), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found"), (status = 422, description = "weak-password")))]
pub(crate) async fn password(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<AccountId>,
    key: IdempotencyKey,
    ask: Json<PasswordAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "set-password", key: key.0, hash: ask.hash };
    // Whose business it is not learns nothing of passwords, and costs none of their hashing.
    let powers = organise::powers_of(workflow.store.read(), who, workflow.clock.now()).await?;
    if !powers.secures {
        let bar = workflow::Bar::NotSecurityAdministrator;
        return Err(CommandError::Refused(Refusal::NotYours(bar)).into());
    }
    let hash = NewStaff::checked(&services.passwords, "", ask.value.password).await?;
    act(&services, &actor, &once, async |tx| {
        organise::set_password(tx, workflow, Some(who), (*id, hash.clone())).await?;
        Ok(changed())
    })
    .await
}

/// What is handed over.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOverBody {
    #[schema(value_type = String, format = Uuid)]
    unit: UnitId,
    /// To whom; left out: back to the pool.
    #[schema(value_type = Option<String>, format = Uuid)]
    #[serde(default)]
    to: Option<PersonId>,
    /// Why; at most 500 characters.
    reason: String,
}

/// What was handed over.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HandedOverBody {
    moved: usize,
    /// Went back to the pool: the receiver may not take it.
    pooled: usize,
    /// Cases in which something stays: meant for this person alone.
    left: Vec<String>,
}

/// Passes on everything that lies with somebody in a unit, to somebody with the same duty there or
/// back to the pool. The unit's head, its place's head, or a system administrator.
#[utoipa::path(post, path = "/api/v1/organisation/people/{id}/hand-over", tag = "organisation",
    request_body = HandOverBody, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = HandedOverBody), (status = 403, description = "not-yours"),
        (status = 422, description = "organisation")))]
pub(crate) async fn hand_over(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<PersonId>,
    key: IdempotencyKey,
    ask: Json<HandOverBody>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "hand-over", key: key.0, hash: ask.hash };
    let HandOverBody { unit, to, reason } = ask.value;
    let ask = HandOver { from: *id, unit, to, reason };
    act(&services, &actor, &once, async |tx| {
        let done = Box::pin(commands::hand_over(tx, workflow, who, ask.clone())).await?;
        let body = HandedOverBody { moved: done.moved, pooled: done.pooled, left: done.left };
        Ok(Acted { status: StatusCode::OK, location: None, body, jobs: done.jobs })
    })
    .await
}

/// What was done to units, people, programs and the deployment, the newest first. Auditors only.
#[utoipa::path(get, path = "/api/v1/trail", tag = "organisation",
    params(("stream" = Option<String>, Query, description = "`unit`, `person`, `program`, `system`"),
        ("after" = Option<String>, Query)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = TrailView), (status = 403, description = "not-yours")))]
pub(crate) async fn trail(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    ask: web::Query<TrailAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::trail(&r, actor.who(), &ask).await?))
}
