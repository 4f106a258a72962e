//! The versions of programs that a deployment has published: kept for ever, so that a case stays
//! on the one it began with.

use chrono::{DateTime, Utc};
use entities::{ProgramVersionId, Stream, program_version};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QuerySelect};
use serde_json::json;

use crate::{
    CommandError, Refusal,
    program::{Programs, load},
    record::{Batch, append},
};

/// `programs` and every version that the database has: cases may stand on any of them.
///
/// A version that does not read back as it was published is left out, and said in the log: while
/// the service is being upgraded, a newer process writes words that this one does not know. Its
/// cases wait for such a process; all others go on.
///
/// # Errors
/// The database's.
pub async fn with_stored(
    db: &impl ConnectionTrait,
    mut programs: Programs,
) -> Result<Programs, CommandError> {
    for row in program_version::Entity::in_order().all(db).await? {
        if programs.by_hash(&row.hash).is_some() {
            continue;
        }
        match load::canonical(&row.source) {
            Ok(program) if program.hash() == row.hash => programs = programs.with(program),
            _ => tracing::error!(
                program = row.program,
                version = row.number,
                "this version of a program cannot be read: its cases wait for a newer process"
            ),
        }
    }
    Ok(programs)
}

/// How many versions the database has that are not among `programs`: this process leaves their
/// cases alone.
///
/// # Errors
/// The database's.
pub async fn unknown(db: &impl ConnectionTrait, programs: &Programs) -> Result<usize, DbErr> {
    let hashes = program_version::Entity::find()
        .select_only()
        .column(program_version::Column::Hash)
        .into_tuple::<String>();
    let hashes = hashes.all(db).await?;
    Ok(hashes.iter().filter(|hash| programs.by_hash(hash).is_none()).count())
}

/// Publishes those of `programs` that the database does not have: the shipped ones at the first
/// start after an installation. Returns how many.
///
/// # Errors
/// [`Refusal::Organisation`] when a version was published before with another content: its number must
/// be raised; or the database's.
pub async fn publish_new(
    tx: &DatabaseTransaction,
    programs: &Programs,
    now: DateTime<Utc>,
) -> Result<usize, CommandError> {
    let known = program_version::Entity::find().all(tx).await?;
    let mut rows = Vec::new();
    for (hash, program) in programs.versions() {
        if known.iter().any(|row| row.hash == hash) {
            continue;
        }
        let number = i32::try_from(program.version).unwrap_or(i32::MAX);
        if known.iter().any(|row| row.program == program.id() && row.number == number) {
            return Err(Refusal::Organisation(format!(
                "version {number} of {} was published before with another content; raise its \
                 `version:`",
                program.id()
            ))
            .into());
        }
        rows.push(program_version::Model {
            id: ProgramVersionId::at(now),
            program: program.id().to_owned(),
            number,
            hash: hash.to_owned(),
            source: program.canonical(),
            published_at: now,
        });
    }
    for row in &rows {
        let what = json!({ "program": row.program, "version": row.number, "hash": row.hash });
        append(tx, now, Stream::Program, row.id.0, None, ("program_published", what)).await?;
    }
    let count = rows.len();
    let mut batch = Batch::default();
    batch.insert::<program_version::Entity>(rows);
    batch.run(tx).await?;
    Ok(count)
}
