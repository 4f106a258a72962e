//! `/staff/file`: for whom, and what; then as an applicant does. What one's own unit may open stands
//! there too.

use entities::{PersonId, appointment, person, unit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use workflow::{
    commands::{StartCase, look_up_person, start_case},
    tx,
};

use super::{Answer, Visitor, once};
use crate::{
    Problem,
    csrf::CheckedForm,
    show::{self, Wrong},
};

/// Where somebody who is not known yet is written down.
const UNKNOWN: &str = "/me/profile?subject=new";

/// Asks for the ID number.
pub(crate) async fn ask(visitor: Visitor) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::on_behalf(&visitor.reader(), who, &Wrong::default(), None, None).await?;
    visitor.page(&view)
}

/// Finds the person; or, once found, begins the draft.
pub(crate) async fn file(visitor: Visitor, form: CheckedForm) -> Answer {
    match form.get("subject") {
        Some(subject) => {
            let subject = subject.parse().map_err(|_| Problem::NotFound)?;
            start(visitor, subject, &form).await
        }
        None => find(visitor, &form).await,
    }
}

async fn find(visitor: Visitor, form: &CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let number = form.get("id_number").unwrap_or_default();
    let found =
        tx::write(&workflow.store, async |tx| look_up_person(tx, workflow, who, number).await);
    match found.await.map_err(Problem::from) {
        Ok(found) => {
            let unknown = found.is_none().then(|| UNKNOWN.to_owned());
            let typed = Wrong { typed: form.fields.clone(), ..Wrong::default() };
            let view = show::on_behalf(&visitor.reader(), who, &typed, found, unknown).await?;
            visitor.page(&view)
        }
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let drawn = show::on_behalf(&visitor.reader(), who, &wrong, None, None).await;
            visitor.again_or(drawn, problem)
        }
    }
}

async fn start(visitor: Visitor, subject: PersonId, form: &CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let person = person::Entity::find_by_id(subject).one(workflow.store.read()).await?;
    let person = person.ok_or(Problem::NotFound)?;
    let filed_as = right(&visitor, &person).await?.to_owned();
    let program = form.get("program").unwrap_or_default().to_owned();
    let ask = StartCase { program, subject, filed_as };
    let done = once(&visitor, form, "start-case", async |tx| {
        let case = start_case(tx, workflow, who, ask.clone()).await?;
        Ok((format!("/drafts/{case}"), Vec::new()))
    });
    match done.await {
        Ok(to) => Ok(visitor.go(&to, None)),
        Err(problem) => {
            let wrong = Wrong::of(&problem, &form.fields, visitor.language);
            let (reader, found) = (visitor.reader(), Some(person));
            let drawn = show::on_behalf(&reader, who, &wrong, found, None).await;
            visitor.again_or(drawn, problem)
        }
    }
}

/// As what one files: of the person's school, else of their township.
async fn right(visitor: &Visitor, person: &person::Model) -> Result<&'static str, Problem> {
    let workflow = visitor.workflow();
    let own = visitor.staff()?.person.ok_or(Problem::NotFound)?;
    let db = workflow.store.read();
    let held = appointment::Entity::held_by(own, workflow.clock.now()).all(db).await?;
    let units = held.into_iter().map(|held| held.unit_id);
    let units = unit::Entity::find().filter(unit::Column::Id.is_in(units)).all(db).await?;
    let at_school = units.iter().any(|unit| Some(unit.seat_id) == person.school_id);
    Ok(if at_school { "school" } else { "township" })
}
