//! Conflicts of interest: who signs nothing of whose.

use entities::{ConflictId, PersonId, Stream, conflict, person};
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde_json::json;

use super::refused;
use crate::{
    Actor, CommandError, Refusal, Workflow,
    record::{Batch, append},
};

/// A conflict that somebody declares.
#[derive(Clone, Debug)]
pub struct DeclareConflict {
    /// Who keeps away.
    pub person: PersonId,
    /// From whose cases.
    pub with: PersonId,
    /// `relative`, `declared` …; a word, no story.
    pub ground: String,
}

/// Keeps somebody away from somebody else's cases from now on.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::Unfit`] for a conflict with oneself or an empty
/// ground; or the database's.
#[tracing::instrument(skip_all)]
pub async fn declare_conflict(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    ask: DeclareConflict,
) -> Result<ConflictId, CommandError> {
    if ask.person == ask.with || ask.ground.trim().is_empty() {
        return Err(
            refused("回避须指明双方和事由", "a conflict has two persons and a ground").into()
        );
    }
    for person in [ask.person, ask.with] {
        if person::Entity::find_by_id(person).one(tx).await?.is_none() {
            return Err(Refusal::NotFound("person").into());
        }
    }
    let now = workflow.clock.now();
    let id = ConflictId::at(now);
    let row = conflict::Model {
        id,
        person_id: ask.person,
        with_person_id: ask.with,
        ground: ask.ground.trim().to_owned(),
        from_at: now,
        to_at: None,
    };
    let mut batch = Batch::default();
    batch.insert::<conflict::Entity>(vec![row]);
    batch.run(tx).await?;
    let what = ("conflict_declared", json!({ "conflict": id, "with": ask.with }));
    append(tx, now, Stream::Person, ask.person.0, by, what).await?;
    Ok(id)
}
