//! The lines of a list at a step: what is entered, what each comes to, what may be done.

use std::collections::BTreeMap;

use entities::{CaseRowId, RowState, TaskId, case_row, task};
use workflow::{
    Actor, CommandError, Refusal, RowFault,
    commands::{self, Private},
    lot::Lot,
    program::{Field, Program, Step, expression::Value},
    rules::{
        authority::Verb,
        form, keeping,
        rosters::{self, Asks, RowAward},
    },
};

use super::{
    Reader,
    case::Case,
    desk,
    fields::{self, own},
    people, progress,
    reader::words_or,
    roster_papers::LinePapers,
    roster_sums::sums,
    samples_drawn, verb_views,
};
use crate::{
    Problem,
    read::{
        FieldKind, FieldView, Words,
        organisation::ImportFault,
        roster::{KeptLine, OpenLine, RosterLine, RosterView},
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
    if !rosters::has_page(&case.program) {
        return Err(Problem::NotFound);
    }
    let of_cases = rosters::of(&case.program).is_none();
    let asks = rosters::asked(&case.program, step);
    let authority = progress::authority(r, actor).await?;
    let may = |verb| authority.may(verb, &case.state, &case.program, Some(&slot)).is_ok();
    let (fills, strikes) = (may(Verb::FillRows), may(Verb::Strike));
    let said = commands::private_by_step(r.db(), r.workflow, &case.state).await?;
    let known = match asks.filter(|asks| asks.anew.is_some()) {
        Some(asks) => commands::private_here(r.db(), r.workflow, &case.state, asks).await?,
        None => commands::private(r.db(), r.workflow, case.file().id).await?,
    };
    let names = people::names(r, case.state.rows.iter().filter_map(|row| row.person_id)).await?;
    let own = rosters::of_thread(&case.state, slot.run_id);
    let rows = shown(r, &case, (&slot, step), own.as_deref())?;
    let papers = LinePapers::of(r, &case, (asks, slot.run_id, &known), &rows).await?;
    let (case, papers) = (&case, &papers);
    let look = Look { r, case, step, asks, known: &known, said: &said, papers, fills, strikes };
    let name = |row: &case_row::Model| match row.person_id {
        Some(person) => names.get(&person).cloned().unwrap_or_default(),
        None => fact(row, "number"),
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
        of_cases,
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
        file_columns: if fills && !of_cases { file_columns(asks) } else { String::new() },
        open: opened.filter(|_| fills || strikes).map(|row| look.opened(row, name(row), open)),
        samples: samples_drawn::of(case),
        faults: open.faults.iter().cloned().map(fault).collect(),
        lines: rows.iter().map(|row| look.line(row, name(row))).collect(),
    })
}

/// The lines that are shown: of a thread its own, those that the step asks about.
fn shown<'c>(
    r: &Reader<'_>,
    case: &'c Case,
    (slot, step): (&task::Model, &Step),
    own: Option<&[String]>,
) -> Result<Vec<&'c case_row::Model>, Problem> {
    let of_thread = |row: &&case_row::Model| own.is_none_or(|keys| keys.contains(&row.key));
    if step.rows.is_some() {
        let scope = case.facts.scope_in(&case.state, r.now, Some(slot.run_id));
        let named = rosters::lines_for(&case.state, step, &scope);
        let named = named.map_err(|stuck| CommandError::from(Refusal::from(stuck)))?;
        return Ok(named.into_iter().filter(of_thread).collect());
    }
    Ok(case.state.rows.iter().filter(of_thread).collect())
}

/// What was known of a case when it became a line.
fn fact(row: &case_row::Model, name: &str) -> String {
    row.facts.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
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

struct Look<'a> {
    r: &'a Reader<'a>,
    case: &'a Case,
    step: &'a Step,
    asks: Option<Asks<'a>>,
    known: &'a Private,
    /// What each step said that is private.
    said: &'a BTreeMap<String, Private>,
    papers: &'a LinePapers<'a>,
    fills: bool,
    strikes: bool,
}

impl Look<'_> {
    /// The fields that are shown of each line: the roster's own, and those of this step.
    fn shown(&self) -> Vec<&Field> {
        let mut shown: Vec<&Field> = Vec::new();
        let own = self.case.program.rows.as_ref().map(|rows| rows.form.as_slice());
        let of_step = self.asks.map(|asks| asks.fields);
        for field in own.into_iter().chain(of_step).flatten() {
            if shown.iter().all(|known| known.id != field.id) {
                shown.push(field);
            }
        }
        shown
    }

    fn values(&self, row: &case_row::Model) -> BTreeMap<String, Value> {
        let open = rosters::fields_of(row);
        let mut values = match self.asks {
            Some(asks) => rosters::said_here(asks, row, open),
            None => open,
        };
        values.extend(self.known.get(&row.id).cloned().unwrap_or_default());
        values.retain(|_, value| *value != Value::Null);
        values
    }

    fn cells(&self, values: &BTreeMap<String, Value>) -> Vec<String> {
        let cell = |field: &&Field| {
            let value = values.get(field.id.as_str()).filter(|value| **value != Value::Null);
            value.map(|value| form::show(value, field, self.r.lang())).unwrap_or_default()
        };
        self.shown().iter().map(cell).collect()
    }

    /// What other steps said of a line before, with their own words; also what stands there now,
    /// as long as this step has not said its own.
    fn kept(&self, row: &case_row::Model) -> Vec<KeptLine> {
        let lot = Lot::of(row);
        let mut kept = lot.kept.clone();
        let own = self.asks.and_then(|asks| asks.anew);
        let of_person = row.person_id.is_some();
        let by = match lot.said_by.as_deref() {
            None if of_person => {
                keeping::kept_step(&self.case.program, self.step).map(|step| step.id.as_str())
            }
            by => by,
        };
        if let (Some(by), Some(own), Some(asks)) = (by, own, self.asks)
            && by != own
        {
            let mut said = rosters::fields_of(row);
            said.retain(|id, _| !of_person || asks.fields.iter().any(|field| *field.id == **id));
            kept.insert(by.to_owned(), said);
            kept.remove(own);
        }
        let program = &self.case.program;
        let steps = program.steps().into_iter().filter_map(|step| {
            let mut said = kept.remove(step.id.as_str())?;
            let private = self.said.get(step.id.as_str()).and_then(|said| said.get(&row.id));
            said.extend(private.cloned().unwrap_or_default());
            let title = words_or(step.title.as_ref(), &step.id);
            Some(KeptLine { step: title, cells: self.cells(&said) })
        });
        steps.collect()
    }

    /// What earlier rounds of a step said of a line, the oldest first.
    fn rounds(&self, row: &case_row::Model) -> Vec<KeptLine> {
        let rounds = Lot::of(row).rounds;
        let mut found = Vec::new();
        for step in self.case.program.steps() {
            let of_step = rounds.get(step.id.as_str());
            for (nth, round) in of_step.into_iter().flatten().enumerate() {
                let mut said = round.said.clone();
                let by = commands::round_name(&step.id, nth);
                let private = self.said.get(&by).and_then(|said| said.get(&row.id));
                said.extend(private.cloned().unwrap_or_default());
                let title = words_or(step.title.as_ref(), &step.id);
                let (zh, en) = (
                    format!("{}（第 {} 轮）", title.zh, nth + 1),
                    format!("{} ({})", title.en, nth + 1),
                );
                found.push(KeptLine { step: Words::new(zh, en), cells: self.cells(&said) });
            }
        }
        found
    }

    fn line(&self, row: &case_row::Model, name: String) -> RosterLine {
        let person = rosters::person_of(row);
        let counts = row.state == RowState::In;
        RosterLine {
            id: row.id.to_string(),
            number: row.position,
            name,
            class: match person.get("class") {
                Some(Value::Text(class)) => class.clone(),
                _ if row.person_id.is_none() => self.about(row),
                _ => String::new(),
            },
            kept: [self.rounds(row), self.kept(row)].concat(),
            counts,
            reason: row.reason.as_deref().map(|code| self.r.reason(code)),
            cells: self.cells(&self.values(row)),
            fen: RowAward::of(row).total().0,
            papers: self.papers.of_line(row.id),
            may_open: if counts {
                self.strikes || self.fills_known() || self.takes_papers(row)
            } else {
                self.fills
            },
        }
    }

    /// The program and the unit of a case that is a line.
    fn about(&self, row: &case_row::Model) -> String {
        let words = |name: &str| {
            let said = ["zh", "en"].map(|lang| fact(row, &format!("{name}_{lang}")));
            let [zh, en] = &said;
            self.r.say(zh, en).to_owned()
        };
        format!("{} · {}", words("program"), words("unit"))
    }

    /// Whether the lines that are there are filled in here, and not only new ones.
    fn fills_known(&self) -> bool {
        self.fills && self.asks.is_some_and(|asks| asks.in_parts)
    }

    /// Whether papers of the line are put in here.
    fn takes_papers(&self, row: &case_row::Model) -> bool {
        self.fills && self.papers.asked(row.id)
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
            papers: if self.takes_papers(row) { self.papers.of_line(row.id) } else { Vec::new() },
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
