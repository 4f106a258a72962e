//! What another definition would have made of a case, beside what came of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{Fen, Outcome, RunKind, RunState, case_row, clock, step_run};
use serde::{Deserialize, Serialize};

use super::{Retold, Tale, Untold, as_it_was};
use crate::{event::Line, state::CaseState};

/// A thing as it was and as it would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change<T> {
    pub before: T,
    pub after: T,
}

/// A step's due instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueChange {
    /// The step's id, or `total`.
    pub step: String,
    pub before: DateTime<Utc>,
    pub after: DateTime<Utc>,
}

/// What would be different of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CaseChange {
    /// The case's number.
    pub number: String,
    /// How it came out; none while it is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Change<Option<Outcome>>>,
    /// What it grants. Where it would wait for somebody, that cannot be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub award: Option<Change<Fen>>,
    /// It would not have been taken: the reason's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Steps that it would have beside those it had.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
    /// Steps that it had and would not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// New steps at which it would wait for somebody's word.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
    /// Steps whose words have no place any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// Due instants that would be others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dues: Vec<DueChange>,
    /// Steps, or `total`, whose light would have turned red.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub red: Vec<String>,
    /// Steps, or `total`, whose red light would have stayed green.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub green: Vec<String>,
}

impl CaseChange {
    /// Whether nothing at all would be different.
    pub fn is_none(&self) -> bool {
        *self == Self { number: self.number.clone(), ..Self::default() }
    }
}

/// What a case grants, once and as long as it does.
pub(super) fn granted(state: &CaseState) -> Fen {
    let denied =
        matches!(state.case.outcome, Some(Outcome::Refused | Outcome::Withdrawn | Outcome::Lapsed));
    if denied { Fen(0) } else { state.case.award_fen }
}

/// Whether a case that was told again under its own definition is what it was: outcome, amounts,
/// steps, due instants.
///
/// # Errors
/// [`Untold::NotAsItWas`] with what is not.
pub fn reproduces(tale: &Tale, told: &Retold) -> Result<(), Untold> {
    let (was, lines) = as_it_was(tale);
    let is = &told.state;
    let same = |what: &str, equal: bool| {
        if equal { Ok(()) } else { Err(Untold::NotAsItWas(what.to_owned())) }
    };
    same("whether it is taken", told.refused.is_none())?;
    same("what was said", told.dropped.is_empty())?;
    same("its phase", was.case.phase == is.case.phase)?;
    same("its outcome", was.case.outcome == is.case.outcome)?;
    same("its amount", was.case.award_fen == is.case.award_fen)?;
    same("its award", lines == told.lines)?;
    let mut facts = is.case.facts.clone();
    not_yet_kept(&was.case.facts, &mut facts, &["answered_at"]);
    same("its facts", was.case.facts == facts)?;
    let run = |run: &step_run::Model| step_run::Model { late: false, rungs: 0, ..run.clone() };
    let runs = |state: &CaseState| state.runs.iter().map(run).collect::<Vec<_>>();
    let (before, mut after) = (runs(&was), runs(is));
    for (before, after) in before.iter().zip(&mut after) {
        not_yet_kept(&before.said, &mut after.said, &["shown", "shown_fen"]);
    }
    let first = before.iter().zip(&after).find(|(before, after)| before != after);
    let step = first.map(|(before, _)| before.path.as_str()).unwrap_or_default();
    same(&format!("the step {step}"), before == after)?;
    // What somebody said of lines is sealed beside them, and their blind keys are the store's.
    let lines_of = |state: &CaseState| {
        let row = |row: &case_row::Model| case_row::Model { once_key: None, ..row.clone() };
        state.rows.iter().map(row).collect::<Vec<_>>()
    };
    same("a line of the list", lines_of(&was) == lines_of(is))?;
    let clocks = |state: &CaseState| {
        let mut clocks: Vec<clock::Model> = state.clocks.clone();
        clocks.sort_by_key(|clock| clock.id);
        clocks
    };
    let (before, after) = (clocks(&was), clocks(is));
    let first = before.iter().zip(&after).find(|(before, after)| before != after);
    let of = first.and_then(|(before, _)| was.run(before.run_id?));
    let of = of.map_or(TOTAL, |run| run.path.as_str());
    same(&format!("a due date ({of})"), before == after)
}

/// Takes from `after` what is kept of cases only since some release, where `before` is older.
fn not_yet_kept(before: &serde_json::Value, after: &mut serde_json::Value, since: &[&str]) {
    let Some(after) = after.as_object_mut() else { return };
    after.retain(|name, _| !since.contains(&name.as_str()) || before.get(name).is_some());
}

/// What would be different of the case under the definition that `told` is under.
pub fn compare(tale: &Tale, told: &Retold) -> CaseChange {
    let (was, _) = as_it_was(tale);
    let number = was.case.number.clone().unwrap_or_default();
    if let Some(refused) = &told.refused {
        let before = granted(&was);
        let award = (before != Fen(0)).then_some(Change { before, after: Fen(0) });
        return CaseChange { number, refused: Some(refused.clone()), award, ..Default::default() };
    }
    let is = &told.state;
    let new_waits = waits_for(&was, told);
    let known = new_waits.is_empty();
    let outcome = Change { before: was.case.outcome, after: is.case.outcome };
    let award = Change { before: granted(&was), after: granted(is) };
    let (before, after) = (steps(&was), steps(is));
    let lights = (red(&was, tale.until), red(is, tale.until));
    let less = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).cloned().collect::<Vec<_>>()
    };
    // A step that is not reached has no light to compare.
    let both = |step: &String| step == TOTAL || (before.contains(step) && after.contains(step));
    let mut turned = less(&lights.1, &lights.0);
    turned.retain(|step| !before.contains(step) || both(step));
    let mut stayed = less(&lights.0, &lights.1);
    stayed.retain(both);
    CaseChange {
        number,
        outcome: (known && outcome.before != outcome.after).then_some(outcome),
        award: (known && award.before != award.after).then_some(award),
        refused: None,
        added: less(&after, &before),
        left_out: if known { less(&before, &after) } else { Vec::new() },
        waits_for: new_waits,
        dropped: told.dropped.iter().filter(|_| known).cloned().collect(),
        dues: dues(&was, is),
        red: turned,
        green: stayed,
    }
}

/// How the whole case's clock is called among the steps.
pub(super) const TOTAL: &str = "total";

/// Steps at which the case would stand and did not, because nobody was asked there.
fn waits_for(was: &CaseState, told: &Retold) -> Vec<String> {
    let open: BTreeSet<&str> = was.open_runs().map(|run| run.path.as_str()).collect();
    let mut found: Vec<String> = Vec::new();
    for (path, _) in &told.waits {
        if !open.contains(path.as_str()) && !found.contains(path) {
            found.push(path.clone());
        }
    }
    found
}

/// The steps that somebody had or has in hand.
fn steps(state: &CaseState) -> BTreeSet<String> {
    let had = state.runs.iter().filter(|run| {
        run.kind != RunKind::Block && !matches!(run.state, RunState::Skipped | RunState::Void)
    });
    had.map(|run| run.path.clone()).collect()
}

/// The last round of each step that counts, and the whole.
fn clocks(state: &CaseState) -> BTreeMap<String, &clock::Model> {
    let mut found = BTreeMap::new();
    for row in state.clocks.iter().filter(|row| row.due_at.is_some()) {
        match row.run_id {
            Some(run) => {
                let run = state.run(run).filter(|run| run.state != RunState::Void);
                if let Some(run) = run {
                    found.insert(format!("{}{}", run.path, thread(run)), row);
                }
            }
            None if row.kind == entities::ClockKind::Total => {
                found.insert(TOTAL.to_owned(), row);
            }
            None => {}
        }
    }
    found
}

fn thread(run: &step_run::Model) -> String {
    if run.thread.is_empty() { String::new() } else { format!("@{}", run.thread) }
}

fn dues(was: &CaseState, is: &CaseState) -> Vec<DueChange> {
    let after = clocks(is);
    let differs = |(step, before): (String, &clock::Model)| {
        let after = after.get(&step)?;
        let (before, after) = (before.due_at?, after.due_at?);
        (before != after).then_some(DueChange { step, before, after })
    };
    clocks(was).into_iter().filter_map(differs).collect()
}

/// What was not done in its time.
fn red(state: &CaseState, until: DateTime<Utc>) -> BTreeSet<String> {
    let late = |(step, clock): (String, &clock::Model)| {
        let due = clock.due_at?;
        let ended = clock.stopped_at.or(clock.ended_at).unwrap_or(until);
        (ended > due).then_some(step)
    };
    let found = clocks(state).into_iter().filter_map(late);
    found.map(|step| step.split('@').next().unwrap_or_default().to_owned()).collect()
}

/// The lines of an award by whose money it is.
pub(super) fn by_payer(state: &CaseState, lines: &[Line]) -> BTreeMap<String, Fen> {
    let mut sums: BTreeMap<String, Fen> = BTreeMap::new();
    if granted(state) == Fen(0) {
        return sums;
    }
    for line in lines {
        sums.entry(line.payer.clone()).or_insert(Fen(0)).0 += line.fen.0;
    }
    sums
}
