//! A case that nobody applied for begins: a letter opens it, or somebody whose office may.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use entities::{
    CaseId, Fen, Phase, TimerId, TimerKind, UnitId, case_file, gathering, letter, timer, unit,
};
use sea_orm::{DatabaseTransaction, EntityTrait, QuerySelect, sea_query::LockType};

use super::{
    answer::{Done, finish},
    parent::Before,
    roster,
    submit_case::once_key,
};
use crate::{
    Actor, CommandError, Event, Refusal, Workflow,
    actor::MACHINE,
    calendar::{instant, local_date},
    event::Row,
    load,
    lot::is_gone,
    program::{
        ClockFrom, Program,
        expression::{Scope, Value},
    },
    record::Batch,
    rules::{
        case_number::CaseNumber,
        clock::{CLOSING, due},
        engine::{Engine, budget},
        facts::CaseFacts,
        form,
        letters::Opens,
    },
    state::CaseState,
};

/// How a case that is about nobody begins.
pub(super) struct Begun<'a> {
    /// Who opens it; none: a letter does.
    pub(super) by: Option<Actor>,
    pub(super) letter: Option<&'a letter::Model>,
    /// A case number that is free.
    pub(super) sequence: u32,
    /// What the public has said that opens it, and the id that it was sealed for.
    pub(super) said: Option<(CaseId, Event)>,
    /// The case that went before, with its lines.
    pub(super) parent: Option<Before>,
}

/// A case that nobody applied for: numbered at once; its first step opens when it has collected
/// its lines.
pub(super) async fn begin(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (opens, program): (Opens, &Program),
    begun: Begun<'_>,
) -> Result<Done, CommandError> {
    let Begun { by, letter, sequence, said, parent } = begun;
    let (now, machine) = (workflow.clock.now(), workflow.clock.machine());
    let opener = unit::Entity::find_by_id(opens.opener).one(tx).await?;
    let opener = opener.ok_or(Refusal::NotFound("unit"))?;
    let id = said.as_ref().map_or_else(|| CaseId::at(now), |(id, _)| *id);
    let file = file(workflow, program, &opener, (id, machine));
    let case = file.id;
    let number = CaseNumber::new(&file.county, &program.code, local_date(now).year(), sequence)
        .map_err(|error| CommandError::Stored(error.to_string()))?;
    let before = CaseState::new(case_file::Model { version: 0, ..file });
    let mut batch = Batch::default();
    batch.insert::<case_file::Entity>(vec![before.case.clone()]);
    batch.run(tx).await?;
    let facts = load::facts(tx, workflow, &before.case, now).await?;
    let mut engine = Engine::new(&facts, before.clone(), now);
    add(&mut engine, letter, opens.rows.clone());
    let (known, whole) = parent.map(|parent| (parent.facts, parent.whole)).unzip();
    let form = starts(&engine, program, &opens, known.as_ref())?;
    engine.emit(Event::Filed {
        number: number.to_string(),
        filed_as: (if by.is_some() { "role" } else { "machine" }).to_owned(),
        facts: serde_json::to_value(CaseFacts {
            form,
            parent: known,
            read_on: Some(local_date(now)),
            ..CaseFacts::default()
        })?,
        form: String::new(),
        award: Fen(0),
    });
    if let Some((_, event)) = said {
        engine.emit(event);
    }
    let mut scope = engine.facts.scope(&engine.state, engine.now);
    scope.parent = whole.or(scope.parent.take());
    if by.is_some() {
        engine.state.case.once_key = once(tx, workflow, (&engine, &scope), opener.id).await?;
    }
    roster::begin(tx, workflow, &mut engine, &scope).await?;
    let until = opens.common.as_ref().map(|_| closes(workflow, &opens, now));
    if until.is_none() {
        engine.start_total(ClockFrom::Opened, now).map_err(Refusal::from)?;
    }
    let done = finish(tx, &before, engine, (by, machine), |change| {
        change.routing = until.is_none().then_some(true);
        change.timers.extend(
            until.map(|at| timer::Model::of(case, TimerKind::Gather, TimerId::at(now), at)),
        );
    })
    .await?;
    if let (Some(common), Some(until)) = (opens.common, until) {
        let key = format!("{common}|{}", until.timestamp());
        let mut batch = Batch::default();
        let row = gathering::Model { case_id: case, common, key, until };
        batch.insert::<gathering::Entity>(vec![row]);
        batch.run(tx).await?;
    }
    Ok(done)
}

/// What a unit may open only once, where its program says so: of two at the same instant the
/// second sees the first.
async fn once(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    (engine, scope): (&Engine<'_>, &Scope),
    opener: UnitId,
) -> Result<Option<Vec<u8>>, CommandError> {
    if engine.facts.program.intake.once.is_empty() {
        return Ok(None);
    }
    let row = unit::Entity::find_by_id(opener).lock(LockType::NoKeyUpdate);
    row.select_only().column(unit::Column::Id).into_tuple::<UnitId>().one(tx).await?;
    once_key(tx, workflow, (&engine.state, engine.facts), scope).await
}

fn file(
    workflow: &Workflow,
    program: &Program,
    opener: &unit::Model,
    (id, machine): (CaseId, DateTime<Utc>),
) -> case_file::Model {
    let division: String = opener.division.chars().take(6).collect();
    case_file::Model {
        id,
        number: None,
        program: program.id().to_owned(),
        program_number: i32::try_from(program.version).unwrap_or(1),
        program_hash: program.hash(),
        subject_id: None,
        filed_by: MACHINE,
        filed_as: "machine".to_owned(),
        anchor_id: Some(opener.id),
        county: division,
        phase: Phase::Draft,
        outcome: None,
        reason: None,
        routing: false,
        suspended: false,
        supplementing: false,
        supplements: 0,
        asked: None,
        facts: serde_json::json!({}),
        award_fen: Fen(0),
        once_key: None,
        version: 1,
        trail_number: 0,
        trail_head: Vec::new(),
        calendar_revision: workflow.calendar.revision(),
        submitted_at: None,
        accepted_at: None,
        ended_at: None,
        late: false,
        returned_from: None,
        planned: None,
        created_at: machine,
    }
}

/// What the case's own form starts with: by its rules, or by the letter's keys.
fn starts(
    engine: &Engine<'_>,
    program: &Program,
    opens: &Opens,
    parent: Option<&Value>,
) -> Result<BTreeMap<String, Value>, CommandError> {
    let mut scope = engine.facts.scope(&engine.state, engine.now);
    scope.parent = parent.cloned();
    let mut form = form::starts(&program.form, &scope).map_err(Refusal::from)?;
    for (name, value) in &opens.form {
        if program.field(name).is_some() {
            form.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    let keys = [("opener_unit", Some(opens.opener)), ("holder_unit", opens.holder)];
    for (name, unit) in keys {
        if let Some(unit) = unit.filter(|_| program.field(name).is_some()) {
            form.entry(name.to_owned()).or_insert(Value::Text(unit.to_string()));
        }
    }
    Ok(form)
}

/// When a case has collected its lines: 18:00 of the last working day of the week, or after so
/// long.
pub(super) fn closes(workflow: &Workflow, opens: &Opens, now: DateTime<Utc>) -> DateTime<Utc> {
    let days = workflow.calendar.of(crate::fold::REGION);
    if let Some(day) = opens.close_on {
        return instant(day, CLOSING).max(now);
    }
    match opens.close.as_deref() {
        Some(span) if span != "week" => {
            let span = span.parse().map_or(crate::program::Span::WorkingDays(1), |span| span);
            due(now, budget(span), &days)
        }
        _ => {
            let today = local_date(now);
            let left = 6 - i64::from(today.weekday().num_days_from_monday());
            let open = |day: &NaiveDate| days.is_working(*day) && instant(*day, CLOSING) >= now;
            // Where nothing is left of this week, or it is all holidays, the next one counts.
            let sundays = (0..6).map(|week| today + TimeDelta::days(left + 7 * week));
            let last = sundays.filter_map(|sunday| {
                let mut week = (0..7).map(|back| sunday - TimeDelta::days(back));
                week.find(|day| open(day))
            });
            instant(last.min().unwrap_or(today), CLOSING)
        }
    }
}

/// The letter and its lines; a line that is there already is not there twice. One whose case had
/// gone and comes again counts again.
pub(super) fn add(engine: &mut Engine<'_>, letter: Option<&letter::Model>, rows: Vec<Row>) {
    if let Some(&letter::Model { id: letter, kind, from_case: from, .. }) = letter {
        let body = serde_json::json!({});
        engine.emit(Event::LetterTaken { letter, kind, from, body });
    }
    for row in rows {
        match engine.state.rows.iter().find(|known| known.key == row.key) {
            None => engine.emit(Event::RowJoined { row: Box::new(row) }),
            Some(known) if is_gone(known) => {
                let (row, run, facts) = (known.id, row.run, row.facts);
                engine.emit(Event::RowRenewed { row, run, facts });
            }
            Some(_) => {}
        }
    }
}
