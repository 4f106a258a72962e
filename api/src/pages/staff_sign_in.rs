//! `/staff/sign-in`: by account and password.

use actix_web::web;
use entities::{AccountKind, Sensitive, account, person};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use workflow::sign_in::{SignInStaff, with_password};

use super::{
    Answer, Visitor,
    sign_in::{Return, opened_page, said},
    visitor::local,
};
use crate::{
    Problem,
    csrf::CheckedForm,
    read::{
        FieldKind, FieldView, Words,
        sign_in::{DemoAccount, StaffSignInView},
    },
    session,
};

/// So many accounts of a demo are named at most.
const NAMED: u64 = 30;

/// Asks for account and password.
pub(crate) async fn show(visitor: Visitor, back: web::Query<Return>) -> Answer {
    let to = back.to.as_deref().unwrap_or_default();
    if visitor.staff().is_ok() {
        return Ok(visitor.go(local(to, "/staff/tasks"), None));
    }
    let view = view(&visitor, to, ("", None)).await?;
    visitor.page(&view)
}

/// Checks them and opens a session.
pub(crate) async fn enter(visitor: Visitor, form: CheckedForm) -> Answer {
    let get = |name| form.get(name).unwrap_or_default();
    let (account, to) = (get("account"), get("to"));
    let (services, workflow) = (&visitor.services, visitor.workflow());
    let (now, limits) = (workflow.clock.machine(), &services.settings.sign_in);
    let visit = session::visit(&visitor.request, &services.settings);
    let password = Sensitive::new(get("password"));
    let ask = SignInStaff { login: account.to_owned(), password };
    let (store, passwords) = (&workflow.store.doors(), &services.passwords);
    match with_password(store, now, limits, passwords, &visit, ask).await.map_err(Problem::from) {
        Ok(opened) => Ok(opened_page(&visitor, &opened, local(to, "/staff/tasks"))),
        Err(problem) if problem.kind().status.is_client_error() => {
            let error = Some(said(&visitor, &problem));
            let view = view(&visitor, to, (account, error)).await?;
            visitor.again(&view, &problem)
        }
        Err(problem) => Err(problem),
    }
}

async fn view(
    visitor: &Visitor,
    to: &str,
    (typed, error): (&str, Option<String>),
) -> Result<StaffSignInView, Problem> {
    let account = FieldView::new("account", Words::new("账号", "Account"), FieldKind::Login);
    let value = Some(typed.to_owned()).filter(|typed| !typed.is_empty());
    let password = Words::new("密码", "Password");
    let demo = visitor.services.settings.demo;
    Ok(StaffSignInView {
        account: FieldView { value, ..account },
        password: FieldView::new("password", password, FieldKind::Password),
        error,
        to: local(to, "").to_owned(),
        demo_accounts: if demo { accounts(visitor).await? } else { Vec::new() },
    })
}

/// The accounts of a demo, by login, with the names of those they belong to.
async fn accounts(visitor: &Visitor) -> Result<Vec<DemoAccount>, Problem> {
    let db = visitor.workflow().store.read();
    let rows = account::Entity::find()
        .filter(account::Column::Kind.eq(AccountKind::Staff))
        .filter(account::Column::DisabledAt.is_null())
        .order_by_asc(account::Column::Login)
        .limit(NAMED)
        .all(db)
        .await?;
    let people = rows.iter().filter_map(|row| row.person_id).collect::<Vec<_>>();
    let people = person::Entity::find().filter(person::Column::Id.is_in(people)).all(db).await?;
    let named = |row: account::Model| {
        let person = people.iter().find(|person| Some(person.id) == row.person_id);
        let duty = person.map(|person| person.name.clone()).unwrap_or_default();
        Some(DemoAccount { account: row.login?, duty })
    };
    Ok(rows.into_iter().filter_map(named).collect())
}
