//! The whole store, row by row, for whoever counts or checks elsewhere: one state of it, page by
//! page, without personal data. What stands in a line is in `docs/export.md`.

mod open;
mod rows;

use std::io;

use entities::{
    account, appointment, award_line, case_file, case_row, clock, document_number, extension,
    letter, notice, outbox, payment, person, program_draft, program_replay, program_version,
    publicity, replayed_case, step_run, substitution, task, timer, trail, unit, voice,
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::Value as Json;

use crate::{Workflow, tx};

/// Rows that are in memory at once.
const PAGE: u64 = 500;

/// Why the store was not written whole.
#[derive(Debug, thiserror::Error)]
pub enum NotExported {
    /// Nobody takes the lines.
    #[error("the lines cannot be written")]
    Write(#[from] io::Error),
    /// The database's.
    #[error("the database failed")]
    Db(#[from] DbErr),
}

/// Takes the lines.
type Sink<'a> = &'a mut (dyn io::Write + Send);

/// Writes every row of the store as one JSON object a line. Returns how many.
///
/// # Errors
/// [`NotExported`]: then what was written is not whole.
pub async fn export(workflow: &Workflow, out: Sink<'_>) -> Result<u64, NotExported> {
    tx::still(&workflow.store, async |tx| whole(tx, out).await).await
}

async fn whole(tx: &DatabaseTransaction, out: Sink<'_>) -> Result<u64, NotExported> {
    let mut lines = 0;
    lines += table(tx, program_version::Column::Id, rows::program, out).await?;
    lines += table(tx, program_draft::Column::Id, rows::program_draft, out).await?;
    lines += table(tx, program_replay::Column::Id, rows::program_replay, out).await?;
    lines += replayed(tx, out).await?;
    lines += table(tx, unit::Column::Id, rows::unit, out).await?;
    lines += table(tx, person::Column::Id, rows::person, out).await?;
    lines += table(tx, account::Column::Id, rows::account, out).await?;
    lines += table(tx, appointment::Column::Id, rows::appointment, out).await?;
    lines += table(tx, substitution::Column::Id, rows::substitution, out).await?;
    lines += table(tx, case_file::Column::Id, rows::case, out).await?;
    lines += table(tx, step_run::Column::Id, rows::step, out).await?;
    lines += table(tx, task::Column::Id, rows::task, out).await?;
    lines += table(tx, clock::Column::Id, rows::clock, out).await?;
    lines += table(tx, extension::Column::Id, rows::extension, out).await?;
    lines += table(tx, timer::Column::Id, rows::timer, out).await?;
    lines += table(tx, publicity::Column::Id, rows::publicity, out).await?;
    lines += table(tx, case_row::Column::Id, rows::row, out).await?;
    lines += table(tx, letter::Column::Id, rows::letter, out).await?;
    lines += table(tx, voice::Column::Id, rows::voice, out).await?;
    lines += table(tx, award_line::Column::Id, rows::award, out).await?;
    lines += table(tx, payment::Column::Id, rows::payment, out).await?;
    lines += table(tx, document_number::Column::CaseId, rows::document_number, out).await?;
    lines += table(tx, notice::Column::Id, rows::notice, out).await?;
    lines += table(tx, outbox::Column::Id, rows::job, out).await?;
    lines += streams(tx, out).await?;
    out.flush()?;
    Ok(lines)
}

/// One table in the order of its key.
async fn table<C, E>(
    tx: &DatabaseTransaction,
    key: C,
    rows_of: impl Fn(&E::Model) -> Vec<Json>,
    out: Sink<'_>,
) -> Result<u64, NotExported>
where
    C: ColumnTrait<EntityName = E>,
    E: EntityTrait<Column = C>,
    E::Model: ModelTrait<Entity = E> + IntoActiveModel<E::ActiveModel>,
{
    let mut last = None;
    let mut lines = 0;
    loop {
        let mut query = E::find().order_by_asc(key).limit(PAGE);
        if let Some(last) = last.take() {
            query = query.filter(key.gt::<sea_orm::Value>(last));
        }
        let page = query.all(tx).await?;
        last = page.last().map(|row| row.get(key));
        if last.is_none() {
            return Ok(lines);
        }
        for line in page.iter().flat_map(&rows_of) {
            write(out, &line)?;
            lines += 1;
        }
    }
}

/// The cases of replays, whose key has two parts.
async fn replayed(tx: &DatabaseTransaction, out: Sink<'_>) -> Result<u64, NotExported> {
    let mut lines = 0;
    let replays = program_replay::Entity::find().order_by_asc(program_replay::Column::Id);
    for replay in replays.all(tx).await? {
        let mut after = None;
        loop {
            let mut query = replayed_case::Entity::of_replay(replay.id).limit(PAGE);
            if let Some(after) = after.take() {
                query = query.filter(replayed_case::Column::CaseId.gt::<sea_orm::Value>(after));
            }
            let page = query.all(tx).await?;
            for line in page.iter().flat_map(rows::replayed_case) {
                write(out, &line)?;
                lines += 1;
            }
            after = page.last().map(|row| row.get(replayed_case::Column::CaseId));
            if after.is_none() {
                break;
            }
        }
    }
    Ok(lines)
}

/// The trail, whose key has three parts.
async fn streams(tx: &DatabaseTransaction, out: Sink<'_>) -> Result<u64, NotExported> {
    let mut last: Option<trail::Model> = None;
    let mut lines = 0;
    loop {
        let page = trail::Entity::after(last.as_ref()).limit(PAGE).all(tx).await?;
        if page.is_empty() {
            return Ok(lines);
        }
        for row in page {
            write(out, &rows::trail(&row))?;
            last = Some(row);
            lines += 1;
        }
    }
}

fn write(out: Sink<'_>, line: &Json) -> Result<(), NotExported> {
    writeln!(out, "{line}")?;
    Ok(())
}
