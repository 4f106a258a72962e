//! Who keeps away from a list: from the lines of a roster, from a round in which cases of people
//! are collected, and from what the place opens that they declared. Of what is alike only one's own
//! number counts here: among hundreds of people some always share one with somebody.

use std::collections::BTreeMap;

use entities::{CaseId, PersonId};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use super::padded;
use crate::{CommandError, rules::recusing};

/// Who keeps away from a case, by why.
pub(super) type Kept = BTreeMap<String, Vec<PersonId>>;

#[derive(FromQueryResult)]
struct One {
    of: CaseId,
    person: PersonId,
    why: String,
}

/// The people of the lines that count, and everybody who is near to one of them. The line of a late
/// task is about the office and not about whose case it is.
const NEAR: &str = "
    WITH line AS (
        SELECT case_row.case_id AS case_id,
            COALESCE(case_row.person_id, gathered.subject_id) AS person_id
        FROM case_row
        LEFT JOIN case_file gathered ON gathered.id = case_row.from_case
            AND case_row.task_id IS NULL
        WHERE case_row.case_id IN (CASES) AND case_row.state <> 'struck'
    ), subject AS (
        SELECT line.case_id, person.id, person.id_index, person.phone_index, person.bank_index,
            person.school_id, person.township_id, person.village_key, person.address_index
        FROM line JOIN person ON person.id = line.person_id
    )
    SELECT subject.case_id AS \"of\", subject.id AS person, 'own_case' AS why
        FROM subject JOIN account ON account.person_id = subject.id
    UNION SELECT subject.case_id, conflict.person_id, 'conflict'
        FROM subject JOIN conflict ON conflict.with_person_id = subject.id
        WHERE conflict.to_at IS NULL
    UNION SELECT subject.case_id, recusal.person_id, recusal.kind
        FROM subject JOIN recusal ON recusal.id_index = subject.id_index
        WHERE recusal.ended_at IS NULL
    UNION SELECT subject.case_id, recusal.person_id, recusal.kind
        FROM subject JOIN recusal ON recusal.unit_id = subject.school_id
        WHERE recusal.ended_at IS NULL AND recusal.kind = 'school'
    UNION SELECT subject.case_id, recusal.person_id, recusal.kind
        FROM subject JOIN recusal ON recusal.unit_id = subject.township_id
        WHERE recusal.ended_at IS NULL AND recusal.kind = 'township'
    UNION SELECT subject.case_id, recusal.person_id, recusal.kind
        FROM subject JOIN recusal ON recusal.unit_id = subject.township_id
            AND recusal.village_key = subject.village_key
        WHERE recusal.ended_at IS NULL AND recusal.kind = 'village'
    UNION SELECT subject.case_id, recusal.person_id, recusal.kind
        FROM subject JOIN recusal ON recusal.address_index = subject.address_index
        WHERE recusal.ended_at IS NULL
    UNION SELECT subject.case_id, own.id, 'same_address'
        FROM subject JOIN person own ON own.address_index = subject.address_index
        JOIN account ON account.person_id = own.id WHERE own.id <> subject.id
    UNION SELECT subject.case_id, own.id, 'same_bank'
        FROM subject JOIN person own ON own.bank_index = subject.bank_index
        JOIN account ON account.person_id = own.id WHERE own.id <> subject.id
    UNION SELECT subject.case_id, own.id, 'same_phone'
        FROM subject JOIN person own ON own.phone_index = subject.phone_index
        JOIN account ON account.person_id = own.id WHERE own.id <> subject.id
    UNION SELECT case_file.id, recusal.person_id, recusal.kind
        FROM case_file JOIN unit ON unit.id = case_file.anchor_id
        JOIN recusal ON recusal.unit_id = unit.seat_id
        WHERE case_file.id IN (CASES) AND recusal.ended_at IS NULL
            AND recusal.kind IN ('township', 'school')";

/// Who keeps away from those `cases`, which are about nobody alone: one read.
///
/// # Errors
/// The database's.
pub async fn near_lists(
    db: &impl ConnectionTrait,
    cases: &[CaseId],
) -> Result<BTreeMap<CaseId, BTreeMap<String, Vec<PersonId>>>, CommandError> {
    let mut found: BTreeMap<CaseId, Kept> = BTreeMap::new();
    if cases.is_empty() {
        return Ok(found);
    }
    let cases = padded(cases);
    let marks: Vec<String> = (1..=cases.len()).map(|n| format!("${n}")).collect();
    let sql = NEAR.replace("CASES", &marks.join(", "));
    let values = cases.iter().map(|case| Value::from(*case));
    let ask = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    for row in One::find_by_statement(ask).all(db).await? {
        let why = recusing::why(&row.why).to_owned();
        found.entry(row.of).or_default().entry(why).or_default().push(row.person);
    }
    // In one order everywhere, whatever the database's is.
    for people in found.values_mut().flat_map(BTreeMap::values_mut) {
        people.sort_unstable();
    }
    Ok(found)
}
