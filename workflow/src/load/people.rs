//! What the rules must know of the people of cases: their other cases, the lists they stand on,
//! who must keep away. Each is read once for all the cases that are asked about.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{
    AccountId, CaseId, Outcome, PersonId, account, award_line, case_file, conflict, person, roster,
    roster_entry,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    on_lists::{Kept, near_lists},
    padded,
};
use crate::{
    CommandError,
    calendar::local_date,
    event::Line,
    program::expression::{PastCase, Roster},
    rules::facts::Facts,
};

/// What was found of all of them.
#[derive(Debug, Default)]
pub(super) struct People {
    filers: BTreeMap<AccountId, PersonId>,
    past: BTreeMap<PersonId, Vec<(CaseId, PastCase)>>,
    rosters: BTreeMap<PersonId, BTreeMap<String, Roster>>,
    conflicts: BTreeMap<PersonId, Vec<PersonId>>,
    recused: BTreeMap<PersonId, BTreeMap<String, Vec<PersonId>>>,
    near_lines: BTreeMap<CaseId, Kept>,
    lines: BTreeMap<CaseId, Vec<Line>>,
}

impl People {
    /// Reads what concerns `cases`.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn about(
        db: &impl ConnectionTrait,
        cases: &[&case_file::Model],
    ) -> Result<Self, CommandError> {
        let subjects: BTreeSet<PersonId> =
            cases.iter().filter_map(|case| case.subject_id).collect();
        let subjects: Vec<PersonId> = subjects.into_iter().collect();
        let accounts: BTreeSet<AccountId> = cases.iter().map(|case| case.filed_by).collect();
        let accounts: Vec<AccountId> = accounts.into_iter().collect();
        let ids: Vec<CaseId> = cases.iter().map(|case| case.id).collect();
        let mut found = Self { filers: filers(db, &accounts).await?, ..Self::default() };
        found.lines = lines(db, &ids).await?;
        let about_nobody = cases.iter().filter(|case| case.subject_id.is_none());
        let lists: Vec<CaseId> = about_nobody.map(|case| case.id).collect();
        found.near_lines = near_lists(db, &lists).await?;
        if !subjects.is_empty() {
            found.past = past(db, &subjects).await?;
            found.rosters = rosters(db, &subjects).await?;
            found.conflicts = conflicts(db, &subjects).await?;
            found.recused = super::recused::recused(db, &subjects).await?;
        }
        Ok(found)
    }

    /// Puts what concerns `case` into its facts.
    pub(super) fn tell(&self, case: &case_file::Model, facts: &mut Facts) {
        facts.filer = self.filers.get(&case.filed_by).copied();
        facts.lines = self.lines.get(&case.id).cloned().unwrap_or_default();
        facts.near_lines = self.near_lines.get(&case.id).cloned().unwrap_or_default();
        let Some(subject) = case.subject_id else { return };
        let past = self.past.get(&subject).map(Vec::as_slice).unwrap_or_default();
        let others = past.iter().filter(|(id, _)| *id != case.id);
        facts.history = others.map(|(_, past)| past.clone()).collect();
        facts.rosters = self.rosters.get(&subject).cloned().unwrap_or_default();
        facts.conflicts = self.conflicts.get(&subject).cloned().unwrap_or_default();
        facts.recused = self.recused.get(&subject).cloned().unwrap_or_default();
    }
}

/// Who filed, where that was a member of staff.
async fn filers(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
) -> Result<BTreeMap<AccountId, PersonId>, CommandError> {
    let rows: Vec<(AccountId, Option<PersonId>)> = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::PersonId])
        .filter(account::Column::Id.is_in(padded(accounts)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(id, person)| Some((id, person?))).collect())
}

/// The lines of the awards, in the order in which they were set.
async fn lines(
    db: &impl ConnectionTrait,
    cases: &[CaseId],
) -> Result<BTreeMap<CaseId, Vec<Line>>, CommandError> {
    let rows = award_line::Entity::find()
        .filter(award_line::Column::CaseId.is_in(padded(cases)))
        .order_by_asc(award_line::Column::Id)
        .all(db)
        .await?;
    let mut found: BTreeMap<CaseId, Vec<Line>> = BTreeMap::new();
    for row in rows {
        found.entry(row.case_id).or_default().push(Line {
            line: row.line,
            payer: row.payer,
            payee_kind: row.payee_kind,
            fen: row.fen,
            basis: row.basis,
            table_version: row.table_version,
        });
    }
    Ok(found)
}

/// A case that came out: whose, which, of what program, how, when it ended, when it was filed.
type Out = (
    Option<PersonId>,
    CaseId,
    String,
    Option<Outcome>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
);

/// The people's cases that came out, newest first.
pub(super) async fn past(
    db: &impl ConnectionTrait,
    people: &[PersonId],
) -> Result<BTreeMap<PersonId, Vec<(CaseId, PastCase)>>, CommandError> {
    use case_file::Column::{EndedAt, Id, Outcome as CameOut, Program, SubjectId, SubmittedAt};
    let rows: Vec<Out> = case_file::Entity::find()
        .select_only()
        .columns([SubjectId, Id, Program, CameOut, EndedAt, SubmittedAt])
        .filter(SubjectId.is_in(padded(people)))
        .filter(CameOut.is_not_null())
        .order_by_desc(Id)
        .into_tuple()
        .all(db)
        .await?;
    let mut found: BTreeMap<PersonId, Vec<(CaseId, PastCase)>> = BTreeMap::new();
    for (person, case, program, outcome, ended_at, submitted_at) in rows {
        let (Some(person), Some(outcome)) = (person, outcome) else { continue };
        let Some(at) = ended_at.or(submitted_at) else { continue };
        let past = PastCase { program, outcome: outcome.word(), on: local_date(at) };
        found.entry(person).or_default().push((case, past));
    }
    Ok(found)
}

/// The person's cases that came out.
///
/// # Errors
/// The database's.
pub async fn history(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<PastCase>, CommandError> {
    let found = past(db, &[person]).await?.remove(&person).unwrap_or_default();
    Ok(found.into_iter().map(|(_, past)| past).collect())
}

/// Where the people stand on the lists that are loaded.
///
/// # Errors
/// The database's.
pub async fn rosters(
    db: &impl ConnectionTrait,
    people: &[PersonId],
) -> Result<BTreeMap<PersonId, BTreeMap<String, Roster>>, CommandError> {
    let lists: Vec<String> = roster::Entity::find()
        .select_only()
        .column(roster::Column::List)
        .into_tuple()
        .all(db)
        .await?;
    if lists.is_empty() {
        return Ok(BTreeMap::new());
    }
    let indexes: Vec<(PersonId, Option<Vec<u8>>)> = person::Entity::find()
        .select_only()
        .columns([person::Column::Id, person::Column::IdIndex])
        .filter(person::Column::Id.is_in(padded(people)))
        .into_tuple()
        .all(db)
        .await?;
    let known: Vec<Vec<u8>> = indexes.iter().filter_map(|(_, index)| index.clone()).collect();
    let on: BTreeSet<(Vec<u8>, String)> = roster_entry::Entity::find()
        .filter(roster_entry::Column::IdIndex.is_in(padded(&known)))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.id_index, row.list))
        .collect();
    let indexes: BTreeMap<PersonId, Option<Vec<u8>>> = indexes.into_iter().collect();
    let stands = |person: &PersonId| {
        let index = indexes.get(person).cloned().flatten();
        let on_list = |list: &String| {
            let there = index.as_ref().is_some_and(|i| on.contains(&(i.clone(), list.clone())));
            (list.clone(), if there { Roster::Listed } else { Roster::NotListed })
        };
        (*person, lists.iter().map(on_list).collect())
    };
    Ok(people.iter().map(stands).collect())
}

/// Who must keep away from whose cases.
async fn conflicts(
    db: &impl ConnectionTrait,
    people: &[PersonId],
) -> Result<BTreeMap<PersonId, Vec<PersonId>>, CommandError> {
    let rows = conflict::Entity::find()
        .filter(conflict::Column::WithPersonId.is_in(padded(people)))
        .filter(conflict::Column::ToAt.is_null())
        .all(db)
        .await?;
    let mut found: BTreeMap<PersonId, Vec<PersonId>> = BTreeMap::new();
    for row in rows {
        found.entry(row.with_person_id).or_default().push(row.person_id);
    }
    Ok(found)
}
