//! Cases talk by letters: opening another, telling one's own end. The engine writes them; they
//! are read in a transaction of their own.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use entities::{
    CaseId, CaseRowId, ClockKind, LetterId, LetterKind, Outcome, RunKind, RunState, StepRunId,
    TaskId, UnitId, Verdict, case_row,
};
use serde::{Deserialize, Serialize};

use super::{
    engine::{Engine, budget},
    facts::{Stuck, list_in},
    pools::unit_in,
    rosters,
    threads::threads_of,
};
use crate::{
    calendar::local_date,
    event::{Event, Letter, Opening, Row},
    program::{Lang, Place, Step, expression::Value, model::Gather},
};

/// A letter that opens a case, or adds lines to the one that collects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opens {
    /// Which program.
    pub program: String,
    /// The place whose case it becomes.
    pub opener: UnitId,
    /// The unit whose doing it is about, where it is about one.
    pub holder: Option<UnitId>,
    /// What those have in common that are one case; none: a case of its own.
    pub common: Option<String>,
    /// How long that case collects: `week`, or a length of time.
    pub close: Option<String>,
    /// The last day on which it collects.
    pub close_on: Option<NaiveDate>,
    /// What it is about.
    pub rows: Vec<Row>,
    /// What its form starts with: the parts of the key, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form: BTreeMap<String, Value>,
}

/// A letter that tells how a case came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The step that waits for it.
    pub run: StepRunId,
    pub outcome: Option<Outcome>,
    pub number: Option<String>,
    /// What became of the line that this step put there; none: as the case came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What the line says, such as the place that it has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Value>,
}

/// Which case a letter opens, as its sender has it.
pub(super) struct Wanted<'a> {
    pub(super) program: &'a str,
    pub(super) at_unit: Option<&'a Place>,
    pub(super) gather: Option<&'a Gather>,
    /// From which unit the place is looked up; none: the case's own.
    pub(super) holder: Option<UnitId>,
    pub(super) rows: Vec<Row>,
}

impl Engine<'_> {
    /// Sends a letter; `key` says what caused it.
    pub fn post(
        &mut self,
        kind: LetterKind,
        key: String,
        about: (Option<StepRunId>, Option<TaskId>, Option<CaseId>),
        body: serde_json::Value,
    ) {
        let id = LetterId::derived(self.now, self.bits(&["letter", &key]));
        let (run, task, to) = about;
        let letter = Box::new(Letter { id, kind, key, run, task, to, body });
        self.emit(Event::LetterSent { letter });
    }

    /// Sends the letter that opens a case.
    pub(super) fn post_opening(
        &mut self,
        key: String,
        about: (StepRunId, Option<TaskId>),
        wanted: Wanted<'_>,
    ) -> Result<(), Stuck> {
        let stuck = |why: &str| Stuck::new(wanted.program, why);
        if self.facts.programs.get(wanted.program).is_none() {
            return Err(stuck("there is no such program"));
        }
        let opener = self.opener(wanted.at_unit, wanted.holder);
        let opener = opener.ok_or_else(|| stuck("no such place"))?;
        self.tell_left_out_at(about.0, wanted.at_unit, opener);
        let (mut common, mut close_on, mut form) = (None, None, BTreeMap::new());
        if let Some(gather) = wanted.gather {
            let mut scope = self.scope();
            let year = i64::from(local_date(self.now).year());
            scope.facts.insert("year".to_owned(), Value::Int(year));
            scope.facts.insert("opener_unit".to_owned(), Value::Text(opener.to_string()));
            if let Some(holder) = wanted.holder {
                scope.facts.insert("holder_unit".to_owned(), Value::Text(holder.to_string()));
            }
            let mut parts = vec![wanted.program.to_owned(), opener.to_string()];
            for part in &gather.key {
                let value = super::facts::value(part, &scope)?;
                parts.push(value.to_string());
                let name = part.source().rsplit('.').next().unwrap_or_default();
                form.insert(name.to_owned(), value);
            }
            common = Some(parts.join("|"));
            close_on = match &gather.close_on {
                Some(day) => {
                    let value = super::facts::value(day, &scope)?;
                    let no_date = || stuck(&format!("{value} is not a date"));
                    Some(value.day().ok_or_else(no_date)?)
                }
                None => None,
            };
        }
        let rows = wanted.rows.into_iter().map(|row| {
            let id = CaseRowId::derived(self.now, self.bits(&["row", &key, &row.key]));
            Row { id, ..row }
        });
        let opens = Opens {
            program: wanted.program.to_owned(),
            opener,
            holder: wanted.holder,
            common,
            close: wanted.gather.and_then(|gather| gather.close.as_ref()).map(|w| w.text.clone()),
            close_on,
            rows: rows.collect(),
            form,
        };
        let body = serde_json::to_value(opens).unwrap_or_default();
        self.post(LetterKind::Open, key, (Some(about.0), about.1, None), body);
        Ok(())
    }

    /// Somebody objects to the notice `run`: the letter that opens the case in which that is
    /// examined, at the notice's place. `key` is the objection's own. Where there are `many`, all of
    /// a working day are examined in one case.
    ///
    /// # Errors
    /// [`Stuck`] when the notice's rule names no program that is known.
    pub fn object(
        &mut self,
        run: StepRunId,
        unit: Option<UnitId>,
        (key, many): (&str, bool),
    ) -> Result<(), Stuck> {
        let path = self.state.run(run).map_or_else(String::new, |run| run.path.clone());
        let stuck = |why: &str| Stuck::new(path.clone(), why);
        let program = self.facts.program.step(&path).and_then(|step| step.rule.as_ref());
        let rule = program.and_then(|rule| self.facts.shared().publicities.get(rule.as_str()));
        let rule = rule.and_then(|rule| rule.objection.clone());
        let Some(rule) = rule else { return Ok(()) };
        if self.facts.programs.get(rule.program.as_str()).is_none() {
            return Err(stuck("there is no such program"));
        }
        let place = unit.or(self.state.case.anchor_id).ok_or_else(|| stuck("no such place"))?;
        let opener = self.facts.organisation.seat(place).map_or(place, |seat| seat.id);
        let id = CaseRowId::derived(self.now, self.bits(&["objection", key]));
        let row = Row { id, ..self.own_line(&path, key, Some(opener)) };
        let opens = Opens {
            program: rule.program.to_string(),
            opener,
            holder: None,
            common: many.then(|| format!("{}|{opener}|{run}", rule.program)),
            close: many.then(|| A_DAY.to_owned()),
            close_on: None,
            rows: vec![row],
            form: BTreeMap::new(),
        };
        let body = serde_json::to_value(opens).unwrap_or_default();
        self.post(LetterKind::Open, objection_key(run, key), (Some(run), None, None), body);
        Ok(())
    }

    /// The case itself as a line of another; `path`: the step that sends it there.
    pub(super) fn own_line(&self, path: &str, key: &str, unit: Option<UnitId>) -> Row {
        let program = &self.facts.program;
        let step = program.step(path);
        let title = |lang| step.map_or(path, |step| step.title_in(lang));
        Row {
            id: CaseRowId::derived(self.now, self.bits(&["itself", path, key])),
            key: key.to_owned(),
            unit,
            task: None,
            case: Some(self.state.case.id),
            run: None,
            facts: serde_json::json!({
                "number": self.state.case.number,
                "program": program.id(),
                "program_zh": program.title.zh, "program_en": program.title.en,
                "step": path, "step_zh": title(Lang::Zh), "step_en": title(Lang::En),
                "opened": local_date(self.now),
            }),
            person: None,
        }
    }

    /// The place whose case it becomes: seen from the unit that is late, or from the case.
    pub(super) fn opener(&self, at_unit: Option<&Place>, holder: Option<UnitId>) -> Option<UnitId> {
        let anchor = self.state.case.anchor_id?;
        let organisation = &self.facts.organisation;
        let unit = match at_unit {
            None | Some(Place::Opener | Place::Issuer | Place::Unit) => Some(anchor),
            Some(place) => self.place(place, holder.unwrap_or(anchor)).ok().flatten(),
        };
        organisation.seat(unit?).map(|seat| seat.id)
    }

    /// A step that opens cases: one, or one for each. It waits for their answers if it says how
    /// long.
    pub(super) fn open_cases(&mut self, step: &Step, opening: Opening) -> Result<(), Stuck> {
        let run = opening.run;
        let program = step.program.as_ref().map_or("", |program| program.as_str());
        let items = match &step.each {
            Some(each) => threads_of(list_in(each, self.value(each)?)?),
            None => Vec::new(),
        };
        self.emit(Event::StepOpened { opening });
        let wanted = |rows, holder| Wanted {
            program,
            at_unit: step.at_unit.as_ref(),
            gather: step.gather.as_ref(),
            holder,
            rows,
        };
        let mut sent = 0;
        if step.each.is_none() {
            let mut rows: Vec<Row> = match self.own_row(step, run) {
                Some(row) => vec![row],
                None => self.to_pass_on(step)?.iter().map(passed_on).collect(),
            };
            let holder = rows.first().and_then(|row| row.unit);
            if rows.is_empty() {
                // What has no lines is about itself.
                rows.push(self.own_line(&step.id, &run.to_string(), self.state.case.anchor_id));
            }
            self.post_opening(run.to_string(), (run, None), wanted(rows, holder))?;
            sent += 1;
        }
        for item in items {
            let group = rosters::keys_in(&item.item);
            let unit = unit_in(&item.item).or_else(|| match &item.item {
                // What lines have in common may be their unit.
                Value::Map(map) if group.is_some() => map.get("key").and_then(unit_in),
                Value::Map(map) => map.get("unit").and_then(unit_in),
                _ => None,
            });
            // About lines: with these; about a unit: with those that are its own; about a line of
            // a roster: with it alone.
            let own = |row: &&case_row::Model| match &group {
                Some(keys) => row.person_id.is_none() && keys.contains(&row.key),
                None => unit.is_none() || row.unit_id == unit,
            };
            let of_roster =
                self.state.rows.iter().any(|row| row.person_id.is_some() && row.key == item.key);
            let rows: Vec<Row> = if of_roster {
                let own = self.own_line(&step.id, &item.key, self.state.case.anchor_id);
                vec![own]
            } else {
                self.state.lines().filter(own).map(passed_on).collect()
            };
            let holder = unit.or_else(|| rows.first().and_then(|row| row.unit));
            self.post_opening(format!("{run}/{}", item.key), (run, None), wanted(rows, holder))?;
            sent += 1;
        }
        match step.wait {
            Some(wait) if sent > 0 => self.give_budget(&step.id, run, budget(wait)),
            _ => self.close_opening(run, Verdict::Done),
        }
        Ok(())
    }

    /// The lines that a case which is opened here is about: those that the step names, or all. What
    /// stands on a roster is people: the other case is about the list itself.
    fn to_pass_on(&self, step: &Step) -> Result<Vec<case_row::Model>, Stuck> {
        let about = |row: &&case_row::Model| row.person_id.is_none();
        if step.rows.is_none() {
            return Ok(self.state.lines().filter(about).cloned().collect());
        }
        let named = rosters::lines_for(&self.state, step, &self.scope())?;
        Ok(named.into_iter().filter(about).cloned().collect())
    }

    pub(super) fn close_opening(&mut self, run: StepRunId, verdict: Verdict) {
        self.end_clock(Some(run), ClockKind::Step);
        self.emit(Event::StepClosed { run, verdict, fen: None, reason: None });
    }

    /// A case that was opened here has come out: the step that waits closes with the last answer.
    /// One that does not wait any more changes nothing. Whether the worker shall go on.
    pub fn hear(&mut self, answer: &Answers) -> bool {
        let waits = self
            .state
            .run(answer.run)
            .is_some_and(|run| run.kind == RunKind::Open && run.state == RunState::Open);
        if !waits {
            // What an objection or an appeal has held up goes on with the last answer.
            let run = self.state.run(answer.run).map(|run| run.kind);
            let holds = matches!(run, Some(RunKind::Publish | RunKind::Decide));
            return holds && !self.state.objected();
        }
        let number = |name: &str| {
            let said = self.state.run(answer.run).and_then(|run| run.said.get(name).cloned());
            let value = said.and_then(|said| serde_json::from_value(said).ok());
            if let Some(Value::Int(number)) = value { number } else { 0 }
        };
        if number("heard") >= number("sent") {
            let verdict = answer.verdict.unwrap_or_else(|| verdict_of(answer.outcome));
            self.close_opening(answer.run, verdict);
        }
        true
    }

    /// The time for the answers is over: the case goes on without them.
    pub fn give_up(&mut self, run: StepRunId) -> bool {
        let waits = self
            .state
            .run(run)
            .is_some_and(|row| row.kind == RunKind::Open && row.state == RunState::Open);
        if waits {
            self.close_opening(run, Verdict::Missed);
        }
        waits
    }

    /// Somebody is informed, and nothing is waited for.
    pub(super) fn copy(&mut self, step: &Step, opening: Opening) -> Result<(), Stuck> {
        let run = opening.run;
        let units = match &step.to {
            // A list that nobody filled in is an empty one.
            Some(to) => match self.value(to) {
                Ok(Value::List(units)) => units.iter().filter_map(unit_in).collect(),
                Ok(one) => unit_in(&one).into_iter().collect(),
                Err(stuck) if stuck.missing.is_some() => Vec::new(),
                Err(stuck) => return Err(stuck),
            },
            None => Vec::new(),
        };
        self.emit(Event::StepOpened { opening });
        let organisation = &self.facts.organisation;
        let people = units
            .iter()
            .flat_map(|unit: &UnitId| organisation.holders(*unit, entities::Duty::Handler));
        let people: Vec<_> = people.collect();
        if !units.is_empty() {
            self.emit(Event::Copied { run, units, people });
        }
        self.emit(Event::StepClosed { run, verdict: Verdict::Done, fen: None, reason: None });
        Ok(())
    }
}

/// The key of the letter that an objection to the notice `run` sends.
pub fn objection_key(run: StepRunId, key: &str) -> String {
    format!("objection/{run}/{key}")
}

/// The notice and the objection's own key, of a letter that one has led to.
pub fn objection_in(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix("objection/")?.split_once('/')
}

/// How long objections are collected that are examined in one case.
const A_DAY: &str = "1wd";

/// A line as another case gets it.
fn passed_on(row: &case_row::Model) -> Row {
    Row {
        id: row.id,
        key: row.key.clone(),
        unit: row.unit_id,
        task: row.task_id,
        case: row.from_case,
        run: None,
        facts: row.facts.clone(),
        person: None,
    }
}

/// How a case that was asked for an answer came out, as the verdict of the step that asked.
fn verdict_of(outcome: Option<Outcome>) -> Verdict {
    match outcome {
        Some(Outcome::Granted) => Verdict::Approved,
        Some(Outcome::Refused) => Verdict::Refused,
        Some(Outcome::Done) => Verdict::Done,
        Some(Outcome::Withdrawn | Outcome::Lapsed) | None => Verdict::Missed,
    }
}
