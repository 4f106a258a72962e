//! Forms of ours only: where a request comes from, and the hidden token of every form.
//!
//! The token's nonce names this one sending of the form, so it is its idempotency key too.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    cookie::Cookie,
    dev::{Payload, ServiceRequest},
    http::{Method, header},
    web,
};
use entities::Sensitive;
use serde::de::DeserializeOwned;
use workflow::sign_in::{form_token, new_token, nonce_of_form_token};

use crate::{
    Problem, Services, Settings,
    actor::{Entrance, look_up},
    json_body, session,
};

/// The name of the hidden field.
pub const FIELD: &str = "csrf";
/// Bytes of a form that are read at most.
const MOST: usize = 256 * 1024;

/// Refuses what a browser sends from another site. Machines with a bearer token have no
/// ambient right that another site could use; a caller without any of the headers is no
/// browser, and still needs a form's token or JSON.
///
/// # Errors
/// [`Problem::ForeignOrigin`].
pub(crate) fn of_this_site(request: &ServiceRequest, settings: &Settings) -> Result<(), Problem> {
    let headers = request.headers();
    let safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if safe || headers.contains_key(header::AUTHORIZATION) {
        return Ok(());
    }
    let text = |name| headers.get(name).map(|value: &header::HeaderValue| value.to_str());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return match site {
            Ok("same-origin" | "none") => Ok(()),
            _ => Err(Problem::ForeignOrigin),
        };
    }
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let origin = origin.map_err(|_| Problem::ForeignOrigin)?;
    let own = settings.public_url.as_deref().map(|url| url.trim_end_matches('/'));
    // Behind a proxy the public address holds; in front of none, the host we were asked by.
    let host = text(header::HOST).and_then(Result::ok);
    let named = origin.split_once("://").map(|(_, host)| host);
    if own == Some(origin) || (named.is_some() && named == host) {
        return Ok(());
    }
    Err(Problem::ForeignOrigin)
}

/// What the forms of a page are made with.
#[derive(Clone, Debug)]
pub struct FormKey {
    secret: Sensitive,
    fresh: Option<Cookie<'static>>,
}

impl FormKey {
    /// A token for one form: the value of its hidden field [`FIELD`].
    ///
    /// # Errors
    /// Ours.
    pub fn token(&self) -> Result<String, Problem> {
        form_token(self.secret.expose()).map_err(|e| Problem::Unexpected(e.to_string()))
    }

    /// A cookie the page must set: a stranger's first form has no session to lean on.
    pub fn cookie(&self) -> Option<Cookie<'static>> {
        self.fresh.clone()
    }
}

impl FromRequest for FormKey {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            if let Some(secret) = secret(&request).await? {
                return Ok(Self { secret, fresh: None });
            }
            let secret = new_token().map_err(|e| Problem::Unexpected(e.to_string()))?;
            let settings = settings(&request)?;
            let value = secret.expose().to_owned();
            let cookie = session::hidden(settings, strangers_cookie(settings), value);
            Ok(Self { secret, fresh: Some(cookie) })
        })
    }
}

/// A page's form that was ours.
#[derive(Clone, Debug)]
pub struct CheckedForm {
    /// Names this one sending: the idempotency key.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub hash: [u8; 32],
    /// Names and values as sent, without the token, in order.
    pub fields: Vec<(String, String)>,
    encoded: String,
}

impl CheckedForm {
    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The form as a struct.
    ///
    /// # Errors
    /// [`Problem::MalformedRequest`] when it does not fit.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let read = web::Query::<T>::from_query(&self.encoded);
        Ok(read.map_err(|_| Problem::MalformedRequest)?.into_inner())
    }
}

impl FromRequest for CheckedForm {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            if request.content_type() != "application/x-www-form-urlencoded" {
                return Err(Problem::UnsupportedMediaType);
            }
            let body = json_body::read(&request, payload, MOST).await?;
            let hash = json_body::hash(&request, &body);
            let text = std::str::from_utf8(&body).map_err(|_| Problem::MalformedRequest)?;
            let fields = web::Query::<Vec<(String, String)>>::from_query(text);
            let mut fields = fields.map_err(|_| Problem::MalformedRequest)?.into_inner();
            if fields.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
                return Err(Problem::MalformedRequest);
            }
            let token = fields.iter().find(|(name, _)| name == FIELD);
            let token = token.map(|(_, value)| value.clone()).unwrap_or_default();
            fields.retain(|(name, _)| name != FIELD);
            let key = check(&request, &token).await?;
            let own = |pair: &&str| pair.split('=').next() != Some(FIELD);
            let encoded = text.split('&').filter(own).collect::<Vec<_>>().join("&");
            Ok(Self { key, hash, fields, encoded })
        })
    }
}

/// The idempotency key of a form's token, for forms that are read another way (multipart).
///
/// # Errors
/// [`Problem::StaleForm`], ours.
pub async fn check(request: &HttpRequest, token: &str) -> Result<String, Problem> {
    let secret = secret(request).await?.ok_or(Problem::StaleForm)?;
    let nonce = nonce_of_form_token(secret.expose(), token).ok_or(Problem::StaleForm)?;
    Ok(nonce.to_owned())
}

/// The session's secret, else the stranger's cookie.
async fn secret(request: &HttpRequest) -> Result<Option<Sensitive>, Problem> {
    if let Some(actor) = look_up(request).await? {
        return Ok(match actor.entrance {
            Entrance::Session { csrf_secret, .. } => Some(csrf_secret),
            Entrance::Token(_) => None,
        });
    }
    let cookie = request.cookie(strangers_cookie(settings(request)?));
    let long = cookie.filter(|cookie| cookie.value().len() >= 43);
    Ok(long.map(|cookie| Sensitive::new(cookie.value())))
}

fn strangers_cookie(settings: &Settings) -> &'static str {
    if settings.cookies_secure { "__Host-banjie-form" } else { "banjie-form" }
}

fn settings(request: &HttpRequest) -> Result<&Settings, Problem> {
    let services = request.app_data::<web::Data<Services>>();
    let services = services.ok_or_else(|| Problem::Unexpected("no services".to_owned()))?;
    Ok(&services.settings)
}
