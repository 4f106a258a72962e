//! `/preferences`: language and size, kept in cookies.

use actix_web::{HttpResponse, http::header, web};
use entities::Language;
use serde::Deserialize;

use super::{Answer, visitor::local};
use crate::{Services, session};

/// What is chosen, and where to go on.
#[derive(Debug, Deserialize)]
pub(crate) struct Chosen {
    lang: Option<String>,
    elder: Option<String>,
    to: Option<String>,
}

/// Keeps what was chosen and leads back. A link, since it changes nothing but the reader's view.
pub(crate) async fn choose(services: web::Data<Services>, chosen: web::Query<Chosen>) -> Answer {
    let mut response = HttpResponse::SeeOther();
    let language = chosen.lang.as_deref().and_then(Language::of_tag);
    if let Some(language) = language {
        response.cookie(session::language_cookie(&services.settings, language));
    }
    if let Some(elder) = chosen.elder.as_deref() {
        response.cookie(session::elder_cookie(&services.settings, elder == "1"));
    }
    let to = chosen.to.as_deref().unwrap_or_default();
    Ok(response.insert_header((header::LOCATION, local(to, "/"))).finish())
}
