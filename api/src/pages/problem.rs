//! What went wrong, as a page; and who must sign in is sent to do so.

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web,
};

use super::{
    Answer, Visitor,
    visitor::{Drawn, came_from},
};
use entities::Language::{Chinese, English};

use crate::{
    Problem, Services, json,
    layout::Layout,
    problem::ALL,
    problem_answer::Told,
    read::{
        Words,
        problem::{ProblemNameView, ProblemView, WayView},
    },
    session,
    texts::Texts,
};

/// `GET /problems/{name}`: for browsers a page, else JSON.
pub(crate) async fn named(visitor: Visitor, name: web::Path<String>) -> Answer {
    if !wants_page(&visitor.request) {
        return json::problems::show(&visitor.request, &name);
    }
    let kind = ALL.iter().find(|kind| kind.name == *name).ok_or(Problem::NotFound)?;
    let title = Words::new(kind.title(Chinese), kind.title(English));
    let advice = Words::new(kind.advice(Chinese), kind.advice(English));
    visitor.page(&ProblemNameView {
        name: kind.name.to_owned(),
        status: kind.status.as_u16(),
        meaning: title.clone(),
        title,
        what_to_do: advice,
    })
}

/// Where nothing is. Reads the frame first, so that whoever is signed in stays so in it.
pub(crate) async fn nowhere(request: HttpRequest) -> Answer {
    if wants_page(&request) {
        drop(Visitor::extract(&request).await);
    }
    Err(Problem::NotFound)
}

fn wants_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok());
    accept.is_some_and(|kinds| kinds.contains("text/html"))
}

/// The page of a problem, or the way to sign in, or to a password of one's own.
pub fn draw(request: &HttpRequest, told: &Told) -> Option<HttpResponse> {
    if told.kind.name == "unauthenticated" {
        return Some(sign_in_first(request));
    }
    if told.kind.name == "password-given" {
        let to = (header::LOCATION, "/staff/password");
        return Some(HttpResponse::SeeOther().insert_header(to).finish());
    }
    let kept = request.extensions().get::<Drawn>().cloned();
    let layout = kept.map_or_else(|| frame(request, told), |drawn| drawn.0);
    let back = came_from(request).filter(|from| from != request.path());
    let way = |href: String, text: fn(&Texts) -> &String| {
        let title = Words::new(text(Texts::of("zh-CN")), text(Texts::of("en")));
        WayView { href, title }
    };
    let mut ways: Vec<_> = back.map(|to| way(to, |t| &t.site.back)).into_iter().collect();
    ways.push(way("/".to_owned(), |t| &t.site.home));
    let view = ProblemView {
        status: told.kind.status.as_u16(),
        name: told.kind.name.to_owned(),
        title: told.kind.title(told.language).to_owned(),
        detail: told.detail.clone(),
        ways,
    };
    layout.page(StatusCode::OK, &view).ok()
}

/// To the right door, and back to the page afterwards.
fn sign_in_first(request: &HttpRequest) -> HttpResponse {
    let asked = if request.method() == Method::GET || request.method() == Method::HEAD {
        request.uri().path_and_query().map(ToString::to_string)
    } else {
        came_from(request)
    };
    let door = if request.path().starts_with("/staff") { "/staff/sign-in" } else { "/sign-in" };
    let to = asked
        .filter(|to| to != "/")
        .map_or_else(|| door.to_owned(), |to| format!("{door}?to={}", encoded(&to)));
    HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
}

/// `text` as the value of a query's parameter.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A frame for whoever was not looked up.
fn frame(request: &HttpRequest, told: &Told) -> Layout {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut layout = Layout::public(Texts::of(told.language.tag()), path, "");
    layout.elder = session::is_elder(request);
    let services = request.app_data::<web::Data<Services>>();
    layout.demo = services.filter(|s| s.settings.demo).map(|s| s.workflow.clock.now());
    layout
}
