//! `/api/v1/tasks`: the queue of a desk, and what can be done at a step.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use entities::{Fen, TaskId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workflow::{CommandError, rules::form::Given};

use super::act::{Acted, CaseDone, Seen, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body::Json,
    language,
    read::{next::NextView, queue::QueueView, staff_case::StaffCaseView},
    show::{self, NextAsk, Open, QueueAsk, Reader, Search},
    verbs::{NAMES, VerbAsk, do_verb, make_anew},
};

/// What comes with a verb; each takes what it needs.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VerbBody {
    /// The slot's version that was seen; or in `If-Match`.
    version: Option<i32>,
    /// `approve-less`: the lower amount, in fen.
    #[schema(value_type = Option<i64>)]
    fen: Option<Fen>,
    /// `refuse`, `refuse-acceptance`, `strike`, `move`: a reason's code.
    reason: Option<String>,
    /// Free words; kept encrypted.
    note: Option<String>,
    /// `return`: `applicant`, or a step's id. `move`: `in`, `waiting`, `out`, or a wish's number.
    to: Option<String>,
    /// `return`: `replay` (all sign again) or `here`.
    mode: Option<String>,
    /// `return`, `request-supplement`: fields of the application to be corrected.
    fields: Vec<String>,
    /// `return`, `request-supplement`: papers to be handed in (again).
    papers: Vec<String>,
    /// `strike`, `move`: the line's id.
    row: Option<String>,
    /// `transfer`, `delegate`, `add-signer`, `ask-opinion`, `copy`, `plan-holder`: who.
    #[schema(value_type = Option<String>, format = Uuid)]
    person: Option<String>,
    /// `add-signer`: `before` or `after`.
    side: Option<String>,
    /// `drop-signer`: the task of whoever is taken off.
    slot: Option<String>,
    /// `plan-holder`: a later step's id.
    step: Option<String>,
    /// The step's own form.
    #[schema(value_type = Object)]
    form: BTreeMap<String, serde_json::Value>,
}

/// Whom or what is searched for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchAsk {
    /// A case number, an ID number, or a whole name.
    text: String,
    /// `todo` or `done`.
    #[serde(default)]
    tab: Option<String>,
}

/// Which fact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShowAsk {
    /// As in the case's facts, such as `person.id_number`.
    fact: String,
}

/// A fact that was masked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Shown {
    fact: String,
    text: String,
}

/// The queue, thirty rows a page; `next` is the key for `after`.
#[utoipa::path(get, path = "/api/v1/tasks", tag = "tasks",
    params(("tab" = Option<String>, Query, description = "`todo` or `done`"),
        ("program" = Option<String>, Query),
        ("light" = Option<String>, Query, description = "`green`, `amber` or `red`"),
        ("search" = Option<String>, Query, description = "Case number; people are searched for by POST"),
        ("after" = Option<String>, Query)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = QueueView), (status = 404, description = "not-found")))]
pub(crate) async fn queue(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    ask: web::Query<QueueAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::queue(&r, actor.who(), &ask, Search::Number).await?))
}

/// The queue of whom is searched for: a person's name or ID number stands in no address. A search
/// by ID number is noted down.
#[utoipa::path(post, path = "/api/v1/tasks/search", tag = "tasks", request_body = SearchAsk,
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = QueueView), (status = 404, description = "not-found")))]
pub(crate) async fn search(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    ask: Json<SearchAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let SearchAsk { text, tab } = ask.value;
    let ask = QueueAsk { search: Some(text), tab, ..QueueAsk::default() };
    Ok(HttpResponse::Ok().json(show::queue(&r, actor.who(), &ask, Search::People).await?))
}

/// What is due first among what one may decide, and why it comes next.
#[utoipa::path(get, path = "/api/v1/tasks/next", tag = "tasks",
    params(("after" = Option<String>, Query, format = Uuid, description = "Not this task"),
        ("like" = Option<String>, Query, format = Uuid,
            description = "First those of the same step of the same version as this task")),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = NextView), (status = 404, description = "not-found")))]
pub(crate) async fn next(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    ask: web::Query<NextAsk>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    Ok(HttpResponse::Ok().json(show::next(&r, actor.who(), *ask).await?))
}

/// One task with its case, and what may be done with it.
#[utoipa::path(get, path = "/api/v1/tasks/{id}", tag = "tasks",
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = StaffCaseView), (status = 404, description = "not-found")))]
pub(crate) async fn one(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<TaskId>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let view = show::staff_case(&r, actor.who(), *id, &Open::default()).await?;
    let etag = format!("\"{}\"", view.version);
    Ok(HttpResponse::Ok().insert_header(("etag", etag)).json(view))
}

/// Shows one masked fact. It is noted down who saw it.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/show", tag = "tasks", request_body = ShowAsk,
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Shown), (status = 404, description = "not-found")))]
pub(crate) async fn reveal(
    services: web::Data<Services>,
    actor: Actor,
    id: web::Path<TaskId>,
    ask: Json<ShowAsk>,
) -> Result<HttpResponse, Problem> {
    let fact = ask.value.fact;
    let text = show::reveal(&services, actor.who(), *id, &fact).await?;
    Ok(HttpResponse::Ok().json(Shown { fact, text }))
}

/// Does something at a step: `claim`, `release`, `accept`, `refuse-acceptance`,
/// `request-supplement`, `approve`, `approve-less`, `refuse`, `return`, `hand-in`, `receive`,
/// `pay`, `strike`, `move`, `close-as-lapsed`, `ask-extension`, `suspend`, `continue`, `transfer`,
/// `delegate`, `give-back`, `add-signer`, `drop-signer`, `ask-opinion`, `give-opinion`, `copy`,
/// `take-back`, `undo`, `plan-holder`, `ask-supplement-again`. An applicant does `hand-in` and `receive` at a step of their own.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/{verb}", tag = "tasks", request_body = VerbBody,
    params(("id" = String, Path, format = Uuid), ("verb" = String, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CaseDone), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found"),
        (status = 409, description = "stale-version, settled-already, not-now, asked-once, seats-gone"),
        (status = 422, description = "invalid-fields, needs-reason, not-less, over-authority, no-seat")))]
pub(crate) async fn verb(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    at: web::Path<(TaskId, String)>,
    (key, seen): (IdempotencyKey, Seen),
    ask: Json<VerbBody>,
) -> Result<HttpResponse, Problem> {
    let (task, verb) = at.into_inner();
    let known = NAMES.iter().find(|(name, _)| *name == verb);
    let (operation, _) = *known.ok_or(Problem::NotFound)?;
    let once = Once { operation, key: key.0, hash: ask.hash };
    let (workflow, who, body) = (&services.workflow, actor.who(), ask.value);
    let ask = VerbAsk {
        version: seen.or(body.version),
        fen: body.fen,
        reason: body.reason,
        note: body.note,
        to: body.to,
        mode: body.mode,
        fields: body.fields,
        papers: body.papers,
        row: body.row,
        person: body.person,
        side: body.side,
        slot: body.slot,
        step: body.step,
        form: body.form.into_iter().map(|(id, value)| (id, Given::Json(value))).collect(),
    };
    let done = act(&services, &actor, &once, async |tx| {
        Ok(Acted::of(do_verb(tx, workflow, who, task, operation, ask.clone()).await?))
    })
    .await;
    let done = match done {
        Err(problem) => Err(make_anew(workflow, task, problem).await?),
        done => done,
    };
    if let Err(Problem::Command(CommandError::Refused(_))) = &done {
        // Who may act may know of the case. Why somebody may not is told to those only who may.
        let r = Reader::of(&services, language::of(&request));
        show::slot_case(&r, who, task).await?;
    }
    done
}
