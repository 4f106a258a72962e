//! The API's own description, generated from the code, and a page to try it on.

use std::sync::{Arc, LazyLock};

use actix_web::{
    HttpResponse,
    http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY},
    web,
};
use entities::AccountKind;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::{Problem, Services, actor::MaybeActor, json, session};

/// The page sets styles from its script; it loads nothing from elsewhere.
const PAGE_POLICY: &str = "default-src 'self'; script-src 'self'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Banjie",
        description = "Applications, approvals and their deadlines. Errors are \
            `application/problem+json` (RFC 9457) with a stable name; `GET /problems` lists \
            them. Bodies are `application/json` of at most 64 KiB; unknown fields are refused. \
            A POST with `Idempotency-Key` is done once and answered alike for 30 days. \
            A 4xx certainly did not happen; after a 5xx repeat with the same key."
    ),
    paths(
        json::health::live,
        json::health::ready,
        json::sessions::sign_in,
        json::sessions::list,
        json::sessions::end_all,
        json::sessions::sign_out,
        json::sessions::end,
        json::sign_in_codes::ask,
        json::sign_in_codes::check,
        json::me::digest,
        json::me::set_digest,
        json::me::show,
        json::me::change_password,
        json::tokens::list,
        json::tokens::make,
        json::tokens::end,
        json::programs::list,
        json::programs::one,
        json::programs::units,
        json::program_versions::list,
        json::program_versions::end,
        json::program_versions::rebase,
        json::program_drafts::begin_new,
        json::program_drafts::begin,
        json::program_drafts::one,
        json::program_drafts::save,
        json::program_drafts::do_with,
        json::program_drafts::replay,
        json::people::list,
        json::people::one,
        json::people::make,
        json::people::change,
        json::cases::list,
        json::cases::one,
        json::cases::decision,
        json::cases::held,
        json::cases::why,
        json::cases::document,
        json::cases::own_step,
        json::cases::start,
        json::cases::edit,
        json::cases::submit,
        json::cases::resubmit,
        json::cases::withdraw,
        json::cases::urge,
        json::voices::list,
        json::voices::complain,
        json::voices::appeal,
        json::voices::rate,
        json::tip_offs::send,
        json::tip_offs::look_up,
        json::papers::put,
        json::papers::put_at_step,
        json::papers::put_at_line,
        json::papers::get,
        json::papers::remove,
        json::tasks::queue,
        json::tasks::search,
        json::tasks::next,
        json::tasks::one,
        json::tasks::reveal,
        json::tasks::verb,
        json::rosters::list,
        json::rosters::fill,
        json::notices::list,
        json::notices::one,
        json::notices::object,
        json::notices::look_up,
        json::extensions::list,
        json::extensions::answer,
        json::absence::substitutes,
        json::absence::name,
        json::absence::end,
        json::recusals::list,
        json::recusals::declare,
        json::recusals::end,
        json::absence::copies,
        json::absence::read,
        json::batches::list,
        json::batches::prepare,
        json::batches::one,
        json::batches::open,
        json::batches::sign,
        json::oversight::units,
        json::oversight::boards,
        json::oversight::open,
        json::oversight::reopen,
        json::organisation::top,
        json::organisation::unit,
        json::organisation::open,
        json::organisation::rename,
        json::organisation::mark,
        json::moves::unit,
        json::organisation::closing,
        json::organisation::close,
        json::staff::people,
        json::staff::person,
        json::staff::add,
        json::moves::person,
        json::staff::appoint,
        json::staff::end,
        json::duties::change,
        json::staff::account,
        json::staff::lock,
        json::staff::password,
        json::staff::hand_over,
        json::staff::trail,
        json::imports::import,
        json::bounces::list,
        json::bounces::handle,
        json::jobs::list,
        json::jobs::retry,
        json::jobs::retry_all,
        json::demo::clock,
        json::demo::move_clock,
        json::demo::letters,
        json::demo::letter,
    ),
    modifiers(&WaysIn)
)]
struct Document;

/// A bearer token, or the cookie of a session.
struct WaysIn;

impl Modify for WaysIn {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let secure = session::name(&crate::Settings::default());
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(secure)));
        components.add_security_scheme("session", cookie);
    }
}

static TEXT: LazyLock<Result<String, String>> =
    LazyLock::new(|| Document::openapi().to_pretty_json().map_err(|e| e.to_string()));

/// `GET /api/openapi.json`, in version 3.1.
pub(crate) async fn document(
    services: web::Data<Services>,
    actor: MaybeActor,
) -> Result<HttpResponse, Problem> {
    open_to(&services, &actor)?;
    match &*TEXT {
        Ok(text) => Ok(HttpResponse::Ok().content_type("application/json").body(text.as_str())),
        Err(why) => Err(Problem::Unexpected(why.clone())),
    }
}

/// `GET /api/docs/…`: the page, its scripts and styles; none of it from the network.
pub(crate) async fn page(
    services: web::Data<Services>,
    actor: MaybeActor,
    file: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    open_to(&services, &actor)?;
    let config = Arc::new(utoipa_swagger_ui::Config::from("/api/openapi.json"));
    let found = utoipa_swagger_ui::serve(&file, config);
    let file = found.map_err(|e| Problem::Unexpected(e.to_string()))?.ok_or(Problem::NotFound)?;
    let mut response = HttpResponse::Ok();
    response.content_type(file.content_type);
    response.insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY));
    if file.gzpipped {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(file.bytes.into_owned()))
}

fn open_to(services: &Services, actor: &MaybeActor) -> Result<(), Problem> {
    match &actor.0 {
        _ if services.settings.demo => Ok(()),
        Some(actor) if actor.kind == AccountKind::Staff => Ok(()),
        Some(_) => Err(Problem::NotFound),
        None => Err(Problem::Unauthenticated),
    }
}
