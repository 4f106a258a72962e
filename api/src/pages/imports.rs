//! `/staff/organisation/import`: a file of townships, schools or people, all of it or nothing.

use actix_web::web;
use serde::Deserialize;
use workflow::{
    Actor, CommandError,
    organise::{MOST_BYTES, RowKind, import_rows, read_csv},
    tx,
};

use super::{Answer, Visitor, upload::Upload};
use crate::{Problem, show};

/// What the file is of, and whether it is only looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImportAsk {
    kind: String,
    dry: Option<String>,
    /// The language switch of pages.
    lang: Option<String>,
}

impl ImportAsk {
    fn kind(&self) -> Result<RowKind, Problem> {
        let word = if self.kind.is_empty() { RowKind::People.word() } else { &self.kind };
        RowKind::of_word(word).ok_or(Problem::NotFound)
    }
}

/// Whoever may not import learns nothing of what is wrong with a file.
async fn may(visitor: &Visitor) -> Result<Actor, Problem> {
    let who = visitor.staff()?.who();
    show::may_organise(&visitor.reader(), who).await?;
    Ok(who)
}

/// The form.
pub(crate) async fn show(visitor: Visitor, ask: web::Query<ImportAsk>) -> Answer {
    may(&visitor).await?;
    visitor.page(&show::import_form(ask.kind()?))
}

/// Takes it, or says what is wrong row by row.
pub(crate) async fn import(visitor: Visitor, ask: web::Query<ImportAsk>, upload: Upload) -> Answer {
    let (who, workflow) = (may(&visitor).await?, visitor.workflow());
    let (kind, dry) = (ask.kind()?, ask.dry.is_some());
    let bytes = upload.bytes().map_err(|_| Problem::BodyTooLarge { most: MOST_BYTES })?;
    if bytes.len() > MOST_BYTES {
        return Err(Problem::BodyTooLarge { most: MOST_BYTES });
    }
    let done = async {
        let rows = read_csv(kind, &bytes).map_err(CommandError::from)?;
        tx::write_patiently(&workflow.store, async |tx| {
            import_rows(tx, workflow, Some(who), (kind, dry), &rows).await
        })
        .await
    };
    match done.await {
        Ok(report) => visitor.page(&show::import_view(report)),
        Err(error) => {
            let problem = Problem::from(error);
            let status = problem.kind().status;
            let view = show::import_refused(kind, problem)?;
            visitor.page_with(status, &view)
        }
    }
}
