//! `/api/v1/organisation/appointments/{id}/change`: a duty that becomes another, as one act.

use actix_web::{HttpResponse, http::StatusCode, web};
use entities::{AppointmentId, Duty, PersonId, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::commands::{self, ChangeDuty};

use super::act::{Acted, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    show,
};

/// The new duty, and what becomes of what lies with its holder.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeDutyBody {
    #[schema(value_type = String, format = Uuid)]
    unit: UnitId,
    #[schema(value_type = String)]
    duty: Duty,
    /// Who gets what lies with them; left out: back to the pool.
    #[schema(value_type = Option<String>, format = Uuid)]
    #[serde(default)]
    to: Option<PersonId>,
    /// Why; at most 500 characters. Needed where something lies with them.
    #[serde(default)]
    reason: String,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DutyChanged {
    /// The new appointment.
    #[schema(value_type = String, format = Uuid)]
    id: AppointmentId,
    moved: usize,
    /// Went back to the pool.
    pooled: usize,
}

/// Ends a duty, passes on what lies with its holder, and gives them another: all of it or nothing.
#[utoipa::path(post, path = "/api/v1/organisation/appointments/{id}/change", tag = "organisation",
    request_body = ChangeDutyBody, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = DutyChanged), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found"), (status = 422, description = "organisation")))]
pub(crate) async fn change(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<AppointmentId>,
    key: IdempotencyKey,
    ask: Json<ChangeDutyBody>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "change-duty", key: key.0, hash: ask.hash };
    let ChangeDutyBody { unit, duty, to, reason } = ask.value;
    let ask = ChangeDuty { appointment: *id, unit, duty, to, reason };
    let answer = act(&services, &actor, &once, async |tx| {
        let done = Box::pin(commands::change_duty(tx, workflow, who, ask.clone())).await?;
        let (id, passed) = done;
        let body = DutyChanged { id, moved: passed.moved, pooled: passed.pooled };
        Ok(Acted { status: StatusCode::OK, location: None, body, jobs: passed.jobs })
    })
    .await?;
    show::settle(workflow).await;
    Ok(answer)
}
