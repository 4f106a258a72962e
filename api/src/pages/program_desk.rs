//! `/staff/programs`: programs for those who may change them: versions, drafts, their end, and
//! cases that go over to a version.

use actix_web::web;
use chrono::NaiveDate;
use serde::Deserialize;
use workflow::program_versions::{
    ProposeEnd, Rebase, begin_draft, begin_program, propose_end, rebase_cases,
};

use super::{Answer, Visitor, once};
use crate::{Problem, csrf::CheckedForm, show};

/// Those that one may change.
pub(crate) async fn list(visitor: Visitor) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::programs(&visitor.reader(), who).await?;
    visitor.page(&view)
}

/// The first text of a program that there is not yet.
pub(crate) async fn blank(visitor: Visitor) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::new_program(&visitor.reader(), who, None).await?;
    visitor.page(&view)
}

/// Keeps it as a draft.
pub(crate) async fn begin_new(visitor: Visitor, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let yaml = form.get("yaml").ok_or(Problem::MalformedRequest)?.to_owned();
    let to = once(&visitor, &form, "begin-program", async |tx| {
        let row = begin_program(tx, workflow, who, &yaml).await?;
        Ok((format!("/staff/program-drafts/{}", row.id), Vec::new()))
    })
    .await;
    match to {
        Ok(to) => Ok(visitor.go(&to, Some("saved"))),
        Err(problem) => {
            let drawn = show::new_program(&visitor.reader(), who, Some(&yaml)).await;
            visitor.again_or(drawn, problem)
        }
    }
}

/// One of them.
pub(crate) async fn one(visitor: Visitor, id: web::Path<String>) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::program_desk(&visitor.reader(), who, &id).await?;
    visitor.page(&view)
}

/// Begins a draft.
pub(crate) async fn begin(visitor: Visitor, id: web::Path<String>, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let to = once(&visitor, &form, "begin-draft", async |tx| {
        let row = begin_draft(tx, workflow, who, &id).await?;
        Ok((format!("/staff/program-drafts/{}", row.id), Vec::new()))
    })
    .await?;
    Ok(visitor.go(&to, None))
}

/// Proposes its end.
pub(crate) async fn end(visitor: Visitor, id: web::Path<String>, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let on = day(form.get("on"))?;
    let to = once(&visitor, &form, "end-program", async |tx| {
        let reason = form.get("reason").unwrap_or_default().to_owned();
        let ask = ProposeEnd { program: id.clone(), on, reason };
        let row = propose_end(tx, workflow, who, ask).await?;
        Ok((format!("/staff/program-drafts/{}", row.id), Vec::new()))
    })
    .await;
    match to {
        Ok(to) => Ok(visitor.go(&to, Some("saved"))),
        Err(problem) => {
            let drawn = show::program_desk(&visitor.reader(), who, &id).await;
            visitor.again_or(drawn, problem)
        }
    }
}

/// A day of a form; an empty one is none.
///
/// # Errors
/// [`Problem::MalformedRequest`].
pub(super) fn day(text: Option<&str>) -> Result<Option<NaiveDate>, Problem> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| Problem::MalformedRequest)).transpose()
}

/// Which cases go where.
#[derive(Debug, Deserialize)]
pub(crate) struct RebaseAsk {
    #[serde(default)]
    to: Option<u32>,
    #[serde(default)]
    cases: String,
}

impl RebaseAsk {
    fn of(&self, program: &str, newest: Option<u32>) -> Result<Rebase, Problem> {
        let to = self.to.or(newest).ok_or(Problem::NotFound)?;
        let words = self.cases.split(|c: char| c.is_whitespace() || c == ',' || c == '，');
        let cases = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Ok(Rebase { program: program.to_owned(), to, cases })
    }
}

/// What going over to a version would change.
pub(crate) async fn preview(
    visitor: Visitor,
    id: web::Path<String>,
    ask: web::Query<RebaseAsk>,
) -> Answer {
    let who = visitor.staff()?.who();
    let newest = visitor.workflow().programs.get(&id).map(|program| program.version);
    let view = show::rebase(&visitor.reader(), who, &ask.of(&id, newest)?).await?;
    visitor.page(&view)
}

/// Does it.
pub(crate) async fn rebase(visitor: Visitor, id: web::Path<String>, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let to = form.get("to").and_then(|to| to.parse().ok());
    let cases = form.get("cases").unwrap_or_default().to_owned();
    let newest = workflow.programs.get(&id).map(|program| program.version);
    let ask = RebaseAsk { to, cases }.of(&id, newest)?;
    let to = once(&visitor, &form, "rebase-cases", async |tx| {
        let (_, jobs) = rebase_cases(tx, workflow, who, &ask).await?;
        Ok((format!("/staff/programs/{}", *id), jobs))
    })
    .await;
    match to {
        Ok(to) => Ok(visitor.go(&to, Some("done"))),
        Err(problem) => {
            let drawn = show::rebase(&visitor.reader(), who, &ask).await;
            visitor.again_or(drawn, problem)
        }
    }
}
