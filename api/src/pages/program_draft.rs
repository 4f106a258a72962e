//! `/staff/program-drafts/{id}`: a draft is written, looked at, proposed and confirmed.

use actix_web::{HttpResponse, http::header, web};
use entities::ProgramDraftId;
use workflow::program_versions::{
    ProposeDraft, SaveDraft, begin_replay, discard_draft, follow, propose_draft, publish_draft,
    save_draft, send_back,
};

use super::{Answer, Visitor, once, program_desk::day};
use crate::{Problem, csrf::CheckedForm, show};

/// The draft.
pub(crate) async fn show(visitor: Visitor, id: web::Path<ProgramDraftId>) -> Answer {
    let who = visitor.staff()?.who();
    let view = show::program_draft(&visitor.reader(), who, (None, *id)).await?;
    visitor.page(&view)
}

/// Its route, as a picture.
pub(crate) async fn drawing(visitor: Visitor, id: web::Path<ProgramDraftId>) -> Answer {
    let who = visitor.staff()?.who();
    let svg = show::draft_drawing(&visitor.reader(), who, (None, *id)).await?;
    Ok(HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(svg))
}

/// Keeps what was written, right or wrong.
pub(crate) async fn save(
    visitor: Visitor,
    id: web::Path<ProgramDraftId>,
    form: CheckedForm,
) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let seen = form.get("version").and_then(|seen| seen.parse().ok());
    let yaml = form.get("yaml").ok_or(Problem::MalformedRequest)?.to_owned();
    let to = once(&visitor, &form, "save-draft", async |tx| {
        let ask = SaveDraft { draft: *id, seen, yaml: yaml.clone() };
        save_draft(tx, workflow, who, ask).await?;
        Ok((format!("/staff/program-drafts/{}", *id), Vec::new()))
    })
    .await;
    match to {
        Ok(to) => Ok(visitor.go(&to, Some("saved"))),
        Err(problem) => {
            let mut drawn = show::program_draft(&visitor.reader(), who, (None, *id)).await;
            if let Ok(view) = &mut drawn {
                view.yaml = yaml; // what was typed is not lost
            }
            visitor.again_or(drawn, problem)
        }
    }
}

/// `propose`, `publish`, `send-back`, `discard`, `replay`.
pub(crate) async fn act(
    visitor: Visitor,
    path: web::Path<(ProgramDraftId, String)>,
    form: CheckedForm,
) -> Answer {
    let (who, workflow) = (visitor.staff()?.who(), visitor.workflow());
    let (id, verb) = path.into_inner();
    let seen = form.get("version").and_then(|seen| seen.parse().ok());
    let (effective_on, since) = (day(form.get("effective_on"))?, day(form.get("since"))?);
    let to = once(&visitor, &form, "act-on-draft", async |tx| {
        let mut jobs = Vec::new();
        match verb.as_str() {
            "propose" => {
                let reason = form.get("reason").unwrap_or_default().to_owned();
                let ask = ProposeDraft { draft: id, seen, effective_on, reason };
                propose_draft(tx, workflow, who, ask).await?;
            }
            "publish" => drop(publish_draft(tx, workflow, who, (id, seen)).await?),
            "send-back" => drop(send_back(tx, workflow, who, (id, seen)).await?),
            "discard" => drop(discard_draft(tx, workflow, who, (id, seen)).await?),
            "replay" => {
                let since = since.ok_or(Problem::MalformedRequest)?;
                jobs = begin_replay(tx, workflow, who, (id, since)).await?.1;
            }
            _ => return Err(Problem::NotFound),
        }
        Ok((format!("/staff/program-drafts/{id}"), jobs))
    })
    .await;
    match to {
        Ok(to) => {
            // New cases begin on it at once here; other processes hear of it within a second.
            follow(workflow).await?;
            Ok(visitor.go(&to, Some("done")))
        }
        Err(problem) => {
            let drawn = show::program_draft(&visitor.reader(), who, (None, id)).await;
            visitor.again_or(drawn, problem)
        }
    }
}
