//! 离职转办, of what somebody decides in the name of colleagues who are away: whoever receives their
//! work stands in instead.

use chrono::{DateTime, Utc};
use entities::{PersonId, Stream, SubstitutionId, appointment, substitution};
use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::hand_over::HandOver;
use crate::{
    Actor, CommandError, Workflow,
    record::{Batch, append},
};

/// Ends the substitutions in which whoever leaves is named for people of the unit, and names the
/// receiver for the time that is left, as far as they went. Where nobody receives, or the receiver
/// is away or the absent one, they only end. How many.
///
/// # Errors
/// The database's.
pub(super) async fn pass_substitutions(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (actor, person): (Actor, PersonId),
    ask: &HandOver,
) -> Result<usize, CommandError> {
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let there = appointment::Entity::in_units([ask.unit], now).all(tx).await?;
    let rows = substitution::Entity::to_come(ask.from, now)
        .filter(substitution::Column::SubstituteId.eq(ask.from))
        .order_by_asc(substitution::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let theirs = match ask.to {
        Some(to) => substitution::Entity::to_come(to, now).all(tx).await?,
        None => Vec::new(),
    };
    let mut passed = 0;
    for row in rows {
        if !there.iter().any(|held| held.person_id == row.person_id) {
            continue;
        }
        passed += 1;
        let ended = substitution::Model { ended_at: Some(now), ..row.clone() };
        let mut batch = Batch::default();
        batch.change::<substitution::Entity>(&row, &ended);
        let what = ("substitute_ended", json!({ "substitution": row.id, "leaver": ask.from }));
        append(tx, now, Stream::Person, row.person_id.0, Some(actor), what).await?;
        let next = ask.to.filter(|to| can(*to, &row, &theirs)).map(|to| substitution::Model {
            id: SubstitutionId::at(now),
            substitute_id: to,
            from_at: row.from_at.max(now),
            made_by: person,
            made_at: machine,
            ..row.clone()
        });
        if let Some(next) = next {
            named(tx, now, actor, &next).await?;
            batch.insert::<substitution::Entity>(vec![next]);
        }
        batch.run(tx).await?;
    }
    Ok(passed)
}

/// Whether somebody can stand in for that time: not for themselves, and they are there.
fn can(to: PersonId, row: &substitution::Model, theirs: &[substitution::Model]) -> bool {
    let overlaps = |own: &substitution::Model| own.from_at < row.to_at && row.from_at < own.to_at;
    to != row.person_id && !theirs.iter().any(|own| own.person_id == to && overlaps(own))
}

async fn named(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    actor: Actor,
    row: &substitution::Model,
) -> Result<(), CommandError> {
    let what = json!({
        "substitution": row.id, "substitute": row.substitute_id, "from": row.from_at,
        "to": row.to_at, "program": row.program, "most": row.most_fen,
    });
    append(tx, now, Stream::Person, row.person_id.0, Some(actor), ("substitute_named", what)).await
}
