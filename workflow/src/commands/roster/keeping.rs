//! What a step says of people beside what the step before said of them: the two are compared once
//! both are open, and only whether they differ is kept in the open.

use sea_orm::DatabaseTransaction;

use super::{Written, private_by_step};
use crate::{
    CommandError, Workflow,
    commands::decide::AtStep,
    event::{FilledRow, Kept},
    lot::Lot,
    program::Step,
    rules::{
        keeping,
        rosters::{self, Asks},
    },
};

/// What is put aside of each line that is filled in, and whether what is said now is another.
/// `filled` and `read` are of the same lines.
///
/// # Errors
/// [`CommandError::Seal`], or the database's.
pub(super) async fn beside(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (at, step, asks): (&AtStep, &Step, Asks<'_>),
    read: &[Written],
) -> Result<Vec<(Option<Kept>, bool)>, CommandError> {
    let program = &at.facts.program;
    let people = asks.anew.is_some() && rosters::of(program).is_some();
    let Some(before) = keeping::kept_step(program, step).filter(|_| people) else {
        return Ok(Vec::new());
    };
    let both = keeping::both_ask(before, step);
    let said = private_by_step(tx, workflow, &at.before).await?;
    let said = said.get(before.id.as_str());
    let one = |(_, id, read): &Written| {
        let row = at.before.rows.iter().find(|row| row.id == *id);
        let lot = row.map(Lot::of).unwrap_or_default();
        // What stands in the line is another's word until this step has said its own.
        let first = lot.said_by.as_deref() != asks.anew;
        let mut earlier = match row.filter(|_| first) {
            Some(row) => rosters::fields_of(row),
            None => lot.kept.get(before.id.as_str()).cloned().unwrap_or_default(),
        };
        earlier.extend(said.and_then(|said| said.get(id)).cloned().unwrap_or_default());
        let kept = first.then(|| Kept {
            by: before.id.to_string(),
            fields: asks.fields.iter().map(|field| field.id.to_string()).collect(),
        });
        (kept, keeping::differs(&both, (&earlier, &read.values)))
    };
    Ok(read.iter().map(one).collect())
}

/// Notes it with the lines.
pub(super) fn note(filled: &mut [FilledRow], beside: Vec<(Option<Kept>, bool)>) {
    for (one, (kept, differs)) in filled.iter_mut().zip(beside) {
        (one.kept, one.differs) = (kept, Some(differs));
    }
}
