//! `/staff/organisation`: units, for whoever administers them, and for heads their own.

use actix_web::web;
use entities::{Duty, UnitId};
use workflow::{
    Fault, Refusal,
    calendar::local_date,
    commands::{self, CloseUnit},
    organise::{self, AddUnit, Appoint, ChangeMark, MoveUnit, Rename},
};

use super::{Answer, Visitor, once};
use crate::{
    Problem,
    csrf::CheckedForm,
    show::{self, ClosingAsk, Wrong},
};

/// Where one begins to look.
pub(crate) async fn top(visitor: Visitor) -> Answer {
    let who = visitor.staff()?.who();
    let id = show::organisation_top(&visitor.reader(), who).await?;
    Ok(visitor.go(&page(id), None))
}

/// One unit.
pub(crate) async fn unit(visitor: Visitor, id: web::Path<UnitId>) -> Answer {
    let who = visitor.staff()?.who();
    let none = ("", &Wrong::default());
    let view = show::organisation_unit(&visitor.reader(), who, *id, none).await?;
    visitor.page(&view)
}

/// Gives it another name from a day on.
pub(crate) async fn rename(visitor: Visitor, id: web::Path<UnitId>, form: CheckedForm) -> Answer {
    let done = async {
        let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
        let from_on = text(&form, "from_on").parse();
        let ask = Rename {
            unit: *id,
            name_zh: text(&form, "name_zh"),
            name_en: text(&form, "name_en"),
            from_on: from_on.map_err(|_| wrong("from_on", "not_a_date"))?,
        };
        once(&visitor, &form, "rename-unit", async |tx| {
            organise::rename_unit(tx, workflow, Some(who), ask.clone()).await?;
            Ok((page(*id), Vec::new()))
        })
        .await
    };
    let done = done.await;
    back(visitor, *id, ("rename", &form), done).await
}

/// Lets its documents bear another mark from a day on.
pub(crate) async fn mark(visitor: Visitor, id: web::Path<UnitId>, form: CheckedForm) -> Answer {
    let done = async {
        let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
        let from_on = text(&form, "from_on").parse();
        let ask = ChangeMark {
            unit: *id,
            mark: text(&form, "mark"),
            from_on: from_on.map_err(|_| wrong("from_on", "not_a_date"))?,
        };
        once(&visitor, &form, "change-mark", async |tx| {
            organise::change_mark(tx, workflow, Some(who), ask.clone()).await?;
            Ok((page(*id), Vec::new()))
        })
        .await
    };
    let done = done.await;
    back(visitor, *id, ("mark", &form), done).await
}

/// Lets it stand under another place.
pub(crate) async fn relocate(visitor: Visitor, id: web::Path<UnitId>, form: CheckedForm) -> Answer {
    let done = async {
        let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
        // Whose business it is not learns nothing of which units there are.
        let now = workflow.clock.now();
        let powers = organise::powers_of(workflow.store.read(), who, now).await?;
        if !powers.organises {
            let refused = Refusal::NotYours(workflow::Bar::NotAdministrator);
            return Err(Problem::Command(refused.into()));
        }
        let division = Some(text(&form, "division")).filter(|code| !code.is_empty());
        once(&visitor, &form, "move-unit", async |tx| {
            let parent = organise::find_unit(tx, &text(&form, "parent")).await?.id;
            let ask = MoveUnit { unit: *id, parent, division: division.clone() };
            organise::move_unit(tx, workflow, Some(who), ask).await?;
            Ok((page(*id), Vec::new()))
        })
        .await
    };
    let done = done.await;
    back(visitor, *id, ("move", &form), done).await
}

/// Makes an office in it.
pub(crate) async fn open(visitor: Visitor, id: web::Path<UnitId>, form: CheckedForm) -> Answer {
    let done = async {
        let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
        let ask = AddUnit {
            // An office has its place's.
            level: entities::Level::County,
            division: String::new(),
            office: text(&form, "office"),
            seat: Some(*id),
            above: None,
            code: None,
            name_zh: text(&form, "name_zh"),
            name_en: text(&form, "name_en"),
            from_on: local_date(workflow.clock.now()),
        };
        once(&visitor, &form, "open-unit", async |tx| {
            let made = organise::add_unit(tx, workflow, Some(who), ask.clone()).await?;
            Ok((page(made), Vec::new()))
        })
        .await
    };
    let done = done.await;
    back(visitor, *id, ("open", &form), done).await
}

/// Gives somebody a duty in it.
pub(crate) async fn appoint(visitor: Visitor, id: web::Path<UnitId>, form: CheckedForm) -> Answer {
    let done = async {
        let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
        // Whoever may not appoint learns nothing of who is on record.
        let r = visitor.reader();
        show::organisation_unit(&r, who, *id, ("", &Wrong::default())).await?;
        let duty = duty(&form)?;
        once(&visitor, &form, "appoint", async |tx| {
            let person = organise::find_member(tx, &text(&form, "who")).await?;
            let ask = Appoint { person, unit: *id, duty, from: workflow.clock.now() };
            organise::appoint(tx, workflow, Some(who), ask).await?;
            Ok((page(*id), Vec::new()))
        })
        .await
    };
    let done = done.await;
    back(visitor, *id, ("appoint", &form), done).await
}

/// What would move if it were closed.
pub(crate) async fn closing(
    visitor: Visitor,
    id: web::Path<UnitId>,
    ask: web::Query<ClosingAsk>,
) -> Answer {
    let who = visitor.staff()?.who();
    let r = visitor.reader();
    let found = match show::successor(&r, ask.successor.as_deref()).await {
        Ok(found) => found,
        Err(problem) => {
            let typed = vec![("successor".to_owned(), ask.successor.clone().unwrap_or_default())];
            let wrong = Wrong { typed, ..Wrong::default() };
            let drawn = show::organisation_unit(&r, who, *id, ("close", &wrong)).await;
            return visitor.clone().again_or(drawn, problem);
        }
    };
    let view = show::closing(&r, who, *id, found).await?;
    visitor.page(&view)
}

/// Closes it.
pub(crate) async fn close(visitor: Visitor, id: web::Path<UnitId>, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let successor = Some(text(&form, "successor")).filter(|text| !text.is_empty());
    let successor = successor.map(|text| text.parse::<UnitId>()).transpose();
    let successor = successor.map_err(|_| Problem::MalformedRequest)?;
    let people = form.fields.iter().filter(|(name, _)| name == "along");
    let people = people.map(|(_, id)| id.parse()).collect::<Result<Vec<_>, _>>();
    let along = Some(people.map_err(|_| Problem::MalformedRequest)?);
    let ask = CloseUnit { unit: *id, successor, along };
    let done = once(&visitor, &form, "close-unit", async |tx| {
        let done = Box::pin(commands::close_unit(tx, workflow, Some(who), ask.clone())).await?;
        Ok((page(successor.unwrap_or(*id)), done.jobs))
    })
    .await;
    match done {
        Ok(to) => {
            show::settle(workflow).await;
            Ok(visitor.go(&to, Some("saved")))
        }
        Err(problem) => {
            let drawn = show::closing(&visitor.reader(), who, *id, successor).await;
            visitor.clone().again_or(drawn, problem)
        }
    }
}

fn page(id: UnitId) -> String {
    format!("/staff/organisation/units/{id}")
}

pub(super) fn text(form: &CheckedForm, name: &str) -> String {
    form.get(name).unwrap_or_default().trim().to_owned()
}

pub(super) fn duty(form: &CheckedForm) -> Result<Duty, Problem> {
    let duty = form.get("duty").and_then(Duty::of_word);
    duty.ok_or_else(|| wrong("duty", "missing"))
}

pub(super) fn wrong(field: &str, code: &'static str) -> Problem {
    Problem::Command(Refusal::Form(vec![Fault::new(field, code, "")]).into())
}

/// On to where it leads, or the unit's page again with what is wrong.
async fn back(
    visitor: Visitor,
    id: UnitId,
    (name, form): (&str, &CheckedForm),
    done: Result<String, Problem>,
) -> Answer {
    match done {
        Ok(to) => Ok(visitor.go(&to, Some("saved"))),
        Err(problem) => {
            let who = visitor.staff()?.who();
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::organisation_unit(&visitor.reader(), who, id, (name, &wrong)).await;
            visitor.clone().wrong().again_or(drawn, problem)
        }
    }
}
