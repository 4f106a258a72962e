//! `/api/v1/programs/{id}/versions`: what was published, and cases that go over to it.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::program_versions::{ProposeEnd, Rebase, propose_end, rebase_cases};

use super::act::{Acted, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::program_desk::{ProgramDeskView, RebaseView},
    show::{self, Reader},
};

/// The end of a program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndAsk {
    /// The first day on which it takes no new cases; today where none is said.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    on: Option<NaiveDate>,
    /// Why.
    reason: String,
}

/// What waits for a second person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndAsked {
    draft: String,
}

/// Which cases go where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RebaseAsk {
    /// The number of the version.
    to: u32,
    /// The numbers of cases; all that are under way on another version where none is named.
    #[serde(default)]
    cases: Vec<String>,
    /// Only a preview: nothing is moved.
    #[serde(default)]
    dry: bool,
}

/// The versions and drafts of a program, for those who may change it.
#[utoipa::path(get, path = "/api/v1/programs/{id}/versions", tag = "changing programs",
    params(("id" = String, Path)), security(("session" = []), ("token" = [])),
    responses((status = 200, body = ProgramDeskView), (status = 403, description = "not-yours")))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::program_desk(&r, actor.who(), &id).await?))
}

/// Proposes that the program takes no new cases; another person confirms it as a draft.
#[utoipa::path(post, path = "/api/v1/programs/{id}/end", tag = "changing programs",
    request_body = EndAsk, params(("id" = String, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = EndAsked), (status = 403, description = "not-yours"),
        (status = 422, description = "past-day, needs-reason")))]
pub(crate) async fn end(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<String>,
    key: IdempotencyKey,
    ask: Json<EndAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "end-program", key: key.0, hash: ask.hash };
    act(&services, &actor, &once, async |tx| {
        let (program, on) = (id.clone(), ask.value.on);
        let ask = ProposeEnd { program, on, reason: ask.value.reason.clone() };
        let row = propose_end(tx, workflow, who, ask).await?;
        let body = EndAsked { draft: row.id.to_string() };
        Ok(Acted { status: StatusCode::OK, location: None, body, jobs: Vec::new() })
    })
    .await
}

/// Moves cases that are under way to a version, or shows what that would change.
#[utoipa::path(post, path = "/api/v1/programs/{id}/rebase", tag = "changing programs",
    request_body = RebaseAsk, params(("id" = String, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = RebaseView), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found"), (status = 409, description = "not-rebased")))]
pub(crate) async fn rebase(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<String>,
    key: IdempotencyKey,
    ask: Json<RebaseAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let what = Rebase { program: id.clone(), to: ask.value.to, cases: ask.value.cases.clone() };
    if ask.value.dry {
        return Ok(HttpResponse::Ok().json(show::rebase(&r, actor.who(), &what).await?));
    }
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "rebase-cases", key: key.0, hash: ask.hash };
    act(&services, &actor, &once, async |tx| {
        let (found, jobs) = rebase_cases(tx, workflow, who, &what).await?;
        let body = show::rebase_view(&r, &what, found);
        Ok(Acted { status: StatusCode::OK, location: None, body, jobs })
    })
    .await
}
