//! The versions of programs that a deployment has published: kept for ever, so that a case stays
//! on the one it began with.

mod drafts;
mod newly;
mod publishing;
mod rebasing;
mod replaying;
mod tales;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entities::{ProgramVersionId, Stream, program_version};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QuerySelect};
use serde_json::json;

use crate::{
    CommandError, Refusal, Workflow,
    program::{Edition, Programs, load},
    record::{Batch, append},
};

pub use drafts::{SaveDraft, begin_draft, discard_draft, look_at, may_change, save_draft, text_of};
pub use newly::{begin_program, may_begin, may_change_draft};
pub use publishing::{
    ProposeDraft, ProposeEnd, propose_draft, propose_end, publish_draft, send_back,
};
pub use rebasing::{Rebase, RebaseCase, Unmoved, look_ahead, preview, rebase_cases};
pub use replaying::{Looked, begin_replay, replay_all, replay_one, replay_some};
pub use tales::{Look, look, tale};

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
    let rows = program_version::Entity::in_order().all(db).await?;
    for id in in_hand(&rows) {
        let own = rows.iter().filter(|row| row.program == id).map(|row| row.hash.as_str());
        programs = programs.only(id, &own.collect());
    }
    for row in &rows {
        let (from, retired) = (row.effective_on, row.retired_on);
        if programs.knows(&row.hash, from, retired) {
            continue;
        }
        let known = programs.by_hash(&row.hash).map(Ok);
        let program = known.unwrap_or_else(|| load::canonical(&row.source).map(Into::into));
        match program {
            Ok(program) if program.hash() == row.hash => {
                programs = programs.with_edition(Edition { program, from, retired });
            }
            _ => {
                tracing::error!(
                    program = row.program,
                    version = row.number,
                    "this version of a program cannot be read: its cases wait for a newer process"
                );
                programs = programs.beside_unread(&row.hash);
            }
        }
    }
    Ok(programs)
}

/// The programs that the deployment changes itself: what comes with the service does not follow
/// its own versions unasked.
fn in_hand(rows: &[program_version::Model]) -> BTreeSet<&str> {
    let own = rows.iter().filter(|row| row.draft_id.is_some() || row.retired_on.is_some());
    own.map(|row| row.program.as_str()).collect()
}

/// A version's hash, the day from which it counts, the day on which it was retired.
type Standing = (String, Option<NaiveDate>, Option<NaiveDate>);

/// Takes over what another process has published or retired. Returns whether anything was new.
///
/// # Errors
/// The database's.
pub async fn follow(workflow: &Workflow) -> Result<bool, CommandError> {
    let db = workflow.store.read();
    let rows: Vec<Standing> = program_version::Entity::find()
        .select_only()
        .column(program_version::Column::Hash)
        .column(program_version::Column::EffectiveOn)
        .column(program_version::Column::RetiredOn)
        .into_tuple()
        .all(db)
        .await?;
    if rows.iter().all(|(hash, from, retired)| workflow.programs.knows(hash, *from, *retired)) {
        return Ok(false);
    }
    let programs = with_stored(db, workflow.programs.apart()).await?;
    workflow.programs.replace(&programs);
    tracing::info!("the programs have changed");
    Ok(true)
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
    let in_hand = in_hand(&known);
    for (hash, program) in programs.versions() {
        if known.iter().any(|row| row.hash == hash) {
            continue;
        }
        if in_hand.contains(program.id()) {
            tracing::warn!(
                program = program.id(),
                version = program.version,
                "the deployment has changed this program itself: the version that comes with the \
                 service is not published; who wants it takes its text into a draft"
            );
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
            hash,
            source: program.canonical(),
            published_at: now,
            effective_on: None,
            retired_on: None,
            reason: None,
            yaml: None,
            draft_id: None,
            replay_id: None,
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
