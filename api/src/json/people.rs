//! `/api/v1/people`: the persons one acts for, and what is known of them.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use entities::{Basis, PersonId, Sensitive, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::commands::{self, SavePerson};

use super::act::{Acted, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::{applicant::SubjectView, case::PersonView},
    show::{self, Reader},
};

/// What is known of a person. What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonAsk {
    #[serde(default)]
    name: String,
    /// Resident ID number (GB 11643).
    #[schema(value_type = String)]
    #[serde(default)]
    id_number: Secret,
    /// Mobile.
    #[schema(value_type = String)]
    #[serde(default)]
    phone: Secret,
    #[schema(value_type = Option<String>, format = Uuid)]
    #[serde(default)]
    school: Option<UnitId>,
    #[schema(value_type = Option<String>, format = Uuid)]
    #[serde(default)]
    township: Option<UnitId>,
    /// 村（社区） within the township.
    #[serde(default)]
    village: String,
    /// 组、门牌; kept encrypted, and compared to tell who is near.
    #[schema(value_type = String)]
    #[serde(default)]
    address: Secret,
    #[serde(default)]
    class: String,
    /// Bank or social-security card.
    #[schema(value_type = String)]
    #[serde(default)]
    bank: Secret,
    #[serde(default)]
    guardian: Option<GuardianAsk>,
    /// What the account is to the person: `oneself`, `guardian`, `agent`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    basis: Option<Basis>,
}

/// Text that no log prints; empty by default.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Secret(Sensitive);

impl Default for Secret {
    fn default() -> Self {
        Self(Sensitive::new(""))
    }
}

impl Secret {
    fn text(&self) -> String {
        self.0.expose().to_owned()
    }
}

/// A minor's guardian; all of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GuardianAsk {
    name: String,
    #[schema(value_type = String)]
    id_number: Secret,
    #[schema(value_type = String)]
    phone: Secret,
    #[serde(default)]
    relation: String,
}

impl PersonAsk {
    fn save(self, person: Option<PersonId>) -> SavePerson {
        let guardian = self.guardian.map(|guardian| commands::Guardian {
            name: guardian.name,
            id_number: guardian.id_number.text(),
            phone: guardian.phone.text(),
            relation: guardian.relation,
        });
        SavePerson {
            person,
            name: self.name,
            id_number: self.id_number.text(),
            phone: self.phone.text(),
            school: self.school,
            township: self.township,
            village: self.village,
            address: self.address.text(),
            class: self.class,
            bank: self.bank.text(),
            guardian,
            basis: self.basis,
        }
    }
}

/// A person that was saved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonSaved {
    #[schema(value_type = String, format = Uuid)]
    id: PersonId,
}

/// The persons one acts for.
#[utoipa::path(get, path = "/api/v1/people", tag = "people",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Vec<SubjectView>)))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::subjects(&r, actor.who(), None).await?))
}

/// One of them, numbers masked.
#[utoipa::path(get, path = "/api/v1/people/{id}", tag = "people",
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = PersonView), (status = 404, description = "not-found")))]
pub(crate) async fn one(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<PersonId>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::person(&r, actor.who(), *id).await?))
}

/// Writes a new person down; the account acts for them from then on.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = PersonAsk,
    security(("session" = []), ("token" = [])),
    responses((status = 201, body = PersonSaved), (status = 422, description = "invalid-fields")))]
pub(crate) async fn make(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<PersonAsk>,
) -> Result<HttpResponse, Problem> {
    save(&services, &actor, (None, key, StatusCode::CREATED), ask).await
}

/// Changes what is known of a person one acts for.
#[utoipa::path(put, path = "/api/v1/people/{id}", tag = "people", request_body = PersonAsk,
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = PersonSaved), (status = 404, description = "not-found"),
        (status = 422, description = "invalid-fields")))]
pub(crate) async fn change(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<PersonId>,
    key: IdempotencyKey,
    ask: Json<PersonAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    show::person(&r, actor.who(), *id).await?;
    save(&services, &actor, (Some(*id), key, StatusCode::OK), ask).await
}

async fn save(
    services: &Services,
    actor: &Actor,
    what: (Option<PersonId>, IdempotencyKey, StatusCode),
    ask: Json<PersonAsk>,
) -> Result<HttpResponse, Problem> {
    let (person, key, status) = what;
    let once = Once { operation: "save-person", key: key.0, hash: ask.hash };
    let (workflow, who, ask) = (&services.workflow, actor.who(), ask.value.save(person));
    act(services, actor, &once, async |tx| {
        let id = commands::save_person(tx, workflow, who, ask.clone()).await?;
        let location = Some(format!("/api/v1/people/{id}"));
        Ok(Acted { status, location, body: PersonSaved { id }, jobs: Vec::new() })
    })
    .await
}
