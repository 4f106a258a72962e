//! A case told again under another definition of its program: what people did and when, held
//! against the rules of that definition. Nothing is guessed: what cannot be told is said so.
//!
//! A case under its own definition comes out as it did, to the last due instant. That is asked of
//! every case before anything is said about it under another one.

mod acts;
mod compare;
mod hearing;
mod lists;
mod moments;
mod sums;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use entities::{CaseRowId, PersonId, StepRunId, case_file, payment, seat};

pub use compare::{CaseChange, Change, DueChange, compare, reproduces};
pub use sums::{Difference, Load, Sums};

use super::{
    assigning::Desks,
    engine::Engine,
    facts::{CaseFacts, Facts},
    outages::Stretch,
};
use crate::{
    calendar::Calendar,
    event::{Event, Line},
    fold::REGION,
    organisation::Organisation,
    program::{
        Program, Programs,
        expression::{PastCase, Roster, Value},
    },
    state::CaseState,
};
use moments::{Moment, Moments};

/// One row of a case's trail.
#[derive(Clone, Debug)]
pub struct Told {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether somebody did it; else the clock or the worker.
    pub by_person: bool,
    /// What.
    pub event: Event,
}

/// A case that came out, as the rules knew it afterwards.
#[derive(Clone, Debug)]
pub struct Past {
    /// When it came out.
    pub out_at: DateTime<Utc>,
    /// When nothing more happened.
    pub ended: Option<(DateTime<Utc>, PastCase)>,
    /// Before that.
    pub before: PastCase,
}

/// What was known around a case, at any time.
#[derive(Clone, Debug)]
pub struct Known {
    /// Shared rules and tables.
    pub programs: Programs,
    /// The working days as they are known now.
    pub calendar: Arc<Calendar>,
    /// The units around the case, and everybody who ever worked there.
    pub organisation: Organisation,
    /// The person's other cases.
    pub history: Vec<Past>,
    /// The lists as they are now.
    pub rosters: BTreeMap<String, Roster>,
    /// Who had to keep away, from when until when.
    pub conflicts: Vec<(PersonId, DateTime<Utc>, Option<DateTime<Utc>>)>,
    /// Who was found to keep away when a step opened, why and when: what was alike then need not
    /// be alike now.
    pub recused: Vec<(PersonId, String, DateTime<Utc>)>,
    /// Who filed it, where that was a member of staff.
    pub filer: Option<PersonId>,
    /// The seats that other cases had of the same lists.
    pub seats: Vec<Sat>,
}

/// A seat that another case had, and until when.
#[derive(Clone, Debug)]
pub struct Sat {
    /// Who, and since when.
    pub seat: seat::Model,
    /// When it was given back.
    pub until: Option<DateTime<Utc>>,
}

impl Known {
    /// Who was found to keep away by then, by why.
    fn recused_at(&self, at: DateTime<Utc>) -> BTreeMap<String, Vec<PersonId>> {
        let mut found: BTreeMap<String, Vec<PersonId>> = BTreeMap::new();
        for (person, why, _) in self.recused.iter().filter(|(.., since)| *since <= at) {
            let people = found.entry(why.clone()).or_default();
            if !people.contains(person) {
                people.push(*person);
            }
        }
        found
    }
}

/// One case, and all that happened to it.
#[derive(Clone, Debug)]
pub struct Tale {
    /// The case before it was handed in.
    pub draft: case_file::Model,
    /// Its trail, in order.
    pub told: Vec<Told>,
    /// The forms as they were handed in, in order.
    pub forms: Vec<BTreeMap<String, Value>>,
    /// What was known around it.
    pub known: Known,
    /// Until when it is told.
    pub until: DateTime<Utc>,
}

/// Why a case cannot be told again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untold {
    /// Something happened to it that is not a matter of its program alone.
    #[error("{0}")]
    Happened(String),
    /// The form does not fit the definition: ids of fields and papers.
    #[error("the form lacks: {}", .0.join(", "))]
    Form(Vec<String>),
    /// A rule has no value.
    #[error("a rule has no value: {0}")]
    Stuck(String),
    /// Under its own definition it does not come out as it did.
    #[error("it cannot be told as it happened: {0} differs")]
    NotAsItWas(String),
}

impl Untold {
    /// The same in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Happened(what) => format!("发生过不由项目文本决定的事项（{what}）"),
            Self::Form(ids) => format!("表单缺少：{}", ids.join("、")),
            Self::Stuck(why) => format!("有规则无法求值：{why}"),
            Self::NotAsItWas(what) => format!("按原版本重演与实际经过不符（{what}）"),
        }
    }
}

/// What somebody said at a step that is not open yet.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// The row of the trail.
    pub(super) row: usize,
    /// The step.
    pub(super) path: String,
}

/// A case as it would be.
#[derive(Clone, Debug)]
pub struct Retold {
    /// Its rows.
    pub state: CaseState,
    /// What it grants.
    pub lines: Vec<Line>,
    /// Steps that nobody has spoken at, and since when they wait.
    pub waits: Vec<(String, DateTime<Utc>)>,
    /// Steps that people spoke at and that it does not have.
    pub dropped: BTreeSet<String>,
    /// It would not have been taken: the reason's code.
    pub refused: Option<String>,
}

/// Tells `tale` again under `program`; `own` is the definition that it happened under.
///
/// # Errors
/// [`Untold`].
pub fn retell(tale: &Tale, own: &Arc<Program>, program: &Arc<Program>) -> Result<Retold, Untold> {
    let mut teller = Teller::new(tale, Arc::clone(own), Arc::clone(program));
    for row in 0..tale.told.len() {
        teller.moments_before(row)?;
        teller.hear(row)?;
        if teller.refused.is_some() {
            break;
        }
    }
    teller.come_to_an_end()?;
    Ok(teller.finished())
}

/// The case as it happened: its rows and the lines of its award.
pub fn as_it_was(tale: &Tale) -> (CaseState, Vec<Line>) {
    let mut state = CaseState::new(tale.draft.clone());
    let mut lines = Vec::new();
    for told in &tale.told {
        state.apply(&told.event, told.at);
        if let Event::AwardSet { lines: set } = &told.event {
            lines.clone_from(set);
        }
    }
    (state, lines)
}

/// Tells one case.
pub(super) struct Teller<'a> {
    pub(super) tale: &'a Tale,
    pub(super) own: Arc<Program>,
    pub(super) program: Arc<Program>,
    /// As it happened, up to where it is told.
    pub(super) old: CaseState,
    /// As it would be.
    pub(super) state: CaseState,
    pub(super) lines: Vec<Line>,
    pub(super) payments: Vec<payment::Model>,
    /// The seats that its own lines have, by pool and number.
    pub(super) seats: BTreeMap<(String, i32), CaseRowId>,
    pub(super) moments: Moments,
    /// Somebody has spoken, and the case has not gone on yet.
    pub(super) goes_on: Option<DateTime<Utc>>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) dropped: BTreeSet<String>,
    pub(super) forms: usize,
    /// By how much longer was asked for, and when, by step.
    pub(super) longer: BTreeMap<StepRunId, (String, DateTime<Utc>)>,
    /// The outages for which clocks stood.
    pub(super) outages: Vec<Stretch>,
    /// How often more time was given.
    pub(super) given: usize,
    pub(super) refused: Option<String>,
}

impl<'a> Teller<'a> {
    fn new(tale: &'a Tale, own: Arc<Program>, program: Arc<Program>) -> Self {
        let mut draft = tale.draft.clone();
        draft.program_hash = program.hash();
        draft.program_number = i32::try_from(program.version).unwrap_or(i32::MAX);
        Self {
            tale,
            own,
            program,
            old: CaseState::new(tale.draft.clone()),
            state: CaseState::new(draft),
            lines: Vec::new(),
            payments: Vec::new(),
            seats: BTreeMap::new(),
            moments: Moments::default(),
            goes_on: None,
            waiting: Vec::new(),
            dropped: BTreeSet::new(),
            forms: 0,
            longer: BTreeMap::new(),
            outages: Vec::new(),
            given: 0,
            refused: None,
        }
    }

    /// What the rules could look at then.
    pub(super) fn facts(&self, at: DateTime<Utc>) -> Facts {
        let known = &self.tale.known;
        let past = known.history.iter().filter(|past| past.out_at <= at).map(|past| {
            let ended = past.ended.as_ref().filter(|(ended, _)| *ended <= at);
            ended.map_or(&past.before, |(_, past)| past).clone()
        });
        let conflicts = known
            .conflicts
            .iter()
            .filter(|(_, from, to)| *from <= at && to.is_none_or(|to| at < to));
        let found = known.recused_at(at);
        // Of a list it is those who decide on it.
        let is_list = self.state.case.subject_id.is_none();
        let (recused, near_lines) =
            if is_list { (BTreeMap::new(), found) } else { (found, BTreeMap::new()) };
        Facts {
            program: Arc::clone(&self.program),
            programs: known.programs.clone(),
            days: known.calendar.of(REGION),
            calendar: Arc::clone(&known.calendar),
            organisation: known.organisation.at(at),
            history: past.collect(),
            rosters: known.rosters.clone(),
            conflicts: conflicts.map(|(person, ..)| *person).collect(),
            recused,
            near_lines,
            filer: known.filer,
            lines: self.lines.clone(),
            payments: self.payments.clone(),
            // Who was offered a step first changes neither its outcome nor its time.
            desks: Desks::default(),
            seats: self.seats_at(at),
            seed: self.next_seed(),
        }
    }

    /// Lets the rules do `work` at `at`; what they refuse has not happened.
    pub(super) fn act<T, E>(
        &mut self,
        at: DateTime<Utc>,
        work: impl FnOnce(&mut Engine<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let facts = self.facts(at);
        let mut engine = Engine::new(&facts, self.state.clone(), at);
        let done = work(&mut engine)?;
        let Engine { state, events, looks, .. } = engine;
        self.state = state;
        for event in &events {
            self.note(event, at);
        }
        self.moments.looks(&looks);
        Ok(done)
    }

    /// The end: what would have come of it until now.
    fn come_to_an_end(&mut self) -> Result<(), Untold> {
        if self.refused.is_some() {
            return Ok(());
        }
        self.go_on_now()?;
        while let Some((at, moment)) = self.moments.next_until(self.tale.until) {
            self.come(at, &moment)?;
            self.go_on_now()?;
        }
        Ok(())
    }

    fn finished(self) -> Retold {
        let live = self.state.is_live() && self.refused.is_none();
        let held = self.state.open_runs().filter(|_| live);
        let waits: Vec<_> = held.map(|run| (run.path.clone(), run.opened_at)).collect();
        let mut dropped = self.dropped;
        dropped.extend(self.waiting.into_iter().map(|waiting| waiting.path));
        Retold { state: self.state, lines: self.lines, waits, dropped, refused: self.refused }
    }

    /// The facts that the case carried when it was last handed in.
    pub(super) fn carried(facts: &serde_json::Value) -> CaseFacts {
        serde_json::from_value(facts.clone()).unwrap_or_default()
    }
}

/// A moment that has come.
pub(super) type Come = Moment;
