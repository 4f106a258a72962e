//! `/api/v1/tasks/{id}/rows`: the lines of a roster, at the step that fills them in.

use std::collections::BTreeMap;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use entities::{CaseRowId, TaskId};
use serde::Deserialize;
use utoipa::ToSchema;
use workflow::{
    CommandError,
    commands::{self, FillRows, LineGiven},
    organise::MOST_BYTES,
    rules::form::Given,
};

use super::act::{Acted, CaseDone, Seen, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body, language,
    read::roster::RosterView,
    show::{self, Reader, RosterOpen},
};

/// Lines that are added or filled in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinesAsk {
    /// The slot's version that was seen; or in `If-Match`.
    #[serde(default)]
    version: Option<i32>,
    rows: Vec<LineAsk>,
}

/// One line: by its id, or by the ID number and name of its person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineAsk {
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    row: Option<CaseRowId>,
    #[serde(default)]
    id_number: String,
    #[serde(default)]
    name: String,
    /// Fields by id: money in fen, days as `2018-09-10`; `null` takes a value out.
    #[serde(default)]
    #[schema(value_type = Object)]
    fields: BTreeMap<String, serde_json::Value>,
}

/// The lines with what each comes to, and what all of them come to by payer.
#[utoipa::path(get, path = "/api/v1/tasks/{id}/rows", tag = "tasks",
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = RosterView), (status = 404, description = "not-found")))]
pub(crate) async fn list(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<TaskId>,
) -> Result<HttpResponse, Problem> {
    let r = Reader::of(&services, language::of(&request));
    let view = show::roster(&r, actor.who(), *id, &RosterOpen::default()).await?;
    let etag = format!("\"{}\"", view.version);
    Ok(HttpResponse::Ok().insert_header(("etag", etag)).json(view))
}

/// Adds lines and fills them in: all, or none; then `errors` names each by `line.column`, what is
/// wrong and what to do. JSON, or `text/csv` (UTF-8, at most 1 MiB) with the columns `id_number`,
/// `name` and the fields by their ids or Chinese titles.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/rows", tag = "tasks", request_body = LinesAsk,
    params(("id" = String, Path, format = Uuid)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CaseDone), (status = 403, description = "not-yours"),
        (status = 404, description = "not-found"),
        (status = 409, description = "stale-version, settled-already, not-now"),
        (status = 422, description = "rows-refused")))]
pub(crate) async fn fill(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    id: web::Path<TaskId>,
    (key, seen, payload): (IdempotencyKey, Seen, web::Payload),
) -> Result<HttpResponse, Problem> {
    let (who, workflow, task) = (actor.who(), &services.workflow, *id);
    let r = Reader::of(&services, language::of(&request));
    let (slot, program) = show::roster_program(&r, who, task).await?;
    let csv = request.content_type() == "text/csv";
    if !csv && request.content_type() != "application/json" {
        return Err(Problem::UnsupportedMediaType);
    }
    let most = if csv { MOST_BYTES } else { json_body::MOST };
    let body = json_body::read(&request, payload.into_inner(), most).await?;
    let (version, lines) = if csv {
        let (_, asks) = commands::step_asks(&program, &slot.path).ok_or(Problem::NotFound)?;
        (None, LineGiven::of_csv(asks, &body).map_err(CommandError::from)?)
    } else {
        let asked: LinesAsk = json_body::parse(&body)?;
        (asked.version, (1..).zip(asked.rows).map(line).collect())
    };
    let hash = json_body::hash(&request, &body);
    let once = Once { operation: "fill-rows", key: key.0, hash };
    let ask = FillRows { task, seen: seen.or(version), lines };
    act(&services, &actor, &once, async |tx| {
        Ok(Acted::of(commands::fill_rows(tx, workflow, who, ask.clone()).await?))
    })
    .await
}

fn line((line, asked): (u64, LineAsk)) -> LineGiven {
    let fields = asked.fields.into_iter().map(|(id, value)| (id, Given::Json(value)));
    LineGiven {
        line,
        row: asked.row,
        id_number: asked.id_number,
        name: asked.name,
        fields: fields.collect(),
    }
}
