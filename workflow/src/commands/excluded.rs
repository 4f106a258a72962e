//! What cannot be had beside what the applicant has already: asked at each handing in, one at a
//! time for one person.

use chrono::Datelike;
use entities::{Outcome, PersonId, case_file, person};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType,
};

use crate::{CommandError, Refusal, Workflow, calendar::local_date, load, program::Program};

/// Lets no other case of this person be handed in until the transaction ends: of two at the same
/// instant the second sees the first. Letters to the person, whose rows name it, go on.
///
/// # Errors
/// The database's.
pub(super) async fn lock_applicant(
    tx: &DatabaseTransaction,
    file: &case_file::Model,
) -> Result<(), CommandError> {
    if let Some(subject) = file.subject_id {
        let row = person::Entity::find_by_id(subject).lock(LockType::NoKeyUpdate);
        row.select_only().column(person::Column::Id).into_tuple::<PersonId>().one(tx).await?;
    }
    Ok(())
}

/// Refused when the person has another case, granted or under way, that cannot be had together
/// with this one, whichever of the two programs says so. Two that may both be had once a year
/// exclude each other within a year.
///
/// # Errors
/// [`Refusal::Excluded`], or the database's.
pub(super) async fn excluded(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (file, own): (&case_file::Model, &Program),
) -> Result<(), CommandError> {
    let Some(subject) = file.subject_id else { return Ok(()) };
    let others = case_file::Entity::of_subject(subject)
        .filter(case_file::Column::Program.ne(own.id()))
        .filter(case_file::Column::Number.is_not_null())
        .all(tx)
        .await?;
    let counts = |other: &&case_file::Model| match other.outcome {
        None => other.ended_at.is_none(),
        Some(outcome) => outcome == Outcome::Granted,
    };
    for other in others.iter().filter(counts) {
        let program = load::program(workflow, other)?;
        if own.is_yearly() && program.is_yearly() && !same_year(other, workflow) {
            continue;
        }
        if own.excludes(program.id()) || program.excludes(own.id()) {
            let (zh, en) = (program.title.zh.clone(), program.title.en.clone());
            let number = other.number.clone().unwrap_or_default();
            return Err(Refusal::Excluded { zh, en, number }.into());
        }
    }
    Ok(())
}

/// Was the other handed in this year?
fn same_year(other: &case_file::Model, workflow: &Workflow) -> bool {
    let year = |at| local_date(at).year();
    other.submitted_at.is_none_or(|at| year(at) == year(workflow.clock.now()))
}
