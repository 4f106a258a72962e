//! What every page begins with: who reads, in which language, in which frame.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    cookie::Cookie,
    dev::Payload,
    http::{Method, StatusCode, header},
    web,
};
use entities::{AccountKind, Language, PersonId, account, acts_for, person};
use sea_orm::EntityTrait;
use workflow::{Bar, CommandError, Refusal, Workflow, organise::powers_of, sign_in};

use super::Answer;
use crate::{
    Problem, Services,
    actor::{Actor, look_up},
    csrf::FormKey,
    language,
    layout::{Flash, Layout, Room, SignedIn},
    session, show,
    templates::Page,
    texts::Texts,
};

/// Who reads a page, and the frame it is drawn in.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) services: web::Data<Services>,
    pub(crate) request: HttpRequest,
    pub(crate) actor: Option<Actor>,
    /// For whom an applicant acts now.
    pub(crate) acting: Option<PersonId>,
    pub(crate) language: Language,
    pub(crate) layout: Layout,
    cookies: Vec<Cookie<'static>>,
}

/// The frame, kept with the request for the page of a problem.
#[derive(Clone, Debug)]
pub(super) struct Drawn(pub(super) Layout);

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(request).await })
    }
}

impl Visitor {
    async fn of(request: HttpRequest) -> Result<Self, Problem> {
        let services = request.app_data::<web::Data<Services>>().cloned();
        let services = services.ok_or_else(|| Problem::Unexpected("no services".to_owned()))?;
        let actor = look_up(&request).await?;
        let key = FormKey::extract(&request).await?;
        let language = language::of(&request);
        let texts = Texts::of(language.tag());
        let mut layout = Layout::public(texts, here(&request), key.token()?);
        layout.elder = session::is_elder(&request);
        layout.demo = services.settings.demo.then(|| services.workflow.clock.now());
        let mut cookies: Vec<_> = key.cookie().into_iter().collect();
        if let Some(said) = request.cookie(session::FLASH) {
            let text = texts.flash.of(said.value()).map(str::to_owned);
            layout.flash = text.map(|text| Flash { good: true, text });
            cookies.push(session::flash_cookie(&services.settings, None));
        }
        let mut acting = None;
        if let Some(actor) = &actor {
            let (who, name) = named(&services, &request, actor).await?;
            acting = who;
            let staff = actor.kind == AccountKind::Staff;
            let room = if staff { Room::Staff } else { Room::Applicant };
            let (db, now) = (services.workflow.store.read(), services.workflow.clock.now());
            let powers = powers_of(db, actor.who(), now).await?;
            let (administers, organises) = (staff && powers.organises, staff && powers.any());
            let supervises = staff && {
                let r = show::Reader::of(&services, language);
                !show::supervised(&r, actor.who()).await?.is_empty()
            };
            layout.signed_in = Some(SignedIn { name, room, administers, supervises, organises });
        }
        request.extensions_mut().insert(Drawn(layout.clone()));
        Ok(Self { services, request, actor, acting, language, layout, cookies })
    }

    /// What commands ask for.
    pub(crate) fn workflow(&self) -> &Workflow {
        &self.services.workflow
    }

    /// What views are read with.
    pub(crate) fn reader(&self) -> show::Reader<'_> {
        show::Reader::of(&self.services, self.language)
    }

    /// How the service is reached: `https://banjie.example.cn`.
    pub(crate) fn address(&self) -> String {
        let set = self.services.settings.public_url.as_deref();
        let asked = self.request.connection_info();
        let asked = format!("{}://{}", asked.scheme(), asked.host());
        set.map_or(asked, |url| url.trim_end_matches('/').to_owned())
    }

    /// Whoever is signed in.
    ///
    /// # Errors
    /// [`Problem::Unauthenticated`]: browsers are sent to sign in.
    pub(crate) fn actor(&self) -> Result<&Actor, Problem> {
        self.actor.as_ref().ok_or(Problem::Unauthenticated)
    }

    /// An applicant.
    ///
    /// # Errors
    /// As [`Visitor::actor`]; [`Refusal::NotYours`] for staff.
    pub(crate) fn applicant(&self) -> Result<&Actor, Problem> {
        self.of_kind(AccountKind::Applicant, Bar::NotApplicant)
    }

    /// A member of staff.
    ///
    /// # Errors
    /// As [`Visitor::actor`]; [`Refusal::NotYours`] for applicants.
    pub(crate) fn staff(&self) -> Result<&Actor, Problem> {
        self.of_kind(AccountKind::Staff, Bar::NotStaff)
    }

    fn of_kind(&self, kind: AccountKind, bar: Bar) -> Result<&Actor, Problem> {
        let actor = self.actor()?;
        let barred = CommandError::Refused(Refusal::NotYours(bar));
        if actor.kind == kind { Ok(actor) } else { Err(barred.into()) }
    }

    /// The demo's own pages are nowhere else.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub(crate) fn demo(&self) -> Result<(), Problem> {
        if self.services.settings.demo { Ok(()) } else { Err(Problem::NotFound) }
    }

    /// The page of `view`.
    pub(crate) fn page(&self, view: &impl Page) -> Answer {
        self.page_with(StatusCode::OK, view)
    }

    /// The page that was `drawn` again; it says itself what is wrong. See [`Visitor::again_or`].
    pub(crate) fn redrawn_or(self, drawn: Result<impl Page, Problem>, problem: Problem) -> Answer {
        match drawn {
            Ok(view) if problem.kind().status.is_client_error() => {
                self.page_with(of_page(problem.kind().status), &view)
            }
            _ => Err(problem),
        }
    }

    /// The page of `view` again, because of `problem`, which stands above it in so many words
    /// unless its fields say it.
    pub(crate) fn again(mut self, view: &impl Page, problem: &Problem) -> Answer {
        if problem.fields(self.language).is_empty() {
            self.layout.flash = Some(Flash { good: false, text: problem.detail(self.language) });
        }
        self.page_with(of_page(problem.kind().status), view)
    }

    /// The page that was `drawn` again, because of `problem`; what is our doing, or leaves
    /// nothing to be drawn, is told on a page of its own.
    pub(crate) fn again_or(self, drawn: Result<impl Page, Problem>, problem: Problem) -> Answer {
        match drawn {
            Ok(view) if problem.kind().status.is_client_error() => self.again(&view, &problem),
            _ => Err(problem),
        }
    }

    /// The same reader of a page with several forms, of which one is wrong: it is said at the top,
    /// since the form may stand far below.
    pub(crate) fn wrong(mut self) -> Self {
        self.layout.flash = Some(Flash { good: false, text: self.layout.t.site.errors.clone() });
        self
    }

    /// The page of `view` with a status.
    pub(crate) fn page_with(&self, status: StatusCode, view: &impl Page) -> Answer {
        let drawn = self.layout.page(status, view);
        let mut response = drawn.map_err(|error| Problem::Unexpected(error.to_string()))?;
        for cookie in &self.cookies {
            set(&mut response, cookie)?;
        }
        Ok(response)
    }

    /// On to another page, which says once what was done: the name of a text.
    pub(crate) fn go(&self, to: &str, said: Option<&str>) -> HttpResponse {
        let mut response = HttpResponse::SeeOther();
        response.insert_header((header::LOCATION, local(to, "/")));
        if said.is_some() {
            response.cookie(session::flash_cookie(&self.services.settings, said));
        }
        response.finish()
    }
}

/// Sets a cookie with an answer.
///
/// # Errors
/// Ours.
pub(super) fn set(response: &mut HttpResponse, cookie: &Cookie<'static>) -> Result<(), Problem> {
    response.add_cookie(cookie).map_err(|error| Problem::Unexpected(error.to_string()))
}

/// A wrong code or password is a form that was filled in wrongly: signing in is asked for by a
/// page of its own, never by a status.
fn of_page(status: StatusCode) -> StatusCode {
    if status == StatusCode::UNAUTHORIZED { StatusCode::UNPROCESSABLE_ENTITY } else { status }
}

/// For whom an applicant acts, and the name that stands in the frame.
async fn named(
    services: &Services,
    request: &HttpRequest,
    actor: &Actor,
) -> Result<(Option<PersonId>, String), Problem> {
    let db = services.workflow.store.read();
    let acting = match actor.kind {
        AccountKind::Staff => actor.person,
        AccountKind::Applicant => {
            let now = services.workflow.clock.machine();
            let rows = acts_for::Entity::of_account(actor.account, now).all(db).await?;
            let mut may = rows.iter().map(|row| row.person_id);
            let chosen = session::acting(request).filter(|id| may.clone().any(|own| own == *id));
            chosen.or_else(|| may.next())
        }
    };
    if let Some(person) = acting
        && let Some(row) = person::Entity::find_by_id(person).one(db).await?
    {
        let own = actor.kind == AccountKind::Applicant;
        return Ok((Some(person).filter(|_| own), row.name));
    }
    let account = account::Entity::find_by_id(actor.account).one(db).await?;
    let phone = match &account {
        Some(account) => sign_in::phone_of(db, &services.workflow.keys, account).await?,
        None => None,
    };
    Ok((None, phone.map_or_else(String::new, |phone| masked(phone.expose()))))
}

/// `138****0421`
pub(super) fn masked(phone: &str) -> String {
    match (phone.get(..3), phone.get(phone.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if phone.len() >= 7 => format!("{head}****{tail}"),
        _ => "****".to_owned(),
    }
}

/// The address one reads at: of a form that was sent, the page it stood on.
fn here(request: &HttpRequest) -> String {
    let own = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    if request.method() == Method::POST { came_from(request).unwrap_or(own) } else { own }
}

/// The page of ours that the request was sent from.
pub(super) fn came_from(request: &HttpRequest) -> Option<String> {
    let from = request.headers().get(header::REFERER)?.to_str().ok()?;
    let (_, rest) = from.split_once("://")?;
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let path = rest.strip_prefix(host)?;
    Some(local(path, "/").to_owned()).filter(|path| path != "/" || rest.len() > host.len())
}

/// `to` when it leads to a page of this site, else `otherwise`.
pub(super) fn local<'a>(to: &'a str, otherwise: &'a str) -> &'a str {
    let own = to.starts_with('/')
        && !to.starts_with("//")
        && !to.contains('\\')
        && to.bytes().all(|byte| byte.is_ascii_graphic());
    if own { to } else { otherwise }
}

#[cfg(test)]
mod tests {
    use super::{local, masked};

    #[test]
    fn one_is_sent_to_pages_of_this_site_only() {
        for to in ["/me", "/drafts/1?a=%E5%8A%9E", "/"] {
            assert_eq!(local(to, "/x"), to);
        }
        let foreign = ["", "me", "//evil.example", "/\\evil.example", "https://evil.example"];
        for to in foreign.into_iter().chain(["/a\r\nset-cookie: x", "/办"]) {
            assert_eq!(local(to, "/x"), "/x", "{to}");
        }
        assert_eq!((masked("13812340421"), masked("1")), ("138****0421".into(), "****".into()));
    }
}
