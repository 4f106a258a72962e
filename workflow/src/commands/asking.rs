//! The words of whoever asks the applicant for more: each time a row, none is ever overwritten.

use entities::{NoteId, NoteKind, note};
use sea_orm::DatabaseTransaction;

use super::decide::AtStep;
use crate::{
    Actor, CommandError, Workflow,
    canonical::{digest, hex},
    event::Asked,
    vault::{self, Owner},
};

/// The row of `words`, sealed; none for no words.
///
/// # Errors
/// [`CommandError::Seal`], or the database's.
pub(super) async fn note_of(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    at: &AtStep,
    said: (NoteKind, &str),
) -> Result<Option<note::Model>, CommandError> {
    let (kind, words) = said;
    if words.trim().is_empty() {
        return Ok(None);
    }
    let case = at.before.case.id;
    let key = vault::key_or_new(tx, workflow, Owner::Case(case), at.machine).await?;
    let id = NoteId::at(at.now);
    let sealed = vault::seal_text(&key, ("note", "sealed", &id.to_string()), words.trim())?;
    Ok(Some(note::Model {
        id,
        case_id: case,
        task_id: at.task.id,
        run_id: at.task.run_id,
        kind,
        sha256: digest(&sealed).to_vec(),
        sealed,
        account_id: actor.account,
        created_at: at.now,
    }))
}

/// `asked`, with where its explanation stands.
pub(super) fn explained(asked: Asked, note: Option<&note::Model>) -> Asked {
    Asked {
        note: note.map(|note| hex(&note.sha256)),
        note_id: note.map(|note| note.id.to_string()),
        ..asked
    }
}
