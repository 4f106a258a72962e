//! Rosters: cases whose lines are people. What is asked of a line, what it comes to, what all
//! lines come to.
//!
//! Source: "Rows" of the program language.

use std::collections::BTreeMap;

use entities::{Fen, RowState, RunState, StepRunId, Verdict, case_row, step_run};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{
    award,
    eligibility::{Answer, answer},
    engine::Engine,
    facts::{CaseFacts, Facts, Stuck, holds},
    keeping, lines,
};
use crate::{
    event::{Event, Line},
    lot::Lot,
    program::{
        Edit, Field, Paper, Program, Step, StepKind,
        expression::{PastCase, Roster, Scope, Value},
        model::Rows,
    },
    state::CaseState,
};

/// Lines of one roster.
pub const MOST_LINES: usize = 1_000;

/// What a line comes to, as it is stored with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RowAward {
    /// Its payable lines.
    pub lines: Vec<Line>,
    /// What it would come to by what was heard after the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Fen>,
}

impl RowAward {
    /// That of a line.
    pub fn of(row: &case_row::Model) -> Self {
        serde_json::from_value(row.award.clone()).unwrap_or_default()
    }

    /// The sum of its lines.
    pub fn total(&self) -> Fen {
        Fen(self.lines.iter().map(|line| line.fen.0).sum())
    }
}

/// The roster of a program whose lines are people.
pub fn of(program: &Program) -> Option<&Rows> {
    program.rows.as_ref().filter(|rows| rows.of == *"person")
}

/// Whether the lines of a program have a page of their own, where steps fill them in: those of
/// people, and those that it makes from something.
pub fn has_page(program: &Program) -> bool {
    program.rows.as_ref().is_some_and(|rows| rows.of == *"person" || rows.from.is_some())
}

/// What a step asks of lines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asks<'a> {
    /// The fields of a line.
    pub fields: &'a [Field],
    /// They are the roster's own, which the list is made of.
    pub own: bool,
    /// All lines are asked, and need be whole only when the step is handed in.
    pub in_parts: bool,
    /// The step, where it says something of its own and what was said before is kept.
    pub anew: Option<&'a str>,
    /// Of people: the step whose word it keeps.
    pub keeps: Option<&'a str>,
    /// The papers of a line, where it is the lines' own form that is asked for.
    pub papers: &'a [Paper],
}

/// What `step` asks of lines: a `fill` step that may add lines asks for the roster's own form, any
/// other one for its `row_form`, or for the lines' own form where it only names lines; a step of
/// another kind that may add lines asks it of the new ones.
pub fn asked<'a>(program: &'a Program, step: &'a Step) -> Option<Asks<'a>> {
    let rows = program.rows.as_ref()?;
    let (adds, fills) = (step.may.contains(&Edit::Add), step.kind == StepKind::Fill);
    let people = of(program).is_some();
    let anew = if people { keeping::speaks(program, step) } else { step.keeps.is_some() };
    let keeps = keeping::kept_step(program, step).filter(|_| people);
    let asks = Asks {
        fields: &rows.form,
        own: false,
        in_parts: true,
        anew: anew.then_some(step.id.as_str()),
        keeps: keeps.map(|step| step.id.as_str()),
        papers: papers_of(program),
    };
    if !step.row_form.is_empty() {
        return Some(Asks { fields: &step.row_form, papers: &[], ..asks });
    }
    if fills && !adds && step.rows.is_some() {
        return Some(asks);
    }
    (adds && people).then_some(Asks { own: true, in_parts: fills, ..asks })
}

/// The papers that the lines of a list of people are asked for; lines that are cases have papers of
/// their own.
pub fn papers_of(program: &Program) -> &[Paper] {
    of(program).map(|rows| rows.papers.as_slice()).unwrap_or_default()
}

/// What `said` of a line counts for a step: where it speaks for itself, not what another said.
pub fn said_here(
    asks: Asks<'_>,
    row: &case_row::Model,
    said: BTreeMap<String, Value>,
) -> BTreeMap<String, Value> {
    if !is_anothers(asks, row) {
        return said;
    }
    if row.person_id.is_none() {
        return BTreeMap::new();
    }
    // Of a person the list itself says more, which stays; and what a later step has said since does
    // not make this one's word another's. It is asked anew where the step before has spoken again.
    let (mut said, lot) = (said, Lot::of(row));
    said.retain(|id, _| asks.fields.iter().all(|field| *field.id != **id));
    if asks.keeps.is_none() || lot.said_by.as_deref() != asks.keeps {
        let own = asks.anew.and_then(|step| lot.kept.get(step)).cloned();
        said.extend(own.unwrap_or_default());
    }
    said
}

/// Whether what stands in a line is another step's word, where this one speaks for itself.
fn is_anothers(asks: Asks<'_>, row: &case_row::Model) -> bool {
    asks.anew.is_some_and(|step| Lot::of(row).said_by.as_deref() != Some(step))
}

/// The open values of a line.
pub fn fields_of(row: &case_row::Model) -> BTreeMap<String, Value> {
    serde_json::from_value(row.fields.clone()).unwrap_or_default()
}

/// What rules read of the person of a line, as it was known when the line came in.
pub fn person_of(row: &case_row::Model) -> BTreeMap<String, Value> {
    let Json::Object(facts) = &row.facts else { return BTreeMap::new() };
    let text = |(name, fact): (&String, &Json)| Some((name.clone(), Value::text(fact.as_str()?)));
    let mut person: BTreeMap<String, Value> = facts.iter().filter_map(text).collect();
    person.extend(row.person_id.map(|id| ("id".to_owned(), Value::text(id.to_string()))));
    person
}

/// A line as expressions read it; `paid`: whether the case has paid what it grants.
pub fn value(row: &case_row::Model, paid: bool) -> BTreeMap<String, Value> {
    let (person, award, lot) = (person_of(row), RowAward::of(row), Lot::of(row));
    let mut map = fields_of(row);
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("key", Value::text(&row.key));
    put("state", Value::text(row.state.word()));
    put("number", Value::Int(row.position.into()));
    put("class", person.get("class").cloned().unwrap_or_else(|| Value::text("")));
    let total = award.total();
    put("paid", Value::Money(if paid { total } else { Fen(0) }));
    let struck = if row.state == RowState::In { total } else { Fen(0) };
    put("due", Value::Money(award.due.unwrap_or(struck)));
    put("person", Value::Map(person));
    put("marks", lines::marks(&lot));
    put("rounds", lines::rounds(&lot));
    put("differs", Value::Bool(lot.other));
    let kept = lot.kept.into_iter().map(|(step, said)| (step, Value::Map(said)));
    put("kept", Value::Map(kept.collect()));
    map
}

/// A line of whatever kind as expressions read it.
pub fn line_value(state: &CaseState, row: &case_row::Model, paid: bool) -> BTreeMap<String, Value> {
    match row.person_id {
        Some(_) => value(row, paid),
        None => lines::row_value(state, row),
    }
}

/// A line as the rules of what a step asks see it: without what another step said in the same
/// fields, where this one speaks for itself.
pub fn seen_here(
    asks: Asks<'_>,
    (state, row): (&CaseState, &case_row::Model),
    paid: bool,
) -> BTreeMap<String, Value> {
    let mut seen = line_value(state, row, paid);
    if is_anothers(asks, row) {
        seen.retain(|id, _| asks.fields.iter().all(|field| *field.id != **id));
    }
    seen
}

/// Whether a pay step of the case is over.
pub(super) fn has_paid(state: &CaseState) -> bool {
    let paid = |run: &step_run::Model| {
        run.kind == entities::RunKind::Pay && run.verdict == Some(Verdict::Done)
    };
    state.runs.iter().any(|run| run.state != RunState::Void && paid(run))
}

/// What is known of the person of a line besides what the line carries.
#[derive(Clone, Debug, Default)]
pub struct Background {
    /// Where they stand on the lists that are loaded.
    pub rosters: BTreeMap<String, Roster>,
    /// Their earlier cases, and the rosters that they stood on.
    pub history: Vec<PastCase>,
}

/// What is wrong with a line: a reason code.
pub type Reason = String;

/// What a line sees: the case, itself as `row`, its person as whom the case is about.
pub fn scope_of(case: &Scope, row: BTreeMap<String, Value>, background: &Background) -> Scope {
    let mut scope = case.clone();
    if let Some(Value::Map(person)) = row.get("person") {
        scope.applicant.clone_from(person);
    }
    scope.rosters.clone_from(&background.rosters);
    scope.history.clone_from(&background.history);
    scope.row = Some(Value::Map(row));
    scope
}

/// Whether a line may stand in the list, and what it comes to.
///
/// # Errors
/// [`Stuck`] when a rule has no value.
pub fn judge(facts: &Facts, scope: &Scope) -> Result<Result<Vec<Line>, Reason>, Stuck> {
    let Some(rows) = of(&facts.program) else { return Ok(Ok(Vec::new())) };
    for rule in rows.eligible.iter().filter(|rule| rule.lines.is_empty()) {
        if matches!(answer(&rule.condition, scope)?, Answer::No) {
            return Ok(Err(rule.refuse.to_string()));
        }
    }
    Ok(Ok(lines_of(facts, scope)?))
}

/// What a line comes to.
///
/// # Errors
/// [`Stuck`] when a rule has no value.
pub fn lines_of(facts: &Facts, scope: &Scope) -> Result<Vec<Line>, Stuck> {
    let Some(rows) = of(&facts.program) else { return Ok(Vec::new()) };
    // The rules of an award are the same; only whose they are is another thing.
    let of_line = Program {
        award: rows.award.clone(),
        eligible: rows.eligible.clone(),
        form: rows.form.clone(),
        ..Program::clone(&facts.program)
    };
    Ok(award::award(&of_line, facts.shared(), scope)?.lines)
}

/// What all lines that count come to: one payable line a line of the program, payer and payee.
pub fn total(program: &Program, state: &CaseState) -> Vec<Line> {
    let declared = of(program).and_then(|rows| rows.award.as_ref());
    let place = |line: &Line| {
        let lines = declared.into_iter().flat_map(|award| &award.lines);
        lines.into_iter().position(|known| known.id == *line.line)
    };
    let mut all: Vec<Line> = Vec::new();
    for row in state.rows.iter().filter(|row| row.state == RowState::In) {
        for line in RowAward::of(row).lines {
            let same = |known: &&mut Line| known.line == line.line && known.payer == line.payer;
            match all.iter_mut().find(same) {
                Some(known) => {
                    known.fen.0 += line.fen.0;
                    add_words(&mut known.table_version, &line.table_version, " ");
                    add_words(&mut known.basis, &line.basis, "; ");
                }
                None => all.push(line),
            }
        }
    }
    all.sort_by_key(place);
    all
}

fn add_words(known: &mut String, more: &str, between: &str) {
    for word in more.split(between).filter(|word| !word.is_empty()) {
        if !known.split(between).any(|one| one == word) {
            known.push_str(between);
            known.push_str(word);
        }
    }
}

/// The lines that `step` asks about: all that count, or those that its `rows:` names.
///
/// # Errors
/// [`Stuck`] when the filter has no value.
pub fn lines_for<'a>(
    state: &'a CaseState,
    step: &Step,
    scope: &Scope,
) -> Result<Vec<&'a case_row::Model>, Stuck> {
    let counts = state.rows.iter().filter(|row| row.state == RowState::In);
    let Some(filter) = &step.rows else { return Ok(counts.collect()) };
    let paid = has_paid(state);
    let mut found = Vec::new();
    for row in counts {
        let value = Value::Map(line_value(state, row, paid));
        let scope = Scope { row: Some(value), ..scope.clone() };
        match holds(filter, &scope) {
            Ok(true) => found.push(row),
            Ok(false) => {}
            // What nobody has said of a line is not so.
            Err(stuck) if stuck.lacks_of("row") => {}
            Err(stuck) => return Err(stuck),
        }
    }
    Ok(found)
}

/// The keys of the lines that a thread is about; none: it is not about lines.
pub fn of_thread(state: &CaseState, run: StepRunId) -> Option<Vec<String>> {
    let said = state.thread_of(Some(run))?.said.get("item")?.clone();
    keys_in(&serde_json::from_value(said).ok()?)
}

/// The keys of the lines of a group, as `by()` makes them; none: it is no group.
pub(super) fn keys_in(item: &Value) -> Option<Vec<String>> {
    let Value::Map(item) = item else { return None };
    let Some(Value::List(rows)) = item.get("rows") else { return None };
    let key = |row: &Value| match row {
        Value::Map(row) => match row.get("key") {
            Some(Value::Text(key)) => Some(key.clone()),
            _ => None,
        },
        _ => None,
    };
    Some(rows.iter().filter_map(key).collect())
}

impl Engine<'_> {
    /// Lines were struck, added or filled in at `run`: what the case comes to is what they come
    /// to now, and signatures that were to stand after a return do not.
    pub fn rows_changed(&mut self, run: StepRunId) {
        let program = std::sync::Arc::clone(&self.facts.program);
        let pays = of(&program).is_some_and(|rows| rows.award.is_some());
        if self.state.case.outcome.is_some() {
            return; // what was granted stands
        }
        if pays {
            let lines = total(&program, &self.state);
            let before = CaseFacts::of(&self.state).lines;
            if lines == before {
                return;
            }
            let from = Fen(before.iter().map(|line| line.fen.0).sum());
            self.emit(Event::AwardRecomputed { from, lines: lines.clone() });
            self.emit(Event::AwardSet { lines });
        }
        self.sign_anew(run);
    }
}

#[cfg(test)]
mod tests;
