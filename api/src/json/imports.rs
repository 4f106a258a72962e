//! `/api/v1/organisation/imports`: townships, schools or people from a file, all or none.

use std::collections::BTreeMap;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use utoipa::ToSchema;
use workflow::{
    CommandError,
    organise::{MOST_BYTES, Row, RowKind, import_rows, read_csv},
};

use super::act::{Acted, act};
use crate::{
    Problem, Services,
    actor::Actor,
    idempotency::{IdempotencyKey, Once},
    json_body, language,
    read::organisation::ImportView,
    show::{self, Reader},
};

/// What the file is of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportAsk {
    kind: String,
    #[serde(default)]
    dry: bool,
}

/// Rows by the names of their columns.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowsAsk {
    rows: Vec<BTreeMap<String, String>>,
}

/// Takes all rows, or none: then `errors` names each by `line.column`, what is wrong and what to
/// do. `text/csv` (UTF-8, at most 1 MiB, 1 000 rows) or JSON rows. With `dry` nothing is written.
/// System administrators only.
#[utoipa::path(post, path = "/api/v1/organisation/imports", tag = "organisation",
    request_body = RowsAsk,
    params(("kind" = String, Query, description = "`townships`, `schools`, `people`"),
        ("dry" = Option<bool>, Query)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = ImportView), (status = 403, description = "not-yours"),
        (status = 422, description = "rows-refused")))]
pub(crate) async fn import(
    services: web::Data<Services>,
    request: HttpRequest,
    actor: Actor,
    key: IdempotencyKey,
    (ask, payload): (web::Query<ImportAsk>, web::Payload),
) -> Result<HttpResponse, Problem> {
    let (who, workflow) = (actor.who(), &services.workflow);
    let kind = RowKind::of_word(&ask.kind).ok_or(Problem::MalformedRequest)?;
    show::may_organise(&Reader::of(&services, language::of(&request)), who).await?;
    let csv = request.content_type() == "text/csv";
    if !csv && request.content_type() != "application/json" {
        return Err(Problem::UnsupportedMediaType);
    }
    let most = if csv { MOST_BYTES } else { json_body::MOST };
    let body = json_body::read(&request, payload.into_inner(), most).await?;
    let rows = if csv {
        read_csv(kind, &body).map_err(CommandError::from)?
    } else {
        let asked: RowsAsk = json_body::parse(&body)?;
        let row = |(line, cells): (u64, BTreeMap<String, String>)| Row { line, cells };
        (1..).zip(asked.rows).map(row).collect()
    };
    let once = Once {
        operation: if ask.dry { "try-rows" } else { "import-rows" },
        key: key.0,
        hash: json_body::hash(&request, &body),
    };
    act(&services, &actor, &once, async |tx| {
        let report = import_rows(tx, workflow, Some(who), (kind, ask.dry), &rows).await?;
        let body = show::import_view(report);
        Ok(Acted { status: StatusCode::OK, location: None, body, jobs: Vec::new() })
    })
    .await
}
