//! `/staff/password`: a password that nobody else knows.

use entities::Sensitive;
use workflow::sign_in::{ChangePassword, change_password};

use super::{Answer, Visitor, visitor::set};
use crate::{
    Problem,
    csrf::CheckedForm,
    read::{FieldKind, FieldView, Words, sign_in::PasswordView},
    session,
};

/// Asks for the present one and another.
pub(crate) async fn show(visitor: Visitor) -> Answer {
    let view = view(visitor.staff()?.password_given);
    visitor.page(&view)
}

/// Changes it: other sessions end, and this browser has a new one.
pub(crate) async fn change(visitor: Visitor, form: CheckedForm) -> Answer {
    let actor = visitor.staff()?;
    let (account, given) = (actor.account, actor.password_given);
    let typed = |name| Sensitive::new(form.get(name).unwrap_or_default());
    let ask = ChangePassword { old: typed("old"), new: typed("new") };
    let (services, workflow) = (&visitor.services, visitor.workflow());
    let (now, limits) = (workflow.clock.machine(), &services.settings.sign_in);
    let visit = session::visit(&visitor.request, &services.settings);
    let (store, who) = (&workflow.store, (account, &visit));
    let changed = change_password(store, now, limits, &services.passwords, who, ask).await;
    match changed.map_err(Problem::from) {
        Ok(opened) => {
            let mut answer = visitor.go("/staff/tasks", Some("saved"));
            set(&mut answer, &session::cookie(&services.settings, &opened.token))?;
            Ok(answer)
        }
        Err(problem) if problem.kind().status.is_client_error() => {
            visitor.again(&view(given), &problem)
        }
        Err(problem) => Err(problem),
    }
}

fn view(given: bool) -> PasswordView {
    let field = |id, title, kind| FieldView { required: true, ..FieldView::new(id, title, kind) };
    let least = Words::new(
        "至少 8 个字符，不要用姓名、生日或账号。",
        "At least 8 characters; no name, birthday or login.",
    );
    PasswordView {
        old: field("old", Words::new("现在的密码", "The present one"), FieldKind::Password),
        new: FieldView {
            hint: Some(least),
            ..field("new", Words::new("新密码", "The new one"), FieldKind::NewPassword)
        },
        given,
    }
}
