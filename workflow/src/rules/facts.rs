//! What the rules know besides the case itself: gathered before they run, so that they stay pure.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use entities::{Fen, PersonId, StepRunId, UnitId, payment, seat};
use serde::{Deserialize, Serialize};

use super::{
    assigning::Desks,
    barring::judges_lines,
    eligibility::Confirm,
    lines,
    said::{Said, said_in},
};
use crate::{
    calendar::{Calendar, Days, local_date},
    error::Refusal,
    event::Line,
    fold::REGION,
    organisation::Organisation,
    program::{
        Expr, FirstMatch, Program, Programs, Shared, Step, Word,
        expression::{PastCase, Roster, Scope, StuckOnRule, Value},
    },
    state::CaseState,
};

/// What routing, award and lists need of a form; kept open beside the encrypted form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CaseFacts {
    /// The open fields.
    pub form: BTreeMap<String, Value>,
    /// `school`, `township`, `county`, `city`: ids of units and codes of divisions.
    pub applicant: BTreeMap<String, Value>,
    /// The date at which tables are read: the day of submission.
    pub read_on: Option<NaiveDate>,
    /// The household's place.
    pub home: Option<UnitId>,
    /// Papers that were there when it was submitted.
    pub papers: Vec<String>,
    /// The award as the rules cut it, before any signer approved less.
    pub lines: Vec<Line>,
    /// What no data could say, so that the first step confirms it by hand.
    pub confirm: Vec<Confirm>,
    /// The case that went before: its key, its number, and what was said openly in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Value>,
    /// When the applicant last handed in what they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<DateTime<Utc>>,
}

impl CaseFacts {
    /// The facts that a case carries.
    pub fn of(state: &CaseState) -> Self {
        serde_json::from_value(state.case.facts.clone()).unwrap_or_default()
    }
}

/// A rule that cannot be evaluated is a refusal to go on, never "true".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {why}")]
pub struct Stuck {
    /// The expression.
    pub rule: String,
    /// What kept it from having a value.
    pub why: String,
    /// The fact that is not there, if it is that.
    pub missing: Option<String>,
}

impl Stuck {
    /// `rule` has no value, because of `why`.
    pub fn new(rule: impl Into<String>, why: impl Into<String>) -> Self {
        Self { rule: rule.into(), why: why.into(), missing: None }
    }

    /// Whether what is not there is a fact of `name`, such as `row`.
    pub fn lacks_of(&self, name: &str) -> bool {
        let missing = self.missing.as_deref().and_then(|path| path.strip_prefix(name));
        missing.is_some_and(|rest| rest.starts_with('.'))
    }
}

impl From<StuckOnRule> for Stuck {
    fn from(stuck: StuckOnRule) -> Self {
        Self { rule: stuck.expression, why: stuck.en, missing: stuck.missing }
    }
}

impl From<Stuck> for Refusal {
    fn from(stuck: Stuck) -> Self {
        Self::Stuck(stuck.to_string())
    }
}

/// Everything a rule may look at.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The version the case stays on.
    pub program: Arc<Program>,
    /// The named rules and the amounts by date.
    pub programs: Programs,
    /// The working days of the deployment's region.
    pub days: Days,
    /// Those of all places.
    pub calendar: Arc<Calendar>,
    /// Units and people around the case.
    pub organisation: Organisation,
    /// The person's earlier cases.
    pub history: Vec<PastCase>,
    /// Whether the person is on a list.
    pub rosters: BTreeMap<String, Roster>,
    /// Who must keep away from this person's cases.
    pub conflicts: Vec<PersonId>,
    /// Who keeps away by what they declared, or because something is alike: by why.
    pub recused: BTreeMap<String, Vec<PersonId>>,
    /// Who keeps away from a case that is about nobody alone, because of its lines or its place: by
    /// why. They may fill it in, and not decide on it.
    pub near_lines: BTreeMap<String, Vec<PersonId>>,
    /// Who filed it, where that was a member of staff.
    pub filer: Option<PersonId>,
    /// The award as it stands.
    pub lines: Vec<Line>,
    /// What was ordered and paid of it, where the program pays in shares.
    pub payments: Vec<payment::Model>,
    /// What lies with whom, where the program asks.
    pub desks: Desks,
    /// The seats that are taken from the program's lists, by whichever case.
    pub seats: Vec<seat::Model>,
    /// What a draw that begins now is made of.
    pub seed: Option<[u8; 32]>,
}

impl Facts {
    /// The named rules.
    pub fn shared(&self) -> &Shared {
        self.programs.shared()
    }

    /// Whether somebody must keep away from the applicant's cases.
    pub fn keeps_away(&self, person: PersonId) -> bool {
        self.conflicts.contains(&person)
            || self.recused.values().any(|people| people.contains(&person))
    }

    /// Whether somebody must keep away from what `step` says of the lines of a list.
    pub fn keeps_off(&self, step: &Step, person: PersonId) -> bool {
        judges_lines(step) && self.near_lines.values().any(|people| people.contains(&person))
    }

    /// What an expression sees of `state` at `now`.
    pub fn scope(&self, state: &CaseState, now: DateTime<Utc>) -> Scope {
        let days = Arc::new(self.days.clone());
        let mut scope = Scope::new(local_date(now), Arc::clone(self.programs.tables()), days);
        let facts = CaseFacts::of(state);
        scope.form = facts.form;
        scope.applicant = facts.applicant;
        scope.parent = facts.parent;
        scope.award.insert("total".to_owned(), Value::Money(state.case.award_fen));
        // A line that came to nothing is worth nothing; it is not unknown.
        let of_lines = self.program.rows.iter().filter_map(|rows| rows.award.as_ref());
        let declared = self.program.award.iter().chain(of_lines).flat_map(|award| &award.lines);
        for line in declared {
            scope.award.insert(line.id.to_string(), Value::Money(Fen(0)));
        }
        for line in &self.lines {
            let sum = scope.award.entry(line.line.clone()).or_insert(Value::Money(Fen(0)));
            if let Value::Money(fen) = sum {
                fen.0 += line.fen.0; // one row a payer
            }
        }
        if let Some(at) = state.case.submitted_at {
            scope.case.insert("submitted".to_owned(), Value::Date(local_date(at)));
        }
        scope.case.insert("county".to_owned(), Value::Text(state.case.county.clone()));
        scope.history.clone_from(&self.history);
        scope.rosters.clone_from(&self.rosters);
        scope.lets.clone_from(&self.program.lets);
        let words = |list: &Vec<Word>| list.iter().map(ToString::to_string).collect();
        let named = self.shared().names.iter();
        scope.names = named.map(|(name, list)| (name.clone(), words(list))).collect();
        let said = said_in(state, None);
        (scope.steps, scope.rounds) = (said.steps, said.rounds);
        scope.threads = lines::threads(state);
        scope.dues = lines::dues(state);
        if state.case.subject_id.is_none() {
            scope.rows = Some(lines::rows(state));
            let own = state.case.anchor_id.map(|unit| Value::Text(unit.to_string()));
            scope.facts.extend(own.map(|own| ("opener_unit".to_owned(), own)));
        }
        scope.units = Arc::new(self.organisation.clone());
        scope.taken = self.taken();
        scope
    }

    /// How many seats are taken, by the values of their quota's key.
    fn taken(&self) -> Option<BTreeMap<String, i64>> {
        self.program.rows.as_ref()?;
        if super::selecting::lists(&self.program).is_empty() {
            return None;
        }
        let mut taken = BTreeMap::new();
        for seat in &self.seats {
            if let Some((_, key)) = seat.pool.split_once('|') {
                *taken.entry(key.to_owned()).or_default() += 1;
            }
        }
        Some(taken)
    }

    /// Whose holidays count for what `unit` does, as a clock's scope: its region's, which is
    /// another than the deployment's for a Fujian school.
    pub fn calendar_of(&self, unit: Option<UnitId>) -> String {
        let unit = unit.and_then(|id| self.organisation.unit(id));
        let region = unit.and_then(|unit| unit.division.get(..2)).filter(|_| {
            unit.is_some_and(|unit| unit.division.bytes().all(|byte| byte.is_ascii_digit()))
        });
        region.map_or_else(|| REGION.to_owned(), |region| format!("{region}0000"))
    }

    /// The same inside the run of a block, or for a run inside it: what stands nearest is read.
    pub fn scope_in(
        &self,
        state: &CaseState,
        now: DateTime<Utc>,
        within: Option<StepRunId>,
    ) -> Scope {
        let item = state.thread_of(within).and_then(|run| run.said.get("item").cloned());
        let item = item.and_then(|item| serde_json::from_value(item).ok());
        let Said { steps, rounds } = said_in(state, within);
        Scope { steps, rounds, item, ..self.scope(state, now) }
    }

    /// Whether a condition holds.
    ///
    /// # Errors
    /// [`Stuck`], also when the value is not a yes or no.
    pub fn holds(&self, rule: &Expr, state: &CaseState, now: DateTime<Utc>) -> Result<bool, Stuck> {
        holds(rule, &self.scope(state, now))
    }

    /// The value of an expression.
    ///
    /// # Errors
    /// [`Stuck`].
    pub fn value(
        &self,
        rule: &Expr,
        state: &CaseState,
        now: DateTime<Utc>,
    ) -> Result<Value, Stuck> {
        value(rule, &self.scope(state, now))
    }

    /// The value of a first-match list.
    ///
    /// # Errors
    /// [`Stuck`] when a condition cannot be evaluated, or none holds.
    pub fn pick<'a, T>(
        &self,
        list: &'a FirstMatch<T>,
        state: &CaseState,
        now: DateTime<Utc>,
    ) -> Result<&'a T, Stuck> {
        if let Some(only) = list.only() {
            return Ok(only);
        }
        let scope = self.scope(state, now);
        let found = list.pick(|rule| holds(rule, &scope))?;
        let none = || Stuck::new("first-match list", "no entry fits");
        found.ok_or_else(none)
    }
}

/// A value that should be a list.
///
/// # Errors
/// [`Stuck`] when it is none.
pub(super) fn list_in(rule: &Expr, value: Value) -> Result<Vec<Value>, Stuck> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(Stuck::new(rule.source(), format!("{other} is not a list"))),
    }
}

/// The value of an expression in a scope.
///
/// # Errors
/// [`Stuck`].
pub fn value(rule: &Expr, scope: &Scope) -> Result<Value, Stuck> {
    Ok(rule.evaluate(scope)?.value)
}

/// Whether a condition holds in a scope.
///
/// # Errors
/// [`Stuck`], also when the value is not a yes or no.
pub fn holds(rule: &Expr, scope: &Scope) -> Result<bool, Stuck> {
    Ok(rule.holds(scope)?)
}

impl crate::program::expression::Days for Days {
    fn is_working(&self, day: NaiveDate) -> bool {
        Days::is_working(self, day)
    }

    fn add(&self, day: NaiveDate, n: i64) -> NaiveDate {
        let count = u32::try_from(n.unsigned_abs()).unwrap_or(u32::MAX);
        if n < 0 { self.sub_working(day, count) } else { self.add_working(day, count) }
    }
}
