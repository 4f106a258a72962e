//! Gives a problem its final form: the caller's language, JSON or a page; logs a 5xx, once.

use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    dev::ServiceResponse,
    http::{StatusCode, header},
    web,
};
use entities::Language;

use crate::{
    Problem, Services, language,
    problem::{Kind, ToldField},
};

/// Draws a problem for a browser, or sends it elsewhere (to the sign-in page, say). `None`
/// leaves it as JSON. The status and the problem's headers are set afterwards unless the
/// answer is a redirect.
pub type ErrorPage = fn(&HttpRequest, &Told) -> Option<HttpResponse>;

/// What a page tells of a problem.
#[derive(Clone, Debug)]
pub struct Told {
    /// Name, status, title.
    pub kind: &'static Kind,
    /// What to do.
    pub detail: String,
    /// What is wrong field by field.
    pub fields: Vec<ToldField>,
    /// In which language the above is.
    pub language: Language,
    /// To be quoted to whoever keeps the logs.
    pub request: String,
}

/// Answers that carry a [`Problem`], or an error of actix' own without a body of ours.
pub(crate) fn finish(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (request, response) = response.into_parts();
    let foreign;
    let own = response.error().and_then(|error| error.as_error::<Problem>());
    let problem = match (own, response.error()) {
        (Some(problem), _) => problem,
        // A handler's own answer is left alone; an empty one of actix' gets words.
        (None, None) if response.headers().contains_key(header::CONTENT_TYPE) => {
            return ServiceResponse::new(request, response);
        }
        (None, error) => {
            foreign = of_status(status, &error.map(ToString::to_string).unwrap_or_default());
            &foreign
        }
    };
    if problem.kind().status == StatusCode::INTERNAL_SERVER_ERROR {
        let cause = problem as &dyn std::error::Error;
        tracing::error!(error = cause, why = %chain(cause), request.id = id, "request failed");
    }
    let drawn = draw(&request, problem, id);
    ServiceResponse::new(request, drawn)
}

fn draw(request: &HttpRequest, problem: &Problem, id: &str) -> HttpResponse {
    let language = language::of(request);
    let told = Told {
        kind: problem.kind(),
        detail: problem.detail(language),
        fields: problem.fields(language),
        language,
        request: id.to_owned(),
    };
    let services = request.app_data::<web::Data<Services>>();
    let page = services.and_then(|services| services.error_page).filter(|_| wants_page(request));
    let Some(mut drawn) = page.and_then(|page| page(request, &told)) else {
        return problem.json(language, Some(id));
    };
    if !drawn.status().is_redirection() {
        *drawn.status_mut() = problem.kind().status;
        for (name, value) in problem.headers() {
            if let Ok(value) = value.parse() {
                drawn.headers_mut().insert(name, value);
            }
        }
    }
    drawn
}

fn wants_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    !request.path().starts_with("/api/") && accept.is_some_and(|kinds| kinds.contains("text/html"))
}

fn of_status(status: StatusCode, why: &str) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::NotFound,
        StatusCode::UNAUTHORIZED => Problem::Unauthenticated,
        StatusCode::METHOD_NOT_ALLOWED => Problem::MethodNotAllowed { allow: "GET".to_owned() },
        StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge { most: crate::json_body::MOST },
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::UnsupportedMediaType,
        other if other.is_client_error() => Problem::MalformedRequest,
        StatusCode::SERVICE_UNAVAILABLE => Problem::NotReady(why.to_owned()),
        _ => Problem::Unexpected(why.to_owned()),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(cause) = inner {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        inner = cause.source();
    }
    text
}
