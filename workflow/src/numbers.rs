//! Case numbers may have gaps: a process takes blocks of fifty from a counter, in a transaction
//! of its own, so that no submission waits for another.

use std::{collections::HashMap, sync::Arc};

use chrono::Datelike;
use entities::{CaseId, case_file, counter};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use tokio::sync::Mutex;

use crate::{CommandError, Refusal, Workflow, calendar::local_date, tx};

/// How many numbers are taken at once.
const BLOCK: i64 = 50;

/// What is left of the blocks this process has taken.
#[derive(Clone, Debug, Default)]
pub struct Numbers(Arc<Mutex<HashMap<String, (i64, i64)>>>);

impl Numbers {
    /// The next sequence number for `case`: of its program and year. Not inside a transaction.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], or the database's.
    pub async fn next(&self, workflow: &Workflow, case: CaseId) -> Result<u32, CommandError> {
        let found = case_file::Entity::find_by_id(case).one(workflow.store.read()).await?;
        let case = found.ok_or(Refusal::NotFound("case"))?;
        let program = crate::load::program(workflow, &case)?;
        self.of(workflow, &program.code).await
    }

    /// The next sequence number of a program's code, for a case that is not there yet. Not inside
    /// a transaction.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(&self, workflow: &Workflow, code: &str) -> Result<u32, CommandError> {
        let year = local_date(workflow.clock.now()).year();
        let name = format!("case/{code}/{year}");
        let mut blocks = self.0.lock().await;
        let (next, end) = blocks.get(&name).copied().unwrap_or((1, 0));
        let (next, end) = if next <= end { (next, end) } else { take(workflow, &name).await? };
        blocks.insert(name, (next + 1, end));
        u32::try_from(next).map_err(|_| CommandError::Stored(format!("case number {next}")))
    }
}

/// Takes a block: its first and last number.
async fn take(workflow: &Workflow, name: &str) -> Result<(i64, i64), DbErr> {
    tx::write(&workflow.store, async |tx| raise(tx, name, BLOCK).await).await
}

/// The next number of a sequence without gaps: the caller's transaction gives it back if it fails.
///
/// # Errors
/// The database's.
pub(crate) async fn raise_by_one(tx: &DatabaseTransaction, name: &str) -> Result<i64, DbErr> {
    Ok(raise(tx, name, 1).await?.1)
}

async fn raise(tx: &DatabaseTransaction, name: &str, by: i64) -> Result<(i64, i64), DbErr> {
    let add = Expr::col((counter::Entity, counter::Column::Value)).add(by);
    let raise = Query::insert()
        .into_table(counter::Entity)
        .columns([counter::Column::Name, counter::Column::Value])
        .values_panic([name.into(), by.into()])
        .on_conflict(
            OnConflict::column(counter::Column::Name).value(counter::Column::Value, add).to_owned(),
        )
        .to_owned();
    tx.execute(&raise).await?;
    let row = counter::Entity::find_by_id(name.to_owned()).lock_exclusive().one(tx).await?;
    let end = row.map_or(by, |row| row.value);
    Ok((end - by + 1, end))
}
