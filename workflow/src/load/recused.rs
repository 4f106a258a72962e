//! Who keeps away from whose cases beside a conflict that is on record: by what they declared, and
//! by what is alike. Of what is alike only the kind is told, never the number itself; numbers are
//! compared by their keyed index, and nothing is opened.

use std::collections::{BTreeMap, BTreeSet};

use entities::PersonId;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use super::padded;
use crate::{CommandError, rules::recusing};

/// Somebody who keeps away, and why.
#[derive(Clone, Debug, FromQueryResult)]
struct Kept {
    subject: PersonId,
    person: PersonId,
    why: String,
}

/// Whose cases somebody keeps away from.
#[derive(FromQueryResult)]
struct Near {
    subject: PersonId,
}

/// A family shares a phone. Those for whom one account acts are one family: a phone that they
/// share says nothing.
fn family(column: &str) -> &'static str {
    if column == "phone_index" {
        "AND NOT EXISTS (SELECT 1 FROM acts_for own JOIN acts_for theirs
            ON theirs.account_id = own.account_id
            WHERE own.person_id = subject.id AND theirs.person_id = other.id)"
    } else {
        ""
    }
}

/// Of whoever has the same number: staff themselves, and staff who have signed in a case of theirs
/// that is under way.
fn alike(column: &str, why: &str) -> String {
    let (family, own) = (family(column), own(column, why));
    format!(
        "{own}
        UNION SELECT subject.id, task.signed_by, '{why}'
            FROM subject JOIN person other ON other.{column} = subject.{column}
            JOIN case_file ON case_file.subject_id = other.id
                AND case_file.phase IN ('filed', 'running')
            JOIN task ON task.case_id = case_file.id AND task.signed_by IS NOT NULL
            WHERE other.id <> subject.id {family}"
    )
}

/// Of staff themselves alone: in one house live several who apply, and strangers in a hostel.
fn own(column: &str, why: &str) -> String {
    format!(
        "UNION SELECT subject.id, other.id, '{why}'
            FROM subject JOIN person other ON other.{column} = subject.{column}
            JOIN account ON account.person_id = other.id
            WHERE other.id <> subject.id"
    )
}

/// Who keeps away from the cases of `people`, by why: one read.
///
/// # Errors
/// The database's.
pub(super) async fn recused(
    db: &impl ConnectionTrait,
    people: &[PersonId],
) -> Result<BTreeMap<PersonId, BTreeMap<String, Vec<PersonId>>>, CommandError> {
    let people = padded(people);
    let marks: Vec<String> = (1..=people.len()).map(|n| format!("${n}")).collect();
    let declared = |on: &str| {
        format!(
            "SELECT subject.id AS subject, recusal.person_id AS person, recusal.kind AS why
            FROM subject JOIN recusal ON {on} WHERE recusal.ended_at IS NULL"
        )
    };
    let sql = format!(
        "WITH subject AS (
            SELECT id, id_index, phone_index, bank_index, school_id, township_id, village_key,
                address_index
            FROM person WHERE id IN ({})
        )
        {} UNION {} UNION {} UNION {} UNION {} {} {} {}",
        marks.join(", "),
        declared("recusal.id_index = subject.id_index"),
        declared("recusal.unit_id = subject.school_id AND recusal.kind = 'school'"),
        declared("recusal.unit_id = subject.township_id AND recusal.kind = 'township'"),
        declared(
            "recusal.unit_id = subject.township_id AND recusal.kind = 'village'
                AND recusal.village_key = subject.village_key"
        ),
        declared("recusal.address_index = subject.address_index"),
        alike("bank_index", recusing::SAME_BANK),
        alike("phone_index", recusing::SAME_PHONE),
        own("address_index", recusing::SAME_ADDRESS),
    );
    let values = people.iter().map(|person| Value::from(*person));
    let ask = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let mut found: BTreeMap<PersonId, BTreeMap<String, Vec<PersonId>>> = BTreeMap::new();
    for row in Kept::find_by_statement(ask).all(db).await? {
        let why = recusing::why(&row.why).to_owned();
        found.entry(row.subject).or_default().entry(why).or_default().push(row.person);
    }
    // In one order everywhere, whatever the database's is.
    for people in found.values_mut().flat_map(BTreeMap::values_mut) {
        people.sort_unstable();
    }
    Ok(found)
}

/// From whose cases of `subjects` one of `people` keeps away, as they declared, as it is on record
/// or because something is alike: asked of each decision, in one read, so that what has come about
/// since a step opened counts.
///
/// # Errors
/// The database's.
pub async fn kept_from(
    db: &impl ConnectionTrait,
    people: &[PersonId],
    subjects: &[PersonId],
) -> Result<BTreeSet<PersonId>, CommandError> {
    if subjects.is_empty() || people.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (people, subjects) = (padded(people), padded(subjects));
    let marks = |from: usize, count: usize| {
        let marks: Vec<String> = (from..from + count).map(|n| format!("${n}")).collect();
        marks.join(", ")
    };
    let who = marks(1, people.len());
    let (bank, phone) = (signed_alike("bank_index", &who), signed_alike("phone_index", &who));
    let sql = format!(
        "SELECT subject.id AS subject FROM person subject
        WHERE subject.id IN ({}) AND (EXISTS (
            SELECT 1 FROM conflict
            WHERE person_id IN ({who}) AND with_person_id = subject.id AND to_at IS NULL
        ) OR EXISTS (
            SELECT 1 FROM recusal
            WHERE recusal.person_id IN ({who}) AND recusal.ended_at IS NULL AND (
                recusal.id_index = subject.id_index
                OR (recusal.kind = 'school' AND recusal.unit_id = subject.school_id)
                OR (recusal.kind = 'township' AND recusal.unit_id = subject.township_id)
                OR (recusal.kind = 'village' AND recusal.unit_id = subject.township_id
                    AND recusal.village_key = subject.village_key)
                OR recusal.address_index = subject.address_index)
        ) OR EXISTS (
            SELECT 1 FROM person own
            WHERE own.id IN ({who}) AND own.id <> subject.id
                AND (own.bank_index = subject.bank_index OR own.phone_index = subject.phone_index
                    OR own.address_index = subject.address_index)
        ) OR {bank} OR {phone})",
        marks(people.len() + 1, subjects.len())
    );
    let values = people.into_iter().chain(subjects).map(Value::from);
    let ask = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = Near::find_by_statement(ask).all(db).await?;
    Ok(rows.into_iter().map(|row| row.subject).collect())
}

/// One of `who` has signed, under way, for somebody else who has the same number.
fn signed_alike(column: &str, who: &str) -> String {
    let family = family(column);
    format!(
        "EXISTS (
            SELECT 1 FROM person other
            JOIN case_file ON case_file.subject_id = other.id
                AND case_file.phase IN ('filed', 'running')
            JOIN task ON task.case_id = case_file.id AND task.signed_by IN ({who})
            WHERE other.{column} = subject.{column} AND other.id <> subject.id {family})"
    )
}
