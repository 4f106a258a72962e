//! Cases as they are told again: their trails, their forms, what was known around them.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use entities::{
    CaseId, Fen, PersonId, Phase, Stream, account, case_file, case_row, conflict, form_version,
    seat, step_run, trail,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use serde_json::json;

use crate::{
    CommandError, Event, Workflow,
    calendar::{instant, local_date},
    load,
    lot::Lot,
    organisation::{Organisation, Roots},
    program::{Program, expression::PastCase},
    rules::{
        facts::CaseFacts,
        named, recusing,
        replay::{Known, Past, Sat, Tale, Told, Untold},
        selecting,
    },
    vault::{self, Owner},
};

/// Which cases are looked at.
#[derive(Clone, Debug)]
pub struct Look {
    /// The program's id.
    pub program: String,
    /// Filed on this day or later.
    pub since: NaiveDate,
}

impl Look {
    fn cases(&self) -> Select<case_file::Entity> {
        case_file::Entity::find()
            .filter(case_file::Column::Program.eq(self.program.as_str()))
            .filter(case_file::Column::Phase.ne(Phase::Draft))
            .filter(case_file::Column::SubmittedAt.gte(instant(self.since, NaiveTime::MIN)))
    }

    /// How many there are.
    ///
    /// # Errors
    /// The database's.
    pub async fn count(&self, db: &impl ConnectionTrait) -> Result<u64, CommandError> {
        Ok(self.cases().count(db).await?)
    }
}

/// The next `most` of them after `after`.
///
/// # Errors
/// The database's.
pub async fn look(
    db: &impl ConnectionTrait,
    which: &Look,
    after: Option<CaseId>,
    most: u64,
) -> Result<Vec<case_file::Model>, CommandError> {
    let mut query = which.cases().order_by_asc(case_file::Column::Id).limit(most);
    if let Some(after) = after {
        query = query.filter(case_file::Column::Id.gt(after));
    }
    Ok(query.all(db).await?)
}

/// One case with all that happened to it; `under` are the definitions that it will be told under.
///
/// # Errors
/// The database's. `Ok(Err)` for a case whose trail or form cannot be read.
pub async fn tale(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    case: &case_file::Model,
    under: [&Program; 2],
) -> Result<Result<Tale, Untold>, CommandError> {
    let rows = trail::Entity::of(Stream::Case, case.id.0).all(db).await?;
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        let body: serde_json::Value = serde_json::from_str(&row.body)?;
        let what = body.get("what").cloned().unwrap_or_default();
        let Ok(event) = serde_json::from_value::<Event>(what) else {
            return Ok(Err(Untold::Happened(row.kind)));
        };
        let by_person = row.account_id.is_some();
        told.push(Told { at: row.happened_at, by_person, event });
    }
    let Some(forms) = forms(db, workflow, case.id).await? else {
        return Ok(Err(Untold::Happened("the form was erased".to_owned())));
    };
    let mut roots = Roots::default();
    let said: Vec<serde_json::Value> =
        step_run::Entity::of_case(case.id).all(db).await?.into_iter().map(|run| run.said).collect();
    let carried: CaseFacts = serde_json::from_value(case.facts.clone()).unwrap_or_default();
    let values = forms.iter().chain([&carried.form]);
    for (program, values) in values.flat_map(|v| under.map(|program| (program, v))) {
        let more = named::roots(program, values, &said);
        roots.units.extend(more.units);
        roots.divisions.extend(more.divisions);
    }
    for program in under {
        roots.divisions.extend(named::of_parent(program, carried.parent.as_ref()));
    }
    roots.units.extend(case.anchor_id.into_iter().chain(carried.home));
    // Steps may be by the units of the lines.
    let lines = case_row::Entity::of_cases([case.id]).all(db).await?;
    roots.units.extend(lines.into_iter().filter_map(|line| line.unit_id));
    roots.units.sort();
    roots.units.dedup();
    roots.divisions.sort();
    roots.divisions.dedup();
    let mut known = known(db, workflow, case, &roots).await?;
    known.recused = recused(&told, case.subject_id.is_none());
    let lists: Vec<String> = under.into_iter().flat_map(selecting::lists).collect();
    if !lists.is_empty() {
        known.seats = seats(db, case).await?;
    }
    let until = workflow.clock.now();
    Ok(Ok(Tale { draft: before(case), told, forms, known, until }))
}

/// The seats that other cases of the program had, and until when: one that was given back is not
/// among those that are taken now.
async fn seats(
    db: &impl ConnectionTrait,
    case: &case_file::Model,
) -> Result<Vec<Sat>, CommandError> {
    let others: Vec<CaseId> = case_file::Entity::find()
        .filter(case_file::Column::Program.eq(case.program.as_str()))
        .filter(case_file::Column::Id.ne(case.id))
        .select_only()
        .column(case_file::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let rows = case_row::Entity::of_cases(others.iter().copied()).all(db).await?;
    let ids: Vec<_> = others.iter().map(|case| case.0).collect();
    let told = trail::Entity::find()
        .filter(trail::Column::Stream.eq(Stream::Case))
        .filter(trail::Column::StreamId.is_in(load::padded(&ids)))
        .filter(trail::Column::Kind.is_in(["seat_taken", "seat_freed"]))
        .order_by_asc(trail::Column::HappenedAt)
        .order_by_asc(trail::Column::Number)
        .all(db)
        .await?;
    let mut found: Vec<Sat> = Vec::new();
    for one in told {
        let body: serde_json::Value = serde_json::from_str(&one.body)?;
        let what = body.get("what").cloned().unwrap_or_default();
        match serde_json::from_value::<Event>(what)? {
            Event::SeatTaken { row, pool, number } => {
                let line = rows.iter().find(|line| line.id == row);
                let share = line.and_then(|line| Lot::of(line).share);
                let list = pool.split('|').next().unwrap_or_default().to_owned();
                let (case_id, taken_at) = (CaseId(one.stream_id), one.happened_at);
                let seat =
                    seat::Model { pool, number, list, case_id, row_id: row, share, taken_at };
                found.push(Sat { seat, until: None });
            }
            Event::SeatFreed { row, pool, number } => {
                let same = |sat: &&mut Sat| {
                    let seat = &sat.seat;
                    sat.until.is_none()
                        && (seat.row_id, seat.number) == (row, number)
                        && seat.pool == pool
                };
                if let Some(sat) = found.iter_mut().find(same) {
                    sat.until = Some(one.happened_at);
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Who was taken off the people of a step for what they declared, or because something was alike; of
/// a list, for any tie to one of its people.
fn recused(told: &[Told], list: bool) -> Vec<(PersonId, String, DateTime<Utc>)> {
    let mut found = Vec::new();
    for told in told {
        let (Event::StepOpened { opening } | Event::StepMerged { opening, .. }) = &told.event
        else {
            continue;
        };
        let of_people =
            opening.holders.struck.iter().filter(|(why, _)| {
                recusing::is_of_people(why) || (list && recusing::is_a_tie(why))
            });
        for (why, people) in of_people {
            found.extend(people.iter().map(|person| (*person, why.clone(), told.at)));
        }
    }
    found
}

/// The case's row as it was before it was handed in.
fn before(case: &case_file::Model) -> case_file::Model {
    case_file::Model {
        number: None,
        phase: Phase::Draft,
        outcome: None,
        reason: None,
        routing: false,
        suspended: false,
        supplementing: false,
        supplements: 0,
        asked: None,
        facts: json!({}),
        award_fen: Fen(0),
        submitted_at: None,
        accepted_at: None,
        ended_at: None,
        late: false,
        returned_from: None,
        ..case.clone()
    }
}

type Forms = Vec<std::collections::BTreeMap<String, crate::program::expression::Value>>;

/// The forms as they were handed in; none where their key is gone.
async fn forms(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    case: CaseId,
) -> Result<Option<Forms>, CommandError> {
    let rows = form_version::Entity::of_case(case)
        .filter(form_version::Column::RunId.is_null())
        .filter(form_version::Column::Number.gt(0))
        .all(db)
        .await?;
    let Some(key) = vault::key(db, workflow, Owner::Case(case)).await? else {
        return Ok(rows.is_empty().then(Vec::new));
    };
    let mut rows = rows;
    rows.sort_by_key(|row| row.number);
    let mut forms = Vec::with_capacity(rows.len());
    for row in rows {
        let place = row.id.to_string();
        forms.push(vault::open_value(&key, ("form_version", "sealed", &place), &row.sealed)?);
    }
    Ok(Some(forms))
}

async fn known(
    db: &impl ConnectionTrait,
    workflow: &Workflow,
    case: &case_file::Model,
    roots: &Roots,
) -> Result<Known, CommandError> {
    let organisation = Organisation::ever_above(db, roots).await?;
    let filer = account::Entity::find_by_id(case.filed_by).one(db).await?;
    let mut known = Known {
        programs: workflow.programs.clone(),
        calendar: workflow.calendar.now(),
        organisation,
        history: Vec::new(),
        rosters: std::collections::BTreeMap::new(),
        conflicts: Vec::new(),
        recused: Vec::new(),
        filer: filer.and_then(|account| account.person_id),
        seats: Vec::new(),
    };
    let Some(subject) = case.subject_id else { return Ok(known) };
    known.rosters = load::rosters(db, &[subject]).await?.remove(&subject).unwrap_or_default();
    let conflicts =
        conflict::Entity::find().filter(conflict::Column::WithPersonId.eq(subject)).all(db).await?;
    known.conflicts =
        conflicts.into_iter().map(|row| (row.person_id, row.from_at, row.to_at)).collect();
    known.history = history(db, subject, case.id).await?;
    Ok(known)
}

/// The person's other cases that came out, newest first, and when they did.
async fn history(
    db: &impl ConnectionTrait,
    subject: PersonId,
    but: CaseId,
) -> Result<Vec<Past>, CommandError> {
    let files = case_file::Entity::find()
        .filter(case_file::Column::SubjectId.eq(subject))
        .filter(case_file::Column::Outcome.is_not_null())
        .filter(case_file::Column::Id.ne(but))
        .order_by_desc(case_file::Column::Id)
        .all(db)
        .await?;
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = files.iter().map(|file| file.id.0).collect();
    let out = trail::Entity::find()
        .filter(trail::Column::Stream.eq(Stream::Case))
        .filter(trail::Column::StreamId.is_in(load::padded(&ids)))
        .filter(trail::Column::Kind.eq("outcome_reached"))
        .order_by_asc(trail::Column::Number)
        .all(db)
        .await?;
    let when = |case: CaseId| -> Option<DateTime<Utc>> {
        out.iter().find(|row| row.stream_id == case.0).map(|row| row.happened_at)
    };
    let past = |file: case_file::Model| {
        let (out_at, outcome) = (when(file.id)?, file.outcome?);
        let on = |at| PastCase {
            program: file.program.clone(),
            outcome: outcome.word(),
            on: local_date(at),
        };
        let ended = file.ended_at.map(|at| (at, on(at)));
        Some(Past { out_at, ended, before: on(file.submitted_at?) })
    };
    Ok(files.into_iter().filter_map(past).collect())
}
