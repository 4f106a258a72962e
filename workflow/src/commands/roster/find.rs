//! Whom lines are about: people by their ID numbers, and what rules may know of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{CaseRowId, Level, PersonId, RowState, case_row, person};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::{Map, Value as Json};

use super::{super::decide::AtStep, LineGiven};
use crate::{
    CommandError, Refusal, RowFault, Said, Workflow,
    commands::find_by_id_number,
    load::{self, padded},
    organisation::{Organisation, Roots},
    program::{Edit, Step},
    rules::rosters::{self, Background},
};

/// The line that something is said of.
pub(super) struct Target {
    pub(super) row: CaseRowId,
    /// Whom a new line is about.
    pub(super) new: Option<person::Model>,
    /// It had been struck, and is taken in again.
    pub(super) struck: bool,
}

/// Finds, or makes, the line that each of `lines` is about.
///
/// # Errors
/// [`Refusal::Rows`] with every line that is about nobody who may stand in the list.
pub(super) async fn targets(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (at, step): (&AtStep, &Step),
    lines: &[LineGiven],
) -> Result<Vec<Target>, CommandError> {
    let look = Look::at(at, step)?;
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let mut seen: BTreeSet<CaseRowId> = BTreeSet::new();
    for line in lines {
        let target = match line.row {
            Some(id) => look.known(id),
            None => look.by_number(tx, workflow, line).await?,
        };
        match target {
            Ok(target) if seen.insert(target.row) => found.push(target),
            Ok(_) => faults.push(fault(
                line,
                "id_number",
                Said::new(
                    "此人在表中出现两次，请删去一行",
                    "this person is there twice; take one line out",
                ),
            )),
            Err((column, said)) => faults.push(fault(line, column, said)),
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(Refusal::Rows(faults).into()) }
}

/// The line that somebody does something to, or why it is not theirs.
pub(super) fn line(at: &AtStep, step: &Step, row: &case_row::Model) -> Result<Found, Refusal> {
    Ok(Look::at(at, step)?.of_row(row))
}

/// The lines that the step names, where it names some.
fn named(at: &AtStep, step: &Step) -> Result<Option<BTreeSet<CaseRowId>>, Refusal> {
    if step.rows.is_none() {
        return Ok(None);
    }
    let scope = at.facts.scope_in(&at.before, at.now, Some(at.task.run_id));
    let rows = rosters::lines_for(&at.before, step, &scope)?;
    Ok(Some(rows.into_iter().map(|row| row.id).collect()))
}

fn fault(line: &LineGiven, column: &str, said: Said) -> RowFault {
    RowFault { line: line.line, column: column.to_owned(), said }
}

pub(super) type Found = Result<Target, (&'static str, Said)>;

struct Look<'a> {
    state: &'a [case_row::Model],
    adds: bool,
    /// The keys of the lines that this thread is about.
    thread: Option<Vec<String>>,
    /// The lines that the step names.
    named: Option<BTreeSet<CaseRowId>>,
    now: DateTime<Utc>,
}

impl<'a> Look<'a> {
    fn at(at: &'a AtStep, step: &Step) -> Result<Self, Refusal> {
        Ok(Self {
            state: &at.before.rows,
            adds: step.may.contains(&Edit::Add),
            thread: rosters::of_thread(&at.before, at.task.run_id),
            named: named(at, step)?,
            now: at.now,
        })
    }

    fn known(&self, id: CaseRowId) -> Found {
        let row = self.state.iter().find(|row| row.id == id);
        row.map_or_else(
            || Err(("row", Said::new("名册中没有这一行", "there is no such line in the list"))),
            |row| self.of_row(row),
        )
    }

    fn of_row(&self, row: &case_row::Model) -> Found {
        if self.thread.as_ref().is_some_and(|keys| !keys.contains(&row.key)) {
            let said = Said::new("此人不在您的部分，由别的人办理", "this line is not of your part");
            return Err(("row", said));
        }
        if self.named.as_ref().is_some_and(|named| !named.contains(&row.id)) {
            let said = Said::new("本环节不填写这一行", "this step does not ask for this line");
            return Err(("row", said));
        }
        if row.state != RowState::In && !self.adds {
            return Err(("row", Said::new("此人已被剔除", "this line was struck")));
        }
        Ok(Target { row: row.id, new: None, struck: row.state != RowState::In })
    }

    async fn by_number(
        &self,
        tx: &DatabaseTransaction,
        workflow: &Workflow,
        line: &LineGiven,
    ) -> Result<Found, CommandError> {
        if line.id_number.trim().is_empty() {
            let said = Said::new("缺少身份证号，请填写", "the ID number is missing; fill it in");
            return Ok(Err(("id_number", said)));
        }
        let person = match find_by_id_number(tx, workflow, line.id_number.trim()).await {
            Ok(person) => person,
            Err(CommandError::Refused(Refusal::Form(_))) => {
                let said = Said::new("身份证号有误，请核对", "this is no ID number; check it");
                return Ok(Err(("id_number", said)));
            }
            Err(other) => return Err(other),
        };
        // Whoever types a number learns nothing of whom they cannot name.
        let person = person.filter(|person| person.name == line.name.trim());
        let Some(person) = person else {
            let said = Said::new(
                "查无此人，或姓名与身份证号不符；请核对，未建档的先建档",
                "nobody is known by this number and name; check both, and register whoever is new",
            );
            return Ok(Err(("name", said)));
        };
        if let Some(row) = self.state.iter().find(|row| row.person_id == Some(person.id)) {
            return Ok(self.of_row(row));
        }
        if !self.adds || self.thread.is_some() {
            let said = Said::new("此环节不能增加人员", "this step adds nobody to the list");
            return Ok(Err(("id_number", said)));
        }
        let row = CaseRowId::at(self.now);
        Ok(Ok(Target { row, new: Some(person), struck: false }))
    }
}

/// What rules may know of people: their school and township, the county and city of the household
/// by their codes, the class.
pub(super) async fn facts_of<'p>(
    db: &impl ConnectionTrait,
    people: impl Iterator<Item = &'p person::Model>,
    now: DateTime<Utc>,
) -> Result<BTreeMap<PersonId, Json>, CommandError> {
    let people: Vec<&person::Model> = people.collect();
    let mut units: Vec<_> =
        people.iter().flat_map(|p| p.township_id.into_iter().chain(p.school_id)).collect();
    units.sort_unstable();
    units.dedup();
    let around = Organisation::above_all(db, &Roots { units, divisions: Vec::new() }, now).await?;
    let facts = |person: &person::Model| {
        let mut facts = Map::new();
        let mut put = |name: &str, value: Option<String>| {
            facts.extend(value.map(|value| (name.to_owned(), Json::String(value))));
        };
        let home = person.township_id.or(person.school_id);
        let code = |level| Some(around.place(home?, level)?.division.clone());
        let school = person.school_id.map(|id| id.to_string());
        put("school", school.clone());
        put("enrolled_at", school);
        put("township", person.township_id.map(|id| id.to_string()));
        put("county", code(Level::County));
        put("city", code(Level::City));
        put("region", code(Level::Region));
        let of_household = person.township_id.and_then(|home| around.place(home, Level::County));
        put("hukou_county", of_household.map(|county| county.division.clone()));
        put("class", person.class.clone());
        Json::Object(facts)
    };
    Ok(people.into_iter().map(|person| (person.id, facts(person))).collect())
}

/// What is known of the people of lines besides: lists, earlier cases, earlier rosters.
pub(super) async fn backgrounds(
    db: &impl ConnectionTrait,
    people: &[PersonId],
) -> Result<BTreeMap<PersonId, Background>, CommandError> {
    let rosters = load::rosters(db, people).await?;
    let past = load::stood_on(db, people).await?;
    let one = |person: &PersonId| {
        let rosters = rosters.get(person).cloned().unwrap_or_default();
        let history = past.get(person).cloned().unwrap_or_default();
        (*person, Background { rosters, history })
    };
    Ok(people.iter().map(one).collect())
}

/// The people of lines, by their ids.
pub(super) async fn people(
    db: &impl ConnectionTrait,
    ids: &[PersonId],
) -> Result<Vec<person::Model>, CommandError> {
    Ok(person::Entity::find().filter(person::Column::Id.is_in(padded(ids))).all(db).await?)
}
