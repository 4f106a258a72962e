//! `/api/v1/organisation`: a place goes to another one, a member of staff is called otherwise.

use actix_web::{HttpResponse, web};
use entities::{PersonId, UnitId};
use serde::Deserialize;
use utoipa::ToSchema;
use workflow::organise::{self, ChangePerson, MoveUnit};

use super::{
    act::act,
    organisation::{Changed, changed},
};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
};

/// Another place above.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveAsk {
    #[schema(value_type = String, format = Uuid)]
    parent: UnitId,
    /// Its code there, where it gets another one; a school has its county's.
    #[serde(default)]
    division: Option<String>,
}

/// Lets a place, with its offices, stand under another place of the next level from now on. What
/// lies there stays. System administrators only.
#[utoipa::path(post, path = "/api/v1/organisation/units/{id}/move", tag = "organisation",
    request_body = MoveAsk, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Changed), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found"), (status = 422, description = "organisation")))]
pub(crate) async fn unit(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<UnitId>,
    key: IdempotencyKey,
    ask: Json<MoveAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "move-unit", key: key.0, hash: ask.hash };
    let MoveAsk { parent, division } = ask.value;
    let ask = MoveUnit { unit: *id, parent, division };
    act(&services, &actor, &once, async |tx| {
        organise::move_unit(tx, workflow, Some(who), ask.clone()).await?;
        Ok(changed())
    })
    .await
}

/// What is on record of a member of staff.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonAsk {
    name: String,
    /// Where letters go; left out: nowhere.
    #[serde(default)]
    mail: Option<String>,
    /// A mobile number; left out: the one that is kept, if any, stays.
    #[serde(default)]
    phone: Option<String>,
}

/// Changes the name, the mail address and the phone of a member of staff. System administrators
/// only, and not their own.
#[utoipa::path(put, path = "/api/v1/organisation/people/{id}", tag = "organisation",
    request_body = PersonAsk, params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Changed), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found"), (status = 422, description = "organisation")))]
pub(crate) async fn person(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<PersonId>,
    key: IdempotencyKey,
    ask: Json<PersonAsk>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "change-member", key: key.0, hash: ask.hash };
    let PersonAsk { name, mail, phone } = ask.value;
    let ask = ChangePerson { person: *id, name, mail, phone };
    act(&services, &actor, &once, async |tx| {
        organise::change_person(tx, workflow, Some(who), ask.clone()).await?;
        Ok(changed())
    })
    .await
}
