//! `/api/v1/sign-in-codes`: applicants sign in by a code to their phone.

use actix_web::{HttpRequest, HttpResponse, web};
use entities::Sensitive;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::{
    Workflow,
    sign_in::{self, CodeAddressee},
    tx,
};

use super::sessions::{Begun, begun};
use crate::{Problem, Services, json_body::Json, language, session};

/// A mobile number, however it is typed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskCode {
    #[schema(value_type = String, example = "139 1234 5678")]
    phone: Sensitive,
}

/// The same for every phone, known or not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeSent {
    /// Seconds until the next one may be asked for.
    resend_after: i64,
    /// Seconds for which this one may be used.
    life: i64,
}

/// A number and the code that came to it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnterCode {
    #[schema(value_type = String)]
    phone: Sensitive,
    #[schema(value_type = String, example = "012345")]
    code: Sensitive,
}

/// Sends a code to a phone.
#[utoipa::path(post, path = "/api/v1/sign-in-codes", tag = "signing in", request_body = AskCode,
    responses((status = 202, body = CodeSent), (status = 422, description = "invalid-fields"),
        (status = 429, description = "too-many-codes; see Retry-After")))]
pub(crate) async fn ask(
    services: web::Data<Services>,
    request: HttpRequest,
    ask: Json<AskCode>,
) -> Result<HttpResponse, Problem> {
    let Services { workflow, settings, deliver_code, .. } = services.get_ref();
    let Workflow { store, clock, keys, .. } = workflow;
    let (now, limits) = (clock.machine(), &settings.sign_in);
    let visit = session::visit(&request, settings);
    let to = (&ask.value.phone, language::of(&request));
    let jobs = tx::write(&store.doors(), async |tx| {
        let code = sign_in::ask_code(tx, now, limits, keys, &visit, to).await?;
        deliver_code(tx, now, code).await
    })
    .await?;
    workflow.wake.hand(&jobs);
    let sent = CodeSent {
        resend_after: limits.code_resend.num_seconds(),
        life: limits.code_life.num_seconds(),
    };
    Ok(HttpResponse::Accepted().json(sent))
}

/// Signs an applicant in and sets the session's cookie. The first time, the account comes to
/// be.
#[utoipa::path(post, path = "/api/v1/sessions/by-code", tag = "signing in",
    request_body = EnterCode,
    responses((status = 201, body = Begun), (status = 401, description = "wrong-code"),
        (status = 429, description = "locked; see Retry-After")))]
pub(crate) async fn check(
    services: web::Data<Services>,
    request: HttpRequest,
    ask: Json<EnterCode>,
) -> Result<HttpResponse, Problem> {
    let Services { workflow, settings, .. } = services.get_ref();
    let Workflow { store, clock, keys, .. } = workflow;
    let (now, limits) = (clock.machine(), &settings.sign_in);
    let visit = session::visit(&request, settings);
    let EnterCode { phone, code } = ask.value;
    let to = CodeAddressee { phone, language: language::of(&request) };
    let attempt = tx::write(&store.doors(), async |tx| {
        sign_in::check_code(tx, now, limits, keys, &visit, (&to, &code)).await
    })
    .await?;
    Ok(begun(&services, &attempt.into_result()?))
}
