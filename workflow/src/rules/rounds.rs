//! Blocks, and steps that repeat: round after round, or by the calendar.
//!
//! A step with `repeat` is a block of that step alone. Each round is a run of the block; a round
//! by the calendar waits for its day, held by nobody, and each is late for itself.

use chrono::NaiveTime;
use entities::{ClockKind, RunKind, RunState, StepRunId, Verdict, step_run};

use super::{
    advance::Progress,
    engine::{Engine, budget},
    facts::Stuck,
    series,
};
use crate::{
    calendar::{instant, local_date},
    event::Event,
    program::{
        Block, Expr, FirstMatch, Need, Step, Within,
        model::{Every, Repeat},
    },
};

/// Why the rounds that earned nothing are void when the last one is over.
pub(super) const ENDED: &str = "ended";

/// Rounds of ten years of weeks: no more are ever skipped.
const MOST_SKIPPED: usize = 520;

/// A block, or a step that repeats.
pub(super) struct Series<'a> {
    /// The block's id, or its place in the file.
    pub(super) path: String,
    place: String,
    when: Option<&'a Expr>,
    repeat: Option<&'a Repeat>,
    inner: Inner<'a>,
    pub(super) each: Option<&'a Expr>,
    pub(super) need: Need,
    pub(super) in_order: bool,
    /// A clock for the whole.
    within: Option<&'a FirstMatch<Within>>,
}

#[derive(Clone, Copy)]
enum Inner<'a> {
    Step(&'a Step),
    Block(&'a Block),
}

impl<'a> Series<'a> {
    pub(super) fn of_step(step: &'a Step, place: String) -> Self {
        let (when, repeat) = (step.when.as_ref(), step.repeat.as_ref());
        Self {
            path: place.clone(),
            place,
            when,
            repeat,
            inner: Inner::Step(step),
            each: step.each.as_ref(),
            need: Need::All,
            in_order: false,
            within: None,
        }
    }

    pub(super) fn of_block(block: &'a Block, place: String) -> Self {
        let path = block.id.as_ref().map_or(place.as_str(), |id| id.as_str()).to_owned();
        let (when, repeat) = (block.when.as_ref(), block.repeat.as_ref());
        Self {
            path,
            place,
            when,
            repeat,
            inner: Inner::Block(block),
            each: block.each.as_ref(),
            need: block.need.unwrap_or(Need::All),
            in_order: block.in_order,
            within: block.within.as_ref(),
        }
    }

    /// The most rounds there may be.
    fn at_most(&self) -> usize {
        let most = self.repeat.and_then(|repeat| repeat.at_most);
        most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
    }
}

impl Engine<'_> {
    pub(super) fn series(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<Progress, Stuck> {
        let around = (self.round, self.within);
        let calendar = series.repeat.and_then(|repeat| Some((repeat, repeat.every.as_ref()?)));
        let progress = match calendar {
            _ if series.each.is_some() => self.threads(series, parent),
            Some((repeat, every)) => self.by_calendar(series, (repeat, every), parent),
            None => self.one_by_one(series, parent),
        };
        (self.round, self.within) = around;
        progress
    }

    /// The next round starts when the last ended; without `repeat` there is one.
    fn one_by_one(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<Progress, Stuck> {
        loop {
            let known = self.state.current(&series.path, parent).map(|run| (run.id, run.state));
            let run = match known {
                Some((run, RunState::Open)) => run,
                Some(_) => return Ok(Progress::Done),
                None if self.skips(series, parent)? => return Ok(Progress::Done),
                None => self.next_round(series, parent)?,
            };
            let progress = self.inside(series, (run, parent))?;
            if progress != Progress::Done {
                return Ok(progress);
            }
            self.close_block(run, Verdict::Done);
            if !self.repeats(series, parent)? {
                return Ok(Progress::Done);
            }
            self.next_round(series, parent)?;
        }
    }

    /// A block is through: what is still open in it is not waited for any more.
    pub(super) fn close_block(&mut self, run: StepRunId, verdict: Verdict) {
        for left in self.state.below(run) {
            self.void_run_because(left, ENDED);
        }
        self.end_clock(Some(run), ClockKind::Step);
        self.emit(Event::StepClosed { run, verdict, fen: None, reason: None });
    }

    fn next_round(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<StepRunId, Stuck> {
        let path = series.path.clone();
        let (run, round) = self.next_run(&path, parent);
        self.emit(Event::BlockEntered { run, path, parent, round });
        self.give_block_time(series, run)?;
        Ok(run)
    }

    /// Starts the clock of a block, where it has one.
    pub(super) fn give_block_time(
        &mut self,
        series: &Series<'_>,
        run: StepRunId,
    ) -> Result<(), Stuck> {
        let Some(within) = series.within else { return Ok(()) };
        if let Within::Span(span) = self.pick(within)? {
            self.give_budget(&series.path, run, budget(*span));
        }
        Ok(())
    }

    /// What stands inside one round.
    pub(super) fn inside(
        &mut self,
        series: &Series<'_>,
        (run, parent): (StepRunId, Option<StepRunId>),
    ) -> Result<Progress, Stuck> {
        if series.repeat.is_some() {
            let rounds = self.rounds_of(&series.path, parent);
            let number = rounds.iter().position(|row| row.id == run).unwrap_or(0) + 1;
            self.round = i64::try_from(number).ok();
        }
        let around = self.within.replace(run);
        let progress = match series.inner {
            Inner::Step(step) => self.step(step, Some(run)),
            Inner::Block(block) => {
                self.list(&block.entries, &series.place, Some(run), block.together)
            }
        };
        self.within = around;
        progress
    }

    /// Notes that the condition is false, if it is.
    pub(super) fn skips(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<bool, Stuck> {
        let Some(when) = series.when else { return Ok(false) };
        if self.holds(when)? {
            return Ok(false);
        }
        let path = series.path.clone();
        let (run, round) = self.next_run(&path, parent);
        let rule = when.source().to_owned();
        self.emit(Event::StepSkipped { run, path, parent, round, rule });
        Ok(true)
    }

    /// Whether a block that has just ended starts again.
    fn repeats(&self, series: &Series<'_>, parent: Option<StepRunId>) -> Result<bool, Stuck> {
        let Some(repeat) = series.repeat else { return Ok(false) };
        if let Some(until) = &repeat.until
            && self.holds(until)?
        {
            return Ok(false);
        }
        Ok(self.rounds_of(&series.path, parent).len() < series.at_most())
    }

    /// The rounds that count, in order.
    fn rounds_of(&self, path: &str, parent: Option<StepRunId>) -> Vec<step_run::Model> {
        let counts = |run: &&step_run::Model| {
            run.path == path && run.parent_id == parent && run.state != RunState::Void
        };
        self.state.runs.iter().filter(counts).cloned().collect()
    }

    fn by_calendar(
        &mut self,
        series: &Series<'_>,
        (repeat, every): (&Repeat, &Every),
        parent: Option<StepRunId>,
    ) -> Result<Progress, Stuck> {
        let path = series.path.as_str();
        let rounds = self.rounds_of(path, parent);
        if rounds.first().is_some_and(|run| run.state == RunState::Skipped) {
            return Ok(Progress::Done);
        }
        // What ended the rounds may no longer be so: something in it was sent back.
        let was_over = self.is_over(path, parent) && self.has_ended(repeat)?;
        if !was_over {
            if rounds.is_empty() {
                if self.skips(series, parent)? {
                    return Ok(Progress::Done);
                }
                let first = self.first_day(repeat, every)?;
                let ended = self.last_ended(path, parent);
                let later = (0..MOST_SKIPPED)
                    .filter_map(|nth| series::day(every, first, nth, &self.facts.days))
                    .find(|day| ended.is_none_or(|ended| *day > ended));
                self.wait_for(series, later.unwrap_or(first), parent);
            }
            self.open_rounds(series, every, parent);
        }
        let inner = self.each_open(series, parent)?;
        if matches!(inner, Progress::Ended | Progress::Refused) {
            return Ok(inner);
        }
        let is_over = was_over || self.has_ended(repeat)?;
        if is_over && !was_over {
            self.end_rounds(path, parent);
        }
        let rounds = self.rounds_of(path, parent);
        let closed = rounds.iter().all(|run| run.state == RunState::Closed);
        let all = closed && (is_over || rounds.len() >= series.at_most());
        Ok(if all { Progress::Done } else { Progress::Pending })
    }

    /// Looks into every round that is open, and closes those that are through.
    fn each_open(
        &mut self,
        series: &Series<'_>,
        parent: Option<StepRunId>,
    ) -> Result<Progress, Stuck> {
        for run in self.rounds_of(&series.path, parent) {
            if run.state != RunState::Open {
                continue;
            }
            match self.inside(series, (run.id, parent))? {
                Progress::Done => self.close_block(run.id, Verdict::Done),
                Progress::Ended => return Ok(Progress::Ended),
                Progress::Refused => return Ok(Progress::Refused),
                Progress::Pending => {}
            }
        }
        Ok(Progress::Pending)
    }

    /// The rounds were ended, and have not begun again since.
    fn is_over(&self, path: &str, parent: Option<StepRunId>) -> bool {
        let own = |run: &&step_run::Model| run.path == path && run.parent_id == parent;
        let last = self.state.runs.iter().filter(own).max_by_key(|run| run.round);
        last.is_some_and(|run| run.state == RunState::Void && run.reason.as_deref() == Some(ENDED))
    }

    /// The day of the first round: it is kept with that round, so that no later day moves it.
    fn first_day(&self, repeat: &Repeat, every: &Every) -> Result<chrono::NaiveDate, Stuck> {
        let from = match &repeat.start {
            None => local_date(self.now),
            Some(start) => {
                let value = self.value(start)?;
                let no_date = || Stuck::new(start.source(), format!("{value} is not a date"));
                value.day().ok_or_else(no_date)?
            }
        };
        Ok(series::first(every, from))
    }

    fn wait_for(&mut self, series: &Series<'_>, on: chrono::NaiveDate, parent: Option<StepRunId>) {
        let path = series.path.clone();
        let (run, round) = self.next_run(&path, parent);
        let opens_at = instant(self.facts.days.next_working(on), NaiveTime::MIN);
        self.emit(Event::RoundWaiting { run, path, parent, round, on, opens_at });
    }

    /// Opens the rounds whose day has come; behind the last one that is open the next waits.
    fn open_rounds(&mut self, series: &Series<'_>, every: &Every, parent: Option<StepRunId>) {
        loop {
            let rounds = self.rounds_of(&series.path, parent);
            let (Some(first), Some(last)) = (rounds.first(), rounds.last()) else { return };
            if last.state == RunState::Waiting {
                if last.opens_at.is_some_and(|at| at > self.now) {
                    return;
                }
                let (run, path, round) = (last.id, last.path.clone(), last.round);
                self.emit(Event::BlockEntered { run, path, parent, round });
                continue;
            }
            let began = first.said.get("on").and_then(|on| on.as_str()?.parse().ok());
            let ended = self.last_ended(&series.path, parent);
            let next = began.and_then(|began| {
                let days = (rounds.len()..rounds.len() + MOST_SKIPPED)
                    .map(|nth| series::day(every, began, nth, &self.facts.days));
                days.flatten().find(|day| ended.is_none_or(|ended| *day > ended))
            });
            match next {
                Some(next) if rounds.len() < series.at_most() => {
                    self.wait_for(series, next, parent);
                }
                _ => return,
            }
        }
    }

    /// The day of the last round that was not waited for any more: what begins again is later.
    fn last_ended(&self, path: &str, parent: Option<StepRunId>) -> Option<chrono::NaiveDate> {
        let ended = self.state.runs.iter().filter(|run| {
            run.path == path && run.parent_id == parent && run.reason.as_deref() == Some(ENDED)
        });
        // One whose day had not come yet was never asked for.
        let day = |run: &step_run::Model| -> Option<chrono::NaiveDate> {
            let on = run.said.get("on")?.as_str()?.parse().ok()?;
            (on <= local_date(run.closed_at?)).then_some(on)
        };
        ended.filter_map(day).max()
    }

    /// Whether `until` holds. What no round has said yet is not so yet.
    fn has_ended(&self, repeat: &Repeat) -> Result<bool, Stuck> {
        let Some(until) = &repeat.until else { return Ok(false) };
        match self.holds(until) {
            Err(stuck) if stuck.missing.is_some() => Ok(false),
            known => known,
        }
    }

    /// No further round opens, and those that are open are not waited for any more. A round whose
    /// payment is ordered goes on to its end: what was earned stays.
    fn end_rounds(&mut self, path: &str, parent: Option<StepRunId>) {
        let rounds = self.rounds_of(path, parent);
        for round in rounds.iter().filter(|run| run.state != RunState::Closed) {
            let below = self.state.below(round.id);
            if below.iter().any(|run| self.state.run(*run).is_some_and(is_payment)) {
                continue;
            }
            for run in below {
                self.void_run_because(run, ENDED);
            }
            self.emit(Event::StepVoided { run: round.id, why: Some(ENDED.to_owned()) });
        }
    }

    /// The case rests as long as a step is open for whose sake it was suspended.
    pub(super) fn rests(&mut self) -> bool {
        if !self.state.case.suspended {
            return false;
        }
        let waits = |run: &step_run::Model| {
            run.state == RunState::Open && run.reason.as_deref() == Some(crate::fold::SUSPENDED)
        };
        if self.state.runs.iter().any(waits) {
            return true;
        }
        self.emit(Event::Resumed);
        false
    }
}

fn is_payment(run: &step_run::Model) -> bool {
    run.kind == RunKind::Pay
}
