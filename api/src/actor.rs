//! Who is asking, read from the session's cookie or a bearer token.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};
use entities::{
    AccountId, AccountKind, BearerTokenId, Language, PersonId, Sensitive, SessionId, Strength,
    account,
};
use workflow::{sign_in, tx};

use crate::{Problem, Services, session};

/// Who is asking. A handler that takes an `Actor` cannot be reached without one.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The account that signed in.
    pub account: AccountId,
    /// Staff: who they are. An applicant's account may act for several persons (`acts_for`).
    pub person: Option<PersonId>,
    /// Staff or applicant.
    pub kind: AccountKind,
    /// What the account reads.
    pub language: Language,
    /// Somebody else chose the password: most doors stay shut until they choose their own.
    pub password_given: bool,
    /// How they came in.
    pub entrance: Entrance,
}

impl Actor {
    /// The same, as commands ask for it.
    pub fn who(&self) -> workflow::Actor {
        workflow::Actor { account: self.account, person: self.person, kind: self.kind }
    }
}

/// How someone came in.
#[derive(Clone, Debug)]
pub enum Entrance {
    /// With the cookie of a session.
    Session {
        /// Which.
        id: SessionId,
        /// What was proved.
        strength: Strength,
        /// The key of its forms.
        csrf_secret: Sensitive,
    },
    /// With a bearer token.
    Token(BearerTokenId),
}

/// Who is asking, if anyone: for pages that strangers see too. A cookie that opens nothing is
/// a stranger's; a bearer token that opens nothing is still refused.
#[derive(Clone, Debug)]
pub struct MaybeActor(pub Option<Actor>);

/// Kept with the request once it has been looked up.
#[derive(Clone, Debug)]
pub(crate) struct Found(pub(crate) Option<Actor>);

type Looking<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl FromRequest for Actor {
    type Error = Problem;
    type Future = Looking<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { look_up(&request).await?.ok_or(Problem::Unauthenticated) })
    }
}

impl FromRequest for MaybeActor {
    type Error = Problem;
    type Future = Looking<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(look_up(&request).await?)) })
    }
}

/// Looks the caller up, once a request.
///
/// # Errors
/// [`Problem::Unauthenticated`] for a bad bearer token, [`Problem::TooManyRequests`], ours.
pub(crate) async fn look_up(request: &HttpRequest) -> Result<Option<Actor>, Problem> {
    if let Some(found) = request.extensions().get::<Found>() {
        return Ok(found.0.clone());
    }
    let services = request.app_data::<web::Data<Services>>();
    let services = services.ok_or_else(|| Problem::Unexpected("no services".to_owned()))?;
    let found = match request.headers().get(header::AUTHORIZATION) {
        Some(value) => {
            let given = value.to_str().ok().and_then(bearer).ok_or(Problem::Unauthenticated)?;
            Some(by_token(services, given).await?)
        }
        None => match session::token(request, &services.settings) {
            Some(token) => by_cookie(services, &token).await?,
            None => None,
        },
    };
    if let Some(actor) = &found {
        let rate = services.settings.rates.account;
        let caller = format!("account/{}", actor.account);
        services.count(&caller, rate)?;
    }
    request.extensions_mut().insert(Found(found.clone()));
    Ok(found)
}

async fn by_token(services: &Services, given: &str) -> Result<Actor, Problem> {
    let found = sign_in::find_token(services.workflow.store.read(), given).await?;
    let (token, account) = found.ok_or(Problem::Unauthenticated)?;
    Ok(actor(&account, Entrance::Token(token.id)))
}

async fn by_cookie(services: &Services, token: &Sensitive) -> Result<Option<Actor>, Problem> {
    let (store, now) = (&services.workflow.store, services.workflow.clock.machine());
    let limits = &services.settings.sign_in;
    let Some(found) = sign_in::find_session(store.read(), now, limits, token.expose()).await?
    else {
        return Ok(None);
    };
    let session = &found.session;
    if found.note_is_due(now) {
        tx::write(store, async |tx| sign_in::note_seen(tx, now, session.id).await).await?;
    }
    let entrance = Entrance::Session {
        id: session.id,
        strength: session.strength,
        csrf_secret: session.csrf_secret.clone(),
    };
    Ok(Some(actor(&found.account, entrance)))
}

fn actor(account: &account::Model, entrance: Entrance) -> Actor {
    Actor {
        account: account.id,
        person: account.person_id,
        kind: account.kind,
        language: account.language,
        password_given: account.password_given,
        entrance,
    }
}

/// The token of `Bearer …` (RFC 6750 §2.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
