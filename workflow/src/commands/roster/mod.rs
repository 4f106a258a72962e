//! 填写名册: lines are added and filled in, one by one or from a list, all or none.

mod cases;
mod find;
mod judge;
mod keeping;
mod papers;
mod said;
mod sealed;
mod start;

use std::{collections::BTreeMap, sync::Arc};

use entities::{CaseRowId, PersonId, RowState, TaskId, case_row, person, task};
use sea_orm::DatabaseTransaction;

use super::{
    answer::{Done, finish},
    decide::{AtStep, at_step},
};
use crate::{
    Actor, CommandError, Event, Refusal, RowFault, Said, Workflow,
    event::{FilledRow, Row},
    organise,
    program::{
        Program, Step,
        expression::{Scope, Value},
    },
    rules::{
        authority::Verb,
        engine::Engine,
        form::{self, Given, Reading, read_row},
        rosters::{self, Asks, MOST_LINES},
    },
};

pub(super) use judge::handed_in;
pub use papers::papers_needed;
pub(super) use papers::{OfLine, at_line};
use said::said;
pub(super) use sealed::LINES_FROM;
pub use sealed::{Private, private, private_by_step, private_here, round_name};
pub(super) use start::{begin, come_in};

/// The columns by which a list names a person, in both languages.
const ID_NUMBER: [&str; 2] = ["id_number", "身份证号"];
const NAME: [&str; 2] = ["name", "姓名"];

/// What is said of one line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineGiven {
    /// Where it stands in what was sent, from 1.
    pub line: u64,
    /// The line, where it is there already.
    pub row: Option<CaseRowId>,
    /// Else the person's ID number,
    pub id_number: String,
    /// and name, which must be that of the number.
    pub name: String,
    /// What is entered, by field.
    pub fields: BTreeMap<String, Given>,
}

/// Lines that are filled in.
#[derive(Clone, Debug)]
pub struct FillRows {
    /// The slot of whoever fills them in.
    pub task: TaskId,
    /// The slot's version that was seen.
    pub seen: Option<i32>,
    /// All of them are taken, or none.
    pub lines: Vec<LineGiven>,
}

impl LineGiven {
    /// The lines of a CSV file: `id_number`, `name` and the fields of the step by their ids, or by
    /// their Chinese titles.
    ///
    /// # Errors
    /// [`Refusal::Rows`] for what is no such file.
    pub fn of_csv(asks: Asks<'_>, bytes: &[u8]) -> Result<Vec<Self>, Refusal> {
        let rows = organise::read_list(bytes)?;
        let cell = |row: &organise::Row, names: &[&str]| {
            names.iter().find_map(|name| row.cells.get(*name)).cloned()
        };
        let mut lines = Vec::new();
        for row in rows {
            let Some(id_number) = cell(&row, &ID_NUMBER) else {
                let said = Said::new(
                    "缺少“身份证号”列；第一行应为列名",
                    "there is no column id_number; the first line names the columns",
                );
                let column = "id_number".to_owned();
                return Err(Refusal::Rows(vec![RowFault { line: 1, column, said }]));
            };
            let fields = asks.fields.iter().filter_map(|field| {
                let title = field.title.as_ref().map_or("", |title| title.zh.as_str());
                let text = cell(&row, &[field.id.as_str(), title])?;
                Some((field.id.to_string(), Given::Text(text)))
            });
            lines.push(Self {
                line: row.line,
                row: None,
                name: cell(&row, &NAME).unwrap_or_default(),
                fields: fields.collect(),
                id_number,
            });
        }
        Ok(lines)
    }
}

/// Adds lines and fills them in: all of them, or none. A line that is added where a case is
/// decided must be whole, and is judged at once; a list that is still made is judged when it is
/// handed in.
///
/// # Errors
/// [`Refusal::Rows`] with every fault at its line; as
/// [`Authority::may`](crate::rules::authority::Authority::may), or the database's.
#[tracing::instrument(skip_all, fields(actor.id = %actor.account, task.id = %ask.task))]
pub async fn fill_rows(
    tx: &DatabaseTransaction,
    workflow: &Workflow,
    actor: Actor,
    ask: FillRows,
) -> Result<Done, CommandError> {
    let at = at_step(tx, workflow, actor, (ask.task, Verb::FillRows, ask.seen)).await?;
    let program = Arc::clone(&at.facts.program);
    let (step, asks) = may_fill(&at, &program)?;
    let mut engine = Engine::new(&at.facts, at.before.clone(), at.now);
    let targets = find::targets(tx, workflow, (&at, step), &ask.lines).await?;
    let new = targets.iter().filter(|target| target.new.is_some()).count();
    if engine.state.rows.len() + new > MOST_LINES {
        return Err(too_many().into());
    }
    let facts = find::facts_of(tx, targets.iter().filter_map(|t| t.new.as_ref()), at.now).await?;
    for target in &targets {
        join(&mut engine, target, (&facts, at.task.run_id, actor.person));
    }
    let known = private_here(tx, workflow, &at.before, asks).await?;
    let read = read(&at, &engine, (asks, &known), ask.lines.iter().zip(&targets))?;
    let reasons = at.facts.shared();
    let mut faults = Vec::new();
    for (line, _, read) in &read {
        faults.extend(read.faults.iter().map(|fault| RowFault {
            line: *line,
            column: fault.field.clone(),
            said: said(reasons, fault),
        }));
    }
    if !faults.is_empty() {
        return Err(Refusal::Rows(faults).into());
    }
    let beside = keeping::beside(tx, workflow, (&at, step, asks), &read).await?;
    let (mut filled, hidden) = parted(asks, &engine, read);
    keeping::note(&mut filled, beside);
    let form = sealed::seal(tx, workflow, (actor, &at), hidden).await?;
    engine.emit(Event::RowsFilled {
        run: Some(at.task.run_id),
        rows: filled,
        form: form.as_ref().map(sealed::sha256),
    });
    if !asks.in_parts {
        let added: Vec<CaseRowId> = targets.iter().map(|target| target.row).collect();
        judge::added(tx, workflow, (actor, &at), &mut engine, &added).await?;
    }
    finish(tx, &at.before, engine, (Some(actor), at.machine), |change| {
        change.forms.extend(form);
    })
    .await
}

/// What the step of a slot asks of lines, as long as they may be filled in there.
fn may_fill<'a>(at: &AtStep, program: &'a Program) -> Result<(&'a Step, Asks<'a>), Refusal> {
    let step = program.step(&at.task.path).ok_or(Refusal::NotFound("step"))?;
    let asks = rosters::asked(program, step).ok_or(Refusal::NotNow { verb: Verb::FillRows })?;
    let signs = |slot: &task::Model| slot.signed_by.is_some() && slot.added.is_none();
    if !asks.own && at.before.slots(at.task.run_id).any(signs) {
        // What an office has put its name under stands.
        return Err(Refusal::NotNow { verb: Verb::FillRows });
    }
    Ok((step, asks))
}

/// The number of a line in its list, as faults quote it.
fn line_number(row: &case_row::Model) -> u64 {
    u64::try_from(row.position).unwrap_or(0)
}

fn too_many() -> Refusal {
    Refusal::Unfit(Said::new(
        format!("一份名册最多 {MOST_LINES} 人，请分成几份"),
        format!("a list holds at most {MOST_LINES} people; split it"),
    ))
}

/// A line that comes into the list, or comes back into it.
fn join(
    engine: &mut Engine<'_>,
    target: &find::Target,
    (facts, run, by): (
        &BTreeMap<PersonId, serde_json::Value>,
        entities::StepRunId,
        Option<PersonId>,
    ),
) {
    if let Some(person) = &target.new {
        let facts = facts.get(&person.id).cloned().unwrap_or_default();
        engine.emit(Event::RowJoined { row: Box::new(line_of(target.row, person, facts)) });
    } else if target.struck {
        let (row, state) = (target.row, RowState::In);
        engine.emit(Event::RowChanged { row, state, reason: None, by, run: Some(run) });
    }
}

/// A person as a line comes in.
fn line_of(id: CaseRowId, person: &person::Model, facts: serde_json::Value) -> Row {
    Row {
        id,
        key: person.id.to_string(),
        unit: None,
        task: None,
        case: None,
        run: None,
        facts,
        person: Some(person.id),
    }
}

/// A line of what was sent, the line of the list, what it says now.
type Written = (u64, CaseRowId, form::Read);

fn read<'l>(
    at: &AtStep,
    engine: &Engine<'_>,
    (asks, known): (Asks<'_>, &Private),
    lines: impl Iterator<Item = (&'l LineGiven, &'l find::Target)>,
) -> Result<Vec<Written>, CommandError> {
    let scope = at.facts.scope_in(&engine.state, at.now, Some(at.task.run_id));
    let how = if asks.in_parts { Reading::Draft } else { Reading::Whole };
    let paid = engine.state.case.outcome.is_some();
    let mut read = Vec::new();
    for (given, target) in lines {
        let Some(row) = engine.state.rows.iter().find(|row| row.id == target.row) else { continue };
        let value = rosters::seen_here(asks, (&engine.state, row), paid);
        let mut before = entered(asks, row, known);
        if target.new.is_some() {
            let scope = Scope { row: Some(Value::Map(value.clone())), ..scope.clone() };
            before.extend(form::starts(asks.fields, &scope).map_err(Refusal::from)?);
        }
        let done = read_row(asks.fields, &given.fields, &before, (&scope, &value), how);
        read.push((given.line, target.row, done));
    }
    Ok(read)
}

/// What stands in the fields of a line that a step asks for.
pub(super) fn entered(
    asks: Asks<'_>,
    row: &case_row::Model,
    known: &Private,
) -> BTreeMap<String, Value> {
    let mut values = rosters::said_here(asks, row, rosters::fields_of(row));
    values.extend(known.get(&row.id).cloned().unwrap_or_default());
    values.retain(|id, value| {
        *value != Value::Null && asks.fields.iter().any(|field| *field.id == **id)
    });
    values
}

type Parted = (Vec<FilledRow>, Private);

/// What may stand in the open, and what is sealed; what was taken out is said to be nothing.
fn parted(asks: Asks<'_>, engine: &Engine<'_>, read: Vec<Written>) -> Parted {
    let (mut filled, mut hidden) = (Vec::new(), Private::new());
    for (_, row, read) in read {
        let (mut open, private) = form::open_and_private(asks.fields, &read.values);
        let before = engine.state.rows.iter().find(|known| known.id == row);
        let said = |row| rosters::said_here(asks, row, rosters::fields_of(row));
        let before = before.map(said).unwrap_or_default();
        let gone = before.keys().filter(|id| {
            asks.fields.iter().any(|field| *field.id == ***id) && !read.values.contains_key(*id)
        });
        open.extend(gone.map(|id| (id.clone(), Value::Null)));
        if !private.is_empty() {
            hidden.insert(row, private);
        }
        let anew = asks.anew.is_some();
        filled.push(FilledRow { fields: open, anew, ..FilledRow::of(row) });
    }
    (filled, hidden)
}

/// The step that a slot is of, with what it asks of lines.
pub fn step_asks<'a>(program: &'a Program, path: &str) -> Option<(&'a Step, Asks<'a>)> {
    let step = program.step(path)?;
    Some((step, rosters::asked(program, step)?))
}
