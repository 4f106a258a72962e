//! Papers: those of a draft, those that were asked for later, one file, and taking it out.

use actix_web::{HttpResponse, http::header, web};
use entities::{PaperId, TaskId, paper, task};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Deserialize;
use workflow::{
    commands::{AttachPaper, attach_paper, read_paper, remove_paper},
    rules::media::MediaKind,
    tx,
};

use super::{Answer, Upload, Visitor, draft::handed_in, visitor::came_from};
use crate::{
    Problem,
    csrf::CheckedForm,
    paper_in,
    problem::ToldField,
    read::PaperView,
    show::{self, Wrong},
    thumbnail::thumbnail,
};

/// How large a picture is wanted.
#[derive(Debug, Deserialize)]
pub(crate) struct Size {
    size: Option<String>,
}

/// The papers of a draft.
pub(crate) async fn list(visitor: Visitor, draft: web::Path<String>) -> Answer {
    if let Some(elsewhere) = handed_in(&visitor, &draft).await? {
        return Ok(elsewhere);
    }
    let who = visitor.actor()?.who();
    let view = show::papers(&visitor.reader(), who, &draft, None).await?;
    visitor.page(&view)
}

/// Puts a file into a draft.
pub(crate) async fn add(
    visitor: Visitor,
    at: web::Path<(String, String)>,
    upload: Upload,
) -> Answer {
    let (draft, paper) = at.into_inner();
    match take(&visitor, (&draft, &paper), upload).await {
        Ok(()) => Ok(visitor.go(&format!("/drafts/{draft}/papers#p-{paper}"), Some("uploaded"))),
        Err(problem) => {
            let (reader, who) = (visitor.reader(), visitor.actor()?.who());
            let wrong = Some((paper.as_str(), &problem));
            let drawn = show::papers(&reader, who, &draft, wrong).await;
            visitor.again_or(drawn, problem)
        }
    }
}

/// Puts a file into a case that waits for supplements.
pub(crate) async fn supplement(
    visitor: Visitor,
    at: web::Path<(String, String)>,
    upload: Upload,
) -> Answer {
    let (number, paper) = at.into_inner();
    match take(&visitor, (&number, &paper), upload).await {
        Ok(()) => {
            Ok(visitor.go(&format!("/cases/{number}/supplement#p-{paper}"), Some("uploaded")))
        }
        Err(problem) => {
            let told = at_paper(&visitor, &problem, &paper);
            let (reader, who) = (visitor.reader(), visitor.actor()?.who());
            let mut drawn = show::supplement(&reader, who, &number, &Wrong::default()).await;
            if let Ok(view) = &mut drawn {
                mark(view.papers.iter_mut().map(|defect| &mut defect.paper), &told);
            }
            visitor.again_or(drawn, problem)
        }
    }
}

/// Says at each paper what is wrong with it.
pub(super) fn mark<'v>(papers: impl Iterator<Item = &'v mut PaperView>, told: &[ToldField]) {
    for paper in papers {
        let mine = told.iter().find(|told| told.field == paper.id);
        paper.error = mine.map(|told| told.detail.clone()).or(paper.error.take());
    }
}

/// What is wrong with a file, at its paper.
pub(super) fn at_paper(visitor: &Visitor, problem: &Problem, paper: &str) -> Vec<ToldField> {
    let told = problem.fields(visitor.language).into_iter();
    told.map(|told| ToldField { field: paper.to_owned(), ..told }).collect()
}

async fn take(visitor: &Visitor, at: (&str, &str), upload: Upload) -> Result<(), Problem> {
    let (key, paper) = at;
    let (who, workflow) = (visitor.actor()?.who(), visitor.workflow());
    let case = show::scope::mine(&visitor.reader(), who, key).await?.id;
    let (kind, bytes) = upload.cleaned().await?;
    let ask = AttachPaper { case, task: None, row: None, paper: paper.to_owned(), kind, bytes };
    tx::write(&workflow.store, async |tx| attach_paper(tx, workflow, who, ask).await).await?;
    Ok(())
}

/// One file: as it is, or as a small picture.
pub(crate) async fn file(
    visitor: Visitor,
    id: web::Path<PaperId>,
    size: web::Query<Size>,
) -> Answer {
    let who = visitor.actor()?.who();
    let row = show::scope::paper(&visitor.reader(), who, *id).await?;
    let kind = match row.media_type.as_str() {
        "image/jpeg" => MediaKind::Jpeg,
        "image/png" => MediaKind::Png,
        _ => MediaKind::Pdf,
    };
    if size.size.as_deref() != Some("small") || kind == MediaKind::Pdf {
        return paper_in::download(&visitor.services, &row, true).await;
    }
    let workflow = visitor.workflow();
    let bytes = read_paper(workflow.store.read(), workflow, &row).await?;
    let small = thumbnail(kind, bytes).await?;
    let kept = (header::CACHE_CONTROL, "private, max-age=86400, immutable");
    Ok(HttpResponse::Ok().content_type("image/jpeg").insert_header(kept).body(small))
}

/// Takes a file out.
pub(crate) async fn remove(visitor: Visitor, id: web::Path<PaperId>, _form: CheckedForm) -> Answer {
    let (who, workflow) = (visitor.actor()?.who(), visitor.workflow());
    let row = show::scope::paper(&visitor.reader(), who, *id).await?;
    let task = slot_of(&visitor, &row).await?;
    let ask = (row.case_id, row.id, task);
    tx::write(&workflow.store, async |tx| remove_paper(tx, workflow, who, ask).await).await?;
    let list = format!("/drafts/{}/papers", row.case_id);
    let back = came_from(&visitor.request).unwrap_or(list);
    Ok(visitor.go(&back, Some("removed")))
}

/// The slot of one's own that a step's paper was put in for.
async fn slot_of(visitor: &Visitor, row: &paper::Model) -> Result<Option<TaskId>, Problem> {
    if row.row_id.is_some() {
        return show::slot_of_paper(&visitor.reader(), visitor.actor()?.who(), row).await;
    }
    let Some(run) = row.run_id else { return Ok(None) };
    let slots = task::Entity::of_case(row.case_id).filter(task::Column::RunId.eq(run));
    let slots = slots.all(visitor.workflow().store.read()).await?;
    let person = visitor.actor()?.person;
    let own = slots.iter().find(|slot| slot.person_id.is_some() && slot.person_id == person);
    let open = slots.iter().find(|slot| workflow::state::CaseState::is_open(slot));
    Ok(Some(own.or(open).ok_or(Problem::NotFound)?.id))
}
