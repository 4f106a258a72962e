//! `/staff/oversight`: lights by unit and the documents about late units, for whoever supervises.

use actix_web::{HttpResponse, http::header, web};
use entities::{CaseId, UnitId};
use workflow::commands::{self, OpenCase};

use super::{Answer, Visitor, once};
use crate::{
    Problem,
    csrf::CheckedForm,
    sheet::Sheet,
    show::{self, BoardsAsk, OversightAsk},
};

/// The lights by unit.
pub(crate) async fn units(visitor: Visitor, ask: web::Query<OversightAsk>) -> Answer {
    let who = visitor.staff()?.who();
    let share = visitor.services.settings.stop_share;
    let view = show::oversight(&visitor.reader(), who, &ask, share).await?;
    visitor.page(&view)
}

/// The boards of documents.
pub(crate) async fn boards(visitor: Visitor, ask: web::Query<BoardsAsk>) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::boards(&visitor.reader(), who, &ask).await?;
    visitor.page(&view)
}

/// Opens a case about no applicant; what it asks for first lies in the queue then.
pub(crate) async fn open(visitor: Visitor, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let (program, at) = form
        .get("what")
        .and_then(|what| what.split_once('@'))
        .and_then(|(program, at)| Some((program.to_owned(), at.parse().ok().map(UnitId)?)))
        .ok_or(Problem::NotFound)?;
    let to = board(workflow, &program, at);
    let parent = form.get("parent").map(str::to_owned).filter(|number| !number.is_empty());
    let ask = OpenCase { parent, ..OpenCase::numbered(workflow, program, at).await? };
    let to = once(&visitor, &form, "open-case", async |tx| {
        let done = commands::open_case(tx, workflow, who, ask.clone()).await?;
        Ok((to.clone(), done.recorded.jobs))
    })
    .await?;
    Ok(visitor.go(&to, None))
}

/// The board of a program's cases at a place; a program without one: the queue.
fn board(workflow: &workflow::Workflow, program: &str, at: UnitId) -> String {
    let numbered = workflow.programs.get(program).is_some_and(|known| known.number.is_some());
    if numbered {
        format!("/staff/oversight/boards?unit={at}&kind={program}")
    } else {
        "/staff/tasks".to_owned()
    }
}

/// Reopens a case that was closed.
pub(crate) async fn reopen(visitor: Visitor, case: web::Path<CaseId>, form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    show::scope::seen(&visitor.reader(), who, &case.to_string()).await?;
    let to = once(&visitor, &form, "reopen-case", async |tx| {
        let done = commands::reopen_case(tx, workflow, who, *case, None).await?;
        Ok(("/staff/tasks".to_owned(), done.recorded.jobs))
    })
    .await?;
    Ok(visitor.go(&to, None))
}

/// The lights by unit, as CSV.
pub(crate) async fn units_csv(visitor: Visitor, ask: web::Query<OversightAsk>) -> Answer {
    csv(&units_sheet(&visitor, &ask).await?)
}

/// The lights by unit, as XLSX.
pub(crate) async fn units_xlsx(visitor: Visitor, ask: web::Query<OversightAsk>) -> Answer {
    xlsx(&units_sheet(&visitor, &ask).await?)
}

/// One board, as CSV.
pub(crate) async fn boards_csv(visitor: Visitor, ask: web::Query<BoardsAsk>) -> Answer {
    csv(&boards_sheet(&visitor, &ask).await?)
}

/// One board, as XLSX.
pub(crate) async fn boards_xlsx(visitor: Visitor, ask: web::Query<BoardsAsk>) -> Answer {
    xlsx(&boards_sheet(&visitor, &ask).await?)
}

async fn units_sheet(visitor: &Visitor, ask: &OversightAsk) -> Result<Sheet, Problem> {
    let who = visitor.staff()?.who();
    let share = visitor.services.settings.stop_share;
    let view = show::oversight(&visitor.reader(), who, ask, share).await?;
    Ok(show::units_sheet(&visitor.layout, &view))
}

async fn boards_sheet(visitor: &Visitor, ask: &BoardsAsk) -> Result<Sheet, Problem> {
    let who = visitor.staff()?.who();
    let r = visitor.reader();
    let view = show::boards(&r, who, ask).await?;
    Ok(show::boards_sheet(&visitor.layout, &view, workflow::calendar::local_date(r.now)))
}

fn csv(sheet: &Sheet) -> Answer {
    Ok(file("text/csv; charset=utf-8", &format!("{}.csv", sheet.file), sheet.csv()?))
}

fn xlsx(sheet: &Sheet) -> Answer {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(file(kind, &format!("{}.xlsx", sheet.file), sheet.xlsx()?))
}

/// A file to be kept; no cache keeps it.
fn file(kind: &str, name: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(bytes)
}
