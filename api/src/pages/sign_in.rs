//! `/sign-in`, `/sign-in/code`, `/sign-out`: applicants, by a code to their phone.

use actix_web::{HttpResponse, http::header, web};
use entities::Sensitive;
use serde::Deserialize;
use workflow::{
    sign_in::{self, CodeAddressee, Opened, SignInError, normalised_phone},
    tx,
};

use super::{
    Answer, Visitor,
    visitor::{local, masked, set},
};
use crate::{
    Problem,
    actor::Entrance,
    csrf::CheckedForm,
    read::{
        FieldKind, FieldView, Words,
        sign_in::{CodeView, SignInView},
    },
    session,
};

/// Where to go on after signing in.
#[derive(Debug, Deserialize)]
pub(crate) struct Return {
    pub(super) to: Option<String>,
}

/// Asks for the phone's number. Whoever is signed in already goes on.
pub(crate) async fn show(visitor: Visitor, back: web::Query<Return>) -> Answer {
    let to = back.to.as_deref().unwrap_or_default();
    if visitor.applicant().is_ok() {
        return Ok(visitor.go(local(to, "/me"), None));
    }
    visitor.page(&phone_view(to, None, None))
}

/// The address of the second page, typed or reloaded: the first one asks for the number.
pub(crate) async fn first(visitor: Visitor) -> Answer {
    Ok(visitor.go("/sign-in", None))
}

/// Sends a code and asks for it.
pub(crate) async fn send(visitor: Visitor, form: CheckedForm) -> Answer {
    let (phone, to) = (text(&form, "phone"), text(&form, "to"));
    let resend = visitor.services.settings.sign_in.code_resend.num_seconds();
    match send_code(&visitor, phone).await {
        Ok(()) => visitor.page(&code_view(phone, to, None, resend)),
        // A code is on its way: sent again by a second click or a reload.
        Err(Problem::SignIn(SignInError::TooManyCodes { retry_after }))
            if retry_after <= resend =>
        {
            visitor.page(&code_view(phone, to, None, retry_after))
        }
        Err(problem) if problem.kind().status.is_client_error() => {
            let said = said(&visitor, &problem);
            visitor.again(&phone_view(to, Some(phone), Some(said)), &problem)
        }
        Err(problem) => Err(problem),
    }
}

/// Checks the code and opens a session.
pub(crate) async fn enter(visitor: Visitor, form: CheckedForm) -> Answer {
    let (phone, to) = (text(&form, "phone"), text(&form, "to"));
    match open(&visitor, phone, text(&form, "code")).await {
        Ok(opened) => Ok(opened_page(&visitor, &opened, local(to, "/me"))),
        Err(problem) if problem.kind().status.is_client_error() => {
            let said = said(&visitor, &problem);
            visitor.again(&code_view(phone, to, Some(said), 0), &problem)
        }
        Err(problem) => Err(problem),
    }
}

/// Ends the session on the server and takes its cookie away.
pub(crate) async fn sign_out(visitor: Visitor, _form: CheckedForm) -> Answer {
    let now = visitor.workflow().clock.machine();
    if let Some(actor) = &visitor.actor
        && let Entrance::Session { id, .. } = actor.entrance
    {
        let account = actor.account;
        tx::write(&visitor.workflow().store, async |tx| {
            sign_in::end_session(tx, now, account, id).await
        })
        .await?;
    }
    let mut response = visitor.go("/", Some("signed_out"));
    let gone = session::no_cookie(&visitor.services.settings);
    set(&mut response, &gone)?;
    Ok(response)
}

/// Makes a code for a phone and hands it to whoever sends messages.
pub(super) async fn send_code(visitor: &Visitor, phone: &str) -> Result<(), Problem> {
    let services = &visitor.services;
    let workflow = visitor.workflow();
    let (now, limits) = (workflow.clock.machine(), &services.settings.sign_in);
    let visit = session::visit(&visitor.request, &services.settings);
    let typed = Sensitive::new(phone);
    let jobs = tx::write(&workflow.store.doors(), async |tx| {
        let to = (&typed, visitor.language);
        let code = sign_in::ask_code(tx, now, limits, &workflow.keys, &visit, to).await?;
        (services.deliver_code)(tx, now, code).await
    })
    .await?;
    workflow.wake.hand(&jobs);
    Ok(())
}

async fn open(visitor: &Visitor, phone: &str, code: &str) -> Result<Opened, Problem> {
    let services = &visitor.services;
    let workflow = visitor.workflow();
    let (now, limits) = (workflow.clock.machine(), &services.settings.sign_in);
    let visit = session::visit(&visitor.request, &services.settings);
    let sent = CodeAddressee { phone: Sensitive::new(phone), language: visitor.language };
    let code = Sensitive::new(code);
    let attempt = tx::write(&workflow.store.doors(), async |tx| {
        sign_in::check_code(tx, now, limits, &workflow.keys, &visit, (&sent, &code)).await
    })
    .await?;
    Ok(attempt.into_result()?)
}

/// On to `to`, with the cookie of a new session.
pub(super) fn opened_page(visitor: &Visitor, opened: &Opened, to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .cookie(session::cookie(&visitor.services.settings, &opened.token))
        .finish()
}

/// What is wrong, in a sentence for the one field.
pub(super) fn said(visitor: &Visitor, problem: &Problem) -> String {
    let first = problem.fields(visitor.language).into_iter().next();
    first.map_or_else(|| problem.detail(visitor.language), |field| field.detail)
}

fn text<'a>(form: &'a CheckedForm, name: &str) -> &'a str {
    form.get(name).unwrap_or_default().trim()
}

fn phone_view(to: &str, typed: Option<&str>, error: Option<String>) -> SignInView {
    let title = Words::new("手机号", "Phone number");
    let phone = FieldView::new("phone", title, FieldKind::Phone);
    let phone = FieldView { value: typed.map(str::to_owned), error, ..phone };
    SignInView { phone, to: local(to, "").to_owned() }
}

fn code_view(phone: &str, to: &str, error: Option<String>, wait: i64) -> CodeView {
    let title = Words::new("6 位验证码", "Code of 6 digits");
    let code = FieldView { error, ..FieldView::new("code", title, FieldKind::Code) };
    let digits = normalised_phone(phone).map(|phone| phone.expose().to_owned());
    CodeView {
        phone: phone.to_owned(),
        phone_masked: masked(&digits.unwrap_or_default()),
        code,
        resend_seconds: u32::try_from(wait).unwrap_or_default(),
        to: local(to, "").to_owned(),
    }
}
