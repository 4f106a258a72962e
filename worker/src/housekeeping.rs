//! What is thrown away once a day: drafts that nobody has gone on with, sign-ins that are over,
//! stored answers, jobs done long ago.

use std::{io, time::Duration};

use chrono::TimeDelta;
use entities::{CaseId, Phase, case_file, outbox};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use workflow::{commands, sign_in, tx};

use crate::Services;

/// How often to look.
pub(crate) const PERIOD: Duration = Duration::from_hours(24);

/// So old may a draft grow, and a done job.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Drafts of one read.
const BATCH: u64 = 200;

/// Done jobs of one transaction.
const JOBS: u64 = 1_000;

/// Throws away what is over. May run at any time, anywhere, twice. Returns how many drafts and
/// rows went.
///
/// # Errors
/// The database's.
pub async fn tidy_once(services: &Services) -> Result<u64, DbErr> {
    let drafts = forget_drafts(services).await?;
    let store = &services.workflow.store;
    let now = services.machine();
    let over = tx::write(store, async |tx| sign_in::forget_what_is_over(tx, now).await).await?;
    let rows = over + forget_jobs(services).await?;
    tracing::info!(drafts, rows, "what is over was thrown away");
    Ok(drafts + rows)
}

/// Done long ago, in small transactions: nobody waits for a large one, and what is done stays done.
async fn forget_jobs(services: &Services) -> Result<u64, DbErr> {
    let before = services.machine() - KEPT;
    let mut gone = 0;
    loop {
        let old = outbox::Entity::find()
            .filter(outbox::Column::DoneAt.lt(before))
            .order_by_asc(outbox::Column::Id)
            .select_only()
            .column(outbox::Column::Id)
            .limit(JOBS)
            .into_query();
        let some = outbox::Entity::delete_many().filter(outbox::Column::Id.in_subquery(old));
        let deleted = tx::write(&services.workflow.store, async |tx| some.exec(tx).await).await?;
        gone += deleted.rows_affected;
        if deleted.rows_affected < JOBS {
            return Ok(gone);
        }
    }
}

/// Draft by draft; one that fails holds up no other.
async fn forget_drafts(services: &Services) -> Result<u64, DbErr> {
    let workflow = &services.workflow;
    let before = services.machine() - KEPT;
    let (mut gone, mut last) = (0, None);
    loop {
        let mut old = case_file::Entity::find()
            .filter(case_file::Column::Phase.eq(Phase::Draft))
            .filter(case_file::Column::CreatedAt.lt(before));
        if let Some(last) = last {
            old = old.filter(case_file::Column::Id.gt(last));
        }
        let ids: Vec<CaseId> = old
            .order_by_asc(case_file::Column::Id)
            .select_only()
            .column(case_file::Column::Id)
            .limit(BATCH)
            .into_tuple()
            .all(workflow.store.read())
            .await?;
        last = ids.last().copied();
        if last.is_none() {
            return Ok(gone);
        }
        for case in ids {
            let forgotten = tx::write(&workflow.store, async |tx| {
                commands::forget_draft(tx, case, before).await
            });
            match forgotten.await {
                Ok(true) => {
                    gone += 1;
                    remove_papers(services, case).await;
                }
                Ok(false) => {}
                Err(error) => tracing::error!(case.id = %case, %error, "a draft was not deleted"),
            }
        }
    }
}

/// The encrypted documents. Their key is gone: one that stays behind is noise.
async fn remove_papers(services: &Services, case: CaseId) {
    let folder = services.workflow.papers.join(case.to_string());
    match tokio::fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(case.id = %case, %error, "papers of a draft were left behind");
        }
        _ => {}
    }
}
