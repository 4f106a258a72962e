//! The lines of a roster at a step: what is entered, what each comes to, what may be done.

use std::collections::BTreeMap;

use entities::{CaseRowId, RowState, TaskId, case_row, task};
use workflow::{
    Actor, CommandError, Refusal, RowFault,
    commands::{self, Private},
    event::Line,
    program::{Field, Program, Step, expression::Value},
    rules::{
        authority::Verb,
        form,
        rosters::{self, Asks, RowAward},
    },
};

use super::{
    Reader,
    case::Case,
    decision, desk,
    fields::{self, own},
    people, progress,
    reader::words_or,
    verb_views,
};
use crate::{
    Problem,
    read::{
        FieldKind, FieldView, Words,
        organisation::ImportFault,
        roster::{OpenLine, RosterLine, RosterSum, RosterView},
    },
};

/// What stands open on the page, and what was wrong with what was sent.
#[derive(Clone, Debug, Default)]
pub struct RosterOpen {
    /// The line.
    pub row: Option<CaseRowId>,
    /// What was typed, by the names of the fields.
    pub typed: Vec<(String, String)>,
    /// What could not be taken.
    pub faults: Vec<RowFault>,
}

impl RosterOpen {
    /// With what was wrong; the problem itself where it is not of lines.
    ///
    /// # Errors
    /// `problem`.
    pub fn wrong(self, problem: Problem) -> Result<Self, Problem> {
        match problem {
            Problem::Command(CommandError::Refused(Refusal::Rows(faults))) => {
                Ok(Self { faults, ..self })
            }
            problem => Err(problem),
        }
    }
}

/// A roster as the holder of a slot sees it.
///
/// # Errors
/// [`Problem::NotFound`] where there is none, the database's.
pub async fn roster(
    r: &Reader<'_>,
    actor: Actor,
    id: TaskId,
    open: &RosterOpen,
) -> Result<RosterView, Problem> {
    let (slot, file) = desk::task_case(r, actor, id).await?;
    let case = Case::read(r, file).await?;
    let step = case.program.step(&slot.path).ok_or(Problem::NotFound)?;
    rosters::of(&case.program).ok_or(Problem::NotFound)?;
    let asks = rosters::asked(&case.program, step);
    let authority = progress::authority(r, actor).await?;
    let may = |verb| authority.may(verb, &case.state, &case.program, Some(&slot)).is_ok();
    let (fills, strikes) = (may(Verb::FillRows), may(Verb::Strike));
    let known = commands::private(r.db(), r.workflow, case.file().id).await?;
    let names = people::names(r, case.state.rows.iter().filter_map(|row| row.person_id)).await?;
    let look = Look { r, case: &case, step, asks, known: &known, fills, strikes };
    let own = rosters::of_thread(&case.state, slot.run_id);
    let rows: Vec<&case_row::Model> = case
        .state
        .rows
        .iter()
        .filter(|row| own.as_ref().is_none_or(|keys| keys.contains(&row.key)))
        .collect();
    let name = |row: &case_row::Model| {
        row.person_id.and_then(|person| names.get(&person)).cloned().unwrap_or_default()
    };
    let counted: Vec<&case_row::Model> =
        rows.iter().filter(|row| row.state == RowState::In).copied().collect();
    let opened = rows.iter().find(|row| Some(row.id) == open.row);
    let total = rosters::total(&case.program, &case.state);
    let adds = fills && step.may.contains(&workflow::program::Edit::Add) && own.is_none();
    Ok(RosterView {
        task: slot.id.to_string(),
        version: slot.version.into(),
        number: case.key(),
        title: case.title(),
        step: words_or(step.title.as_ref(), &slot.path),
        columns: look
            .shown()
            .iter()
            .map(|field| words_or(field.title.as_ref(), &field.id))
            .collect(),
        counted: counted.len(),
        total_fen: total.iter().map(|line| line.fen.0).sum(),
        sums: sums(&case.program, &total),
        fills,
        strikes,
        add: if adds { look.add(open) } else { Vec::new() },
        file_columns: if fills { file_columns(asks) } else { String::new() },
        open: opened.filter(|_| fills || strikes).map(|row| look.opened(row, name(row), open)),
        faults: open.faults.iter().cloned().map(fault).collect(),
        lines: rows.iter().map(|row| look.line(row, name(row))).collect(),
    })
}

/// What the step of a slot asks of lines, for a list that is sent to it.
///
/// # Errors
/// [`Problem::NotFound`] where it asks nothing, the database's.
pub async fn roster_program(
    r: &Reader<'_>,
    actor: Actor,
    id: TaskId,
) -> Result<(task::Model, std::sync::Arc<Program>), Problem> {
    let (slot, file) = desk::task_case(r, actor, id).await?;
    let program = workflow::load::program(r.workflow, &file)?;
    commands::step_asks(&program, &slot.path).ok_or(Problem::NotFound)?;
    Ok((slot, program))
}

fn fault(fault: RowFault) -> ImportFault {
    let said = Words::new(fault.said.zh, fault.said.en);
    ImportFault { line: fault.line, column: fault.column, said }
}

fn file_columns(asks: Option<Asks<'_>>) -> String {
    let fields = asks.map(|asks| asks.fields).unwrap_or_default();
    let named = fields.iter().map(|field| {
        field.title.as_ref().map_or_else(|| field.id.to_string(), |title| title.zh.clone())
    });
    let all: Vec<String> =
        ["身份证号".to_owned(), "姓名".to_owned()].into_iter().chain(named).collect();
    all.join(", ")
}

/// What a roster grants, line by line and payer by payer.
pub(super) fn payers(case: &Case) -> Vec<RosterSum> {
    sums(&case.program, &case.facts.lines)
}

/// What lines come to, as people read it.
fn sums(program: &Program, lines: &[Line]) -> Vec<RosterSum> {
    let declared = program.rows.iter().filter_map(|rows| rows.award.as_ref());
    let declared: Vec<_> = declared.flat_map(|award| &award.lines).collect();
    if declared.is_empty() {
        return Vec::new();
    }
    let sum = |line: &Line| {
        let known = declared.iter().find(|known| known.id == *line.line);
        RosterSum {
            title: words_or(known.and_then(|known| known.title.as_ref()), &line.line),
            payer: Words::new(decision::payer(&line.payer), line.payer.as_str()),
            payee: payee(&line.payee_kind),
            fen: line.fen.0,
        }
    };
    lines.iter().map(sum).collect()
}

fn payee(word: &str) -> Words {
    match word {
        "person" => Words::new("本人", "the person"),
        "school" => Words::new("学校", "the school"),
        "opener" => Words::new("申报单位", "who applied"),
        other => Words::new(other, other),
    }
}

struct Look<'a> {
    r: &'a Reader<'a>,
    case: &'a Case,
    step: &'a Step,
    asks: Option<Asks<'a>>,
    known: &'a Private,
    fills: bool,
    strikes: bool,
}

impl Look<'_> {
    /// The fields that are shown of each line: the roster's own, and those of this step.
    fn shown(&self) -> Vec<&Field> {
        let mut shown: Vec<&Field> = Vec::new();
        let own = rosters::of(&self.case.program).map(|rows| rows.form.as_slice());
        let of_step = self.asks.map(|asks| asks.fields);
        for field in own.into_iter().chain(of_step).flatten() {
            if shown.iter().all(|known| known.id != field.id) {
                shown.push(field);
            }
        }
        shown
    }

    fn values(&self, row: &case_row::Model) -> BTreeMap<String, Value> {
        let mut values = rosters::fields_of(row);
        values.extend(self.known.get(&row.id).cloned().unwrap_or_default());
        values.retain(|_, value| *value != Value::Null);
        values
    }

    fn line(&self, row: &case_row::Model, name: String) -> RosterLine {
        let values = self.values(row);
        let cell = |field: &&Field| {
            let value = values.get(field.id.as_str());
            value.map(|value| form::show(value, field, self.r.lang())).unwrap_or_default()
        };
        let person = rosters::person_of(row);
        let counts = row.state == RowState::In;
        RosterLine {
            id: row.id.to_string(),
            number: row.position,
            name,
            class: match person.get("class") {
                Some(Value::Text(class)) => class.clone(),
                _ => String::new(),
            },
            counts,
            reason: row.reason.as_deref().map(|code| self.r.reason(code)),
            cells: self.shown().iter().map(cell).collect(),
            fen: RowAward::of(row).total().0,
            may_open: (counts && (self.strikes || self.fills_known())) || (self.fills && !counts),
        }
    }

    /// Whether the lines that are there are filled in here, and not only new ones.
    fn fills_known(&self) -> bool {
        self.fills && self.asks.is_some_and(|asks| asks.in_parts)
    }

    fn opened(&self, row: &case_row::Model, name: String, open: &RosterOpen) -> OpenLine {
        let values = self.values(row);
        let shows = self.fills_known() || row.state != RowState::In;
        let fields = self.asks.filter(|_| self.fills && shows).map(|asks| asks.fields);
        let view = |field: &Field| {
            // What is private stands on no page; left empty it stays as it is.
            let value = values.get(field.id.as_str());
            let hidden = field.is_private() && value.is_some();
            let view = fields::of_step(field, value.filter(|_| !hidden), &self.case.looks);
            if !hidden {
                return over(view, open);
            }
            let kept = value.map(|value| form::show(value, field, self.r.lang()));
            let kept = kept.unwrap_or_default();
            let hint = Words::new(
                format!("已填 {kept}，不改可留空"),
                format!("{kept} is kept unless something is entered"),
            );
            over(FieldView { hint: Some(hint), required: false, ..view }, open)
        };
        let strike = self.strikes && row.state == RowState::In;
        OpenLine {
            id: row.id.to_string(),
            name,
            fields: fields.into_iter().flatten().map(view).collect(),
            strike: strike.then(|| verb_views::reason(self.r, self.step)),
            award: sums(&self.case.program, &RowAward::of(row).lines),
        }
    }

    fn add(&self, open: &RosterOpen) -> Vec<FieldView> {
        let own = [
            own("id_number", Words::new("身份证号", "ID number"), FieldKind::IdNumber, true),
            own(
                "name",
                Words::new("姓名", "Name"),
                FieldKind::Text { long: false, most: Some(50) },
                true,
            ),
        ];
        let fields = self.asks.map(|asks| asks.fields).unwrap_or_default();
        let more = fields.iter().map(|field| fields::of_step(field, None, &self.case.looks));
        let all = own.into_iter().chain(more);
        let new = open.row.is_none();
        all.map(|field| if new { over(field, open) } else { field }).collect()
    }
}

/// What was typed, and what is wrong with it.
fn over(mut field: FieldView, open: &RosterOpen) -> FieldView {
    if let Some((_, typed)) = open.typed.iter().find(|(name, _)| *name == field.id) {
        field.value = Some(typed.clone()).filter(|text| !text.is_empty());
    }
    let column = field.id.strip_prefix("form.").unwrap_or(&field.id);
    if !open.typed.is_empty()
        && let Some(fault) = open.faults.iter().find(|fault| fault.column == column)
    {
        field.error = Some(fault.said.zh.clone());
    }
    field
}
