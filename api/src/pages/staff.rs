//! `/staff/organisation/people` and what belongs to it: who does what where, how they sign in,
//! what lies with them; and `/staff/trail`, what was done.

use actix_web::web;
use entities::{AccountId, AppointmentId, Language, PersonId, Sensitive};
use workflow::{
    commands::{self, HandOver},
    organise::{self, AddPerson, Appoint, ChangePerson, NewAccount},
    sign_in::NewStaff,
};

use super::{
    Answer, Visitor, once,
    organisation::{duty, text, wrong},
    visitor::came_from,
};
use crate::{
    Problem,
    csrf::CheckedForm,
    show::{self, HandOverAsk, MembersAsk, TrailAsk, Wrong},
};

/// Members of staff.
pub(crate) async fn people(visitor: Visitor, ask: web::Query<MembersAsk>) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::members(&visitor.reader(), who, &ask.search, &Wrong::default()).await?;
    visitor.page(&view)
}

/// Puts somebody on record.
pub(crate) async fn add(visitor: Visitor, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let mail = Some(text(&form, "mail")).filter(|mail| !mail.is_empty());
    let ask = AddPerson { name: text(&form, "name"), mail };
    let done = once(&visitor, &form, "add-member", async |tx| {
        let id = organise::add_person(tx, workflow, Some(who), ask.clone()).await?;
        Ok((page(id), Vec::new()))
    })
    .await;
    match done {
        Ok(to) => Ok(visitor.go(&to, Some("saved"))),
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::members(&visitor.reader(), who, "", &wrong).await;
            visitor.clone().again_or(drawn, problem)
        }
    }
}

/// One of them.
pub(crate) async fn person(visitor: Visitor, id: web::Path<PersonId>) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::member(&visitor.reader(), who, *id, &Wrong::default()).await?;
    visitor.page(&view)
}

/// They are called otherwise, or letters go elsewhere.
pub(crate) async fn change(visitor: Visitor, id: web::Path<PersonId>, form: CheckedForm) -> Answer {
    let done = async {
        let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
        show::member(&visitor.reader(), who, *id, &Wrong::default()).await?;
        let given = |name: &str| Some(text(&form, name)).filter(|text| !text.is_empty());
        let (mail, phone) = (given("mail"), given("phone"));
        let ask = ChangePerson { person: *id, name: text(&form, "name"), mail, phone };
        once(&visitor, &form, "change-member", async |tx| {
            organise::change_person(tx, workflow, Some(who), ask.clone()).await?;
            Ok((page(*id), Vec::new()))
        })
        .await
    };
    let done = done.await;
    back(visitor, *id, &form, done).await
}

/// Gives them a duty.
pub(crate) async fn appoint(
    visitor: Visitor,
    id: web::Path<PersonId>,
    form: CheckedForm,
) -> Answer {
    let done = async {
        let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
        show::member(&visitor.reader(), who, *id, &Wrong::default()).await?;
        let duty = duty(&form)?;
        once(&visitor, &form, "appoint", async |tx| {
            let unit = organise::find_unit(tx, &text(&form, "unit")).await?.id;
            let ask = Appoint { person: *id, unit, duty, from: workflow.clock.now() };
            organise::appoint(tx, workflow, Some(who), ask).await?;
            Ok((page(*id), Vec::new()))
        })
        .await
    };
    let done = done.await;
    back(visitor, *id, &form, done).await
}

/// Lets them sign in.
pub(crate) async fn account(
    visitor: Visitor,
    id: web::Path<PersonId>,
    form: CheckedForm,
) -> Answer {
    let done = async {
        let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
        show::member(&visitor.reader(), who, *id, &Wrong::default()).await?;
        let login = text(&form, "login");
        let password = Sensitive::new(form.get("password").unwrap_or_default());
        let passwords = &visitor.services.passwords;
        let password_hash = NewStaff::checked(passwords, &login, password).await?;
        let (person, language) = (*id, Language::Chinese);
        let new = NewAccount { login, password_hash, person, language };
        once(&visitor, &form, "add-account", async |tx| {
            organise::add_staff_account(tx, workflow, Some(who), new.clone()).await?;
            Ok((page(*id), Vec::new()))
        })
        .await
    };
    let done = done.await;
    back(visitor, *id, &form, done).await
}

/// Locks an account, or lets it in again, or gives it another password.
pub(crate) async fn lock(
    visitor: Visitor,
    at: web::Path<(AccountId, String)>,
    form: CheckedForm,
) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let (id, verb) = at.into_inner();
    let to = came_from(&visitor.request).unwrap_or_else(|| "/staff/organisation".to_owned());
    let hash = if verb == "password" {
        let password = Sensitive::new(form.get("password").unwrap_or_default());
        Some(NewStaff::checked(&visitor.services.passwords, "", password).await?)
    } else {
        None
    };
    let to = once(&visitor, &form, "lock-account", async |tx| {
        match (verb.as_str(), &hash) {
            ("lock", _) => organise::lock_account(tx, workflow, Some(who), id).await?,
            ("unlock", _) => organise::unlock_account(tx, workflow, Some(who), id).await?,
            ("password", Some(hash)) => {
                organise::set_password(tx, workflow, Some(who), (id, hash.clone())).await?;
            }
            _ => return Err(Problem::NotFound),
        }
        Ok((to.clone(), Vec::new()))
    })
    .await?;
    Ok(visitor.go(&to, Some("saved")))
}

/// Ends a duty.
pub(crate) async fn end(
    visitor: Visitor,
    id: web::Path<AppointmentId>,
    form: CheckedForm,
) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let to = came_from(&visitor.request).unwrap_or_else(|| "/staff/organisation".to_owned());
    let at = workflow.clock.now();
    let to = once(&visitor, &form, "end-appointment", async |tx| {
        organise::end_appointment(tx, workflow, Some(who), (*id, at)).await?;
        Ok((to.clone(), Vec::new()))
    })
    .await?;
    show::settle(workflow).await;
    Ok(visitor.go(&to, Some("saved")))
}

/// What lies with somebody in a unit.
pub(crate) async fn lying(
    visitor: Visitor,
    id: web::Path<PersonId>,
    ask: web::Query<HandOverAsk>,
) -> Answer {
    let who = visitor.staff()?.who();
    let unit = ask.unit.ok_or(Problem::NotFound)?;
    let view = show::hand_over(&visitor.reader(), who, (*id, unit), &Wrong::default()).await?;
    visitor.page(&view)
}

/// Passes it on.
pub(crate) async fn hand_over(
    visitor: Visitor,
    id: web::Path<PersonId>,
    form: CheckedForm,
) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let unit = text(&form, "unit").parse().map_err(|_| Problem::NotFound)?;
    let done = async {
        let to = match form.get("to") {
            Some("pool") => None,
            Some(id) if !id.is_empty() => Some(id.parse().map_err(|_| Problem::MalformedRequest)?),
            _ => return Err(wrong("to", "missing")),
        };
        let ask = HandOver { from: *id, unit, to, reason: text(&form, "reason") };
        once(&visitor, &form, "hand-over", async |tx| {
            let done = Box::pin(commands::hand_over(tx, workflow, who, ask.clone())).await?;
            Ok((page(*id), done.jobs))
        })
        .await
    };
    match done.await {
        Ok(to) => Ok(visitor.go(&to, Some("handed_over"))),
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::hand_over(&visitor.reader(), who, (*id, unit), &wrong).await;
            visitor.clone().again_or(drawn, problem)
        }
    }
}

/// What was done.
pub(crate) async fn trail(visitor: Visitor, ask: web::Query<TrailAsk>) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::trail(&visitor.reader(), who, &ask).await?;
    visitor.page(&view)
}

fn page(id: PersonId) -> String {
    format!("/staff/organisation/people/{id}")
}

/// On to where it leads, or the person's page again with what is wrong.
async fn back(
    visitor: Visitor,
    id: PersonId,
    form: &CheckedForm,
    done: Result<String, Problem>,
) -> Answer {
    match done {
        Ok(to) => Ok(visitor.go(&to, Some("saved"))),
        Err(problem) => {
            let who = visitor.staff()?.who();
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::member(&visitor.reader(), who, id, &wrong).await;
            visitor.clone().wrong().again_or(drawn, problem)
        }
    }
}
