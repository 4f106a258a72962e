//! The cookies: who is signed in, in which language, how large the letters.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};
use entities::{Language, PersonId, Sensitive};
use workflow::sign_in::Visit;

use crate::{Settings, network};

/// The cookie of the chosen language: a BCP 47 tag.
pub const LANGUAGE: &str = "lang";
/// The cookie of the large letters: `1`.
pub const ELDER: &str = "elder";

/// The cookie of the person an applicant acts for.
pub const ACTING: &str = "acting";
/// The cookie of what the next page says once: the name of a text.
pub const FLASH: &str = "flash";

/// The name of the session's cookie. `__Host-` binds it to this host and to https.
pub fn name(settings: &Settings) -> &'static str {
    if settings.cookies_secure { "__Host-banjie" } else { "banjie" }
}

/// The session's cookie. It goes when the browser closes; the server ends it earlier.
pub fn cookie(settings: &Settings, token: &Sensitive) -> Cookie<'static> {
    hidden(settings, name(settings), token.expose().to_owned())
}

/// A cookie that takes the session's away.
pub fn no_cookie(settings: &Settings) -> Cookie<'static> {
    let mut cookie = hidden(settings, name(settings), String::new());
    cookie.make_removal();
    cookie
}

/// The cookie of the chosen language, kept for a year.
pub fn language_cookie(settings: &Settings, language: Language) -> Cookie<'static> {
    let mut cookie = hidden(settings, LANGUAGE, language.tag().to_owned());
    cookie.set_max_age(Duration::days(365));
    cookie
}

/// The cookie of the large letters, kept for a year; or one that takes it away.
pub fn elder_cookie(settings: &Settings, elder: bool) -> Cookie<'static> {
    let mut cookie = hidden(settings, ELDER, "1".to_owned());
    if elder {
        cookie.set_max_age(Duration::days(365));
    } else {
        cookie.make_removal();
    }
    cookie
}

/// Whether the large letters are on.
pub fn is_elder(request: &HttpRequest) -> bool {
    request.cookie(ELDER).is_some_and(|cookie| cookie.value() == "1")
}

/// The cookie of the person an applicant acts for; it goes when the browser closes.
pub fn acting_cookie(settings: &Settings, person: PersonId) -> Cookie<'static> {
    hidden(settings, ACTING, person.to_string())
}

/// The person the browser says it acts for. Whether the account may is for the reader to ask.
pub fn acting(request: &HttpRequest) -> Option<PersonId> {
    request.cookie(ACTING)?.value().parse().ok()
}

/// A cookie with what the next page says once; without a text, one that takes it away.
pub fn flash_cookie(settings: &Settings, text: Option<&str>) -> Cookie<'static> {
    let mut cookie = hidden(settings, FLASH, text.unwrap_or_default().to_owned());
    if text.is_none() {
        cookie.make_removal();
    }
    cookie
}

/// The token the browser came with, good or not.
pub fn token(request: &HttpRequest, settings: &Settings) -> Option<Sensitive> {
    let cookie = request.cookie(name(settings))?;
    Some(Sensitive::new(cookie.value())).filter(|token| !token.expose().is_empty())
}

/// From where someone is about to sign in.
pub fn visit(request: &HttpRequest, settings: &Settings) -> Visit {
    let address = network::client(request, &settings.trusted_proxies);
    let network = address.map_or_else(|| "unknown".to_owned(), network::counted_as);
    Visit { network, replaces: token(request, settings) }
}

/// A cookie that scripts do not see and other sites do not send along.
pub(crate) fn hidden(settings: &Settings, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .secure(settings.cookies_secure)
        .same_site(SameSite::Lax)
        .finish()
}
