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
) -> Result<Vec<(Option<Kept>, Option<bool>)>, CommandError> {
    let program = &at.facts.program;
    if asks.anew.is_none() || rosters::of(program).is_none() {
        return Ok(Vec::new());
    }
    let before = keeping::kept_step(program, step);
    let both = before.map(|before| keeping::both_ask(before, step)).unwrap_or_default();
    let said = match before {
        Some(before) => private_by_step(tx, workflow, &at.before).await?.remove(before.id.as_str()),
        None => None,
    };
    let one = |(_, id, read): &Written| {
        let row = at.before.rows.iter().find(|row| row.id == *id);
        let lot = row.map(Lot::of).unwrap_or_default();
        // What stands in the line is another's word until this step has said its own.
        let by = lot.said_by.as_deref().or(before.map(|before| before.id.as_str()));
        let by = by.filter(|by| Some(*by) != asks.anew);
        let differs = before.map(|before| {
            let mut earlier = match row.filter(|_| by == Some(before.id.as_str())) {
                Some(row) => rosters::fields_of(row),
                None => lot.kept.get(before.id.as_str()).cloned().unwrap_or_default(),
            };
            let private = said.as_ref().and_then(|said| said.get(id)).cloned();
            earlier.extend(private.unwrap_or_default());
            keeping::differs(&both, (&earlier, &read.values))
        });
        let fields = || asks.fields.iter().map(|field| field.id.to_string()).collect();
        (by.map(|by| Kept { by: by.to_owned(), fields: fields() }), differs)
    };
    Ok(read.iter().map(one).collect())
}

/// Notes it with the lines.
pub(super) fn note(filled: &mut [FilledRow], beside: Vec<(Option<Kept>, Option<bool>)>) {
    for (one, (kept, differs)) in filled.iter_mut().zip(beside) {
        (one.kept, one.differs) = (kept, differs);
    }
}
