//! Entering a step, always in the same order: condition, day, holders, recusal, `on_empty`,
//! merging, opening. Source: "Entering a step" of the program language.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entities::{Duty, PersonId, RunKind, RunState, StepRunId, step_run};

use super::{
    assigning::lightest,
    barring::judges_lines,
    clock::{Budget, ClockState, Reopened, closing},
    engine::{Engine, budget, face_of},
    facts::Stuck,
    hand_before::CONSECUTIVE,
    pools::{Pool, Pools},
    reopening::REOPENED,
    rounds::ENDED,
    voicing::signers_of,
};
use crate::{
    calendar::instant,
    event::{Event, Holders, Light, Opening, Slot},
    program::{By, Recused, Step, StepKind, Take, Within, expression::Value},
};

/// Why somebody is kept from a step whose case is about what they or their unit did.
pub(super) const INVOLVED: &str = "involved";

/// What stands in the place of a condition where a pay step is skipped.
const NOTHING_TO_PAY: &str = "award.total > yuan(0)";

impl Engine<'_> {
    /// Enters `step` for the first time in this round: skipped, waiting, merged or open.
    pub(super) fn enter(&mut self, step: &Step, parent: Option<StepRunId>) -> Result<(), Stuck> {
        let (run, round) = self.next_run(&step.id, parent);
        if let Some(when) = &step.when
            && !self.holds(when)?
        {
            let rule = when.source().to_owned();
            let path = step.id.to_string();
            self.emit(Event::StepSkipped { run, path, parent, round, rule });
            return Ok(());
        }
        let opening = Opening {
            run,
            path: step.id.to_string(),
            parent,
            round,
            kind: kind(step.kind),
            unit: None,
            holders: Holders::default(),
            slots: Vec::new(),
        };
        if let Some(opens_at) = self.opens_at(step)?
            && opens_at > self.now
        {
            self.emit(Event::StepWaiting { opening, opens_at });
            return Ok(());
        }
        if self.held_up(step) {
            let opens_at = self.now;
            self.emit(Event::StepWaiting { opening, opens_at });
            return Ok(());
        }
        self.open_now(step, opening)
    }

    /// Nothing is paid while an objection to the case's notice is examined.
    fn held_up(&self, step: &Step) -> bool {
        step.kind == StepKind::Pay && self.state.objected()
    }

    /// A waiting step whose day has come goes on with its holders.
    pub(super) fn wake_waiting(
        &mut self,
        step: &Step,
        parent: Option<StepRunId>,
    ) -> Result<(), Stuck> {
        let come = self.state.current(&step.id, parent).filter(|row| {
            row.state == RunState::Waiting && row.opens_at.is_none_or(|at| at <= self.now)
        });
        let Some(row) = come.filter(|_| !self.held_up(step)) else { return Ok(()) };
        let run = row.id;
        let opening = Opening {
            run,
            path: row.path.clone(),
            parent: row.parent_id,
            round: row.round,
            kind: row.kind,
            unit: None,
            holders: Holders::default(),
            slots: Vec::new(),
        };
        self.open_now(step, opening)
    }

    fn open_now(&mut self, step: &Step, opening: Opening) -> Result<(), Stuck> {
        match step.kind {
            StepKind::Publish => self.publish(step, opening),
            StepKind::Wait => self.wait(step, opening),
            StepKind::Open => self.open_cases(step, opening),
            StepKind::Copy => self.copy(step, opening),
            StepKind::Select => self.select(step, opening),
            StepKind::Pay => self.open_payment(step, opening),
            _ if step.by == Some(By::Applicant) => self.open_to_applicant(step, opening),
            _ => self.open_to_people(step, opening),
        }
    }

    /// A pay step with nothing to pay is none.
    fn open_payment(&mut self, step: &Step, opening: Opening) -> Result<(), Stuck> {
        let (run, round) = (opening.run, opening.round);
        let Some(mut payments) = self.to_pay(step, round)? else {
            let (path, parent) = (opening.path, opening.parent);
            let rule = NOTHING_TO_PAY.to_owned();
            self.emit(Event::StepSkipped { run, path, parent, round, rule });
            return Ok(());
        };
        if self.pays_cash(step)? {
            for payment in &mut payments {
                payment.cash = true;
            }
            let opening = Opening { holders: Holders { cash: true, ..opening.holders }, ..opening };
            self.open_to_people(&step.in_cash(), opening)?;
        } else {
            self.open_to_people(step, opening)?;
        }
        self.emit(Event::PaymentOrdered { run, payments });
        Ok(())
    }

    /// Whether a step pays in cash: by its condition, or always where there is none.
    fn pays_cash(&self, step: &Step) -> Result<bool, Stuck> {
        let Some(cash) = &step.cash else { return Ok(false) };
        cash.when.as_ref().map_or(Ok(true), |when| self.holds(when))
    }

    fn open_to_people(&mut self, step: &Step, mut opening: Opening) -> Result<(), Stuck> {
        let barred = self.barred(step, opening.parent);
        let involved = barred.get(INVOLVED).cloned().unwrap_or_default();
        let said = self.events.len();
        let mut pools = self.pools(step, &barred)?;
        if let Some((with, verdict)) = self.merges(step, &pools, opening.parent) {
            opening.holders.may.clear();
            self.emit(Event::StepMerged { opening, with, verdict });
            return Ok(());
        }
        let hands = self.hands_off(step, &pools, opening.parent);
        if !hands.is_empty() {
            let mut barred = barred;
            if pools.people().len() > hands.len() {
                // The offices are looked at again: what has climbed from an empty one is told once.
                self.events.truncate(said);
            }
            barred.insert(CONSECUTIVE.to_owned(), hands);
            pools = self.pools(step, &barred)?;
        }
        // Whoever is kept from it is not put beside it later either.
        if !involved.is_empty() {
            pools.struck.insert(INVOLVED.to_owned(), involved.into_iter().collect());
        }
        let slots = self.slots(step, opening.run, &pools);
        opening.unit = slots.first().map(|(slot, _)| slot.unit);
        opening.holders = Holders {
            may: slots.iter().map(|(slot, people)| (slot.task, people.clone())).collect(),
            struck: pools.struck,
            held: pools.held,
            cash: opening.holders.cash,
        };
        opening.slots = slots.into_iter().map(|(slot, _)| slot).collect();
        let (run, held) = (opening.run, opening.holders.held);
        self.emit(Event::StepOpened { opening: opening.clone() });
        self.begin_line_round(step, run);
        self.offer(step, &opening);
        self.give_time(step, run)?;
        if held {
            self.emit(Event::LightChanged { run: Some(run), light: Light::Red });
        }
        Ok(())
    }

    fn open_to_applicant(&mut self, step: &Step, mut opening: Opening) -> Result<(), Stuck> {
        let run = opening.run;
        if let (Some(person), Some(unit)) = (self.state.case.subject_id, self.state.case.anchor_id)
        {
            let task = self.task_id(run, 1);
            let slot = Slot { task, unit, duty: Duty::Handler, person: Some(person), open: true };
            opening.holders.may = BTreeMap::from([(task, vec![person])]);
            opening.slots = vec![slot];
        }
        self.emit(Event::StepOpened { opening });
        self.give_time(step, run)
    }

    /// Who may not sign `step`, and why.
    pub(super) fn barred(
        &self,
        step: &Step,
        parent: Option<StepRunId>,
    ) -> BTreeMap<String, BTreeSet<PersonId>> {
        let mut barred: BTreeMap<String, BTreeSet<PersonId>> = BTreeMap::new();
        let mut bar = |why: &str, person: PersonId| {
            barred.entry(why.to_owned()).or_default().insert(person);
        };
        if let Some(person) = self.state.case.subject_id {
            bar("own_case", person);
        }
        if let Some(person) = self.facts.filer {
            bar("filed", person);
        }
        for person in &self.facts.conflicts {
            bar("conflict", *person);
        }
        for (why, people) in &self.facts.recused {
            for person in people {
                bar(why, *person);
            }
        }
        let near_lines = self.facts.near_lines.iter().filter(|_| judges_lines(step));
        for (why, people) in near_lines {
            for person in people {
                bar(why, *person);
            }
        }
        for person in self.recused(step) {
            bar(INVOLVED, person);
        }
        for task in &self.state.tasks {
            let apart = step.apart.iter().any(|id| *id == *task.path);
            let counts = self.state.counts_apart(task, parent);
            if let Some(person) = task.signed_by
                && apart
                && counts
            {
                bar("apart", person);
            }
        }
        barred
    }

    /// Whose own doing the lines of the case are about, as far as the step keeps them away.
    fn recused(&self, step: &Step) -> BTreeSet<PersonId> {
        let mut found = BTreeSet::new();
        for row in self.state.lines() {
            if step.recuse.contains(&Recused::Unit)
                && let Some(unit) = row.unit_id
            {
                found.extend(self.facts.organisation.working_in(unit));
            }
            if step.recuse.contains(&Recused::Signers) {
                found.extend(signers_of(&row.facts));
            }
        }
        found
    }

    fn slots(&self, step: &Step, run: StepRunId, pools: &Pools) -> Vec<(Slot, Vec<PersonId>)> {
        let mut slots: Vec<(Slot, Vec<PersonId>)> = Vec::new();
        let mut add = |pool: &Pool, person: Option<PersonId>, people: Vec<PersonId>, open: bool| {
            let task = self.task_id(run, slots.len() + 1);
            let slot = Slot { task, unit: pool.unit, duty: pool.duty, person, open };
            slots.push((slot, people));
        };
        let vote = match step.taking() {
            _ if pools.held => None,
            Take::Any | Take::EachOffice | Take::InOrder => None,
            Take::All | Take::Percent { .. } => Some(usize::MAX),
            Take::Quorum { of, .. } => {
                Some(of.and_then(|of| usize::try_from(of).ok()).unwrap_or(usize::MAX))
            }
        };
        if let Some(most) = vote {
            // The frozen list: every person once, in the order of offices and appointments; of
            // more than are wanted, those who have least in hand.
            let mut all: Vec<PersonId> = Vec::new();
            for person in pools.offices.iter().flat_map(|pool| &pool.people) {
                if !all.contains(person) {
                    all.push(*person);
                }
            }
            let mut wanted = lightest(&all, most, &self.facts.desks);
            for pool in &pools.offices {
                for person in &pool.people {
                    if let Some(at) = wanted.iter().position(|one| one == person) {
                        wanted.remove(at);
                        add(pool, Some(*person), vec![*person], true);
                    }
                }
            }
            return slots;
        }
        let in_order = step.taking() == Take::InOrder;
        for (index, pool) in pools.offices.iter().enumerate() {
            add(pool, None, pool.people.clone(), !in_order || index == 0);
        }
        slots
    }

    /// Starts the step's clock: its own, or what it had left when it was sent back.
    pub(super) fn give_time(&mut self, step: &Step, run: StepRunId) -> Result<(), Stuck> {
        if let Some(budget) = self.time(step)? {
            self.give_budget(&step.id, run, budget);
        }
        Ok(())
    }

    /// The same with a budget that is known, for a step or a block.
    pub(super) fn give_budget(&mut self, path: &str, run: StepRunId, budget: Budget) {
        let unit = self.state.run(run).and_then(|row| row.unit_id);
        let days = self.facts.calendar.of(&self.facts.calendar_of(unit));
        let thread = self.state.run(run).map_or("", |row| row.thread.as_str());
        let void =
            |row: &&step_run::Model| row.path == path && row.thread == thread && row.id != run;
        let before = self.state.runs.iter().rev().find(void);
        // What was reopened after its end has a new clock, and so has another round.
        let parent = self.state.run(run).and_then(|row| row.parent_id);
        let left = |row: &&step_run::Model| {
            let ended = row.reason.as_deref() == Some(ENDED) && row.parent_id != parent;
            row.state == RunState::Void && row.reason.as_deref() != Some(REOPENED) && !ended
        };
        let before = before.filter(left).and_then(|row| {
            let clock = self.state.clock_of(row.id)?;
            let at = row.closed_at.or(clock.ended_at).unwrap_or(self.now);
            Some((face_of(clock)?, at))
        });
        let anew = || {
            let clock = ClockState::start(self.now, budget, &days);
            Reopened { clock, granted: false }
        };
        let again = before.map(|(face, closed_at)| face.reopen(closed_at, self.now, &days));
        let face = again.unwrap_or_else(anew);
        self.start_clock_again(run, &face);
    }

    /// How long the step has; none when it is its block's time.
    pub(super) fn time(&self, step: &Step) -> Result<Option<Budget>, Stuck> {
        if let Some(due) = &step.due {
            let Some(at) = date_in(&self.value(due)?, true) else {
                return Err(Stuck::new(due.source().to_owned(), "not a date".to_owned()));
            };
            return Ok(Some(Budget::Until(at)));
        }
        let Some(within) = &step.within else { return Ok(None) };
        Ok(match self.pick(within)? {
            Within::Span(span) => Some(budget(*span)),
            Within::Block => None,
        })
    }

    fn opens_at(&self, step: &Step) -> Result<Option<DateTime<Utc>>, Stuck> {
        let Some(from) = &step.from else { return Ok(None) };
        let value = self.value(from)?;
        date_in(&value, false)
            .map(Some)
            .ok_or_else(|| Stuck::new(from.source().to_owned(), "not a date".to_owned()))
    }
}

/// A date's moment: its start, or, for a due day, when the offices close. One that says its time of
/// day is that very moment.
fn date_in(value: &Value, closes: bool) -> Option<DateTime<Utc>> {
    match value {
        Value::Moment(at) => Some(instant(at.date(), at.time())),
        Value::Date(day) if closes => Some(closing(*day)),
        Value::Date(day) => Some(instant(*day, chrono::NaiveTime::MIN)),
        _ => None,
    }
}

/// What a step's run is.
pub(super) fn kind(kind: StepKind) -> RunKind {
    match kind {
        StepKind::Decide => RunKind::Decide,
        StepKind::Fill => RunKind::Fill,
        StepKind::Receive => RunKind::Receive,
        StepKind::Pay => RunKind::Pay,
        StepKind::Publish => RunKind::Publish,
        StepKind::Open => RunKind::Open,
        StepKind::Select => RunKind::Select,
        StepKind::Wait => RunKind::Wait,
        StepKind::Copy => RunKind::Copy,
    }
}
