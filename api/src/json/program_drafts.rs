//! `/api/v1/programs` and `/api/v1/programs/{id}/drafts`: a new program, or the next version of a program, written, looked at, proposed by
//! one and confirmed by another.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use chrono::NaiveDate;
use entities::{ProgramDraftId, ProgramReplayId, program_draft};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::program_versions::{
    ProposeDraft, SaveDraft, begin_draft, begin_program, begin_replay, discard_draft, follow,
    propose_draft, publish_draft, save_draft, send_back,
};

use super::act::{Acted, Seen, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::program_desk::{DraftView, ReplayView},
    show::{self, Reader},
};

/// A program's text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftText {
    /// YAML.
    yaml: String,
}

/// What is done with a draft.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DraftAct {
    /// To propose: from which day on new cases begin on it; today where none is said.
    #[schema(value_type = Option<String>, format = Date)]
    effective_on: Option<NaiveDate>,
    /// To propose: why.
    reason: String,
    /// To replay: cases that were filed on this day or later.
    #[schema(value_type = Option<String>, format = Date)]
    since: Option<NaiveDate>,
}

/// Where a draft stands afterwards.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftDone {
    draft: String,
    /// The version that it would be, or is.
    number: i32,
    /// `open`, `proposed`, `published`, `discarded`.
    state: String,
    /// Counts the changes.
    version: i32,
    /// The look that was begun.
    replay: Option<String>,
}

impl DraftDone {
    fn of(row: &program_draft::Model) -> Self {
        Self {
            draft: row.id.to_string(),
            number: row.number,
            state: row.state.word(),
            version: row.version,
            replay: None,
        }
    }
}

fn acted(body: DraftDone) -> Acted<DraftDone> {
    Acted { status: StatusCode::OK, location: None, body, jobs: Vec::new() }
}

/// Begins a program that there is not yet with the text of its version 1; whoever may lead it by
/// the `owner.lead` of that text may write it. What else is wrong with it, `GET` says.
#[utoipa::path(post, path = "/api/v1/programs", tag = "changing programs",
    request_body = DraftText, security(("session" = []), ("token" = [])),
    responses((status = 201, body = DraftDone), (status = 403, description = "not-yours"),
        (status = 422, description = "draft-errors")))]
pub(crate) async fn begin_new(
    services: web::Data<Services>,
    actor: Actor,
    key: IdempotencyKey,
    ask: Json<DraftText>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "begin-program", key: key.0, hash: ask.hash };
    act(&services, &actor, &once, async |tx| {
        let row = begin_program(tx, workflow, who, &ask.value.yaml).await?;
        let location = format!("/api/v1/programs/{}/drafts/{}", row.program, row.id);
        let done = acted(DraftDone::of(&row));
        Ok(Acted { status: StatusCode::CREATED, location: Some(location), ..done })
    })
    .await
}

/// Begins a draft of the program's next version, with the text of its newest.
#[utoipa::path(post, path = "/api/v1/programs/{id}/drafts", tag = "changing programs",
    params(("id" = String, Path)), security(("session" = []), ("token" = [])),
    responses((status = 201, body = DraftDone), (status = 403, description = "not-yours")))]
pub(crate) async fn begin(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<String>,
    key: IdempotencyKey,
    ask: Json<DraftAct>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "begin-draft", key: key.0, hash: ask.hash };
    act(&services, &actor, &once, async |tx| {
        let row = begin_draft(tx, workflow, who, &id).await?;
        let location = format!("/api/v1/programs/{}/drafts/{}", *id, row.id);
        let done = acted(DraftDone::of(&row));
        Ok(Acted { status: StatusCode::CREATED, location: Some(location), ..done })
    })
    .await
}

/// A draft: its text, what is wrong with it, what it changes in words, the newest replay.
#[utoipa::path(get, path = "/api/v1/programs/{id}/drafts/{edition}", tag = "changing programs",
    params(("id" = String, Path), ("edition" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = DraftView), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found")))]
pub(crate) async fn one(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    path: web::Path<(String, ProgramDraftId)>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let (program, draft) = path.into_inner();
    let view = show::program_draft(&r, actor.who(), (Some(&program), draft)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Keeps a draft's text, right or wrong; `GET` says what is wrong with it.
#[utoipa::path(put, path = "/api/v1/programs/{id}/drafts/{edition}", tag = "changing programs",
    request_body = DraftText,
    params(("id" = String, Path), ("edition" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = DraftDone), (status = 403, description = "not-yours"),
        (status = 409, description = "stale-version, draft-state")))]
pub(crate) async fn save(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    path: web::Path<(String, ProgramDraftId)>,
    (seen, key): (Seen, IdempotencyKey),
    ask: Json<DraftText>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let once = Once { operation: "save-draft", key: key.0, hash: ask.hash };
    let (program, draft) = path.into_inner();
    let seen = seen.or(None);
    let r = Reader::of(&services, language::of(&request));
    show::draft_of(&r, who, (Some(&program), draft)).await?;
    act(&services, &actor, &once, async |tx| {
        let yaml = ask.value.yaml.clone();
        let row = save_draft(tx, workflow, who, SaveDraft { draft, seen, yaml }).await?;
        Ok(acted(DraftDone::of(&row)))
    })
    .await
}

/// `propose` (with `effective_on` and `reason`), `publish` (by another person than those who wrote
/// it), `send-back`, `discard`, `replay` (with `since`).
#[utoipa::path(post, path = "/api/v1/programs/{id}/drafts/{edition}/{act}",
    tag = "changing programs", request_body = DraftAct,
    params(("id" = String, Path), ("edition" = String, Path, format = Uuid),
        ("act" = String, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = DraftDone), (status = 403, description = "not-yours"),
        (status = 409, description = "four-eyes, draft-outdated, draft-state, stale-version"),
        (status = 422, description = "draft-errors, past-day, needs-reason")))]
pub(crate) async fn do_with(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    path: web::Path<(String, ProgramDraftId, String)>,
    (seen, key): (Seen, IdempotencyKey),
    ask: Json<DraftAct>,
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let (program, draft, verb) = path.into_inner();
    let seen = seen.or(None);
    let r = Reader::of(&services, language::of(&request));
    show::draft_of(&r, who, (Some(&program), draft)).await?;
    let once = Once { operation: "act-on-draft", key: key.0, hash: ask.hash };
    let ask = &ask.value;
    let answer = act(&services, &actor, &once, async |tx| {
        let row = match verb.as_str() {
            "propose" => {
                let (effective_on, reason) = (ask.effective_on, ask.reason.clone());
                let ask = ProposeDraft { draft, seen, effective_on, reason };
                propose_draft(tx, workflow, who, ask).await?
            }
            "publish" => publish_draft(tx, workflow, who, (draft, seen)).await?,
            "send-back" => send_back(tx, workflow, who, (draft, seen)).await?,
            "discard" => discard_draft(tx, workflow, who, (draft, seen)).await?,
            "replay" => {
                let since = ask.since.ok_or(Problem::MalformedRequest)?;
                let (replay, jobs) = begin_replay(tx, workflow, who, (draft, since)).await?;
                let done = DraftDone {
                    draft: draft.to_string(),
                    number: 0,
                    state: replay.state.word(),
                    version: 0,
                    replay: Some(replay.id.to_string()),
                };
                return Ok(Acted { jobs, ..acted(done) });
            }
            _ => return Err(Problem::NotFound),
        };
        Ok(acted(DraftDone::of(&row)))
    })
    .await?;
    // New cases begin on it at once here; other processes hear of it within a second.
    follow(workflow).await?;
    Ok(answer)
}

/// How far a replay has come, its sums, and the first two hundred cases that would be different.
#[utoipa::path(get, path = "/api/v1/programs/{id}/replays/{replay}", tag = "changing programs",
    params(("id" = String, Path), ("replay" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = ReplayView), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found")))]
pub(crate) async fn replay(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    path: web::Path<(String, ProgramReplayId)>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let (program, replay) = path.into_inner();
    Ok(HttpResponse::Ok().json(show::replay(&r, actor.who(), (&program, replay)).await?))
}
