//! What people had before: cases of their own, and lists that they stood on.

use std::collections::BTreeMap;

use entities::{CaseId, Outcome, PersonId, RowState, case_file, case_row};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::{grouped, padded, people};
use crate::{CommandError, calendar::local_date, program::expression::PastCase};

/// The cases of people that came out, and the lists of people on which they counted.
///
/// # Errors
/// The database's.
pub async fn stood_on(
    db: &impl ConnectionTrait,
    persons: &[PersonId],
) -> Result<BTreeMap<PersonId, Vec<PastCase>>, CommandError> {
    let own = people::past(db, persons).await?;
    let without_ids = |past: Vec<(CaseId, PastCase)>| past.into_iter().map(|(_, past)| past);
    let mut found: BTreeMap<PersonId, Vec<PastCase>> =
        own.into_iter().map(|(person, past)| (person, without_ids(past).collect())).collect();
    let rows = case_row::Entity::of_people(padded(persons));
    let rows = rows.filter(case_row::Column::State.eq(RowState::In)).all(db).await?;
    let mut cases: Vec<CaseId> = rows.iter().map(|row| row.case_id).collect();
    cases.sort_unstable();
    cases.dedup();
    let files = case_file::Entity::find()
        .filter(case_file::Column::Id.is_in(padded(&cases)))
        .filter(case_file::Column::Outcome.eq(Outcome::Granted))
        .all(db)
        .await?;
    let of_case = grouped(rows, |row| row.case_id);
    for file in files {
        let Some(at) = file.ended_at.or(file.submitted_at) else { continue };
        let past = PastCase {
            program: file.program,
            outcome: Outcome::Granted.word(),
            on: local_date(at),
        };
        for row in of_case.get(&file.id).into_iter().flatten() {
            if let Some(person) = row.person_id {
                found.entry(person).or_default().push(past.clone());
            }
        }
    }
    Ok(found)
}
