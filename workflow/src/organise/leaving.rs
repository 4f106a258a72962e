//! Who has left: nobody decides in their name, they decide in nobody's, and nothing opens for them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use entities::{PersonId, Stream, account, appointment, substitution};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement, Value,
};
use serde_json::json;

use crate::{
    Actor, CommandError, Workflow,
    record::{Batch, append},
    sign_in::{end_all_sessions, end_all_tokens},
    tx,
};

/// So long after an appointment has ended, what hung on it is looked for.
const WATCHED: TimeDelta = TimeDelta::days(30);

/// Whoever has nothing left to do with cases, or no duty at all, and whom something still hangs on:
/// an appointment may be ended for a later day.
const LEFT: &str = "
    SELECT DISTINCT ended.person_id AS id FROM appointment ended
    WHERE ended.to_at <= $1 AND ended.to_at > $2 AND ((
        NOT EXISTS (SELECT 1 FROM appointment held
            WHERE held.person_id = ended.person_id AND held.from_at <= $1
                AND (held.to_at IS NULL OR held.to_at > $1)
                AND held.duty IN ('handler', 'head', 'supervisor'))
        AND EXISTS (SELECT 1 FROM substitution
            WHERE ended.person_id IN (substitution.person_id, substitution.substitute_id)
                AND substitution.ended_at IS NULL AND substitution.to_at > $1)
    ) OR (
        NOT EXISTS (SELECT 1 FROM appointment held
            WHERE held.person_id = ended.person_id AND held.from_at <= $1
                AND (held.to_at IS NULL OR held.to_at > $1))
        AND EXISTS (SELECT 1 FROM account
            WHERE account.person_id = ended.person_id
                AND (EXISTS (SELECT 1 FROM session WHERE session.account_id = account.id
                        AND session.ended_at IS NULL AND session.ends_at > $3)
                    OR EXISTS (SELECT 1 FROM bearer_token
                        WHERE bearer_token.account_id = account.id
                            AND bearer_token.ended_at IS NULL)))
    )) ORDER BY id";

/// Ends what hangs on the duties of somebody who has none left: without a duty that has to do with
/// cases, the substitutions that they named and those in which they are named; without any, their
/// sessions and their tokens. Called with the appointment locked that was ended.
///
/// # Errors
/// The database's.
pub(crate) async fn leaves(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    by: Option<Actor>,
    person: PersonId,
) -> Result<(), CommandError> {
    let now = workflow.clock.now();
    let held = appointment::Entity::held_by(person, now).all(tx).await?;
    if !held.iter().any(|held| held.duty.is_of_cases()) {
        end_substitutions(tx, by, (person, now)).await?;
    }
    if held.is_empty() {
        shut_out(tx, workflow, person).await?;
    }
    Ok(())
}

/// Each is told in the trail of whoever is away. Whoever decides by one just now is waited for.
async fn end_substitutions(
    tx: &DatabaseTransaction,
    by: Option<Actor>,
    (person, now): (PersonId, DateTime<Utc>),
) -> Result<(), CommandError> {
    let rows = substitution::Entity::to_come(person, now)
        .order_by_asc(substitution::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    for row in rows {
        let ended = substitution::Model { ended_at: Some(now), ..row.clone() };
        let mut batch = Batch::default();
        batch.change::<substitution::Entity>(&row, &ended);
        batch.run(tx).await?;
        let what = ("substitute_ended", json!({ "substitution": row.id, "leaver": person }));
        append(tx, now, Stream::Person, row.person_id.0, by, what).await?;
    }
    Ok(())
}

/// Signed out everywhere; no machine comes in with their rights.
async fn shut_out(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    person: PersonId,
) -> Result<(), CommandError> {
    let machine = workflow.clock.machine();
    let accounts = account::Entity::find().filter(account::Column::PersonId.eq(person));
    for account in accounts.all(tx).await? {
        end_all_tokens(tx, machine, account.id).await?;
        end_all_sessions(tx, machine, account.id).await?;
    }
    Ok(())
}

/// Ends what hangs on duties that have ended since, on a day that was named before; each person in
/// a transaction of its own. May run at any time, anywhere, twice.
///
/// # Errors
/// The database's, when it cannot be looked at.
pub(crate) async fn settle_leavers(workflow: &Workflow) -> Result<(), DbErr> {
    let db = workflow.store.read();
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let values = [Value::from(now), Value::from(now - WATCHED), Value::from(machine)];
    let asked = Statement::from_sql_and_values(db.get_database_backend(), LEFT, values);
    let rows = db.query_all_raw(asked).await?;
    let found: Result<BTreeSet<PersonId>, DbErr> =
        rows.iter().map(|row| row.try_get::<PersonId>("", "id")).collect();
    for person in found? {
        let left = tx::write(&workflow.store, async |tx| {
            let own = appointment::Entity::find()
                .filter(appointment::Column::PersonId.eq(person))
                .order_by_asc(appointment::Column::Id)
                .lock_shared();
            own.all(tx).await?;
            leaves(tx, workflow, None, person).await
        });
        if let Err(error) = left.await {
            tracing::error!(%error, "what hung on somebody's duties was not ended");
        }
    }
    Ok(())
}
