//! A step that selects: freezes the lines, draws, ranks them, and proposes who gets a seat. The
//! next deciding step signs; until then nobody has one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use entities::{RowState, RunKind, RunState, StepRunId, Verdict, case_row, step_run};

use super::{
    choosing::{self, Moved, Point, Runner, Seats, Wish},
    engine::Engine,
    facts::{self, Stuck, list_in},
    rosters,
};
use crate::{
    canonical::hex,
    event::{Event, Opening},
    lot::Lot,
    program::{
        Expr, Program, Step, StepKind,
        expression::{Scope, Value},
    },
};

/// What `rank` says where lines are drawn.
const DRAW: &str = "draw";

impl Step {
    /// Whether its lines are drawn, as a rank or where they are equal.
    pub fn draws(&self) -> bool {
        self.kind == StepKind::Select
            && (self.tie.is_some() || self.rank.iter().any(|rank| rank.source() == DRAW))
    }

    /// Whether those that it did not choose wait.
    pub fn lets_wait(&self) -> bool {
        self.rest.as_ref().is_some_and(|rest| *rest == "waiting")
    }
}

/// The lists of a program that give seats away: `nomination-round/pick`.
pub fn lists(program: &Program) -> Vec<String> {
    let gives = |step: &&&Step| step.kind == StepKind::Select && step.mark.is_none();
    program.steps().iter().filter(gives).map(|step| list_name(program, step)).collect()
}

fn list_name(program: &Program, step: &Step) -> String {
    format!("{}/{}", program.id(), step.id)
}

impl Engine<'_> {
    pub(super) fn select(&mut self, step: &Step, opening: Opening) -> Result<(), Stuck> {
        let run = opening.run;
        self.emit(Event::StepOpened { opening });
        let frozen = self.candidates(step, run)?;
        let keys = choosing::keys_hash(frozen.iter().map(|row| row.key.as_str()));
        let rows = i32::try_from(frozen.len()).unwrap_or(i32::MAX);
        self.emit(Event::RowsFrozen { run, rows, keys: keys.clone() });
        if step.draws() {
            // The same lines are never drawn twice.
            let known = self.drawn_before(&step.id, run, &keys);
            let seed = known.or_else(|| self.facts.seed.as_ref().map(|seed| hex(seed)));
            let seed = seed.ok_or_else(|| Stuck::new(DRAW, "there is no seed"))?;
            self.emit(Event::Drawn { run, seed, keys });
        }
        self.rank(step, run)?;
        let verdict = Verdict::Done;
        self.emit(Event::StepClosed { run, verdict, fen: None, reason: None });
        Ok(())
    }

    /// The lines among which a step selects.
    pub(super) fn candidates(
        &self,
        step: &Step,
        run: StepRunId,
    ) -> Result<Vec<case_row::Model>, Stuck> {
        let rows = self.state.rows.iter().filter(|row| row.state != RowState::Struck);
        let Some(within) = &step.within_rows else { return Ok(rows.cloned().collect()) };
        let mut scope = self.scope_of(run);
        let mut found = Vec::new();
        for row in rows {
            scope.row = Some(self.seen(row));
            if facts::holds(within, &scope)? {
                found.push(row.clone());
            }
        }
        Ok(found)
    }

    /// A line as `row`.
    fn seen(&self, row: &case_row::Model) -> Value {
        Value::Map(rosters::line_value(&self.state, row, rosters::has_paid(&self.state)))
    }

    /// What expressions of a selection see: the thread that it stands in, and `year`, that of
    /// the day on which the case reads.
    pub(super) fn scope_of(&self, run: StepRunId) -> Scope {
        let parent = self.state.run(run).and_then(|run| run.parent_id);
        let mut scope = self.facts.scope_in(&self.state, self.now, parent);
        let year = i64::from(scope.read_on().year());
        scope.facts.insert("year".to_owned(), Value::Int(year));
        scope
    }

    /// The seed with which the step drew the very same lines before.
    fn drawn_before(&self, path: &str, run: StepRunId, keys: &str) -> Option<String> {
        let thread = self.state.run(run).map_or("", |run| run.thread.as_str());
        let same = |other: &&step_run::Model| {
            other.path == path && other.thread == thread && said(other, "keys") == Some(keys)
        };
        let other = self.state.runs.iter().rev().find(|other| other.id != run && same(other))?;
        said(other, "seed").map(str::to_owned)
    }

    /// Proposes anew, with the draw that there was: lines have gone, or were put elsewhere.
    pub(super) fn rank(&mut self, step: &Step, run: StepRunId) -> Result<(), Stuck> {
        let rows = self.candidates(step, run)?;
        let mut asked = Asked { scope: self.scope_of(run), unverified: BTreeSet::new() };
        let (runners, seats) = self.runners(step, &rows, &mut asked)?;
        let seed = self.state.run(run).and_then(|run| choosing::seed_in(said(run, "seed")?));
        let list = choosing::choose(runners, &seats, step.lets_wait(), seed.as_ref());
        let mark = step.mark.as_ref().map(ToString::to_string);
        let unverified = asked.unverified.into_iter().collect();
        self.emit(Event::Ranked { run, mark, seats: seats.all, unverified, list });
        Ok(())
    }

    /// What the lines bring to the choice, and how many seats there are.
    pub(super) fn runners(
        &self,
        step: &Step,
        rows: &[case_row::Model],
        asked: &mut Asked,
    ) -> Result<(Vec<Runner>, Seats), Stuck> {
        let Some(quota) = &step.quota else { return Err(Stuck::new(&*step.id, "no quota")) };
        let mut runners = Vec::with_capacity(rows.len());
        let mut groups: BTreeMap<String, i64> = BTreeMap::new();
        for row in rows {
            let runner = self.runner(step, row, asked)?;
            let mut pools: Vec<&String> = runner.wishes.iter().map(|wish| &wish.pool).collect();
            pools.sort_unstable();
            pools.dedup();
            for pool in pools {
                *groups.entry(pool.clone()).or_default() += 1;
            }
            runners.push(runner);
        }
        let mut seats = self.taken_by_others();
        for (row, runner) in rows.iter().zip(&mut runners) {
            asked.scope.row = Some(self.seen(row));
            let wishes = Self::wishes(step, &asked.scope)?;
            for (wish, said) in runner.wishes.iter_mut().zip(wishes) {
                let names = wished(&mut asked.scope, &said);
                if !seats.all.contains_key(&wish.pool) {
                    asked.scope.group = groups.get(&wish.pool).copied();
                    let count = asked.number(&quota.seats)?;
                    seats.all.insert(wish.pool.clone(), count);
                }
                if let (Some(per), Some((_, most))) = (&quota.per, &mut wish.share) {
                    *most = asked.number(&per.at_most)?;
                }
                unwished(&mut asked.scope, &names);
            }
        }
        Ok((runners, seats))
    }

    fn runner(
        &self,
        step: &Step,
        row: &case_row::Model,
        asked: &mut Asked,
    ) -> Result<Runner, Stuck> {
        asked.scope.row = Some(self.seen(row));
        let mut points = Vec::new();
        for rank in &step.rank {
            points.push(if rank.source() == DRAW { Point::Draw } else { asked.point(rank)? });
        }
        let mut wishes = Vec::new();
        for said in Self::wishes(step, &asked.scope)? {
            let names = wished(&mut asked.scope, &said);
            wishes.push(self.wish(step, &said, asked)?);
            unwished(&mut asked.scope, &names);
        }
        let always = match &step.always {
            // What nobody has said of a line is not so.
            Some(always) => match facts::holds(always, &asked.scope) {
                Err(stuck) if stuck.missing.is_some() => false,
                known => known?,
            },
            None => false,
        };
        let moved = Lot::of(row).moved.filter(|_| step.mark.is_none());
        let moved = moved.and_then(|moved| Moved::of(&moved));
        Ok(Runner { row: row.id, key: row.key.clone(), points, wishes, always, moved })
    }

    /// The wishes of the line in the scope; a line that wishes nothing has one of no content.
    fn wishes(step: &Step, scope: &Scope) -> Result<Vec<Value>, Stuck> {
        match &step.wishes {
            Some(wishes) => list_in(wishes, facts::value(wishes, scope)?),
            None => Ok(vec![Value::Map(BTreeMap::new())]),
        }
    }

    fn wish(&self, step: &Step, said: &Value, asked: &Asked) -> Result<Wish, Stuck> {
        let list = list_name(&self.facts.program, step);
        let Some(quota) = &step.quota else { return Ok(Wish::default()) };
        let pool = if quota.key.is_empty() {
            // Seats of this case alone.
            format!("{list}|{}", self.state.case.id)
        } else {
            format!("{list}|{}", joined(&quota.key, &asked.scope)?)
        };
        let share = match &quota.per {
            Some(per) => Some((joined(&per.key, &asked.scope)?, 0)),
            None => None,
        };
        let own = self.facts.program.rows.iter().flat_map(|rows| &rows.form);
        let fields = own.filter_map(|field| match said {
            Value::Map(map) => Some((field.id.to_string(), map.get(field.id.as_str())?.clone())),
            _ => None,
        });
        Ok(Wish { pool, share, fields: fields.collect() })
    }

    fn taken_by_others(&self) -> Seats {
        let mut seats = Seats::default();
        for seat in self.facts.seats.iter().filter(|seat| seat.case_id != self.state.case.id) {
            *seats.taken.entry(seat.pool.clone()).or_default() += 1;
            if let Some(share) = &seat.share {
                *seats.shares.entry((seat.pool.clone(), share.clone())).or_default() += 1;
            }
        }
        seats
    }

    /// The selection of which a deciding step signs what it proposes: the last before it, beside
    /// it.
    pub(super) fn list_of(&self, run: &step_run::Model) -> Option<&step_run::Model> {
        let decides = run.kind == RunKind::Decide;
        let before = |other: &&step_run::Model| {
            other.kind == RunKind::Select
                && other.state == RunState::Closed
                && other.parent_id == run.parent_id
                && other.position < run.position
                && self.gives_seats(&other.path)
        };
        self.state.runs.iter().rev().filter(|_| decides).find(before)
    }

    fn gives_seats(&self, path: &str) -> bool {
        self.facts.program.step(path).is_some_and(|step| step.mark.is_none())
    }

    /// The step that signs a list, if it was entered.
    pub(super) fn signing_of(&self, list: StepRunId) -> Option<&step_run::Model> {
        let decides = |run: &&step_run::Model| {
            run.kind == RunKind::Decide
                && run.state != RunState::Void
                && self.list_of(run).is_some_and(|of| of.id == list)
        };
        self.state.runs.iter().find(decides)
    }

    /// Whether somebody has put their name under a list.
    pub(super) fn is_signed(&self, list: StepRunId) -> bool {
        self.signing_of(list).is_some_and(|run| {
            matches!(run.verdict, Some(Verdict::Approved | Verdict::Less | Verdict::Merged))
        })
    }

    /// The lists that were proposed and that nobody has signed yet.
    pub(super) fn proposed(&self) -> Option<step_run::Model> {
        let is_list = |run: &&step_run::Model| {
            run.kind == RunKind::Select
                && run.state == RunState::Closed
                && self.gives_seats(&run.path)
        };
        let last = self.state.runs.iter().rev().find(is_list)?;
        (!self.is_signed(last.id)).then(|| last.clone())
    }

    /// A list has changed after it was proposed: whoever signs looks at another. If one of
    /// several had signed it already, all of them sign anew.
    pub(super) fn propose_again(&mut self, list: &step_run::Model) -> Result<(), Stuck> {
        let program = std::sync::Arc::clone(&self.facts.program);
        let Some(step) = program.step(&list.path) else { return Ok(()) };
        self.rank(step, list.id)?;
        let signing = self.signing_of(list.id).filter(|run| run.state == RunState::Open);
        let Some(signing) = signing.map(|run| run.id) else { return Ok(()) };
        if self.state.slots(signing).any(|slot| slot.signed_by.is_some()) {
            self.void_run_because(signing, super::giving::LIST_CHANGED);
        }
        Ok(())
    }

    /// Whether a line may be struck or moved on the list that a step signs.
    pub fn may_edit_list(&self, run: StepRunId) -> bool {
        let Some(list) = self.state.run(run).and_then(|run| self.list_of(run)) else { return true };
        let untouched = |slot: &entities::task::Model| slot.signed_by.is_none();
        self.signing_of(list.id).is_some_and(|run| self.state.slots(run.id).all(untouched))
    }

    /// What the signer's own changes make of the list that a step signs.
    ///
    /// # Errors
    /// [`Stuck`] when a rule of the selection has no value.
    pub fn relist(&mut self, run: StepRunId) -> Result<(), Stuck> {
        let list = self.state.run(run).and_then(|run| self.list_of(run)).cloned();
        match list {
            Some(list) => self.propose_again(&list),
            None => Ok(()),
        }
    }
}

/// What the expressions of a selection are asked in.
pub(super) struct Asked {
    pub(super) scope: Scope,
    /// Tables of which a row has no source.
    pub(super) unverified: BTreeSet<String>,
}

impl Asked {
    fn value(&mut self, rule: &Expr) -> Result<Value, Stuck> {
        let found = rule.evaluate(&self.scope)?;
        let doubtful = found.reads.iter().filter(|read| !read.verified);
        self.unverified.extend(doubtful.map(|read| read.table.clone()));
        Ok(found.value)
    }

    fn number(&mut self, rule: &Expr) -> Result<i64, Stuck> {
        match self.value(rule)? {
            Value::Int(number) => Ok(number),
            other => Err(Stuck::new(rule.source(), format!("{other} is not a number"))),
        }
    }

    /// A line that lacks what is ranked by comes last.
    fn point(&mut self, rule: &Expr) -> Result<Point, Stuck> {
        match self.value(rule) {
            Ok(
                value @ (Value::Int(_)
                | Value::Money(_)
                | Value::Bool(_)
                | Value::Date(_)
                | Value::Moment(_)),
            ) => Ok(Point::Value(value)),
            Ok(other) => Err(Stuck::new(rule.source(), format!("{other} cannot be ranked"))),
            Err(stuck) if stuck.missing.is_some() => Ok(Point::Value(Value::Null)),
            Err(stuck) => Err(stuck),
        }
    }
}

/// Puts a wish into the scope: as `wish`, and its fields by their names. Gives what to take out.
fn wished(scope: &mut Scope, said: &Value) -> Vec<String> {
    let mut names = vec!["wish".to_owned()];
    scope.facts.insert("wish".to_owned(), said.clone());
    if let Value::Map(map) = said {
        for (name, value) in map.iter().filter(|(name, _)| name.as_str() != "wish") {
            if !scope.facts.contains_key(name) {
                scope.facts.insert(name.clone(), value.clone());
                names.push(name.clone());
            }
        }
    }
    names
}

fn unwished(scope: &mut Scope, names: &[String]) {
    for name in names {
        scope.facts.remove(name);
    }
}

/// The parts of a key as one text.
fn joined(key: &[Expr], scope: &Scope) -> Result<String, Stuck> {
    let mut parts = Vec::new();
    for part in key {
        parts.push(plain(&facts::value(part, scope)?));
    }
    Ok(parts.join("|"))
}

/// A part of a key as text.
fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

fn said<'a>(run: &'a step_run::Model, name: &str) -> Option<&'a str> {
    run.said.get(name)?.get("text")?.as_str()
}
