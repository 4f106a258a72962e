//! What lies on whose desk, for programs that offer their steps to one of an office: one read of
//! all people's loads, whatever their number.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use entities::{PersonId, TaskState, case_file, task};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
};

use super::padded;
use crate::{
    CommandError,
    program::{Assign, Program},
    rules::{assigning::Desks, facts::Facts},
};

/// A turn that is longer ago counts as none.
const TURNS: TimeDelta = TimeDelta::days(90);

/// Puts into the facts of each case what its program asks for.
///
/// # Errors
/// The database's.
pub(super) async fn tell(
    db: &impl ConnectionTrait,
    cases: &[&case_file::Model],
    facts: &mut [Facts],
    now: DateTime<Utc>,
) -> Result<(), CommandError> {
    let wanting = |facts: &&Facts| Desks::are_wanted(&facts.program);
    let people: BTreeSet<PersonId> =
        facts.iter().filter(wanting).flat_map(|facts| facts.organisation.everybody()).collect();
    if people.is_empty() {
        return Ok(());
    }
    let people: Vec<PersonId> = people.into_iter().collect();
    let load = load(db, &people).await?;
    for (case, facts) in cases.iter().zip(facts) {
        if !Desks::are_wanted(&facts.program) {
            continue;
        }
        facts.desks.load.clone_from(&load);
        if paths(&facts.program, Assign::RoundRobin).next().is_some() {
            facts.desks.turns = turns(db, &facts.program, &people, now).await?;
        }
        if paths(&facts.program, Assign::SameAsBefore).next().is_some() {
            facts.desks.before = before(db, case).await?;
        }
    }
    Ok(())
}

/// The steps that are offered in that way.
fn paths(program: &Program, by: Assign) -> impl Iterator<Item = &str> {
    let steps = program.steps().into_iter().filter(move |step| step.assign == Some(by));
    steps.map(|step| step.id.as_str())
}

/// How many slots each has in hand.
async fn load(
    db: &impl ConnectionTrait,
    people: &[PersonId],
) -> Result<BTreeMap<PersonId, usize>, CommandError> {
    let rows: Vec<(PersonId, i64)> = task::Entity::find()
        .filter(task::Column::PersonId.is_in(padded(people)))
        .filter(task::Column::State.is_in([TaskState::Open, TaskState::Claimed]))
        .select_only()
        .column(task::Column::PersonId)
        .column_as(task::Column::Id.count(), "held")
        .group_by(task::Column::PersonId)
        .into_tuple()
        .all(db)
        .await?;
    let count = |(person, held)| (person, usize::try_from(held).unwrap_or(usize::MAX));
    Ok(rows.into_iter().map(count).collect())
}

/// When each was last given one of the steps that go by turns.
async fn turns(
    db: &impl ConnectionTrait,
    program: &Program,
    people: &[PersonId],
    now: DateTime<Utc>,
) -> Result<BTreeMap<(String, PersonId), DateTime<Utc>>, CommandError> {
    let of_steps = || {
        task::Entity::find()
            .filter(task::Column::Program.eq(program.id()))
            .filter(task::Column::Path.is_in(paths(program, Assign::RoundRobin)))
            .select_only()
            .column(task::Column::Path)
    };
    // Two reads, for there is an index for each.
    let open = of_steps()
        .column(task::Column::PersonId)
        .column_as(task::Column::OpenedAt.max(), "last")
        .filter(task::Column::PersonId.is_in(padded(people)))
        .filter(task::Column::State.is_in([TaskState::Open, TaskState::Claimed]))
        .group_by(task::Column::Path)
        .group_by(task::Column::PersonId);
    let signed = of_steps()
        .column(task::Column::SignedBy)
        .column_as(task::Column::OpenedAt.max(), "last")
        .filter(task::Column::SignedBy.is_in(padded(people)))
        .filter(task::Column::SignedAt.gte(now - TURNS))
        .group_by(task::Column::Path)
        .group_by(task::Column::SignedBy);
    let mut turns: BTreeMap<(String, PersonId), DateTime<Utc>> = BTreeMap::new();
    for asked in [open, signed] {
        let rows: Vec<(String, PersonId, Option<DateTime<Utc>>)> =
            asked.into_tuple().all(db).await?;
        for (path, person, last) in rows {
            let Some(last) = last else { continue };
            let known = turns.entry((path, person)).or_insert(last);
            *known = last.max(*known);
        }
    }
    Ok(turns)
}

/// Who signed which step in the last case that the person had of the same program.
async fn before(
    db: &impl ConnectionTrait,
    case: &case_file::Model,
) -> Result<BTreeMap<String, PersonId>, CommandError> {
    let Some(subject) = case.subject_id else { return Ok(BTreeMap::new()) };
    let of_case = task::Entity::belongs_to(case_file::Entity)
        .from(task::Column::CaseId)
        .to(case_file::Column::Id);
    let rows: Vec<(String, PersonId)> = task::Entity::find()
        .join(JoinType::InnerJoin, sea_orm::RelationDef::from(of_case))
        .filter(case_file::Column::SubjectId.eq(subject))
        .filter(case_file::Column::Program.eq(case.program.as_str()))
        .filter(case_file::Column::Id.ne(case.id))
        .filter(task::Column::SignedBy.is_not_null())
        .filter(task::Column::Added.is_null())
        .order_by_asc(task::Column::SignedAt)
        .order_by_asc(task::Column::Id)
        .select_only()
        .column(task::Column::Path)
        .column(task::Column::SignedBy)
        .into_tuple()
        .all(db)
        .await?;
    // The last one stands.
    Ok(rows.into_iter().collect())
}
