//! `/staff/tasks/{task}/rows`: the lines of a roster, one by one or from a list.

use actix_web::web;
use entities::{CaseRowId, TaskId};
use serde::Deserialize;
use workflow::{
    CommandError,
    commands::{self, FillRows, LineGiven, StrikeRow},
    organise::MOST_BYTES,
    program::Field,
    rules::form::Given,
    tx,
};

use super::{Answer, Upload, Visitor, once};
use crate::{
    Problem,
    csrf::CheckedForm,
    show::{self, RosterOpen},
};

/// Which line stands open.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RosterAsk {
    row: Option<CaseRowId>,
    /// The language switch of pages.
    lang: Option<String>,
}

/// The list.
pub(crate) async fn show(
    visitor: Visitor,
    task: web::Path<TaskId>,
    ask: web::Query<RosterAsk>,
) -> Answer {
    let who = visitor.staff()?.who();
    let open = RosterOpen { row: ask.row, ..RosterOpen::default() };
    let view = show::roster(&visitor.reader(), who, *task, &open).await?;
    visitor.page(&view)
}

/// One line is added, filled in or struck.
pub(crate) async fn save(visitor: Visitor, task: web::Path<TaskId>, form: CheckedForm) -> Answer {
    let who = visitor.staff()?.who();
    let row = form.get("row").filter(|row| !row.is_empty()).map(str::parse::<CaseRowId>);
    let row = row.transpose().map_err(|_| Problem::NotFound)?;
    match write(&visitor, *task, row, &form).await {
        Ok(to) => Ok(visitor.go(&to, Some("done"))),
        Err(problem) => {
            let typed = form.fields.clone();
            let open = RosterOpen { row, typed, ..RosterOpen::default() }.wrong(problem)?;
            let drawn = show::roster(&visitor.reader(), who, *task, &open).await?;
            visitor.page_with(actix_web::http::StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}

async fn write(
    visitor: &Visitor,
    task: TaskId,
    row: Option<CaseRowId>,
    form: &CheckedForm,
) -> Result<String, Problem> {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    // Whose business it is not learns nothing: not even that there is such a task.
    show::task_case(&visitor.reader(), who, task).await?;
    let to = format!("/staff/tasks/{task}/rows");
    let seen = form.get("version").map(str::parse::<i32>).transpose();
    let seen = seen.map_err(|_| Problem::MalformedRequest)?;
    if let (Some(row), Some("strike")) = (row, form.get("act")) {
        let reason = form.get("reason").unwrap_or_default().to_owned();
        let strike = StrikeRow { task, seen, row, reason };
        return once(visitor, form, "strike-row", async |tx| {
            let done = commands::strike_row(tx, workflow, who, strike.clone()).await?;
            Ok((to.clone(), done.recorded.jobs))
        })
        .await;
    }
    let (slot, program) = show::roster_program(&visitor.reader(), who, task).await?;
    let (_, asks) = commands::step_asks(&program, &slot.path).ok_or(Problem::NotFound)?;
    let fields = form.fields.iter().filter_map(|(name, text)| {
        let id = name.strip_prefix("form.")?;
        let field = asks.fields.iter().find(|field| *field.id == *id);
        // What is private stands on no page: left empty it stays as it is.
        let kept = row.is_some() && text.is_empty() && field.is_some_and(Field::is_private);
        (!kept).then(|| (id.to_owned(), Given::Text(text.clone())))
    });
    let text = |name: &str| form.get(name).unwrap_or_default().trim().to_owned();
    let line = LineGiven {
        line: 1,
        row,
        id_number: text("id_number"),
        name: text("name"),
        fields: fields.collect(),
    };
    let ask = FillRows { task, seen, lines: vec![line] };
    once(visitor, form, "fill-row", async |tx| {
        let done = commands::fill_rows(tx, workflow, who, ask.clone()).await?;
        Ok((to.clone(), done.recorded.jobs))
    })
    .await
}

/// A list is taken, or it is said what is wrong with it line by line.
pub(crate) async fn file(visitor: Visitor, task: web::Path<TaskId>, upload: Upload) -> Answer {
    let (who, workflow, task) = (visitor.staff()?.who(), visitor.workflow(), *task);
    let (slot, program) = show::roster_program(&visitor.reader(), who, task).await?;
    let (_, asks) = commands::step_asks(&program, &slot.path).ok_or(Problem::NotFound)?;
    let bytes = upload.bytes().map_err(|_| Problem::BodyTooLarge { most: MOST_BYTES })?;
    if bytes.len() > MOST_BYTES {
        return Err(Problem::BodyTooLarge { most: MOST_BYTES });
    }
    let done = async {
        let lines = LineGiven::of_csv(asks, &bytes).map_err(CommandError::from)?;
        let ask = FillRows { task, seen: None, lines };
        tx::write_patiently(&workflow.store, async |tx| {
            commands::fill_rows(tx, workflow, who, ask.clone()).await
        })
        .await
    };
    match done.await {
        Ok(done) => {
            workflow.wake.hand(&done.recorded.jobs);
            Ok(visitor.go(&format!("/staff/tasks/{task}/rows"), Some("done")))
        }
        Err(error) => {
            let problem = Problem::from(error);
            let status = problem.kind().status;
            let open = RosterOpen::default().wrong(problem)?;
            let view = show::roster(&visitor.reader(), who, task, &open).await?;
            visitor.page_with(status, &view)
        }
    }
}
